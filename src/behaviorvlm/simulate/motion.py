"""Where the animal goes and what it does: a path inside the arena with pauses, rears and grooming.

The plan holds a few numbers per timepoint (about 150 bytes); bodies are made from it in blocks (`animal.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.signals import smooth, smooth_noise, wrap
from behaviorvlm.types import FloatArray

LEAD_S = 1.5
"""Time planned before timepoint 0, so that filters have settled."""
LOOK_AHEAD_S = 10.0
"""Time planned after the last timepoint: a paw in swing must know where it will land, even across a pause."""
TAIL_JOINTS = 4
TRUNK_TO_FOOT_MM = 35.0
"""A turn on the spot moves the paws by its angle times this length."""

_ACTIVITIES = {"pause": (0.35, 0.4, 1.5), "rear": (0.35, 1.2, 2.5), "groom": (0.30, 1.5, 3.0)}
"""What interrupts walking: probability, shortest and longest duration in s."""


@dataclass(frozen=True, eq=False)
class MotionPlan:
    """What the animal does, at every planned instant (row); row `lead` is timepoint 0.

    Attributes:
        frame_rate_hz: Rows per second.
        lead: Rows before timepoint 0.
        n_timepoints: Timepoints asked for.
        trunk_mm: (row, 2) float64 middle of the trunk on the floor.
        heading_rad: (row,) float64 direction of the hips, unwrapped, counter-clockwise from x.
        bend_rad: (row,) float64 how far the front turns to the left of the hips.
        phase: (row,) float64 gait cycles since the start; never falls.
        stepping: (row,) float64 in [0, 1], 0 while the paws rest.
        rear: (row,) float64 in [0, 1], 1 = upright.
        groom: (row,) float64 in [0, 1].
        head_rad: (row, 2) float64 yaw to the left and pitch upward of the head against the front.
        tail_rad: (row, 4) float64 direction of each tail joint, unwrapped.
        tail_lift: (row,) float64 in [0, 1] how far the tip is up.
        hunch: (row,) float64 in [-1, 1], -1 = stretched flat, 1 = high and round.
    """

    frame_rate_hz: float
    lead: int
    n_timepoints: int
    trunk_mm: FloatArray
    heading_rad: FloatArray
    bend_rad: FloatArray
    phase: FloatArray
    stepping: FloatArray
    rear: FloatArray
    groom: FloatArray
    head_rad: FloatArray
    tail_rad: FloatArray
    tail_lift: FloatArray
    hunch: FloatArray


def plan_motion(n_timepoints: int, *, seed: int, settings: ArenaSettings) -> MotionPlan:
    """Plan the motion of `n_timepoints` instants; a longer plan with the same seed starts the same."""
    rate = settings.frame_rate_hz
    lead = round(LEAD_S * rate)
    n_rows = lead + n_timepoints + round(LOOK_AHEAD_S * rate)
    bouts, path, *noises = np.random.default_rng([seed, 1]).spawn(11)
    speed, rear, groom = _activities(bouts, n_rows, rate)
    trunk, heading, turning = _walk(path, speed, settings)
    moved = np.linalg.norm(np.diff(trunk, axis=0, prepend=trunk[:1]), axis=1) * rate
    cycles_per_s = (moved + TRUNK_TO_FOOT_MM * np.abs(turning)) / (32 + 0.17 * moved)
    bend = np.clip(smooth(0.18 * turning, 0.1 * rate), -0.6, 0.6)
    looking = np.stack(
        [
            0.35 * smooth_noise(noises[0], n_rows, 0.22 * rate) + 0.3 * bend,
            0.16 * smooth_noise(noises[1], n_rows, 0.18 * rate),
        ],
        axis=1,
    )
    return MotionPlan(
        frame_rate_hz=rate,
        lead=lead,
        n_timepoints=n_timepoints,
        trunk_mm=trunk,
        heading_rad=heading,
        bend_rad=bend,
        phase=np.cumsum(cycles_per_s / rate),
        stepping=np.clip(cycles_per_s / 0.8, 0, 1),
        rear=rear,
        groom=groom,
        head_rad=np.clip(looking, -0.8, 0.8),
        tail_rad=_trail(heading, rate, noises[2:6]),
        tail_lift=np.clip(0.6 * smooth_noise(noises[6], n_rows, 0.5 * rate) - 0.2, 0, 1),
        hunch=np.tanh(smooth_noise(noises[7], n_rows, 0.4 * rate)),
    )


def _activities(rng: np.random.Generator, n_rows: int, rate: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return intended speed (mm/s), rear and groom, each (row,): walks, each followed by something else."""
    speed, rear, groom = np.zeros(n_rows), np.zeros(n_rows), np.zeros(n_rows)
    names, shares = list(_ACTIVITIES), [_ACTIVITIES[name][0] for name in _ACTIVITIES]
    row = 0
    while row < n_rows:
        stop = row + round(rng.uniform(1.5, 4.0) * rate)
        speed[row:stop] = rng.uniform(60, 190)
        name = names[int(rng.choice(len(names), p=shares))]
        row, stop = stop, stop + round(rng.uniform(*_ACTIVITIES[name][1:]) * rate)
        rear[row:stop], groom[row:stop] = name == "rear", name == "groom"
        row = stop
    return smooth(speed, 0.07 * rate), smooth(rear, 0.13 * rate), smooth(groom, 0.13 * rate)


def _walk(
    rng: np.random.Generator, speed: FloatArray, settings: ArenaSettings
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Steer from waypoint to waypoint: positions (row, 2) mm, heading (row,) rad, turning (row,) rad/s."""
    step_s, radius = 1 / settings.frame_rate_hz, settings.arena_radius_mm
    x, y = _waypoint(rng, (0.0, 0.0), radius)
    heading, turning = math.atan2(-y, -x) + rng.normal(0, 0.5), 0.0
    goal = _waypoint(rng, (x, y), radius)
    rows = np.empty((len(speed), 4))
    for row, wanted in enumerate(speed.tolist()):
        rows[row] = x, y, heading, turning
        if math.hypot(goal[0] - x, goal[1] - y) < 0.3 * radius:
            goal = _waypoint(rng, (x, y), radius)
        error = wrap(math.atan2(goal[1] - y, goal[0] - x) - heading)
        most = 4.0 * min(1.0, wanted / 50)
        turning += (min(max(3.5 * error, -most), most) - turning) * min(1.0, step_s / 0.13)
        heading += turning * step_s
        pace = wanted * max(0.15, math.cos(error)) * step_s
        x, y = x + pace * math.cos(heading), y + pace * math.sin(heading)
    return rows[:, :2] + np.asarray(settings.arena_center_mm), rows[:, 2], rows[:, 3]


def _waypoint(rng: np.random.Generator, here: tuple[float, float], radius: float) -> tuple[float, float]:
    """Return a point of the disc at least 0.8 radii from `here`."""
    while True:
        x, y = rng.uniform(-radius, radius, size=2).tolist()
        if math.hypot(x, y) <= radius and math.hypot(x - here[0], y - here[1]) >= 0.8 * radius:
            return x, y


def _trail(heading: FloatArray, rate: float, noises: list[np.random.Generator]) -> FloatArray:
    """Return the direction of each tail joint, (row, 4) rad: behind the body, each later than the one before."""
    directions, ahead = [], heading
    turned = np.zeros_like(heading)
    for joint, rng in enumerate(noises):
        late = smooth(heading, (0.06 + 0.07 * joint) * rate)
        sway = 0.16 * smooth_noise(rng, len(heading), 0.35 * rate)
        turned = turned + np.clip(late - ahead + sway, -0.65, 0.65)
        directions.append(heading + np.pi + turned)
        ahead = late
    return np.stack(directions, axis=1)
