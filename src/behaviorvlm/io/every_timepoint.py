"""Blocks without gaps in time, for files whose rows are frames, and blocks of more timepoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from behaviorvlm.types.pose_table import PoseBlock, PoseTable

FIELDS = ("points_px", "confidence", "points_mm", "error_px", "n_views", "score")
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


def larger_blocks(blocks: Iterable[PoseBlock], *, at_least: int) -> Iterator[PoseBlock]:
    """Yield blocks joined until they have so many timepoints, for files of many small datasets."""
    kept: list[PoseBlock] = []
    for block in blocks:
        kept.append(block)
        if sum(len(one.timepoint) for one in kept) >= at_least:
            yield _joined(kept)
            kept = []
    if kept:
        yield _joined(kept)


def _joined(blocks: list[PoseBlock]) -> PoseBlock:
    if len(blocks) == 1:
        return blocks[0]
    timepoint = np.concatenate([block.timepoint for block in blocks])
    return PoseBlock(timepoint, **{name: np.concatenate([getattr(one, name) for one in blocks]) for name in FIELDS})


def _nothing(poses: PoseTable, first: int, stop: int) -> Iterator[PoseBlock]:
    for start in range(first, stop, GAP):
        timepoint = np.arange(start, min(start + GAP, stop))
        shape = (len(timepoint), len(poses.cameras), len(poses.individuals), len(poses.keypoints))
        yield PoseBlock.of_points_px(timepoint, np.full((*shape, 2), np.nan), np.full(shape, np.nan))


def _without_gaps(block: PoseBlock) -> PoseBlock:
    first = int(block.timepoint[0])
    timepoint = np.arange(first, int(block.timepoint[-1]) + 1)
    fields = {}
    for name in FIELDS:
        values = getattr(block, name)
        whole = np.full((len(timepoint), *values.shape[1:]), -1 if name == "n_views" else np.nan, dtype=values.dtype)
        whole[block.timepoint - first] = values
        fields[name] = whole
    return PoseBlock(timepoint, **fields)
