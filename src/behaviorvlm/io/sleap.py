"""SLEAP's ``analysis.h5``: tracks of named points. Nodes are keypoints, tracks individuals, scores confidences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.hdf5 import reading
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.types import FloatArray

STORED = ("track", "xy", "node", "frame")
"""Axes of ``tracks`` where the file does not name them, as SLEAP writes it (MATLAB's order)."""
AXES = ("frame", "track", "node", "xy")


def is_sleap_analysis(path: Path) -> bool:
    """Return whether an HDF5 file holds SLEAP tracks."""
    import h5py

    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path, "r") as file:
        return "tracks" in file and "node_names" in file


def read_keypoints(path: Path) -> KeypointTable:
    """Return the points of all tracks of an ``analysis.h5``; frames count from the start of the video.

    Raises:
        FormatError: If it is no such file, or its arrays do not fit together.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            points = _axes(file["tracks"], AXES)
            names = _texts(file["node_names"])
            animals = _texts(file["track_names"]) if "track_names" in file else ()
            scores = _axes(file["point_scores"], AXES[:3]) if "point_scores" in file else None
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise FormatError(
            "the file cannot be read", where=str(path), expected="a SLEAP analysis.h5", actual=str(error)
        ) from error
    animals = animals or tuple(f"track_{number}" for number in range(points.shape[1]))
    expected = (len(points), len(animals), len(names), 2)
    if points.shape != expected or (scores is not None and scores.shape != expected[:3]):
        raise FormatError("the tracks do not fit", where=str(path), expected=str(expected), actual=str(points.shape))
    missing = np.asarray(np.isnan(points).any(axis=-1))
    confidence = np.full(expected[:3], np.nan) if scores is None else scores
    return KeypointTable(
        animals,
        names,
        np.arange(len(points)),
        np.where(missing[..., None], np.nan, points),
        np.where(missing, np.nan, confidence),
        np.full(len(points), -1),
        seen_only=True,
    )


def read_edges(path: Path) -> tuple[tuple[str, str], ...]:
    """Return the edges of the skeleton, pairs of keypoints; none where the file states none.

    Raises:
        FormatError: If the file cannot be read.
    """
    with reading(path, expected="a SLEAP analysis.h5") as file:
        rows = file["edge_names"][()] if "edge_names" in file else []
        return tuple((bytes(source).decode(), bytes(target).decode()) for source, target in rows)


def _axes(dataset: object, wanted: tuple[str, ...]) -> FloatArray:
    """Return a dataset as float64 with its axes in the `wanted` order; newer files name theirs in ``dims``."""
    named = dataset.attrs.get("dims")  # type: ignore[attr-defined]  # h5py ships no types
    stored = [axis for axis in (json.loads(named) if named is not None else STORED) if axis in wanted]
    values = np.asarray(dataset[()], dtype=np.float64)  # type: ignore[index]
    return values.transpose([stored.index(axis) for axis in wanted])


def _texts(dataset: object) -> tuple[str, ...]:
    return tuple(bytes(name).decode() for name in dataset[()])  # type: ignore[index]
