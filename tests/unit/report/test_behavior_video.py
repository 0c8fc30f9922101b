"""The labelled video: whose bout it is, what is drawn where, and that it can be written and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from unit.report.behavior_scenes import NAMES, RATE, GreyPictures, bout, walking_tracks

from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.io.video_probe import probe_video
from behaviorvlm.report.animal_marks import draw_direction, draw_points, middles
from behaviorvlm.report.behavior_video import (
    BAR_PX,
    ROW_PX,
    LabelledRecording,
    bout_numbers,
    labelled_pictures,
    write_behavior_video,
)

BOUTS = (bout("rest", (0, 20)), bout("chase", (20, 60), target="two"), bout("rest", (30, 60), individual="two"))


@pytest.fixture
def recording() -> LabelledRecording:
    return LabelledRecording(NAMES, BOUTS, np.arange(60) / RATE, RATE, walking_tracks())


def test_each_frame_knows_its_bouts(recording: LabelledRecording) -> None:
    numbers = bout_numbers(recording)
    assert numbers[[0, 19, 20, 35]].tolist() == [[0, -1, -1], [0, -1, -1], [1, -1, -1], [1, 2, -1]]


def test_pictures_are_enlarged_and_have_a_row_for_each_animal(recording: LabelledRecording) -> None:
    pictures = GreyPictures()
    shown = [picture.copy() for picture in labelled_pictures(recording, pictures, start=25, stop=40)]
    assert len(shown) == 15
    assert pictures.asked == list(range(25, 40))
    assert shown[0].shape == (480 + 3 * (ROW_PX + BAR_PX) + 1, 480, 3)
    assert np.median(shown[0][:480]) == 25
    strips = [shown[0][480 + place * (ROW_PX + BAR_PX) :][:ROW_PX] for place in range(3)]
    words = [(strip > 200).all(axis=-1).sum() for strip in strips]  # white letters of what each does
    assert words[0] > 20
    assert words[1] == 0
    assert (shown[10][480 + ROW_PX + BAR_PX :][:ROW_PX] > 200).all(axis=-1).sum() > 20


def test_dots_lie_on_the_animals(recording: LabelledRecording) -> None:
    picture = next(labelled_pictures(recording, GreyPictures(), start=0, stop=1))
    x, y = (walking_tracks().points_px[0, 1, 0] + 0.5) * 4 - 0.5
    assert picture[round(y), round(x)].tolist() == [86, 180, 233]


def test_the_present_is_marked_in_the_timeline(recording: LabelledRecording) -> None:
    first, *_, last = (p.copy() for p in labelled_pictures(recording, GreyPictures(), start=0, stop=60))
    bar = 480 + ROW_PX + 2
    assert (first[bar, :2] == 255).all() and (last[bar, -2:] == 255).all()
    assert last[bar, 60].tolist() == [190, 190, 190]  # rest, directed at nobody
    assert last[bar, 300].tolist() == [86, 180, 233]  # chase, directed at the second


def test_it_is_written_with_and_without_tracks(recording: LabelledRecording, tmp_path: Path) -> None:
    write_behavior_video(tmp_path / "video.mp4", recording, GreyPictures(), start=5, stop=25)
    probe = probe_video(tmp_path / "video.mp4")
    assert probe.n_frames == 20
    middle = next(ColorVideoSource(tmp_path / "video.mp4").pick([10]))[200:260, 400:470]
    assert abs(float(np.median(middle)) - 15) < 6
    scene = LabelledRecording(("scene",), (bout("a", (0, 60), individual="scene"),), recording.times_s, RATE)
    write_behavior_video(tmp_path / "scene.mp4", scene, GreyPictures(size_px=(1921, 1081)))
    assert probe_video(tmp_path / "scene.mp4").n_frames == 60


def test_an_arrow_points_from_one_to_the_other() -> None:
    picture = np.zeros((50, 100, 3), dtype=np.uint8)
    points = np.array([[[10.0, 25.0]], [[90.0, 25.0]], [[np.nan, np.nan]]])
    draw_direction(picture, points, actor=0, target=1, reach=0.5)
    columns = np.flatnonzero(picture.any(axis=(0, 2)))
    assert 26 <= columns.min() <= 31
    assert 69 <= columns.max() <= 74
    high = (picture.any(axis=-1)).sum(axis=0)
    assert high[60:72].max() > high[32:50].max()  # the tip is at the target's end
    before = picture.copy()
    draw_direction(picture, points, actor=0, target=2, reach=0.5)
    draw_points(picture, points, radius_px=2.0, individuals=[2])
    assert (picture == before).all()
    assert np.isnan(middles(points)[2]).all()
