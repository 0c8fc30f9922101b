"""Candidates of moving 3D points in any rig, without pictures: noise, gaps and false dots of known size.

For measuring correspondence and naming by themselves, for instance recorded motion in a real rig.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import SettingsError, ShapeError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.simulate.gaps import draw_gaps
from behaviorvlm.types import BoolArray, CameraGroup, CandidateSet, FloatArray, IntArray

MARGIN = 0.2
"""False dots lie in the box of the view's dots, enlarged on every side by this share of it: where they do most harm."""
MARGIN_PX = 10.0


@dataclass(frozen=True, eq=False)
class SimulatedCandidates:
    """Candidates, and which of them is what.

    Attributes:
        candidates: Camera name to one candidate set per timepoint; order within a set is shuffled.
        numbers: (timepoint, camera, keypoint) int64 number of the keypoint's candidate, -1 = not among them.
    """

    candidates: Mapping[str, list[CandidateSet]]
    numbers: IntArray


def simulate_candidates(
    points_mm: FloatArray,
    cameras: CameraGroup,
    *,
    noise_px: float = 1.0,
    hidden_share: float = 0.3,
    hidden_run_timepoints: float = 5.0,
    false_per_view: int = 4,
    seed: int = 0,
) -> SimulatedCandidates:
    """Return what detection would find of moving points, were it this noisy.

    Args:
        points_mm: (timepoint, keypoint, 3) float64 world frame, mm; NaN = not there.
        cameras: Any rig.
        noise_px: Standard deviation per axis of each candidate's place.
        hidden_share: Expected share of (view, keypoint) that has no candidate. A dot that is behind a camera, out of
            its picture or NaN is missing on top of that.
        hidden_run_timepoints: Mean length of such a gap.
        false_per_view: False dots in each view, uniform in the box of the view's dots (the hidden ones too), enlarged
            by `MARGIN` and cut at the picture's edge; a view without dots has none.
        seed: Seed of everything random.

    Raises:
        ShapeError: If `points_mm` has another shape.
        SettingsError: If a number is out of range, or no gaps have that share and length.
    """
    points_mm = _checked(points_mm, noise_px=noise_px, false_per_view=false_per_view, seed=seed)
    rng = np.random.default_rng(seed)
    pixels = project_all(points_mm, cameras).swapaxes(0, 1)
    sizes = np.array([camera.image_size for camera in cameras])[:, None]
    in_picture = np.asarray(((pixels >= -0.5) & (pixels < sizes - 0.5)).all(axis=-1))
    pixels = np.where(in_picture[..., None], pixels, np.nan)
    hidden = draw_gaps(rng, in_picture.shape, share=hidden_share, mean_run_timepoints=hidden_run_timepoints)
    noisy = pixels + noise_px * rng.normal(size=pixels.shape)
    false = _false_dots(rng, pixels, sizes, count=false_per_view)
    places = np.concatenate([noisy, false], axis=2)
    shown = np.concatenate([in_picture & ~hidden, np.isfinite(false[..., 0])], axis=2)
    return _shuffled(rng, places, shown, cameras=cameras, n_keypoints=points_mm.shape[1])


def _false_dots(rng: np.random.Generator, pixels: FloatArray, sizes: IntArray, *, count: int) -> FloatArray:
    """Return (timepoint, camera, false dot, 2) px, NaN in a view without dots."""
    low = np.where(np.isnan(pixels), np.inf, pixels).min(axis=2, keepdims=True)
    high = np.where(np.isnan(pixels), -np.inf, pixels).max(axis=2, keepdims=True)
    empty = ~np.isfinite(low)
    low, high = np.where(empty, np.nan, low), np.where(empty, np.nan, high)
    margin = np.maximum(MARGIN * (high - low), MARGIN_PX)
    low, high = np.maximum(low - margin, -0.5), np.minimum(high + margin, sizes - 0.5)
    return np.asarray(low + (high - low) * rng.uniform(size=(*pixels.shape[:2], count, 2)))


def _shuffled(
    rng: np.random.Generator, places: FloatArray, shown: BoolArray, *, cameras: CameraGroup, n_keypoints: int
) -> SimulatedCandidates:
    """Number the shown places of each view in random order."""
    order = np.argsort(np.where(shown, rng.uniform(size=shown.shape), np.inf), axis=-1)
    counts = shown.sum(axis=-1)
    numbers = np.argsort(order, axis=-1)
    numbers = np.where(shown, numbers, -1)[..., :n_keypoints].astype(np.int64)
    ordered = np.take_along_axis(places, order[..., None], axis=2)
    candidates = {
        name: [
            CandidateSet.from_points(timepoint, name, ordered[timepoint, number, : counts[timepoint, number]])
            for timepoint in range(len(places))
        ]
        for number, name in enumerate(cameras.names)
    }
    return SimulatedCandidates(candidates, numbers)


def _checked(points_mm: FloatArray, *, noise_px: float, false_per_view: int, seed: int) -> FloatArray:
    points = np.asarray(points_mm, dtype=np.float64)
    if points.ndim != 3 or points.shape[2] != 3 or not points.shape[1]:
        raise ShapeError("points_mm has the wrong shape", expected="(timepoint, keypoint, 3)", actual=str(points.shape))
    for name, value in (("noise_px", noise_px), ("false_per_view", false_per_view), ("seed", seed)):
        if not 0 <= value < np.inf:
            raise SettingsError(f"{name} is out of range", where=name, expected="0 or more", actual=str(value))
    return points
