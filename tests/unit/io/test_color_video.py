from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from behaviorvlm.errors import VideoError
from behaviorvlm.io.color_video import ColorVideoSource, write_color_video
from behaviorvlm.types import ColorFrameSource

N_FRAMES = 12
BARS = np.array([[200, 30, 30], [30, 180, 60], [40, 60, 210], [240, 240, 240]], dtype=np.uint8)


def make_pictures(n_frames: int = N_FRAMES, *, height: int = 48, width: int = 64) -> list[np.ndarray]:
    """Return pictures of four colored bars; a grey field on top tells the number of the frame."""
    pictures = []
    for number in range(n_frames):
        picture = np.repeat(BARS, width // 4, axis=0)[None].repeat(height, axis=0)
        picture = np.pad(picture, ((0, 0), (0, width - picture.shape[1]), (0, 0)), mode="edge")
        picture[: height // 2] = 20 + 15 * number
        pictures.append(picture.astype(np.uint8))
    return pictures


def number_in(picture: np.ndarray) -> int:
    """Return the number of the frame that a picture shows."""
    return round((float(picture[4:16].mean()) - 20) / 15)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("color") / "bars.mp4"
    write_color_video(path, make_pictures(), frame_rate_hz=25)
    return path


def test_colors_survive(video: Path) -> None:
    for expected, picture in zip(make_pictures(), ColorVideoSource(video).read(0, N_FRAMES), strict=True):
        assert (picture.shape, picture.dtype) == (expected.shape, np.uint8)
        inner = [8, 24, 40, 56]  # the middle of each bar, where its neighbors' color does not bleed in
        assert np.abs(picture[36, inner].astype(int) - expected[36, inner]).max() <= 8


def test_frames_by_step_and_by_index_forwards_and_again(video: Path) -> None:
    source: ColorFrameSource = ColorVideoSource(video)
    assert [number_in(p) for p in source.read(1, 11, step=3)] == [1, 4, 7, 10]
    assert [number_in(p) for p in source.pick([0, 5, 11])] == [0, 5, 11]
    assert [number_in(p) for p in source.pick(np.array([2, 3]))] == [2, 3]  # type: ignore[arg-type]
    assert list(source.pick([])) == []


def test_a_source_travels_to_workers_while_it_is_open(video: Path) -> None:
    source = ColorVideoSource(video)
    next(source.read(3, 5))
    assert [number_in(p) for p in pickle.loads(pickle.dumps(source)).read(6, 8)] == [6, 7]
    source.close()
    assert [number_in(p) for p in source.read(6, 8)] == [6, 7]


def test_the_same_pictures_are_the_same_bytes(video: Path, tmp_path: Path) -> None:
    write_color_video(tmp_path / "again.mp4", make_pictures(), frame_rate_hz=25)
    assert (tmp_path / "again.mp4").read_bytes() == video.read_bytes()


def test_odd_sizes_get_one_more_pixel(tmp_path: Path) -> None:
    write_color_video(tmp_path / "odd.mp4", make_pictures(2, height=49, width=65), frame_rate_hz=25)
    picture = next(ColorVideoSource(tmp_path / "odd.mp4").read(0, 1))
    assert picture.shape == (50, 66, 3)
    assert np.abs(picture[40, 64].astype(int) - picture[40, 65]).max() <= 4


def test_frames_outside_the_video_are_refused(video: Path) -> None:
    for frames in ([N_FRAMES], [-1, 2]):
        with pytest.raises(VideoError, match="outside the video"):
            list(ColorVideoSource(video).pick(frames))


def test_missing_and_truncated_videos_are_refused(video: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.mp4").write_bytes(video.read_bytes()[:-200])
    for name in ("cut.mp4", "nowhere.mp4"):
        with pytest.raises(VideoError) as caught:
            list(ColorVideoSource(tmp_path / name).read(0, 2))
        assert name in caught.value.where


def test_pictures_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    good = make_pictures(1)
    for bad in ([], [good[0], good[0][:-2]], [good[0][..., 0]], [good[0].astype(np.float64)], [good[0][..., :2]]):
        with pytest.raises(VideoError):
            write_color_video(tmp_path / "bad.mp4", bad, frame_rate_hz=25)
        assert not (tmp_path / "bad.mp4").exists()


def test_frames_of_a_variable_rate_are_counted_not_timed(tmp_path: Path) -> None:
    path = tmp_path / "variable.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(1000), options={"g": "4"})
        stream.height, stream.width, stream.pix_fmt = 48, 64, "yuv420p"
        for number, picture in enumerate(make_pictures()):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number * 30 + (number % 3) * 9, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert [number_in(p) for p in ColorVideoSource(path).pick([1, 2, 7, 11])] == [1, 2, 7, 11]
