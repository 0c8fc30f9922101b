"""Tracks of several animals as DeepLabCut writes its predictions: four header rows, x, y, likelihood of every point."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from behaviorvlm.io.deeplabcut import BLOCK_ROWS, CONFIDENCE_DECIMALS, HEADER_KEYS, PX_DECIMALS
from behaviorvlm.io.deeplabcut_columns import COORDS
from behaviorvlm.io.number_table import write_rows
from behaviorvlm.types import FloatArray, Tracks


def write_animals(path: Path, tracks: Tracks, *, scorer: str = "behaviorvlm") -> None:
    """Write tracks, a row for each frame; a missing point is blank.

    Args:
        path: The CSV file.
        tracks: Points of all animals.
        scorer: Who predicted them.

    Raises:
        RunStorageError: If the disk refuses.
    """
    points = [(animal, keypoint) for animal in tracks.individuals for keypoint in tracks.keypoints]
    header = [
        [HEADER_KEYS[0], *[scorer] * (3 * len(points))],
        [HEADER_KEYS[1], *[animal for animal, _ in points for _ in COORDS]],
        [HEADER_KEYS[2], *[keypoint for _, keypoint in points for _ in COORDS]],
        [HEADER_KEYS[3], *COORDS * len(points)],
    ]
    decimals = [0, *[PX_DECIMALS, PX_DECIMALS, CONFIDENCE_DECIMALS] * len(points)]
    write_rows(path, header, _blocks(tracks), decimals=decimals)


def _blocks(tracks: Tracks) -> Iterator[FloatArray]:
    for start in range(0, len(tracks.times_s), BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, len(tracks.times_s))
        confidence = tracks.confidence[start:stop, ..., None]
        cells = np.concatenate([tracks.points_px[start:stop], confidence], axis=-1).reshape(stop - start, -1)
        yield np.column_stack([np.arange(start, stop), cells])
