"""Who does what to whom, and when it ends: a script that writes itself, and with it the truth.

An animal that is free rests, walks, turns or watches, or goes to another and touches, huddles, follows or chases it.
What an approach leads to begins when the body is there, so the truth holds what can be seen and not what was meant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from behaviorvlm.simulate.social_settings import SocialSettings
from behaviorvlm.simulate.social_steering import Body, Wish, around, giving_way, inside, move, towards
from behaviorvlm.types import FloatArray, IntArray

REST, LOCOMOTION, TURNING, WATCHING, APPROACH = "rest", "locomotion", "turning in place", "watching", "approach"
CHASE, FOLLOW, HUDDLE = "chase", "follow", "huddle"
ORAL_ORAL, ORAL_EAR, ORAL_GENITAL = "oral-oral contact", "oral-ear contact", "oral-genital contact"
BEHAVIORS = {
    REST: "Stays where it is.",
    LOCOMOTION: "Walks or runs, not after anybody.",
    TURNING: "Turns on the spot.",
    WATCHING: "Stays where it is and faces another animal.",
    APPROACH: "Walks up to another animal.",
    CHASE: "Runs after an animal that runs away.",
    FOLLOW: "Walks behind an animal that walks.",
    HUDDLE: "Rests beside another animal, body to body.",
    ORAL_ORAL: "Nose at the nose of another animal.",
    ORAL_EAR: "Nose at an ear of another animal.",
    ORAL_GENITAL: "Nose at the tail base of another animal.",
}
"""Every behavior of the script and what it is."""

SECONDS = {
    REST: (0.8, 4.0), LOCOMOTION: (0.7, 3.0), TURNING: (0.4, 1.2), WATCHING: (0.8, 2.5), APPROACH: (4.0, 5.0),
    CHASE: (1.0, 3.5), FOLLOW: (1.0, 3.5), HUDDLE: (2.0, 8.0), ORAL_ORAL: (0.5, 2.5), ORAL_EAR: (0.5, 2.5),
    ORAL_GENITAL: (0.5, 2.5),
}  # fmt: skip
"""Shortest and longest duration. An approach ends when it arrives, or is given up after that long."""
SPEED_BL_S = {LOCOMOTION: (1.2, 3.0), APPROACH: (2.5, 4.0), CHASE: (4.5, 6.0), FOLLOW: (1.8, 2.5)}
SETTLED_S = 0.5
SIDE_BY_SIDE_BL = 0.38
"""Between the middles of two bodies that touch: they are so wide (`social_body`)."""
_SOLO_SHARES = {REST: 0.35, LOCOMOTION: 0.4, TURNING: 0.25}
_SOCIAL = (WATCHING, CHASE, FOLLOW, HUDDLE, ORAL_ORAL, ORAL_EAR, ORAL_GENITAL)
_MUTUAL = (HUDDLE, ORAL_ORAL)
_AT = {ORAL_ORAL: 0.5, ORAL_EAR: 0.3, ORAL_GENITAL: -0.46}
"""How far along the other's body the nose goes, bl from its middle."""
NOBODY = -1


@dataclass
class _Act:
    """What one animal is at."""

    behavior: str
    stop: int
    begun: int
    target: int = NOBODY
    leads_to: str = ""
    goal: complex = 0j
    speed: float = 0.0
    side: float = 1.0
    leader: int = NOBODY
    """Who decides when it ends, because this animal is part of what another one does."""


@dataclass(frozen=True, eq=False)
class SocialPlan:
    """What happened.

    Attributes:
        places_bl: (timepoint, individual) complex128 middle of the trunk in body lengths, x right, y down.
        heading_rad: (timepoint, individual) float64 unwrapped, 0 = +x, towards +y.
        behaviors: (timepoint, individual) int64 place in `BEHAVIORS`.
        targets: (timepoint, individual) int64 whom it is done to, -1 = nobody.
    """

    places_bl: np.ndarray[tuple[int, int], np.dtype[np.complex128]]
    heading_rad: FloatArray
    behaviors: IntArray
    targets: IntArray


def write_script(n_timepoints: int, n_animals: int, *, seed: int, settings: SocialSettings) -> SocialPlan:
    """Play a script of so many instants; a longer one with the same seed starts the same."""
    play = _Play(n_animals, np.random.default_rng([seed, 1]), settings)
    codes = {name: code for code, name in enumerate(BEHAVIORS)}
    places = np.empty((n_timepoints, n_animals), dtype=np.complex128)
    heading, shape = np.empty((n_timepoints, n_animals)), (n_timepoints, n_animals)
    behaviors, targets = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    for frame in range(n_timepoints):
        play.go_on(frame)
        places[frame] = [body.place for body in play.bodies]
        heading[frame] = [body.heading_rad for body in play.bodies]
        behaviors[frame] = [codes[act.behavior] for act in play.acts]
        targets[frame] = [act.target for act in play.acts]
    return SocialPlan(places, heading, behaviors, targets)


@dataclass
class _Play:
    n_animals: int
    rng: np.random.Generator
    settings: SocialSettings
    bodies: list[Body] = field(default_factory=list)
    acts: list[_Act] = field(default_factory=list)
    bag: list[str] = field(default_factory=list)
    """What is done to others next: each once before any comes again, so that short recordings show most of it."""

    def __post_init__(self) -> None:
        for place in _apart(self.rng, self.n_animals, self.settings.arena_bl):
            self.bodies.append(Body(place, float(self.rng.uniform(-math.pi, math.pi))))
        self.acts = [_Act(REST, 0, 0) for _ in self.bodies]

    def go_on(self, frame: int) -> None:
        """Play one frame."""
        for animal in range(self.n_animals):
            act = self.acts[animal]
            if act.behavior == APPROACH and self._arrived(animal):
                self._begin(act.leads_to, animal, frame)
            elif act.leader == NOBODY and frame >= act.stop:
                self._end(animal, frame)
        wishes = [self._wish(animal) for animal in range(self.n_animals)]
        for body, wish in zip(self.bodies, wishes, strict=True):
            move(body, wish, step_s=1 / self.settings.frame_rate_hz, arena_bl=self.settings.arena_bl)

    def _end(self, animal: int, frame: int) -> None:
        """End what an animal is at, let go of whoever took part, and begin something else."""
        done, target = self.acts[animal], self.acts[animal].target
        if target != NOBODY and self.acts[target].leader == animal:
            self._alone(target, REST, frame)
            self._alone(animal, LOCOMOTION, frame)
        elif done.behavior in _SOLO_SHARES and self.rng.uniform() < self.settings.social_share:
            self._turn_to_somebody(animal, frame)
        else:
            self._alone(animal, self._something_else(done.behavior), frame)

    def _something_else(self, done: str) -> str:
        left = {name: share for name, share in _SOLO_SHARES.items() if name != done}
        return str(self.rng.choice(list(left), p=np.array([*left.values()]) / sum(left.values())))

    def _alone(self, animal: int, behavior: str, frame: int) -> None:
        act = self._new(behavior, frame)
        act.goal = self._way_point(animal)
        act.side = float(self.rng.choice((-1.0, 1.0)))
        self.acts[animal] = act

    def _turn_to_somebody(self, animal: int, frame: int) -> None:
        """Do the next thing in the bag to somebody who can be had for it; walk on where nobody can."""
        if not self.bag:
            self.bag = [str(name) for name in self.rng.permutation(_SOCIAL)]
        behavior = self.bag[-1]
        others = [other for other in range(self.n_animals) if other != animal]
        free = [other for other in others if self._can_be_had(other, animal, frame, behavior=behavior)]
        if not free:
            self._alone(animal, LOCOMOTION, frame)
            return
        target = int(self.rng.choice(free))
        self.bag.pop()
        if behavior == WATCHING:
            self._begin(WATCHING, animal, frame, target=target)
            return
        self.acts[animal] = self._new(APPROACH, frame, target=target)
        self.acts[animal].leads_to, self.acts[animal].side = behavior, self._nearer_side(animal, target)
        held = self._new(REST, frame)
        held.leader = animal
        self.acts[target] = held

    def _can_be_had(self, other: int, animal: int, frame: int, *, behavior: str) -> bool:
        act, apart = self.acts[other], abs(self.bodies[other].place - self.bodies[animal].place)
        if behavior == WATCHING:
            return 1.6 < apart < 5.0
        settled = frame - act.begun >= SETTLED_S * self.settings.frame_rate_hz
        spot = self._spot_at(other, behavior, self._nearer_side(animal, other))
        near_wall = inside(spot, self.settings.arena_bl) != spot
        return act.leader == NOBODY and act.behavior in (REST, LOCOMOTION) and settled and apart > 2.2 and not near_wall

    def _begin(self, behavior: str, animal: int, frame: int, *, target: int | None = None) -> None:
        """Begin what is done to another one; both take part where it is mutual, and who is chased runs."""
        before = self.acts[animal]
        target = before.target if target is None else target
        act = self._new(behavior, frame, target=target)
        act.side = before.side
        self.acts[animal] = act
        if behavior in (CHASE, FOLLOW):
            act.speed *= 1.15
            run = _Act(LOCOMOTION, act.stop, frame, speed=act.speed / 1.25, leader=animal)
            self.acts[target] = run
            run.goal = self._way_point(target)
        elif behavior in _MUTUAL:
            self.acts[target] = _Act(behavior, act.stop, frame, target=animal, leader=animal)

    def _new(self, behavior: str, frame: int, *, target: int = NOBODY) -> _Act:
        shortest, longest = SECONDS[behavior]
        seconds = math.exp(self.rng.uniform(math.log(shortest), math.log(longest)))
        low, high = SPEED_BL_S.get(behavior, (0.0, 0.0))
        stop = frame + max(round(seconds * self.settings.frame_rate_hz), 1)
        return _Act(behavior, stop, frame, target=target, speed=float(self.rng.uniform(low, high)))

    def _way_point(self, animal: int) -> complex:
        """Return somewhere to walk to: away from others, and not just a step off."""
        others = [body.place for other, body in enumerate(self.bodies) if other != animal]
        tried = [inside(place, self.settings.arena_bl, wall_bl=1.0) for place in self._anywhere(8)]
        here = self.bodies[animal].place
        return max(tried, key=lambda place: min([1.5 * abs(place - other) for other in others] + [abs(place - here)]))

    def _anywhere(self, count: int) -> list[complex]:
        x, y = self.rng.uniform(0, self.settings.arena_bl, size=(2, count)).tolist()
        return [complex(*place) for place in zip(x, y, strict=True)]

    def _nearer_side(self, animal: int, target: int) -> float:
        other = self.bodies[target]
        aside = (self.bodies[animal].place - other.place) * other.forward.conjugate()
        return 1.0 if aside.imag >= 0 else -1.0

    def _spot(self, animal: int) -> complex:
        """Return where the middle of the trunk belongs for what is done, or approached for."""
        act = self.acts[animal]
        return self._spot_at(act.target, act.leads_to or act.behavior, act.side)

    def _spot_at(self, target: int, doing: str, side: float) -> complex:
        other = self.bodies[target]
        along, aside = other.forward, side * 1j * other.forward
        if doing == HUDDLE:
            return other.place + SIDE_BY_SIDE_BL * aside
        if doing == ORAL_EAR:
            return other.place + _AT[ORAL_EAR] * along + 0.64 * aside
        if doing == ORAL_ORAL:
            return other.place + 1.06 * along
        return other.place - (0.98 if doing == ORAL_GENITAL else 1.1) * along

    def _arrived(self, animal: int) -> bool:
        return abs(self._spot(animal) - self.bodies[animal].place) < 0.12

    def _wish(self, animal: int) -> Wish:
        act, body = self.acts[animal], self.bodies[animal]
        if act.behavior == REST or (act.behavior in _MUTUAL and act.leader != NOBODY):
            return Wish()
        if act.behavior == TURNING:
            return Wish(0j, body.heading_rad + 0.5 * act.side)
        if act.behavior == LOCOMOTION:
            return self._walking(animal)
        other = self.bodies[act.target]
        if act.behavior == WATCHING:
            return Wish(0j, _bearing(body.place, other.place))
        if act.behavior in (CHASE, FOLLOW):
            others = self._places_but(animal, act.target)
            return giving_way(towards(body, self._spot(animal), speed=act.speed), body, others)
        return self._at_somebody(animal)

    def _walking(self, animal: int) -> Wish:
        act, body = self.acts[animal], self.bodies[animal]
        if abs(act.goal - body.place) < 0.4 + 0.1 * act.speed:
            act.goal = self._way_point(animal)
        others = self._places_but(animal, act.leader)
        way = act.goal - body.place
        return giving_way(Wish(act.speed * way / abs(way)), body, others)

    def _at_somebody(self, animal: int) -> Wish:
        """Walk up to the other one, around it if need be; then hold the spot and face what is touched."""
        act, body, other = self.acts[animal], self.bodies[animal], self.bodies[self.acts[animal].target]
        spot = self._spot(animal)
        doing = act.leads_to or act.behavior
        heading = other.heading_rad if doing in (HUDDLE, CHASE, FOLLOW) else None
        if doing in _AT:
            heading = _bearing(body.place, other.place + _AT[doing] * other.forward)
        if act.behavior != APPROACH:
            return towards(body, spot, speed=1.0, heading_rad=heading)
        outward = spot - other.place
        stand_off = spot if abs(outward) > 0.9 else other.place + 0.95 * outward / abs(outward)
        if abs(spot - body.place) < 0.6:
            return towards(body, spot, speed=1.2, heading_rad=heading)
        wish = towards(body, around(body, stand_off, other.place), speed=act.speed)
        return giving_way(wish, body, self._places_but(animal, act.target))

    def _places_but(self, animal: int, partner: int) -> Sequence[complex]:
        return [body.place for other, body in enumerate(self.bodies) if other not in (animal, partner)]


def _apart(rng: np.random.Generator, count: int, arena_bl: float) -> list[complex]:
    """Return places to start from, as far apart as a few tries make them."""
    places: list[complex] = []
    for _ in range(count):
        x, y = rng.uniform(1.0, arena_bl - 1.0, size=(2, 16)).tolist()
        tried = [complex(*place) for place in zip(x, y, strict=True)]
        places.append(max(tried, key=lambda place: min([abs(place - other) for other in places], default=0.0)))
    return places


def _bearing(here: complex, there: complex) -> float:
    return math.atan2((there - here).imag, (there - here).real)
