"""What the columns of a DeepLabCut table are, in text and in HDF5: whose point, which one, and x, y or likelihood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.types import FloatArray, IntArray, all_finite

COORDS = ("x", "y", "likelihood")
UNIQUE = "single"
"""Whom DeepLabCut lets own the points that there is only one of, such as corners of the arena: no animal."""


@dataclass(frozen=True)
class Columns:
    """The columns of numbers, in order. Names of an individual are "" where the file knows one animal only."""

    individuals: tuple[str, ...]
    keypoints: tuple[str, ...]
    coords: tuple[str, ...]

    @property
    def animals(self) -> tuple[str, ...]:
        """The individual axis."""
        return tuple(dict.fromkeys(self.individuals))

    @property
    def names(self) -> tuple[str, ...]:
        """The keypoint axis."""
        return tuple(dict.fromkeys(self.keypoints))

    def refuse_odd(self, path: Path) -> None:
        """Refuse columns that are not x, y or likelihood, stand twice, or are of rows of different length.

        Raises:
            FormatError: If there are such columns, or none at all.
        """
        columns = list(zip(self.individuals, self.keypoints, self.coords, strict=False))  # ragged is refused below
        odd = [keys for keys in columns if keys[2] not in COORDS]
        twice = [keys for keys in columns if columns.count(keys) > 1]
        ragged = len({len(self.individuals), len(self.keypoints), len(self.coords)}) > 1
        if not columns or odd or twice or ragged:
            fault = (
                f"column {' '.join((odd or twice)[0])}" if odd or twice else "rows of different length, or no column"
            )
            raise FormatError(
                "the header does not name each column once",
                where=str(path),
                expected="x, y and perhaps likelihood for every keypoint",
                actual=fault,
            )

    def table(self, frames: IntArray, numbers: FloatArray, *, lines: IntArray) -> KeypointTable:
        """Return (row, column) numbers as a table of points."""
        return self.joined([(frames, *self.points_of(numbers))], lines=lines)

    def joined(self, pieces: Sequence[tuple[IntArray, FloatArray, FloatArray]], *, lines: IntArray) -> KeypointTable:
        """Return the pieces of a table as one.

        Args:
            pieces: Of each, frames (row,), points (row, individual, keypoint, 2) and confidences (row, individual,
                keypoint).
            lines: (row,) lines of the file.
        """
        frames, points, confidence = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        for values in (frames, points, confidence):
            values.flags.writeable = False  # so that they are not copied
        return KeypointTable(self.animals, self.names, frames, points, confidence, lines)

    def points_of(self, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return points (row, individual, keypoint, 2) and confidences (row, individual, keypoint) of the numbers."""
        cells = np.full((len(numbers), len(self.animals), len(self.names), len(COORDS)), np.nan)
        for column, (animal, name, coord) in enumerate(zip(self.individuals, self.keypoints, self.coords, strict=True)):
            place = self.animals.index(animal), self.names.index(name), COORDS.index(coord)
            cells[(slice(None), *place)] = numbers[:, column]
        points = np.where(np.isnan(cells[..., :2]).any(axis=-1, keepdims=True), np.nan, cells[..., :2])
        return points, cells[..., 2].copy()


def refuse_mixed(scorers: Iterable[str], path: Path) -> None:
    """Refuse a table of several scorers: whose points are whose would be lost.

    Raises:
        FormatError: If there are several.
    """
    names = list(dict.fromkeys(scorers))
    if len(names) > 1:
        raise FormatError(
            "the table is of several scorers",
            where=str(path),
            expected="one scorer",
            actual=", ".join(names),
            remedy="write the columns of one scorer to a file of their own",
        )


def animals_only(table: KeypointTable) -> KeypointTable:
    """Return a table without the points that belong to no animal, where there are animals beside them."""
    if UNIQUE not in table.individuals or len(table.individuals) == 1:
        return table
    rows = [row for row, name in enumerate(table.individuals) if name != UNIQUE]
    theirs = all_finite(table.points_px[:, rows]).any(axis=(0, 1))
    others = all_finite(table.points_px).any(axis=(0, 1))
    kept = np.flatnonzero(theirs | ~others)  # what nobody ever shows may be an animal's
    return replace(
        table,
        individuals=tuple(table.individuals[row] for row in rows),
        keypoints=tuple(table.keypoints[column] for column in kept),
        points_px=table.points_px[:, rows][:, :, kept],
        confidence=table.confidence[:, rows][:, :, kept],
    )
