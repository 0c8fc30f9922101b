from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from label_files import make_poses, with_videos
from session_files import frame_shown

from behaviorvlm.errors import SettingsError, VideoError
from behaviorvlm.io.frame_pictures import picture_name, pictures_at, png, video_of, write_png


def test_pictures_are_of_the_frames_asked_for(tmp_path: Path) -> None:
    poses = with_videos(make_poses(), tmp_path, offsets={"cam1": 3})
    for camera, offset in (("cam0", 0), ("cam1", 3)):
        shown = list(pictures_at(poses, camera, [0, 4, 9]))
        assert [(time, frame_shown(picture[..., 0])) for time, picture in shown] == [
            (time, time + offset) for time in (0, 4, 9)
        ]
        assert shown[0][1].shape[-1] == 3


def test_the_visible_channel_goes_first(tmp_path: Path) -> None:
    poses = replace(
        make_poses(), videos={"cam0": {"fluorescence": "f.mp4", "visible": "v.mp4"}, "cam1": {"ir": "i.mp4"}}
    )
    assert video_of(poses, "cam0") == Path("v.mp4")
    assert video_of(poses, "cam0", channel="fluorescence") == Path("f.mp4")
    assert video_of(poses, "cam1") == Path("i.mp4")
    with pytest.raises(SettingsError, match="cam1 has no visible video"):
        video_of(poses, "cam1", channel="visible")
    with pytest.raises(SettingsError, match="no video to take pictures from"):
        video_of(make_poses(), "cam0")


def test_a_folder_of_pictures_is_as_good_as_a_video(tmp_path: Path) -> None:
    color = np.zeros((4, 6, 3), dtype=np.uint8)
    color[..., 0] = 200  # red, so that a swap of colors shows
    write_png(tmp_path / "pictures" / picture_name(7), color)
    (tmp_path / "pictures" / "cover.png").write_bytes(b"no frame")
    poses = replace(make_poses(), videos={"cam0": {"pictures": str(tmp_path / "pictures")}})
    [(_, picture)] = pictures_at(poses, "cam0", [7])
    np.testing.assert_array_equal(picture, color)
    with pytest.raises(VideoError, match=r"img00008\.png"):
        list(pictures_at(poses, "cam0", [8]))
    (tmp_path / "pictures" / picture_name(9)).write_bytes(b"not a picture")
    with pytest.raises(VideoError, match="cannot be decoded"):
        list(pictures_at(poses, "cam0", [9]))


def test_png_is_png() -> None:
    assert png(np.zeros((2, 2, 3), dtype=np.uint8), where="x").startswith(b"\x89PNG")
