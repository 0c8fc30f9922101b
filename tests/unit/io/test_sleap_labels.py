from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from track_files import Found, write_slp

from behaviorvlm.errors import FormatError
from behaviorvlm.io.sleap_labels import read_keypoints
from behaviorvlm.io.tracks_file import read_tracks

PREDICTED, CORRECTED = np.full((3, 2), 10.0), np.full((3, 2), 20.0)


def first_points(path: Path) -> list[float]:
    """Return x of the first keypoint of each individual in the first frame."""
    return read_keypoints(path).points_px[0, :, 0, 0].tolist()


def test_a_person_goes_before_a_prediction_of_the_same_track(tmp_path: Path) -> None:
    found: list[Found] = [(0, 0, PREDICTED, False, -1), (0, 0, CORRECTED, True, -1), (0, 1, PREDICTED, False, -1)]
    write_slp(tmp_path / "w.slp", found)
    assert first_points(tmp_path / "w.slp") == [20, 10]
    confidence = read_keypoints(tmp_path / "w.slp").confidence[0, :, 0]
    np.testing.assert_array_equal(confidence, [np.nan, 0.9])


def test_a_person_goes_before_the_prediction_that_was_corrected_whatever_its_track(tmp_path: Path) -> None:
    found: list[Found] = [(0, 0, PREDICTED, False, -1), (0, 1, CORRECTED, True, 0)]
    write_slp(tmp_path / "w.slp", found)
    np.testing.assert_array_equal(first_points(tmp_path / "w.slp"), [np.nan, 20])


def test_without_tracks_the_slots_of_a_frame_are_the_individuals(tmp_path: Path) -> None:
    found: list[Found] = [
        (4, -1, PREDICTED, False, -1),
        (4, -1, PREDICTED + 5, False, -1),
        (6, -1, PREDICTED, False, -1),
    ]
    write_slp(tmp_path / "w.slp", found, tracks=())
    table = read_keypoints(tmp_path / "w.slp")
    assert table.individuals == ("animal_1", "animal_2")
    np.testing.assert_array_equal(table.frames, [4, 6])
    np.testing.assert_array_equal(table.points_px[..., 0, 0], [[10, 15], [10, np.nan]])


def test_where_there_are_tracks_others_are_left_out(tmp_path: Path) -> None:
    write_slp(tmp_path / "w.slp", [(0, 1, PREDICTED, False, -1), (0, -1, CORRECTED, True, -1)])
    np.testing.assert_array_equal(first_points(tmp_path / "w.slp"), [np.nan, 10])


def test_corner_coordinates_of_old_files_become_middles_for_people_only(tmp_path: Path) -> None:
    found: list[Found] = [(0, 0, PREDICTED, False, -1), (0, 1, CORRECTED, True, -1)]
    write_slp(tmp_path / "old.slp", found, version=1.0)
    write_slp(tmp_path / "new.slp", found, version=1.1)
    assert first_points(tmp_path / "old.slp") == [10, 19.5]
    assert first_points(tmp_path / "new.slp") == [10, 20]


def test_frames_behind_the_last_found_are_not_the_end(tmp_path: Path) -> None:
    write_slp(tmp_path / "w.slp")
    assert read_tracks(tmp_path / "w.slp").seen_only


def test_several_videos_are_refused(tmp_path: Path) -> None:
    write_slp(tmp_path / "w.slp", videos=2)
    with pytest.raises(FormatError, match="several videos"):
        read_keypoints(tmp_path / "w.slp")


def test_damaged_numbers_of_tracks_are_a_damaged_file(tmp_path: Path) -> None:
    write_slp(tmp_path / "w.slp", [(0, 7, PREDICTED, False, -1)])
    with pytest.raises(FormatError, match="cannot be read"):
        read_keypoints(tmp_path / "w.slp")
