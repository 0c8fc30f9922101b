"""What a report measures of a pose run: everything per keypoint, and where each camera's dots lie beside the poses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.report.drawing_style import is_known
from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import CameraGroup, FloatArray, IntArray, Skeleton

MOST_OFFSETS = 4_000
"""Of each camera: more dots of a cloud only cover each other."""


@dataclass(frozen=True, eq=False)
class PoseMeasures:
    """The final poses of a run, and how sure they are.

    Attributes:
        skeleton: The keypoint axis.
        frame_rate_hz: Timepoints per second.
        timepoints: (timepoint,) int64.
        points_mm: (timepoint, keypoint, 3) float64 world frame, mm; NaN = missing.
        error_px: (timepoint, keypoint) float64 root mean square reprojection error, NaN = missing.
        margin: (timepoint, keypoint) float64 nats, NaN = missing.
        n_views: (timepoint, keypoint) int64 views each position rests on.
        flags: (timepoint, keypoint) int64 bits of `PoseFlag`.
    """

    skeleton: Skeleton
    frame_rate_hz: float
    timepoints: IntArray
    points_mm: FloatArray
    error_px: FloatArray
    margin: FloatArray
    n_views: IntArray
    flags: IntArray

    @property
    def coverage(self) -> FloatArray:
        """Share of timepoints at which each keypoint has a position, (keypoint,) float64."""
        return np.asarray(np.isfinite(self.points_mm).all(axis=-1).mean(axis=0))


@dataclass(frozen=True, eq=False)
class CameraOffsets:
    """Where the dots of each view lie, less where the 3D poses fall in it.

    Attributes:
        names: The cameras.
        count: (camera, keypoint) int64 dots.
        mean_px: (camera, 2) float64 mean offset; one that is not 0 is the calibration's, not the dots'.
        rms_px: (camera,) float64 root mean square of the distance, NaN = no dot.
        keypoint_rms_px: (camera, keypoint) float64, likewise.
        cloud_px: (offset, 2) float64 for each camera, a sample spread evenly over time.
    """

    names: tuple[str, ...]
    count: IntArray
    mean_px: FloatArray
    rms_px: FloatArray
    keypoint_rms_px: FloatArray
    cloud_px: tuple[FloatArray, ...]


def measure_poses(run: PoseRun) -> PoseMeasures | None:
    """Return what is settled so far, None if nothing is; reads the run a chunk at a time.

    Raises:
        RunCorruptError: If a result is not what was saved.
    """
    chunks = list(run.poses())
    if not chunks:
        return None
    record = run.manifest.session
    return PoseMeasures(
        skeleton=record.skeleton,
        frame_rate_hz=record.frame_rate_hz,
        timepoints=np.concatenate([chunk.timepoint for chunk in chunks]),
        points_mm=np.concatenate([chunk.points_mm for chunk in chunks]),
        error_px=np.concatenate([chunk.error_px for chunk in chunks]),
        margin=np.concatenate([np.where(chunk.present, chunk.margin, np.nan) for chunk in chunks]),
        n_views=np.concatenate([chunk.views_used for chunk in chunks]),
        flags=np.concatenate([chunk.flags for chunk in chunks]),
    )


def measure_cameras(run: PoseRun, cameras: CameraGroup) -> CameraOffsets:
    """Return how the dots of each camera lie beside the poses; holds a chunk and a sample in memory.

    Args:
        run: The run.
        cameras: The rig its poses were placed with.
    """
    n_keypoints = len(run.manifest.session.keypoints)
    count = np.zeros((len(cameras), n_keypoints), dtype=np.int64)
    total, squared = np.zeros((len(cameras), n_keypoints, 2)), np.zeros((len(cameras), n_keypoints))
    sampled: list[list[FloatArray]] = [[] for _ in cameras]
    step = max(run.timepoints_done * n_keypoints // MOST_OFFSETS, 1)
    for offsets in _offsets(run.poses(), cameras):
        known = is_known(offsets)
        count += known.sum(axis=1)
        total += np.nansum(offsets, axis=1)
        squared += np.nansum(offsets**2, axis=(1, 3))
        for place, own in enumerate(offsets):
            sampled[place].append(own[known[place]][::step])
    return CameraOffsets(
        names=cameras.names,
        count=count,
        mean_px=total.sum(axis=1) / np.maximum(count.sum(axis=1), 1)[:, None],
        rms_px=_root_mean(squared.sum(axis=1), count.sum(axis=1)),
        keypoint_rms_px=_root_mean(squared, count),
        cloud_px=tuple(np.concatenate([*each, np.empty((0, 2))]) for each in sampled),
    )


def _offsets(chunks: Iterator[PoseChunk], cameras: CameraGroup) -> Iterator[FloatArray]:
    """Yield (camera, timepoint, keypoint, 2) px from where a pose falls to the dot it rests on, NaN = no dot."""
    for chunk in chunks:
        yield np.moveaxis(chunk.points_px, 1, 0) - project_all(chunk.points_mm, cameras)


def _root_mean(squared: FloatArray, count: IntArray) -> FloatArray:
    return np.asarray(np.where(count > 0, np.sqrt(squared / np.maximum(count, 1)), np.nan))
