"""From measured facts to one name for every frame of an animal, and whom it is directed at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behaviorvlm.behavior.gaps import runs
from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, CODES, EAR, RECEIVED
from behaviorvlm.behavior.kinematic_relations import Pair
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import Kinematics
from behaviorvlm.behavior.trunk import FOREMOST
from behaviorvlm.types import BoolArray, IntArray, Role

NOBODY = -1
"""The target of what is directed at nobody."""
NOT_SEEN = -1
"""The code of a frame in which nothing can be said."""


@dataclass(frozen=True, eq=False)
class FrameNames:
    """What an animal does in every frame.

    Attributes:
        behavior: (timepoint,) int64 place in `BEHAVIORS`, -1 = nothing can be said.
        target: (timepoint,) int64 number of the animal it is directed at, -1 = nobody.
    """

    behavior: IntArray
    target: IntArray


@dataclass(frozen=True, eq=False)
class KinematicRules:
    """The rules over one recording.

    Attributes:
        kinematics: Of the recording.
        thresholds: Of the rules.
    """

    kinematics: Kinematics
    thresholds: KinematicThresholds

    def name_frames(self, animal: int) -> FrameNames:
        """Return one name for every frame of an animal: the first of `BEHAVIORS` that holds, at the nearest animal."""
        holds = self.alone(animal)
        behavior = np.full(len(self.kinematics.speed_bl_s), NOT_SEEN)
        behavior[np.isfinite(self.kinematics.speed_bl_s[:, animal])] = CODES["small movements"]
        target = np.full(len(behavior), NOBODY)
        others = [other for other in range(len(self.kinematics.individuals)) if other != animal]
        toward = {other: self.toward(animal, other) for other in others}
        for code in reversed(range(len(BEHAVIORS))):
            name = BEHAVIORS[code].name
            if name in holds:
                behavior[holds[name]], target[holds[name]] = code, NOBODY
            nearest = np.full(len(behavior), np.inf)
            for other in others:
                if name in toward[other]:
                    apart = np.nan_to_num(self._pair(animal, other).apart_bl, nan=1e9)
                    here = toward[other][name] & (apart < nearest)
                    behavior[here], target[here], nearest[here] = code, other, apart[here]
        return FrameNames(behavior, target)

    def alone(self, animal: int) -> dict[str, BoolArray]:
        """Return where each behavior holds that takes no other animal, name to (timepoint,) bool."""
        limits, told = self.thresholds, self.kinematics
        speed, turning = told.speed_bl_s[:, animal], np.abs(told.turning_deg_s[:, animal])
        slow = speed < limits.locomotion_speed_bl_s
        found = {
            "locomotion": speed >= limits.locomotion_speed_bl_s,
            "turning in place": slow & (turning >= limits.turning_deg_s),
            "rear or hunch": slow & (told.elongation[:, animal] <= limits.shortened),
            "rest": speed < limits.rest_speed_bl_s,
        }
        seen = np.isfinite(speed)
        return {name: self._steady(holds) & seen for name, holds in found.items()}

    def toward(self, animal: int, other: int) -> dict[str, BoolArray]:
        """Return where each social behavior of one animal towards another holds, name to (timepoint,) bool."""
        limits, pair = self.thresholds, self._pair(animal, other)
        found = {
            "chase": pair.trailing & pair.running & (pair.apart_bl <= limits.chase_bl),
            **self._oral(pair),
            "follow": pair.trailing & (pair.apart_bl <= limits.follow_bl),
            "side-by-side contact": pair.touching & pair.beside,
            RECEIVED: np.logical_or.reduce(list(self._oral(self._pair(other, animal)).values())),
            "body contact": pair.touching,
            "flee": pair.leaving & pair.running & self._lately(self._pressed(other, animal)),
            "avoid": pair.leaving & (pair.apart_bl <= limits.chase_bl) & self._lately(self._approach(other, animal)),
            "close": (pair.apart_bl <= limits.close_bl) & ~pair.touching,
        }
        steady = {name: self._steady(holds) for name, holds in found.items()}
        return steady | {
            "huddle": self._lasting(pair.touching & pair.both_rest, limits.huddle_bridge_s, limits.huddle_s),
            "approach": self._approach(animal, other),
            "watching": self._lasting(self._watched(pair), limits.watch_bridge_s, limits.watch_s),
        }

    def _oral(self, pair: Pair) -> Mapping[str, BoolArray]:
        """Return the contacts of the nose, in each frame only that which is nearest for its threshold."""
        limits = self.thresholds
        if Role.NOSE not in self.kinematics.parts_px:
            front = next((role for role in FOREMOST if role in self.kinematics.parts_px), Role.HEAD)
            return {"head contact": pair.reach_trunk_bl(front) <= limits.head_contact_bl}
        ratios = {
            "oral-oral contact": pair.reach_bl(Role.NOSE) / limits.oral_contact_bl,
            "oral-ear contact": pair.reach_bl(*EAR) / limits.oral_ear_contact_bl,
            "oral-genital contact": pair.reach_bl(Role.TAIL_BASE) / limits.oral_contact_bl,
        }
        nearest = np.fmin.reduce(list(ratios.values()))
        found = {name: (ratio <= 1) & (ratio == nearest) for name, ratio in ratios.items()}
        found["oral-oral contact"] &= ~pair.level
        return found | {"oral-body contact": pair.reach_trunk_bl(Role.NOSE) <= limits.oral_body_contact_bl}

    def _approach(self, animal: int, other: int) -> BoolArray:
        """Return where one approaches another: walks straight up to it, beginning at a distance."""
        if (animal, other) not in self._approaches:
            pair = self._pair(animal, other)
            near = self.kinematics.distance_bl[:, animal, other] <= self.thresholds.approach_bl
            coming = self._steady(pair.coming & near & ~pair.touching)
            starts, stops = runs(coming)
            begins = coming[starts] & (pair.apart_bl[starts] >= self.thresholds.approach_start_bl)
            self._approaches[animal, other] = np.repeat(begins, stops - starts)
        return self._approaches[animal, other]

    def _pressed(self, other: int, animal: int) -> BoolArray:
        """Return where another touches an animal, comes up to it or runs after it."""
        pair = self._pair(other, animal)
        chased = pair.trailing & pair.running & (pair.apart_bl <= self.thresholds.chase_bl)
        return pair.touching | self._approach(other, animal) | chased

    def _watched(self, pair: Pair) -> BoolArray:
        limits = self.thresholds
        inside = (pair.apart_bl >= limits.watch_nearest_bl) & (pair.apart_bl <= limits.watch_farthest_bl)
        return pair.looking & inside

    def _lately(self, holds: BoolArray) -> BoolArray:
        """Return where something holds or held within the time in which an animal reacts."""
        frame = np.arange(len(holds))
        last = np.maximum.accumulate(np.where(holds, frame, -len(holds) - self._frames(self.thresholds.react_s)))
        return frame - last <= self._frames(self.thresholds.react_s)

    def _steady(self, holds: BoolArray) -> BoolArray:
        """Return where something holds, short interruptions closed, and what is as short left out."""
        limits = self.thresholds
        return steady(holds, bridge=self._frames(limits.bridge_s), shortest=self._frames(limits.shortest_s))

    def _lasting(self, holds: BoolArray, bridge_s: float, least_s: float) -> BoolArray:
        """Return where something holds for at least so long, short interruptions closed."""
        return steady(holds, bridge=self._frames(bridge_s), shortest=max(self._frames(least_s) - 1, 0))

    def _frames(self, seconds: float) -> int:
        return round(seconds * self.kinematics.frame_rate_hz)

    def _pair(self, first: int, second: int) -> Pair:
        if (first, second) not in self._pairs:
            self._pairs[first, second] = Pair(self.kinematics, first, second, self.thresholds)
        return self._pairs[first, second]

    @cached_property
    def _pairs(self) -> dict[tuple[int, int], Pair]:
        return {}

    @cached_property
    def _approaches(self) -> dict[tuple[int, int], BoolArray]:
        return {}


def steady(holds: BoolArray, *, bridge: int, shortest: int) -> BoolArray:
    """Return (timepoint,) bool with short interruptions closed first and short presences taken out then.

    Args:
        holds: (timepoint,) bool.
        bridge: Interruptions of at most so many frames are closed; not at the ends.
        shortest: Presences of at most so many frames are taken out.
    """
    return _without_short(_without_short(holds, value=False, longest=bridge), value=True, longest=shortest)


def _without_short(holds: BoolArray, *, value: bool, longest: int) -> BoolArray:
    starts, stops = runs(holds)
    short = (holds[starts] == value) & (stops - starts <= longest)
    if not value and len(short):
        short[[0, -1]] = False  # an end is no interruption
    return np.asarray(holds ^ np.repeat(short, stops - starts), dtype=np.bool_)
