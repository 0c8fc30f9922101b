from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from track_files import calms21

from behaviorvlm.errors import FormatError, InputError
from behaviorvlm.io.calms21 import ANIMALS, KEYPOINTS
from behaviorvlm.io.mabe22 import KEYPOINTS as MABE_KEYPOINTS
from behaviorvlm.io.sequence_file import choose_sequence, sequences
from behaviorvlm.io.tracks_file import detect_format, list_sequences, read_tracks

FIRST, SECOND = "task1/train/mouse001_task1_annotator1", "task1/train/mouse002_task1_annotator1"


def save_object(path: Path, content: object) -> None:
    holder = np.empty((), dtype=object)
    holder[()] = content
    np.save(path, holder, allow_pickle=True)


def mabe22(names: tuple[str, ...] = ("AAA", "BBB")) -> dict[str, object]:
    keypoints = np.arange(5 * 3 * 12 * 2, dtype=np.float32).reshape(5, 3, 12, 2)
    sequences = {name: {"keypoints": keypoints + 100 * number} for number, name in enumerate(names)}
    return {"vocabulary": ["chases"], "sequences": sequences}


@pytest.mark.parametrize("name", ["calms21.json", "calms21.npy"])
def test_calms21_as_published_and_as_converted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(calms21())) if name.endswith("json") else save_object(path, calms21())
    assert list_sequences(path) == (FIRST, SECOND)
    table = read_tracks(path, sequence=SECOND)
    assert (table.individuals, table.keypoints, table.points_px.shape) == (ANIMALS, KEYPOINTS, (7, 2, 7, 2))
    stored = np.array(calms21()["annotator-id_0"][SECOND]["keypoints"])  # type: ignore[index]
    np.testing.assert_array_equal(table.points_px[3, 1, 5], stored[3, 1, :, 5])
    assert (table.confidence == 0.8).all()


def test_mabe22_missing_points_are_nan(tmp_path: Path) -> None:
    save_object(tmp_path / "train.npy", mabe22())
    assert list_sequences(tmp_path / "train.npy") == ("AAA", "BBB")
    table = read_tracks(tmp_path / "train.npy", sequence="BBB")
    assert (table.individuals, table.keypoints) == (("mouse_1", "mouse_2", "mouse_3"), MABE_KEYPOINTS)
    np.testing.assert_array_equal(table.points_px[0, 0, 0], [100, 101])
    zeros = mabe22(("AAA",))
    zeros["sequences"]["AAA"]["keypoints"][2, 1] = 0  # type: ignore[index]
    save_object(tmp_path / "train.npy", zeros)
    table = read_tracks(tmp_path / "train.npy")
    assert np.isnan(table.points_px[2, 1]).all()
    np.testing.assert_array_equal(table.points_px[2, 2], zeros["sequences"]["AAA"]["keypoints"][2, 2])  # type: ignore[index]


def test_arrays_of_points_alone(tmp_path: Path) -> None:
    points = np.arange(4 * 2 * 3 * 2, dtype=np.float64).reshape(4, 2, 3, 2) + 1
    np.save(tmp_path / "a.npy", points)
    assert detect_format(tmp_path / "a.npy") == "npy"
    assert list_sequences(tmp_path / "a.npy") == ("",)
    table = read_tracks(tmp_path / "a.npy")
    np.testing.assert_array_equal(table.points_px, points)
    assert table.keypoints == ("keypoint_1", "keypoint_2", "keypoint_3")
    np.save(tmp_path / "c.npy", np.ones((4, 2, 2, 7)))
    assert read_tracks(tmp_path / "c.npy").individuals == ANIMALS


def test_sequences_are_found_by_several_names(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(calms21()))
    for name in (SECOND, SECOND.replace("/", "_"), "mouse002_task1_annotator1"):
        assert choose_sequence(tmp_path / "c.json", name) is sequences(tmp_path / "c.json")[SECOND]
    for name in ("", "mouse003"):
        with pytest.raises(InputError) as caught:
            read_tracks(tmp_path / "c.json", sequence=name)
        assert FIRST in caught.value.expected


def test_the_only_sequence_needs_no_name(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(calms21(sequences=1)))
    assert read_tracks(tmp_path / "c.json").points_px.shape == (7, 2, 7, 2)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(json.dumps(calms21(sequences=1)))
    assert len(list_sequences(tmp_path / "c.json")) == 1
    (tmp_path / "c.json").write_text(json.dumps(calms21(sequences=2)))
    assert len(list_sequences(tmp_path / "c.json")) == 2


OTHERS = {"list": {"a": [1]}, "empty": {}, "no points": {"a": {"b": {"scores": []}}}, "flat": {"sequences": {"a": 1}}}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_other_files_are_refused(tmp_path: Path, content: object) -> None:
    (tmp_path / "c.json").write_text(json.dumps(content))
    save_object(tmp_path / "c.npy", content)
    for name in ("c.json", "c.npy"):
        with pytest.raises(FormatError, match="neither CalMS21's nor MABe22's"):
            read_tracks(tmp_path / name)


def test_points_of_another_shape_are_refused(tmp_path: Path) -> None:
    content = calms21(sequences=1)
    content["annotator-id_0"][FIRST]["keypoints"] = [[1, 2], [3, 4]]  # type: ignore[index]
    (tmp_path / "c.json").write_text(json.dumps(content))
    np.save(tmp_path / "c.npy", np.ones((4, 3)))
    np.save(tmp_path / "t.npy", np.array([["a"]]))
    for name in ("c.json", "c.npy", "t.npy"):
        with pytest.raises(FormatError, match="the points are"):
            read_tracks(tmp_path / name)
