from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from behaviorvlm.errors import FormatError
from behaviorvlm.io.sleap import is_sleap_analysis, read_keypoints

POINTS = np.arange(5 * 2 * 3 * 2, dtype=np.float64).reshape(5, 2, 3, 2)
"""(frame, track, node, xy)"""
POINTS[1, 0, 2] = np.nan
POINTS[2, 1, 0, 1] = np.nan


def write_analysis(path: Path, *, order: tuple[str, ...] | None = None, scores: bool = True) -> None:
    axes = ("frame", "track", "node", "xy")
    stored = order or ("track", "xy", "node", "frame")
    with h5py.File(path, "w") as file:
        file["tracks"] = POINTS.transpose([axes.index(axis) for axis in stored])
        file["node_names"] = np.array([b"Nose", b"Ear_L", "Ear_R\u00e9".encode()])
        file["track_names"] = np.array([b"a", b"b"])
        flat = [axis for axis in stored if axis != "xy"]
        if scores:
            file["point_scores"] = (POINTS[..., 0] / 100).transpose([axes.index(axis) for axis in flat])
        if order:
            file["tracks"].attrs["dims"] = json.dumps(stored)
            file["point_scores"].attrs["dims"] = json.dumps(flat)


@pytest.mark.parametrize("order", [None, ("frame", "track", "node", "xy"), ("node", "xy", "frame", "track")])
def test_tracks_come_in_our_axes(tmp_path: Path, order: tuple[str, ...] | None) -> None:
    path = tmp_path / "walk.analysis.h5"
    write_analysis(path, order=order)
    table = read_keypoints(path)
    assert (table.individuals, table.keypoints) == (("a", "b"), ("Nose", "Ear_L", "Ear_Ré"))
    expected = np.where(np.isnan(POINTS).any(axis=-1, keepdims=True), np.nan, POINTS)
    np.testing.assert_array_equal(table.points_px, expected)
    np.testing.assert_array_equal(table.confidence, expected[..., 0] / 100)
    np.testing.assert_array_equal(table.frames, range(5))


def test_scores_may_be_missing(tmp_path: Path) -> None:
    write_analysis(tmp_path / "w.h5", scores=False)
    assert np.isnan(read_keypoints(tmp_path / "w.h5").confidence).all()


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("no HDF5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = [1]
    write_analysis(tmp_path / "fits.h5")
    with h5py.File(tmp_path / "fits.h5", "a") as file:
        del file["node_names"]
        file["node_names"] = np.array([b"Nose"])
    for name in ("text.h5", "other.h5", "fits.h5", "missing.h5"):
        with pytest.raises(FormatError) as caught:
            read_keypoints(tmp_path / name)
        assert name in caught.value.where
    assert not is_sleap_analysis(tmp_path / "text.h5")
    assert not is_sleap_analysis(tmp_path / "other.h5")
    assert is_sleap_analysis(tmp_path / "fits.h5")
