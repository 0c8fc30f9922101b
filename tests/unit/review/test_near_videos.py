"""Videos whose keyframes are far apart are found, and read from their copies as soon as there are any."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from session_files import SIZE, bar_column, make_pictures, make_session

from behaviorvlm.errors import VideoError
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.io.session_layout import video_path
from behaviorvlm.io.video import write_video
from behaviorvlm.io.video_encoding import even_sized
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.review.film_copies import GREY_X264, write_grey_copy
from behaviorvlm.review.near_videos import NearSource, far_videos
from behaviorvlm.types import RecordingSession

FRAMES = 70
KEY = ("cam1", "fluorescence")


@pytest.fixture
def session(tmp_path: Path) -> RecordingSession:
    """Return a session in which one camera wrote a keyframe at the beginning alone."""
    folder = tmp_path / "session"
    make_session(folder)
    for camera, every in (("cam0", "20"), ("cam1", "250"), ("cam2", "20"), ("cam3", "20")):
        path = video_path(folder, "walk", camera=camera, channel="fluorescence")
        write_video(path, make_pictures(FRAMES), frame_rate_hz=25, x264={"g": every, "sc_threshold": "0"})
    return open_session(folder)


def shown(source: NearSource, timepoint: int) -> np.ndarray:
    (picture,) = source.read(KEY[0], channel=KEY[1], start=timepoint, stop=timepoint + 1)
    return picture


def test_only_far_keyframes_ask_for_a_copy(session: RecordingSession, tmp_path: Path) -> None:
    assert list(far_videos(session, tmp_path)) == [KEY]


def test_a_copy_is_read_once_it_is_made_and_holds_the_same_frames(session: RecordingSession, tmp_path: Path) -> None:
    far = far_videos(session, tmp_path)
    source = NearSource(session, far)
    before = {timepoint: shown(source, timepoint) for timepoint in (63, 5, 69, 0)}
    write_grey_copy(far[KEY].source, far[KEY].copy)
    probe = probe_video(far[KEY].copy)
    assert probe.n_frames == FRAMES and np.diff(probe.keyframes).max() <= int(GREY_X264["g"])
    far[KEY].source.unlink()
    copied = NearSource(session, far)
    for timepoint, picture in before.items():
        assert np.abs(shown(copied, timepoint).astype(int) - picture).mean() < 3
        assert shown(copied, timepoint)[:, bar_column(timepoint) + 1].mean() > 180
    assert copied.channels("cam1") == ("fluorescence",)


def test_a_damaged_copy_is_passed_over(session: RecordingSession, tmp_path: Path) -> None:
    far = far_videos(session, tmp_path)
    far[KEY].copy.parent.mkdir()
    far[KEY].copy.write_bytes(b"no video")
    source = NearSource(session, far)
    assert shown(source, 66)[:, bar_column(66) + 1].mean() > 180
    far[KEY].source.unlink()
    with pytest.raises(VideoError):
        shown(NearSource(session, far), 66)


def test_another_file_has_another_copy(session: RecordingSession, tmp_path: Path) -> None:
    before = far_videos(session, tmp_path)[KEY].copy
    os.utime(session.videos["cam1"]["fluorescence"], (1, 1))
    assert far_videos(session, tmp_path)[KEY].copy != before


def test_a_video_that_is_gone_asks_for_nothing(session: RecordingSession, tmp_path: Path) -> None:
    Path(session.videos["cam1"]["fluorescence"]).unlink()
    assert far_videos(session, tmp_path) == {}


def test_odd_pictures_get_one_more_pixel() -> None:
    assert even_sized(np.zeros((SIZE[1] - 1, SIZE[0] + 1), dtype=np.uint8)).shape == (SIZE[1], SIZE[0] + 2)
