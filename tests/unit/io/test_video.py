from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from session_files import SKELETON, frame_shown, make_pictures, make_rig

from behaviorvlm.errors import RunStorageError, VideoError
from behaviorvlm.io.video import VideoFrameSource, write_video
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.io.video_reader import VideoReader
from behaviorvlm.types import RecordingSession

N_FRAMES = 15


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "walk_cam0_visible.mp4"
    write_video(path, make_pictures(N_FRAMES), frame_rate_hz=25)
    return path


def session_of(video: Path, *, n_timepoints: int = N_FRAMES, offset: int = 0) -> RecordingSession:
    return RecordingSession(
        "walk", str(video.parent), SKELETON, make_rig(2), (), {"cam0": {"visible": str(video)}}, n_timepoints, 25.0,
        frame_offsets={"cam0": offset},
    )  # fmt: skip


def encode(path: Path, codec: str, pixel_format: str, *, keyframe_every: int = 4, faststart: bool = False) -> None:
    """Write 15 telling pictures with any codec, as other programs would."""
    movflags = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", options=movflags) as container:
        stream = container.add_stream(codec, rate=25, options={"g": str(keyframe_every)})
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
        for number, picture in enumerate(make_pictures(N_FRAMES)):
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format=pixel_format)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_a_probe_knows_size_rate_and_times(video: Path) -> None:
    probe = probe_video(video)
    assert (probe.image_size, probe.n_frames, probe.frame_rate_hz) == ((64, 48), N_FRAMES, 25.0)
    np.testing.assert_allclose(probe.times_s, np.arange(N_FRAMES) / 25, atol=1e-6)
    assert probe.gaps == []
    assert not probe.is_variable


def test_pictures_survive_in_the_full_range(tmp_path: Path) -> None:
    gradient = np.tile(np.linspace(0, 255, 64).round().astype(np.uint8), (48, 1))
    write_video(tmp_path / "g.mp4", [gradient, gradient[:, ::-1]], frame_rate_hz=25, crf=0)
    reader = VideoReader(probe_video(tmp_path / "g.mp4"))
    for number, expected in enumerate([gradient, gradient[:, ::-1]]):
        assert np.abs(reader.picture(number).astype(int) - expected).max() <= 1


@pytest.mark.parametrize("start", [0, 7])
def test_a_block_is_exactly_its_timepoints(video: Path, start: int) -> None:
    source = VideoFrameSource(session_of(video))
    assert [frame_shown(p) for p in source.read("cam0", channel="visible", start=start, stop=12)] == [*range(start, 12)]
    assert list(source.read("cam0", channel="visible", start=3, stop=3)) == []
    source.close()


def test_an_offset_shifts_the_frames(video: Path) -> None:
    source = VideoFrameSource(session_of(video, n_timepoints=10, offset=4))
    assert [frame_shown(p) for p in source.read("cam0", channel="visible", start=0, stop=10)] == [*range(4, 14)]


def test_requests_may_overlap_stop_early_and_go_back(video: Path) -> None:
    source = VideoFrameSource(session_of(video))

    def frames(start: int, stop: int) -> Iterator[int]:
        return map(frame_shown, source.read("cam0", channel="visible", start=start, stop=stop))

    assert [*zip(frames(0, 5), frames(4, 9), strict=True)] == [(t, t + 4) for t in range(5)]
    abandoned = frames(0, 9)
    assert next(abandoned) == 0
    del abandoned
    assert [*frames(10, 12), *frames(12, 14), *frames(2, 4)] == [10, 11, 12, 13, 2, 3]


def test_a_source_travels_to_another_process(video: Path) -> None:
    source = VideoFrameSource(session_of(video), threads=2)
    assert frame_shown(next(source.read("cam0", channel="visible", start=5, stop=6))) == 5
    copy = pickle.loads(pickle.dumps(source))
    assert [frame_shown(p) for p in copy.read("cam0", channel="visible", start=6, stop=8)] == [6, 7]
    assert (copy.n_timepoints, copy.channels("cam0"), copy.channels("cam1")) == (N_FRAMES, ("visible",), ())


def test_a_forked_worker_does_not_disturb_its_parent(video: Path) -> None:
    source = VideoFrameSource(session_of(video))
    assert [frame_shown(p) for p in source.read("cam0", channel="visible", start=0, stop=3)] == [0, 1, 2]
    child = os.fork()
    if not child:  # in the child: read on, and tell by the exit status whether it was right
        shown = [frame_shown(p) for p in source.read("cam0", channel="visible", start=3, stop=9)]
        os._exit(0 if shown == [*range(3, 9)] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert [frame_shown(p) for p in source.read("cam0", channel="visible", start=3, stop=9)] == [*range(3, 9)]


CODECS = [
    ("avi", "mjpeg", "yuvj420p"),
    ("avi", "mpeg4", "yuv420p"),
    ("avi", "ffv1", "gray"),
    ("avi", "rawvideo", "bgr24"),
    ("mkv", "libx264", "yuv420p"),
    ("mov", "mjpeg", "yuvj422p"),
    ("mp4", "libx264", "gray"),
    ("mp4", "libx264", "yuv420p10le"),
]


@pytest.mark.parametrize(("ending", "codec", "pixel_format"), CODECS)
def test_what_labs_record_with(tmp_path: Path, ending: str, codec: str, pixel_format: str) -> None:
    path = tmp_path / f"video.{ending}"
    encode(path, codec, pixel_format)
    probe = probe_video(path)
    assert (probe.n_frames, probe.frame_rate_hz, probe.gaps) == (N_FRAMES, 25.0, [])
    reader = VideoReader(probe)
    order = [0, 1, 7, 8, 2, 14, 13, 4, 3, 12]
    assert [frame_shown(reader.picture(number)) for number in order] == order


def test_dropped_frames_are_gaps_and_frames_keep_their_order(tmp_path: Path) -> None:
    shown = [0, 1, 2, 5, 6, 7, 8, 9, 11, 12, 13, 14]
    write_video(tmp_path / "d.mp4", make_pictures(len(shown)), frame_rate_hz=30, frame_numbers=shown)
    probe = probe_video(tmp_path / "d.mp4")
    assert (probe.n_frames, probe.gaps, probe.is_variable) == (12, [(2, 2), (7, 1)], False)
    assert probe.frame_rate_hz == pytest.approx(30)
    np.testing.assert_allclose(probe.times_s, np.array(shown) / 30, atol=1e-4)
    reader = VideoReader(probe)
    assert [frame_shown(reader.picture(number)) for number in range(12)] == [*range(12)]


def test_a_variable_rate_is_seen(tmp_path: Path) -> None:
    shown = [0, 3, 5, 9, 11, 16, 18, 21, 27, 29, 34, 36, 40]
    write_video(tmp_path / "v.mp4", make_pictures(len(shown)), frame_rate_hz=100, frame_numbers=shown)
    assert probe_video(tmp_path / "v.mp4").is_variable


def test_the_bytes_are_the_same_every_time(video: Path, tmp_path: Path) -> None:
    for _ in range(12):  # x264's defaults gave one of ten different files each time
        write_video(tmp_path / "again.mp4", make_pictures(N_FRAMES), frame_rate_hz=25)
        assert (tmp_path / "again.mp4").read_bytes() == video.read_bytes()


def damaged(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_recording_that_lost_its_end_is_refused(video: Path, tmp_path: Path) -> None:
    content = video.read_bytes()
    with pytest.raises(VideoError, match="cannot be read") as caught:
        probe_video(damaged(tmp_path / "cut.mp4", content[: len(content) // 2]))
    assert "lost its index" in caught.value.remedy


def test_a_copy_that_stopped_halfway_is_refused(tmp_path: Path) -> None:
    encode(tmp_path / "fast.mp4", "libx264", "yuv420p", faststart=True)
    content = (tmp_path / "fast.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with pytest.raises(VideoError, match="cut short") as caught:
        probe_video(damaged(tmp_path / "cut.mp4", content[:-100]))
    assert caught.value.expected == f"{N_FRAMES} frames, as its index says"
    assert caught.value.actual.endswith("whole frames")
    assert "cut.mp4, frame" in caught.value.where


@pytest.mark.parametrize("content", [b"", b"this is no video" * 99])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(VideoError, match=r"empty|cannot be read") as caught:
        probe_video(damaged(tmp_path / "bad.mp4", content))
    assert caught.value.where == str(tmp_path / "bad.mp4")
    assert caught.value.remedy


def test_a_missing_video_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="no such video"):
        probe_video(tmp_path / "none.mp4")


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(VideoError, match="no picture"):
        probe_video(tmp_path / "sound.mp4")


def test_a_changed_file_is_probed_anew(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    counts = []
    for count in (5, 9):
        write_video(path, make_pictures(count), frame_rate_hz=25)
        counts.append(probe_video(path).n_frames)
    assert counts == [5, 9]


def test_a_rotten_frame_is_named(tmp_path: Path) -> None:
    encode(tmp_path / "good.mp4", "libx264", "yuv420p", keyframe_every=100)
    content = bytearray((tmp_path / "good.mp4").read_bytes())
    with av.open(str(tmp_path / "good.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        begin = packets[8].pos
    content[begin : begin + 40] = b"\xff" * 40  # a packet that claims to be longer than it is
    path = damaged(tmp_path / "rot.mp4", bytes(content))
    source = VideoFrameSource(session_of(path))
    with pytest.raises(VideoError, match="cannot be decoded") as caught:
        list(source.read("cam0", channel="visible", start=0, stop=N_FRAMES))
    assert "rot.mp4, frame" in caught.value.where
    assert frame_shown(next(source.read("cam0", channel="visible", start=0, stop=1))) == 0  # and the source lives on


def test_requests_that_cannot_be_met_are_refused(video: Path) -> None:
    source = VideoFrameSource(session_of(video))
    for camera, channel, start, stop in (
        ("cam0", "fluorescence", 0, 1),
        ("cam9", "visible", 0, 1),
        ("cam0", "visible", 0, N_FRAMES + 1),
        ("cam0", "visible", -1, 1),
        ("cam0", "visible", 3, 2),
    ):
        with pytest.raises(VideoError):
            list(source.read(camera, channel=channel, start=start, stop=stop))
    longer = VideoFrameSource(session_of(video, n_timepoints=N_FRAMES + 3))
    with pytest.raises(VideoError, match=f"frame {N_FRAMES}"):
        list(longer.read("cam0", channel="visible", start=N_FRAMES - 1, stop=N_FRAMES + 1))


def test_every_picture_is_its_own(video: Path) -> None:
    source = VideoFrameSource(session_of(video))
    pictures = source.read("cam0", channel="visible", start=0, stop=N_FRAMES)
    for one, next_one in pairwise(pictures):
        assert not np.shares_memory(one, next_one)  # keeping one keeps no buffer of the decoder


@pytest.mark.parametrize(
    "pictures",
    [
        [],
        [np.zeros((48, 63), dtype=np.uint8)],
        [np.zeros((48, 64), dtype=np.uint8), np.zeros((46, 64), dtype=np.uint8)],
        [np.zeros((48, 64, 3), dtype=np.uint8)],
    ],
)
def test_pictures_that_make_no_video_are_refused(tmp_path: Path, pictures: list[np.ndarray]) -> None:
    with pytest.raises(VideoError, match="picture") as caught:
        write_video(tmp_path / "v.mp4", pictures, frame_rate_hz=25)
    assert "v.mp4" in caught.value.where
    assert list(tmp_path.iterdir()) == []


def test_a_video_that_cannot_be_stored_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunStorageError):
        write_video(tmp_path / "file" / "v.mp4", make_pictures(3), frame_rate_hz=25)
