"""From measured facts to one name for every frame of an animal, and whom it is directed at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from behaviorvlm.behavior.frame_conditions import (
    AT_REST,
    COMING,
    FAR,
    LEAVES_FAST,
    LEAVES_NEAR,
    SEEN,
    WATCHED,
    FrameConditions,
    frame_conditions,
)
from behaviorvlm.behavior.gaps import runs
from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, CODES, RECEIVED
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import KinematicsSource
from behaviorvlm.types import BoolArray

NOBODY = -1
"""The target of what is directed at nobody."""
NOT_SEEN = -1
"""The code of a frame in which nothing can be said."""


@dataclass(frozen=True, eq=False)
class FrameNames:
    """What an animal does in every frame.

    Attributes:
        behavior: (timepoint,) int16 place in `BEHAVIORS`, -1 = nothing can be said.
        target: (timepoint,) int16 number of the animal it is directed at, -1 = nobody.
    """

    behavior: npt.NDArray[np.int16]
    target: npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class KinematicRules:
    """The rules over one recording.

    Attributes:
        kinematics: Of the recording.
        thresholds: Of the rules.
    """

    kinematics: KinematicsSource
    thresholds: KinematicThresholds

    def name_frames(self, animal: int) -> FrameNames:
        """Return one name for every frame of an animal: the first of `BEHAVIORS` that holds, at the nearest animal."""
        holds = self.alone(animal)
        behavior = np.full(len(self.kinematics.heading_rad), NOT_SEEN, np.int16)
        behavior[self._conditions.alone[animal][SEEN]] = CODES["small movements"]
        target = np.full(len(behavior), NOBODY, np.int16)
        others = [other for other in range(len(self.kinematics.individuals)) if other != animal]
        toward = {other: self.toward(animal, other) for other in others}
        distance = {other: np.nan_to_num(self._conditions.apart_bl[animal, other], nan=1e9) for other in others}
        for code in reversed(range(len(BEHAVIORS))):
            name = BEHAVIORS[code].name
            if name in holds:
                behavior[holds[name]], target[holds[name]] = code, NOBODY
            nearest = np.full(len(behavior), np.inf)
            for other in others:
                if name in toward[other]:
                    here = toward[other][name] & (distance[other] < nearest)
                    behavior[here], target[here], nearest[here] = code, other, distance[other][here]
        return FrameNames(behavior, target)

    def alone(self, animal: int) -> dict[str, BoolArray]:
        """Return where each behavior holds that takes no other animal, name to (timepoint,) bool."""
        found = self._conditions.alone[animal]
        return {name: self._steady(holds) & found[SEEN] for name, holds in found.items() if name != SEEN}

    def toward(self, animal: int, other: int) -> dict[str, BoolArray]:
        """Return where each social behavior of one animal towards another holds, name to (timepoint,) bool."""
        limits, told = self.thresholds, self._conditions
        between = told.toward[animal, other]
        found = {
            **{name: holds for name, holds in between.items() if name in CODES},
            **told.oral[animal, other],
            RECEIVED: np.logical_or.reduce(list(told.oral[other, animal].values())),
            "flee": between[LEAVES_FAST] & self._lately(self._pressed(other, animal)),
            "avoid": between[LEAVES_NEAR] & self._lately(self._approach(other, animal)),
        }
        steady = {name: self._steady(holds) for name, holds in found.items()}
        return steady | {
            "huddle": self._lasting(between[AT_REST], limits.huddle_bridge_s, limits.huddle_s),
            "approach": self._approach(animal, other),
            "watching": self._lasting(between[WATCHED], limits.watch_bridge_s, limits.watch_s),
        }

    def _approach(self, animal: int, other: int) -> BoolArray:
        """Return where one approaches another: walks straight up to it, beginning at a distance."""
        if (animal, other) not in self._approaches:
            between = self._conditions.toward[animal, other]
            coming = self._steady(between[COMING])
            starts, stops = runs(coming)
            self._approaches[animal, other] = np.repeat(coming[starts] & between[FAR][starts], stops - starts)
        return self._approaches[animal, other]

    def _pressed(self, other: int, animal: int) -> BoolArray:
        """Return where another touches an animal, comes up to it or runs after it."""
        between = self._conditions.toward[other, animal]
        return between["body contact"] | self._approach(other, animal) | between["chase"]

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

    @cached_property
    def _conditions(self) -> FrameConditions:
        return frame_conditions(self.kinematics, self.thresholds)

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
