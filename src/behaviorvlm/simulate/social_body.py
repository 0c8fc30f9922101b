"""Bodies of simulated animals seen from above: a bent spine, its keypoints and its outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.simulate.signals import smooth, smooth_noise
from behaviorvlm.simulate.social_script import SocialPlan
from behaviorvlm.types import FloatArray

KEYPOINTS = (
    "nose", "left_ear", "right_ear", "neck", "body_center", "left_hip", "right_hip", "tail_base", "tail_middle",
    "tail_tip",
)  # fmt: skip
SPINE = 13
"""Points of the outline along each side."""
_ALONG = np.linspace(0.0, 1.0, SPINE)
_HALF_WIDTH = np.interp(
    _ALONG, [0.0, 0.08, 0.28, 0.48, 0.66, 0.78, 0.9, 1.0], [0.03, 0.10, 0.19, 0.18, 0.125, 0.125, 0.08, 0.025]
)
_TRUNK_BL, _NECK_BL, _HEAD_BL = 0.45, 0.22, 0.28
_TAIL_BL = 0.4


@dataclass(frozen=True, eq=False)
class SocialBodies:
    """Bodies over time, in body lengths, x right, y down.

    Attributes:
        points: (timepoint, individual, keypoint, 2) float64, the axis of `KEYPOINTS`.
        spine: (timepoint, individual, along, 2) float64 from the tail base to the nose.
        normals: (timepoint, individual, along, 2) float64 unit vectors to the animal's right.
    """

    points: FloatArray
    spine: FloatArray
    normals: FloatArray

    def outline(self, share: float) -> FloatArray:
        """Return (timepoint, individual, corner, 2) float64 of the body at a share of its width."""
        off = share * _HALF_WIDTH[:, None] * self.normals
        ends = slice(None) if share == 1 else slice(1, -1)
        right, left = (self.spine + off)[:, :, ends], (self.spine - off)[:, :, ends]
        return np.concatenate([right, left[:, :, ::-1]], axis=2)


def make_bodies(plan: SocialPlan, *, seed: int, frame_rate_hz: float) -> SocialBodies:
    """Return the bodies that the plan moves: spines bend into turns, heads look about, tails trail behind."""
    n_timepoints, n_animals = plan.heading_rad.shape
    noises = np.random.default_rng([seed, 2]).spawn(3 * n_animals)
    turning = np.gradient(plan.heading_rad, axis=0) * frame_rate_hz if n_timepoints > 1 else np.zeros((1, n_animals))
    bend = np.clip(smooth(0.12 * turning, 0.04 * frame_rate_hz), -0.7, 0.7)
    wander = [_noise(noises[3 * animal : 3 * animal + 3], n_timepoints, frame_rate_hz) for animal in range(n_animals)]
    looking, sway, flick = np.moveaxis(np.array(wander), 0, -1)
    rear, head = plan.heading_rad - 0.5 * bend, plan.heading_rad + bend + 0.1 * looking
    middle = np.stack([plan.places_bl.real, plan.places_bl.imag], axis=-1)
    tail_base = middle - _TRUNK_BL * _direction(rear)
    nose = middle + _NECK_BL * _direction(plan.heading_rad + 0.5 * bend) + _HEAD_BL * _direction(head)
    spine = _curve(tail_base, nose, leaves=_direction(rear), arrives=_direction(head))
    slope = np.gradient(spine, axis=2)
    slope /= np.linalg.norm(slope, axis=-1, keepdims=True)
    normals = np.stack([-slope[..., 1], slope[..., 0]], axis=-1)
    tail_middle = tail_base - _TAIL_BL * _direction(smooth(rear, 0.12 * frame_rate_hz) + 0.25 * sway)
    tail_tip = tail_middle - _TAIL_BL * _direction(smooth(rear, 0.25 * frame_rate_hz) + 0.5 * sway + 0.3 * flick)
    points = np.stack(
        [
            nose,
            *(_beside(spine, normals, along=0.80, aside=side * 0.12) for side in (-1, 1)),
            _beside(spine, normals, along=0.70, aside=0.0),
            _beside(spine, normals, along=0.45, aside=0.0),
            *(_beside(spine, normals, along=0.18, aside=side * 0.11) for side in (-1, 1)),
            tail_base,
            tail_middle,
            tail_tip,
        ],
        axis=2,
    )
    return SocialBodies(points, spine, normals)


def _noise(rngs: list[np.random.Generator], n_timepoints: int, frame_rate_hz: float) -> list[FloatArray]:
    times_s = (0.25, 0.5, 0.3)
    return [smooth_noise(rng, n_timepoints, time * frame_rate_hz) for rng, time in zip(rngs, times_s, strict=True)]


def _curve(start: FloatArray, stop: FloatArray, *, leaves: FloatArray, arrives: FloatArray) -> FloatArray:
    """Return (timepoint, individual, along, 2): cubic Bezier curves between (timepoint, individual, 2) ends."""
    share = _ALONG[:, None]
    a, b, c, d = (part[:, :, None] for part in (start, start + leaves / 3, stop - arrives / 3, stop))
    return np.asarray(
        (1 - share) ** 3 * a + 3 * (1 - share) ** 2 * share * b + 3 * (1 - share) * share**2 * c + share**3 * d
    )


def _beside(spine: FloatArray, normals: FloatArray, *, along: float, aside: float) -> FloatArray:
    """Return (timepoint, individual, 2): a share of the way along the spine, and so far to the right of it."""
    low = min(int(along * (SPINE - 1)), SPINE - 2)
    part = along * (SPINE - 1) - low
    mid = (1 - part) * spine[:, :, low] + part * spine[:, :, low + 1]
    return np.asarray(mid + aside * normals[:, :, low])


def _direction(angle_rad: FloatArray) -> FloatArray:
    return np.stack([np.cos(angle_rad), np.sin(angle_rad)], axis=-1)
