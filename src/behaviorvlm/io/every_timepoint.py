"""Blocks without gaps in time, for files whose rows are frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from behaviorvlm.types.pose_table import PoseBlock, PoseTable

GAP = 4096
"""Most timepoints of a block without points."""


def every_timepoint(poses: PoseTable) -> Iterator[PoseBlock]:
    """Yield blocks of every timepoint from 0 to the last; those that no block of `poses` holds have no points."""
    following = 0
    for block in poses.blocks():
        if not len(block.timepoint):
            continue
        first, last = int(block.timepoint[0]), int(block.timepoint[-1])
        yield from _nothing(poses, following, first)
        yield block if last - first + 1 == len(block.timepoint) else _without_gaps(block)
        following = last + 1
    yield from _nothing(poses, following, poses.n_timepoints)


def _nothing(poses: PoseTable, first: int, stop: int) -> Iterator[PoseBlock]:
    for start in range(first, stop, GAP):
        timepoint = np.arange(start, min(start + GAP, stop))
        shape = (len(timepoint), len(poses.cameras), len(poses.individuals), len(poses.keypoints))
        yield PoseBlock.of_points_px(timepoint, np.full((*shape, 2), np.nan), np.full(shape, np.nan))


def _without_gaps(block: PoseBlock) -> PoseBlock:
    first = int(block.timepoint[0])
    timepoint = np.arange(first, int(block.timepoint[-1]) + 1)
    fields = {}
    for name in ("points_px", "confidence", "points_mm", "error_px", "n_views", "score"):
        values = getattr(block, name)
        whole = np.full((len(timepoint), *values.shape[1:]), -1 if name == "n_views" else np.nan, dtype=values.dtype)
        whole[block.timepoint - first] = values
        fields[name] = whole
    return PoseBlock(timepoint, **fields)
