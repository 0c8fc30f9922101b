"""Which of the user's words a frame is most like, learnt from a few bouts that the user named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.errors import InputError
from behaviorvlm.types import Float32Array, FloatArray, IntArray

SHRINKAGE = 0.1
"""Weight of the squared coefficients beside the mean loss: nine bouts must not be learnt by heart. Chosen on
half of the even recordings of rat_dyad, exemplars from the other half: 0.01 and 1 are within 0.04 in macro-F1."""
PLACE_WEIGHT = 0.25
"""Chosen there, too: with 1 macro-F1 is 0.014 lower, with 0 the same, but postures could not be told."""
ITERATIONS = 200


@dataclass(frozen=True, eq=False)
class NameModel:
    """A linear classifier of frames.

    Attributes:
        names: The words, the last axis of what it says.
        weight: (feature, name) float32.
        offset: (name,) float32.
    """

    names: tuple[str, ...]
    weight: Float32Array
    offset: Float32Array

    def log_posterior(self, features: Float32Array) -> Float32Array:
        """Return the logarithm of the probability of each name, (..., name) float32, of (..., feature) scaled features.

        Every name is as likely as any other before a frame is looked at: three bouts do not say how common it is.
        """
        score = features @ self.weight + self.offset
        score = score - score.max(axis=-1, keepdims=True)
        return np.asarray(score - np.log(np.exp(score).sum(axis=-1, keepdims=True)), dtype=np.float32)


def telling_weights(columns: Sequence[FeatureColumn]) -> Float32Array:
    """Return how much each feature may tell, (feature,) float32: what it is multiplied by before the penalty.

    Which points are seen says how well an animal was tracked, not what it does: 0. Where a keypoint is in a single
    frame says little beside what is averaged over windows: `PLACE_WEIGHT`.
    """
    told = [0.0 if one.unit == "share" else PLACE_WEIGHT if _of_a_frame(one) else 1.0 for one in columns]
    return np.array(told, np.float32)


def learn_names(
    rows: Sequence[Float32Array],
    names: Sequence[str],
    *,
    column_weights: Float32Array | None = None,
    shrinkage: float = SHRINKAGE,
) -> NameModel:
    """Return the classifier that tells the named bouts apart: multinomial logistic regression with an L2 penalty.

    All names weigh alike, and all frames of one name.

    Args:
        rows: For each bout, (frame, feature) float32 scaled features.
        names: For each bout, what it is.
        column_weights: (feature,) how much each feature may tell; None = all alike.
        shrinkage: Weight of the penalty.

    Raises:
        InputError: If there are not two names to tell apart, or a name has no frames.
    """
    known = tuple(dict.fromkeys(names))
    if len(known) < 2:
        raise InputError(
            "exemplars of a single behavior tell nothing apart",
            expected="exemplars of two behaviors or more",
            actual=", ".join(known) or "none",
            remedy="add exemplars of what else the animals do, such as `other`",
        )
    lengths = [len(part) for part in rows]
    code = np.repeat([known.index(name) for name in names], lengths)
    counts = np.bincount(code, minlength=len(known))
    if not counts.all():
        raise InputError(
            "the animals of the exemplars are not to be seen",
            where=", ".join(name for name, count in zip(known, counts, strict=True) if not count),
            expected="an animal with points in the frames of its exemplars",
            actual="no frame",
        )
    features = np.concatenate(list(rows))
    told = np.ones(features.shape[1], np.float32) if column_weights is None else column_weights
    model = _fitted(features * told, code, known, shrinkage=shrinkage)
    return replace(model, weight=model.weight * told[:, None])


def _of_a_frame(column: FeatureColumn) -> bool:
    return column.block == "pose" and not column.name.rpartition(", ")[2].startswith(("mean of ", "spread of "))


def _fitted(features: Float32Array, code: IntArray, names: tuple[str, ...], *, shrinkage: float) -> NameModel:
    """Return the classifier of least loss; the loss is convex, so there is one."""
    from scipy.optimize import minimize

    count = len(names)
    rows = np.concatenate([features, np.ones((len(features), 1), np.float32)], axis=1)
    truth = np.eye(count, dtype=np.float32)[code]
    frame_weight = (1.0 / np.bincount(code)[code] / count).astype(np.float32)[:, None]

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        weight = flat.reshape(-1, count)
        score = rows @ weight.astype(np.float32)
        score -= score.max(axis=1, keepdims=True)
        total = np.exp(score).sum(axis=1, keepdims=True)
        fit = float((frame_weight * truth * (np.log(total) - score)).sum())
        slope = (rows.T @ (frame_weight * (np.exp(score) / total - truth))).astype(np.float64)
        slope[:-1] += shrinkage * weight[:-1]
        return fit + shrinkage / 2 * float((weight[:-1] ** 2).sum()), slope.ravel()

    start = np.zeros(rows.shape[1] * count)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    weight = found.x.reshape(-1, count).astype(np.float32)
    return NameModel(names, weight[:-1], weight[-1])
