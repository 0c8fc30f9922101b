"""How a simulated animal gets where its behavior wants it: smoothly, around others, never through a wall.

Places on the floor are complex numbers in body lengths (x right, y down); headings are radians from +x towards +y.
"""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from dataclasses import dataclass

from behaviorvlm.simulate.signals import wrap

VELOCITY_TAU_S, TURN_TAU_S = 0.12, 0.08
TURN_GAIN_HZ, FASTEST_TURN_RAD_S = 8.0, 7.0
WALL_BL = 0.55
"""How close to a wall the middle of the trunk may come."""
ROOM_BL = 1.1
"""Closer to another animal than this, whoever walks by gives way."""
SERVO_HZ = 5.0


@dataclass
class Body:
    """Where an animal is and how it moves.

    Attributes:
        place: Middle of the trunk, bl.
        heading_rad: Direction of the trunk.
        velocity: bl/s.
        turning_rad_s: Rate of the heading.
    """

    place: complex
    heading_rad: float
    velocity: complex = 0j
    turning_rad_s: float = 0.0

    @property
    def forward(self) -> complex:
        """Unit vector from the rear to the front."""
        return cmath.rect(1.0, self.heading_rad)


@dataclass(frozen=True)
class Wish:
    """What a behavior wants of the body at one instant.

    Attributes:
        velocity: bl/s.
        heading_rad: Where to face; None = where it goes.
    """

    velocity: complex = 0j
    heading_rad: float | None = None


def towards(body: Body, goal: complex, *, speed: float, heading_rad: float | None = None) -> Wish:
    """Return the wish to be at `goal`: at `speed` from afar, slower the nearer."""
    way = goal - body.place
    pace = min(speed, SERVO_HZ * abs(way))
    return Wish(pace * way / abs(way) if way else 0j, heading_rad)


def around(body: Body, goal: complex, obstacle: complex) -> complex:
    """Return where to walk first so as not to step over an animal that stands between here and the goal."""
    way, there = goal - body.place, obstacle - body.place
    if not way or not 0 < (there * way.conjugate()).real < abs(way) ** 2:
        return goal
    aside = (there * way.conjugate()).imag / abs(way)
    if abs(aside) > 0.7:
        return goal
    return obstacle - 1j * (way / abs(way)) * (1.0 if aside >= 0 else -1.0)


def giving_way(wish: Wish, body: Body, others: Sequence[complex]) -> Wish:
    """Return the wish with a step aside from others that are too near."""
    push = 0j
    for other in others:
        apart = body.place - other
        if 0 < abs(apart) < ROOM_BL:
            push += 8.0 * (ROOM_BL - abs(apart)) * apart / abs(apart)
    return Wish(wish.velocity + push, wish.heading_rad) if push else wish


def move(body: Body, wish: Wish, *, step_s: float, arena_bl: float) -> None:
    """Move a body for one frame.

    Who walks turns first and then goes forward; only slow steps, and those of one who faces something, go sideways.
    """
    pace, heading, walking = abs(wish.velocity), wish.heading_rad, 0.0
    if heading is None:
        walking = max(0.0, min(1.0, (pace - 0.5) / 0.5))
        heading = cmath.phase(wish.velocity) if pace > 0.2 else body.heading_rad
    off = wrap(heading - body.heading_rad)
    turning = max(-FASTEST_TURN_RAD_S, min(FASTEST_TURN_RAD_S, TURN_GAIN_HZ * off))
    aligned = (wish.velocity.conjugate() * body.forward).real / pace if pace else 0.0
    wanted = (1 - walking) * wish.velocity + walking * pace * max(aligned, 0.1) * body.forward
    body.velocity += (wanted - body.velocity) * min(step_s / VELOCITY_TAU_S, 1.0)
    body.turning_rad_s += (turning - body.turning_rad_s) * min(step_s / TURN_TAU_S, 1.0)
    body.heading_rad += body.turning_rad_s * step_s
    body.place = inside(body.place + body.velocity * step_s, arena_bl)


def inside(place: complex, arena_bl: float, *, wall_bl: float = WALL_BL) -> complex:
    """Return the place within the walls that is nearest."""
    low, high = wall_bl, arena_bl - wall_bl
    return complex(min(max(place.real, low), high), min(max(place.imag, low), high))
