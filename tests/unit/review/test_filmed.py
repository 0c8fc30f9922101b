"""Which videos a browser plays, and copies of those it does not."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from behaviorvlm.errors import VideoError
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.review.film_copies import FilmCopies, write_copy
from behaviorvlm.review.filmed import NO_VIDEO, copy_place, find_film
from behaviorvlm.runs.manifest import InputFile

FRAMES = 70


def write_video(
    path: Path, codec: str, *, pixels: str = "yuv420p", keyframe_every: int = 10, first: int = 0
) -> InputFile:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, pixels, keyframe_every
        for number in range(FRAMES):
            picture = np.full((48, 64, 3), number * 3, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number + first, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return InputFile.of(str(path))


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "media_type"),
    [
        ("a.mp4", "libx264", "yuv420p", "video/mp4"),
        ("a.mp4", "libx264", "yuv444p", ""),
        ("a.webm", "libvpx-vp9", "yuv420p", "video/webm"),
        ("a.mkv", "libx264", "yuv420p", ""),
        ("a.avi", "mjpeg", "yuvj420p", ""),
        ("a.mp4", "mpeg4", "yuv420p", ""),
    ],
)
def test_what_browsers_play_is_shown_itself(
    tmp_path: Path, name: str, codec: str, pixels: str, media_type: str
) -> None:
    film = find_film(write_video(tmp_path / name, codec, pixels=pixels), tmp_path / "copy.mp4")
    assert film.media_type == media_type and bool(film.words) is not bool(media_type)
    assert (film.shown == film.source) is bool(media_type) and film.lacks == ("" if media_type else "plays")


def test_far_keyframes_ask_for_a_copy(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", "libx264", keyframe_every=250)
    film = find_film(video, tmp_path / "copy.mp4")
    assert film.is_coarse and film.lacks == "scrubs faster" and film.shown == film.source


@pytest.mark.parametrize("first", [0, 5])
def test_a_film_begins_where_its_first_frame_is_shown(tmp_path: Path, first: int) -> None:
    video = write_video(tmp_path / "a.mp4", "libx264", first=first)
    assert find_film(video, tmp_path / "copy.mp4").start_s == pytest.approx(first / 10)


def test_a_copy_has_every_frame_and_is_shown(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.avi", "mjpeg", pixels="yuvj420p")
    copy = copy_place(tmp_path, 3)
    write_copy(Path(video.path), copy)
    film = find_film(video, copy)
    assert film.is_copy and film.shown == copy and film.lacks == "" and film.words == ""
    assert film.rate_hz == pytest.approx(10.0) and film.start_s == 0.0
    probe = probe_video(copy)
    assert probe.n_frames == FRAMES and len(probe.keyframes) >= FRAMES // 15
    assert find_film(InputFile.of(str(copy)), tmp_path / "none").media_type == "video/mp4"


def test_no_video_and_a_lost_or_changed_one_are_said(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", "libx264")
    assert find_film(None, tmp_path / "copy.mp4").words == NO_VIDEO
    Path(video.path).write_bytes(b"other")
    assert "has changed" in find_film(video, tmp_path / "copy.mp4").words
    Path(video.path).unlink()
    assert "is gone" in find_film(video, tmp_path / "copy.mp4").words
    (tmp_path / "b.mp4").write_bytes(b"no video")
    assert "cannot be read" in find_film(InputFile.of(str(tmp_path / "b.mp4")), tmp_path / "copy.mp4").words


def test_copies_are_made_once_and_told(tmp_path: Path) -> None:
    go, made, done = threading.Event(), [], threading.Event()

    def write(source: Path, copy: Path) -> None:
        go.wait(20)
        made.append(copy)

    copies = FilmCopies(done.set, write=write)
    for _ in range(2):
        copies.ask(tmp_path / "a.avi", tmp_path / "a.mp4")
    assert "a.avi is being made" in copies.said
    go.set()
    assert done.wait(20) and made == [tmp_path / "a.mp4"] and "is made" in copies.said


def test_a_copy_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    done = threading.Event()

    def write(source: Path, copy: Path) -> None:
        raise VideoError("the video cannot be read")

    copies = FilmCopies(done.set, write=write)
    copies.ask(tmp_path / "a.avi", tmp_path / "a.mp4")
    assert done.wait(20) and copies.said == "no copy could be made: the video cannot be read"


def test_copies_are_made_one_after_the_other(tmp_path: Path) -> None:
    go, made, at_once = threading.Event(), [], []

    def write(source: Path, copy: Path) -> None:
        at_once.append(1)
        go.wait(20)
        made.append(copy.name)
        assert len(at_once) == 1
        at_once.pop()

    done = threading.Semaphore(0)
    copies = FilmCopies(done.release, write=write)
    for name in "abcb":
        copies.ask(tmp_path / f"{name}.avi", tmp_path / f"{name}.mp4")
    assert copies.busy and "a.avi is being made" in copies.said and copies.said.endswith("2 more wait")
    go.set()
    assert all(done.acquire(timeout=20) for _ in range(3))
    assert made == ["a.mp4", "b.mp4", "c.mp4"] and not copies.busy and "c.avi is made" in copies.said
