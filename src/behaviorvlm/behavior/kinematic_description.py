"""Stage 3 without a model: measured facts say what happens in a segment, to whom, and how sure that is."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.annotator import UNSEEN, ClipDescription, RecordingView
from behaviorvlm.behavior.fact_sentences import (
    bearing_words,
    contact_sentences,
    direction_words,
    posture_words,
    speed_words,
)
from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, CODES, RECEIVED, impossible_behaviors
from behaviorvlm.behavior.kinematic_rules import NOBODY, NOT_SEEN, FrameNames, KinematicRules
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import KinematicsSource
from behaviorvlm.behavior.label_splitting import split_at_changes
from behaviorvlm.behavior.segment_facts import SegmentFacts, measure_segment
from behaviorvlm.types import IntArray, KeypointRoles, Segment

SOURCE = "kinematic"
NO_TRACKS = "needs tracks of the animals"
_KINDS = tuple(dict.fromkeys(behavior.kind for behavior in BEHAVIORS))
_KIND_OF = np.array([_KINDS.index(behavior.kind) for behavior in BEHAVIORS])
_GENERIC = np.array([behavior.generic for behavior in BEHAVIORS])


@dataclass(frozen=True)
class NamedShare:
    """What most frames of a segment are called.

    Attributes:
        code: Place in `BEHAVIORS`.
        target: Number of the animal it is directed at, -1 = nobody.
        share: Of the seen frames that are called so.
        runner_up: Place in `BEHAVIORS` of what is next, -1 = nothing else.
        runner_up_share: Of the seen frames that are called that.
        seen_share: Of all frames.
    """

    code: int
    target: int
    share: float
    runner_up: int
    runner_up_share: float
    seen_share: float

    @property
    def confidence(self) -> float:
        """Share of the frames that support the name beside those that support the next, and of those seen."""
        return self.share / (self.share + self.runner_up_share) * self.seen_share


class KinematicClipDescriber:
    """Describes clips by what the tracks say; needs no model and no picture.

    A segment is named in two steps: first the kind (pursuit, contact, leaving, attention, alone) that most of its
    frames are of, then the behavior of that kind; see ``docs/behavior_kinematic.md``. Without tracks the number of the
    cluster is the name.

    Attributes:
        name: ``kinematic``.
        needs_pixels: No.
        thresholds: Of the rules.
    """

    name = SOURCE
    needs_pixels = False

    def __init__(self, thresholds: KinematicThresholds | None = None) -> None:
        self.thresholds = thresholds or KinematicThresholds()
        self._named: dict[str, FrameNames] = {}
        self._named_of: Callable[[], KinematicsSource | None] = lambda: None

    def describe(self, view: RecordingView, segments: Sequence[Segment]) -> list[ClipDescription]:
        """Return what happens in each of the segments."""
        if view.kinematics is None:
            return [_of_cluster(segment) for segment in segments]
        return [self._described(view, view.kinematics, segment) for segment in segments]

    def impossible(self, view: RecordingView) -> Mapping[str, str]:
        """Return the behaviors that cannot be told in this recording, each with the reason."""
        if view.kinematics is None:
            return {behavior.name: NO_TRACKS for behavior in BEHAVIORS}
        tracked = KeypointRoles({role: str(role) for role in view.kinematics.roles})
        return impossible_behaviors(tracked, n_individuals=len(view.kinematics.individuals))

    def split_at_changes(self, view: RecordingView, segments: Sequence[Segment], *, min_frames: int) -> list[Segment]:
        """Return the segments of a recording cut where what frames are called changes, numbered anew.

        Args:
            view: The recording.
            segments: All of its segments, one individual after the other.
            min_frames: What lasts less is no change.
        """
        if view.kinematics is None:
            return list(segments)
        labels = {name: self._labels(view.kinematics, name) for name in view.kinematics.individuals}
        return split_at_changes(segments, labels, min_frames=min_frames)

    def name_frames(self, kinematics: KinematicsSource, individual: str) -> FrameNames:
        """Return what each frame of an individual is called; kept until another recording is asked for."""
        if self._named_of() is not kinematics:
            rules = KinematicRules(kinematics, self.thresholds)
            self._named = {name: rules.name_frames(place) for place, name in enumerate(kinematics.individuals)}
            self._named_of = weakref.ref(kinematics)  # names are small, and must not keep hours of tracks alive
        return self._named[individual]

    def _labels(self, kinematics: KinematicsSource, individual: str) -> IntArray:
        named = self.name_frames(kinematics, individual)
        return np.asarray((named.behavior + 1) * (len(kinematics.individuals) + 1) + named.target + 1)

    def _described(self, view: RecordingView, kinematics: KinematicsSource, segment: Segment) -> ClipDescription:
        share = name_segment(self.name_frames(kinematics, segment.individual), segment, self.thresholds)
        if share is None:
            return _unseen(segment)
        facts = measure_segment(kinematics, view.recording, segment, thresholds=self.thresholds)
        target = kinematics.individuals[share.target] if share.target != NOBODY else ""
        return ClipDescription(
            behavior=BEHAVIORS[share.code].name,
            target=target,
            description=_sentence(segment.individual, target, facts, behavior=BEHAVIORS[share.code].name),
            posture=posture_words(facts.values, self.thresholds).removeprefix("is "),
            direction=_direction(target, facts),
            speed=_speed(facts, self.thresholds),
            social_contact=" ".join(
                sentence
                for other, told in facts.others.items()
                for sentence in contact_sentences((segment.individual, other), told, self.thresholds)
            ),
            confidence=share.confidence,
            evidence=_evidence(share, segment, target),
            source=SOURCE,
        )


def name_segment(named: FrameNames, segment: Segment, thresholds: KinematicThresholds) -> NamedShare | None:
    """Return what most frames of a segment are called; None where the animal is hardly seen.

    Args:
        named: Of the animal.
        segment: Its frames.
        thresholds: Say when it counts as seen, and when the specific goes before the general.
    """
    codes, targets = (part[segment.start_frame : segment.stop_frame] for part in (named.behavior, named.target))
    seen = codes != NOT_SEEN
    if not seen.any() or seen.mean() < thresholds.seen_share:
        return None
    counts = np.bincount(codes[seen], minlength=len(BEHAVIORS))
    code = _chosen(counts, thresholds.specific_share)
    rivals = counts.copy()
    rivals[(_KIND_OF[code] == _KIND_OF) & _GENERIC & (not _GENERIC[code])] = 0  # the general supports the specific
    rivals[code] = 0
    runner_up = int(np.argmax(rivals))
    whom = targets[codes == code]
    return NamedShare(
        code=code,
        target=int(np.bincount(whom + 1).argmax()) - 1,
        share=float(counts[code] / seen.sum()),
        runner_up=runner_up if rivals[runner_up] else NOT_SEEN,
        runner_up_share=float(rivals[runner_up] / seen.sum()),
        seen_share=float(seen.mean()),
    )


def _chosen(counts: IntArray, specific_share: float) -> int:
    """Return the behavior by numbers of frames: the kind with most, in it the specific before the general."""
    of_kind = np.bincount(_KIND_OF, weights=counts)
    inside = np.where(np.argmax(of_kind) == _KIND_OF, counts, 0)
    specific = np.where(_GENERIC, 0, inside)
    best = int(np.argmax(specific))
    return best if specific[best] >= specific_share * inside.sum() else int(np.argmax(inside))


def _unseen(segment: Segment) -> ClipDescription:
    return ClipDescription(
        behavior=UNSEEN,
        description=f"{segment.individual} is not to be seen.",
        confidence=1.0,
        evidence="it has no usable points in most of the frames",
        source=SOURCE,
    )


def _of_cluster(segment: Segment) -> ClipDescription:
    return ClipDescription(
        behavior=f"cluster {segment.cluster}",
        description="No animal is tracked: all that is known is which cluster its pictures fall into.",
        confidence=segment.confidence,
        evidence=f"mean assignment of its frames to cluster {segment.cluster}",
        source=SOURCE,
    )


_VERBS = {
    "chase": "chases {0}",
    "huddle": "huddles with {0}",
    "oral-oral contact": "holds its nose at the nose of {0}",
    "oral-ear contact": "holds its nose at the ear of {0}",
    "oral-genital contact": "holds its nose at the tail base of {0}",
    "follow": "follows {0}",
    "oral-body contact": "holds its nose at the trunk of {0}",
    "head contact": "holds its head at the body of {0}",
    "side-by-side contact": "touches {0} side by side",
    RECEIVED: "is touched by {0}",
    "body contact": "touches {0}",
    "flee": "flees from {0}",
    "avoid": "withdraws from {0}",
    "approach": "approaches {0}",
    "watching": "watches {0}",
    "locomotion": "moves about",
    "close": "stays close to {0}",
    "turning in place": "turns in place",
    "rear or hunch": "is reared or hunched",
    "rest": "rests",
    "small movements": "stays in place and moves a little",
}


def _sentence(individual: str, target: str, facts: SegmentFacts, *, behavior: str) -> str:
    said = f"{individual} {_VERBS[behavior].format(target)}"
    other = facts.others.get(target, {})
    if "distance_bl_start" in other and "distance_bl_end" in other:
        start, end = other["distance_bl_start"], other["distance_bl_end"]
        said += f", {start:.1f} body lengths from it at the start and {end:.1f} at the end"
    if "speed_bl_s" in facts.values:
        said += f", at {facts.values['speed_bl_s']:.1f} body lengths per second"
    return f"{said}."


def _direction(target: str, facts: SegmentFacts) -> str:
    own = direction_words(facts.values)
    bearing = facts.others.get(target, {}).get("bearing_deg")
    return own if bearing is None else f"{own}; {target} is {bearing_words(bearing)}"


def _speed(facts: SegmentFacts, thresholds: KinematicThresholds) -> str:
    speed = facts.values.get("speed_bl_s")
    return "" if speed is None else f"{speed_words(facts.values, thresholds)} ({speed:.2f} body lengths per second)"


def _evidence(share: NamedShare, segment: Segment, target: str) -> str:
    toward = f" towards {target}" if target else ""
    said = f"{share.share:.0%} of {segment.n_frames} frames are {BEHAVIORS[share.code].name}{toward}"
    if share.seen_share < 1:
        said += f" ({share.seen_share:.0%} of them seen)"
    if share.runner_up != NOT_SEEN:
        said += f"; next is {BEHAVIORS[share.runner_up].name} with {share.runner_up_share:.0%}"
    return said


if set(_VERBS) != set(CODES):  # a behavior without a verb would fail only when it is first seen
    raise KeyError(f"behaviors without a verb: {sorted(set(CODES) ^ set(_VERBS))}")
