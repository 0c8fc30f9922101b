"""``--refine-calibration``: the cameras adjusted to the run's own settled points, and every pose triangulated again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from behaviorvlm.geometry.bundle_adjustment import AdjustedRig, adjust_cameras
from behaviorvlm.geometry.triangulation import triangulate_robust
from behaviorvlm.types import AnyArray, CameraGroup, FloatArray, RecordingSession, ResultSink

SETTLED_MARGIN = 4.0
"""Nats by which a point leads that the cameras are adjusted to ..."""
SETTLED_VIEWS = 3
"""... and the views it needs: two views leave too much to chance."""
MOST_POINTS = 1500
"""Points used, spread evenly over the run."""


def refine_calibration(session: RecordingSession, sink: ResultSink, keys: Sequence[str], *, gate_px: float) -> None:
    """Adjust the cameras to the settled points of all stretches and keep the poses they give.

    The stages' own records stay as they are; poses triangulated with the adjusted cameras are kept as
    ``poses_recalibrated`` and the cameras as ``calibration``.

    Args:
        session: What was filmed.
        sink: Where the run is kept.
        keys: Keys of its stretches.
        gate_px: Largest reprojection error of a view that belongs to a point.
    """
    dots = settled_dots([_load(sink, key) for key in keys], len(session.cameras))
    adjusted = adjust_cameras(dots, session.cameras)
    sink.save("calibration", "refined", _pack(adjusted))
    for key in keys:
        sink.save("poses_recalibrated", key, triangulate_again(_load(sink, key), adjusted.cameras, gate_px=gate_px))


def settled_dots(records: Sequence[Mapping[str, AnyArray]], n_cameras: int) -> FloatArray:
    """Return the dots of settled points, evenly thinned: (camera, point, 2) px, NaN = not seen."""
    found = [np.empty((n_cameras, 0, 2))]
    for record in records:
        views = (record["numbers"].astype(np.int64) >= 0).sum(axis=-1)
        settled = (views >= SETTLED_VIEWS) & (record["margin"].astype(np.float64) >= SETTLED_MARGIN)
        found.append(np.moveaxis(record["points_px"].astype(np.float64), 1, 0)[:, settled])
    dots = np.concatenate(found, axis=1)
    rows = np.unique(np.linspace(0, max(dots.shape[1] - 1, 0), MOST_POINTS).astype(np.int64))
    return dots[:, rows[: dots.shape[1]]]


def triangulate_again(record: Mapping[str, AnyArray], cameras: CameraGroup, *, gate_px: float) -> dict[str, AnyArray]:
    """Return a stretch's poses triangulated from the same dots with other cameras."""
    dots = np.moveaxis(record["points_px"].astype(np.float64), 1, 0)
    solved = triangulate_robust(dots.reshape(len(cameras), -1, 2), cameras, threshold_px=gate_px)
    shape = record["error_px"].shape
    again = dict(record)
    again["points_mm"] = solved.points_mm.reshape(*shape, 3)
    again["error_px"] = solved.error_px.reshape(shape)
    inliers = solved.inliers.reshape(*shape, len(cameras))
    again["numbers"] = np.where(inliers, record["numbers"], -1)
    again["points_px"] = np.where(np.moveaxis(inliers, -1, 1)[..., None], record["points_px"], np.nan)
    return again


def _load(sink: ResultSink, key: str) -> dict[str, AnyArray]:
    return sink.load("poses", key) or {}


def _pack(adjusted: AdjustedRig) -> dict[str, AnyArray]:
    cameras = adjusted.cameras.cameras
    return {
        "matrix": np.stack([camera.matrix for camera in cameras]),
        "distortion": np.stack([camera.distortion for camera in cameras]),
        "rvec": np.stack([camera.rvec for camera in cameras]),
        "tvec": np.stack([camera.tvec for camera in cameras]),
        "residual_before_px": adjusted.before_px,
        "residual_after_px": adjusted.after_px,
    }
