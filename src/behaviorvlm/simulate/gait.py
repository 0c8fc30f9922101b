"""Four paws that stand still on the floor, then swing to where the body will need them next.

A paw stands where its hip or shoulder is in the middle of that stance, so its place follows from the plan alone, at any
instant, without stepping through time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.simulate.motion import MotionPlan
from behaviorvlm.simulate.signals import ease
from behaviorvlm.types import FloatArray

HIP_BEHIND_TRUNK_MM = 17.0
"""From the middle of the trunk back to the hips."""
FRONT_MM = 33.0
"""From the hips forward to the shoulders."""
DUTY = 0.64
"""Share of the cycle a paw stands (walking mice: about 0.6 to 0.7)."""
LIFT_MM = (4.0, 6.5)
"""How high a forepaw and a hindpaw swing."""
SIDE_MM = (7.5, 13.0)
"""How far a forepaw and a hindpaw stand from the middle line."""
PHASES = (0.25, 0.75, 0.0, 0.5)
"""Start of stance of left forepaw, right forepaw, left hindpaw, right hindpaw: a lateral-sequence walk."""


@dataclass(frozen=True, eq=False)
class Paws:
    """Four paws (left fore, right fore, left hind, right hind) at some timepoints.

    Attributes:
        ground_mm: (timepoint, 4, 3) float64 the middle of the sole; z = 0 while it stands.
        yaw_rad: (timepoint, 4) float64 where the toes point.
    """

    ground_mm: FloatArray
    yaw_rad: FloatArray


def place_paws(plan: MotionPlan, rows: FloatArray) -> Paws:
    """Return the paws at (timepoint,) float64 `rows` of the plan, as the gait alone has them (no rear, no grooming)."""
    ground, yaw = np.empty((len(rows), 4, 3)), np.empty((len(rows), 4))
    here = np.arange(len(plan.phase), dtype=np.float64)
    # the creep makes phase strictly rising, so that it can be inverted
    phase = plan.phase + 1e-7 * here
    for paw, start in enumerate(PHASES):
        cycles = np.interp(rows, here, phase) - start
        cycle = np.floor(cycles)
        swung = ease((cycles - cycle - DUTY) / (1 - DUTY))
        lifted = np.sin(np.pi * swung) * np.interp(rows, here, plan.stepping)
        now, next_ = (
            _under(plan, np.interp(number + DUTY / 2 + start, phase, here), paw) for number in (cycle, cycle + 1)
        )
        spot = now + swung[:, None] * (next_ - now)
        ground[:, paw, :2], yaw[:, paw] = spot[:, :2], spot[:, 2]
        ground[:, paw, 2] = LIFT_MM[paw // 2] * lifted
    return Paws(ground, yaw)


def hips_and_front(plan: MotionPlan, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return hips and shoulders at `rows`, each (timepoint, 3) float64: x and y in mm on the floor, heading in rad."""
    here = np.arange(len(plan.phase), dtype=np.float64)
    heading, bend = np.interp(rows, here, plan.heading_rad), np.interp(rows, here, plan.bend_rad)
    trunk = np.stack([np.interp(rows, here, plan.trunk_mm[:, axis]) for axis in (0, 1)], axis=-1)
    hips = trunk - HIP_BEHIND_TRUNK_MM * _direction(heading)
    front = hips + FRONT_MM * _direction(heading + bend / 2)
    return _with_yaw(hips, heading), _with_yaw(front, heading + bend)


def _under(plan: MotionPlan, rows: FloatArray, paw: int) -> FloatArray:
    """Return x, y, yaw of the floor under the hip or shoulder of `paw` at `rows`, (timepoint, 3)."""
    hips, front = hips_and_front(plan, rows)
    base = (front, hips)[paw // 2]
    left = 1.0 if paw % 2 == 0 else -1.0
    sideways = left * SIDE_MM[paw // 2] * _direction(base[:, 2] + np.pi / 2)
    forward = (4.0, 3.0)[paw // 2] * _direction(base[:, 2])
    return _with_yaw(base[:, :2] + sideways + forward, base[:, 2])


def _direction(yaw_rad: FloatArray) -> FloatArray:
    return np.stack([np.cos(yaw_rad), np.sin(yaw_rad)], axis=-1)


def _with_yaw(points_mm: FloatArray, yaw_rad: FloatArray) -> FloatArray:
    return np.concatenate([points_mm, yaw_rad[:, None]], axis=1)
