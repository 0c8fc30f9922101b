"""Which views of named points go into a format, and what formats of points in pictures have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.types import BoolArray, FloatArray, IntArray
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

BLOCK_ROWS = 4096
Frames = tuple[IntArray, FloatArray, FloatArray]
"""(frame,) int64; points (frame, individual, keypoint, 2) px and confidence (frame, individual, keypoint), float64."""


def pick_labelled(poses: PoseTable, limit: int) -> PoseBlock:
    """Return at most `limit` timepoints, spread evenly over those that show a point in any view.

    Raises:
        SettingsError: If no view shows a point.
    """
    refuse_without_views(poses, poses.name)
    there = [block.timepoint[block.seen.any(axis=(1, 2, 3))] for block in poses.blocks()]
    timepoints = np.concatenate([np.empty(0, dtype=np.int64), *there])
    if not len(timepoints):
        raise SettingsError(
            "no view shows a point", where=poses.name, expected="named points in pictures", actual="none"
        )
    spread = np.linspace(0, len(timepoints) - 1, min(max(limit, 1), len(timepoints)))
    chosen = timepoints[np.unique(np.round(spread).astype(np.int64))]
    return _joined([_rows(block, np.isin(block.timepoint, chosen).astype(np.bool_)) for block in poses.blocks()])


def every_frame(poses: PoseTable, camera: str) -> Iterator[Frames]:
    """Yield the points of one camera, a row for every frame of its video from 0 to the last timepoint, in blocks.

    Frames without points are NaN.
    """
    column, offset = poses.cameras.index(camera), poses.frame_offsets.get(camera, 0)
    total, start = poses.n_timepoints + offset, 0
    window = _blank(poses, min(BLOCK_ROWS, total))
    for block in poses.blocks():
        frames, points, confidence = block.timepoint + offset, block.points_px[:, column], block.confidence[:, column]
        while len(frames):
            while frames[0] >= start + len(window[0]):
                yield np.arange(start, start + len(window[0])), *window
                start += len(window[0])
                window = _blank(poses, min(BLOCK_ROWS, total - start))
            fitting = int(np.searchsorted(frames, start + len(window[0])))
            window[0][frames[:fitting] - start] = points[:fitting]
            window[1][frames[:fitting] - start] = confidence[:fitting]
            frames, points, confidence = frames[fitting:], points[fitting:], confidence[fitting:]
    while start < total:
        yield np.arange(start, start + len(window[0])), *window
        start += len(window[0])
        window = _blank(poses, min(BLOCK_ROWS, total - start))


def n_frames(poses: PoseTable, camera: str) -> int:
    """Return the number of rows that `every_frame` gives."""
    return poses.n_timepoints + poses.frame_offsets.get(camera, 0)


def paths_of_cameras(path: Path, poses: PoseTable, names: tuple[str, ...]) -> dict[str, Path]:
    """Return the file of each camera, for formats of one video: `path`, or with ``_<camera>`` where there are several.

    Args:
        path: As the user gave it.
        poses: What is to be written.
        names: A file name for each camera.
    """
    if len(poses.cameras) == 1:
        return {poses.cameras[0]: path}
    ending = ".analysis.h5" if path.name.endswith(".analysis.h5") else path.suffix
    stem = path.name.removesuffix(ending)
    return {camera: path.with_name(f"{stem}_{name}{ending}") for camera, name in zip(poses.cameras, names, strict=True)}


def refuse_without_views(poses: PoseTable, where: str) -> None:
    """Refuse points that are not in pictures.

    Raises:
        SettingsError: If there are no cameras.
    """
    if not poses.cameras:
        raise SettingsError(
            "the format holds points in pictures, and there are none",
            where=where,
            expected="named points of one camera or several",
            actual="positions in space alone",
            remedy="write them as anipose, or export a run, which has both",
        )


def _blank(poses: PoseTable, count: int) -> tuple[FloatArray, FloatArray]:
    shape = (count, len(poses.individuals), len(poses.keypoints))
    return np.full((*shape, 2), np.nan), np.full(shape, np.nan)


def _rows(block: PoseBlock, which: BoolArray) -> PoseBlock:
    return replace(block, **{name: getattr(block, name)[which] for name in vars(block)})


def _joined(blocks: list[PoseBlock]) -> PoseBlock:
    return PoseBlock(**{name: np.concatenate([getattr(one, name) for one in blocks]) for name in vars(blocks[0])})
