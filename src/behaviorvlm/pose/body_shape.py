"""What the exemplars say about the body: where each keypoint stands relative to the others, and how firmly.

In 3D left and right are not ambiguous: a body laid rigidly over its own mirror image does not fit. So chirality needs
no rule of its own; it comes with the rigid prediction of each keypoint from its neighbours. A left/right pair of which
no exemplar shows either has no such prediction, so nothing but a model that looks at the picture can name it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.geometry.rigid import predict_from_neighbors
from behaviorvlm.types import BoolArray, FloatArray, IntArray, all_finite

REACH = 0.25
"""Neighbours count by 1 / (spread^2 + (REACH * distance)^2): a far or loosely coupled keypoint says little."""
FIRMNESS = 0.1
"""Least spread of a bone length, and of a predicted position, as a share of the body scale."""


@dataclass(frozen=True, eq=False)
class BodyShape:
    """The shape of one animal, as far as its exemplar poses show it.

    Attributes:
        templates_mm: (template, keypoint, 3) float64 exemplar poses, NaN = unknown.
        weights: (keypoint, keypoint) float64, how much each keypoint says about another, diagonal 0.
        spread_mm: (keypoint,) float64 typical distance between a keypoint and its prediction from another exemplar.
        scale_mm: Median distance between keypoints.
        mirror: (keypoint,) int64 left/right partner of each keypoint, or itself.
        sideless: (keypoint,) bool, keypoints whose side nothing tells: no pose shows them or their partner.
    """

    templates_mm: FloatArray
    weights: FloatArray
    spread_mm: FloatArray
    scale_mm: float
    mirror: IntArray
    sideless: BoolArray

    def predict(self, points_mm: FloatArray) -> FloatArray:
        """Return where each template puts each keypoint given the others: (template, pose, keypoint, 3) mm."""
        n_templates, n_poses = len(self.templates_mm), len(points_mm)
        templates = np.repeat(self.templates_mm, n_poses, axis=0)
        predicted = predict_from_neighbors(np.tile(points_mm, (n_templates, 1, 1)), templates, self.weights)
        return predicted.reshape(n_templates, *points_mm.shape)

    def misfit(self, points_mm: FloatArray) -> FloatArray:
        """Return squared distances to the best template's prediction, (pose, keypoint) mm^2; NaN = cannot say."""
        gaps = ((self.predict(points_mm) - points_mm) ** 2).sum(axis=-1)
        nearest = np.where(np.isnan(gaps), np.inf, gaps).min(axis=0)
        return np.where(np.isfinite(nearest), nearest, np.nan)


def learn_body_shape(poses_mm: FloatArray, mirror: IntArray, *, n_templates: int = 3) -> BodyShape:
    """Learn the body from trusted poses.

    Args:
        poses_mm: (pose, keypoint, 3) mm, NaN = missing.
        mirror: (keypoint,) left/right partner.
        n_templates: How many of the poses become templates.

    Returns:
        The shape, with up to `n_templates` poses as different from one another as the trusted ones allow.
    """
    lengths = np.linalg.norm(poses_mm[:, :, None] - poses_mm[:, None], axis=-1)
    known = np.isfinite(lengths).sum(axis=0) > 0
    # Pairs that no pose shows count as 0 here, and are told by `known`: a median of nothing would warn.
    filled = np.where(known, lengths, 0.0)
    typical = np.nanmedian(filled, axis=0)
    length = np.where(known, typical, np.nan)
    scale = float(np.nanmedian(length[length > 0]))
    deviation = np.nanmedian(np.abs(filled - typical), axis=0) * 1.4826
    spread2 = deviation**2 + (FIRMNESS * scale) ** 2
    reach = np.where(known, length, 2 * scale) * REACH
    weights = 1 / (spread2 + reach**2)
    np.fill_diagonal(weights, 0.0)
    chosen = poses_mm[_most_different(lengths, n_templates)]
    predicted = np.stack([predict_from_neighbors(poses_mm, template, weights) for template in chosen])
    spread = _prediction_spread(predicted - poses_mm, scale)
    placed = np.asarray(all_finite(poses_mm).any(axis=0))
    sideless = (mirror != np.arange(len(mirror))) & ~placed & ~placed[mirror]
    return BodyShape(chosen, weights, spread, scale, mirror, sideless)


def _most_different(lengths: FloatArray, count: int) -> IntArray:
    """Return pose indices by farthest-point sampling on bone lengths, starting at the most complete pose."""
    flat = lengths.reshape(len(lengths), -1)
    chosen = [int(np.isfinite(flat).sum(axis=1).argmax())]
    while len(chosen) < min(count, len(flat)):
        nearest = np.stack([_mean_gap(flat, flat[one]) for one in chosen]).min(axis=0)
        nearest[chosen] = -1.0
        chosen.append(int(nearest.argmax()))
    return np.array(chosen, dtype=np.int64)


def _mean_gap(lengths: FloatArray, other: FloatArray) -> FloatArray:
    """Return the mean difference of (pose, pair) lengths from (pair,) others, (pose,) mm; 0 where none is known."""
    gaps = np.abs(lengths - other)
    known = np.isfinite(gaps)
    return np.asarray(np.where(known, gaps, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _prediction_spread(misses_mm: FloatArray, scale: float) -> FloatArray:
    """Return how far (template, pose, keypoint, 3) predictions miss by, (keypoint,) mm, never below the firmness."""
    gaps = np.linalg.norm(misses_mm, axis=-1)
    gaps = np.where(gaps < 1e-6, np.nan, gaps)
    best = np.where(np.isnan(gaps), np.inf, gaps).min(axis=0)
    best = np.where(np.isfinite(best), best, np.nan)
    if not np.isfinite(best).any():
        return np.full(gaps.shape[-1], 2 * FIRMNESS * scale)
    typical = np.nanmedian(np.where(np.isfinite(best).any(axis=0), best, 2 * FIRMNESS * scale), axis=0)
    return np.asarray(np.sqrt((typical / np.sqrt(2)) ** 2 + (FIRMNESS * scale) ** 2))
