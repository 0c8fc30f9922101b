"""What the corrections that hold make of bouts and ethogram; each is applied to what the ones before it left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.correction_kinds import (
    BehaviorChange,
    Correction,
    MergeBouts,
    MoveBoundary,
    ReassignBout,
    RedefineBehavior,
    RelabelBout,
    RenameBehavior,
    SplitBout,
    in_words,
)
from behaviorvlm.types import Behavior, Bout, Ethogram, FloatArray

SURE = 1.0
"""Confidence of a bout that a person named."""


class DoesNotFitError(SettingsError):
    """A correction speaks of a bout, boundary or behavior that is not there (any more)."""


@dataclass(frozen=True, eq=False)
class Bouts:
    """The bouts of one recording, under correction.

    Attributes:
        recording: Its name.
        edges_s: (timepoint + 1,) float64 when each frame begins, and the last one ends.
        bouts: In order of time for each individual.
    """

    recording: str
    edges_s: FloatArray
    bouts: tuple[Bout, ...]

    def changed(self, change: BehaviorChange) -> Bouts:
        """Return the bouts after one change; those of another recording, and a new definition, change nothing.

        Raises:
            DoesNotFitError: If what the change speaks of is not there.
        """
        if isinstance(change, RenameBehavior):
            return self._with(replace(one, behavior=change.name) if one.behavior == change.behavior else one
                              for one in self.bouts)  # fmt: skip
        if isinstance(change, RedefineBehavior) or change.recording != self.recording:
            return self
        match change:
            case RelabelBout():
                return self._instead(change, lambda one: [replace(one, behavior=change.behavior, confidence=SURE)])
            case ReassignBout():
                return self._reassigned(change)
            case SplitBout():
                return self._instead(change, lambda one: self._split(one, change))
            case MergeBouts():
                return self._merged(change)
            case MoveBoundary():
                return self._moved(change)

    def find(self, individual: str, start: int, stop: int) -> Bout | None:
        """Return the bout of an individual with these frames, None if there is none."""
        return next(
            (
                one
                for one in self.bouts
                if (one.individual, one.start_frame, one.stop_frame) == (individual, start, stop)
            ),
            None,
        )

    def _instead(self, change: RelabelBout | SplitBout, make: Callable[[Bout], list[Bout]]) -> Bouts:
        found = self._found(change)
        return self._with(new for one in self.bouts for new in (make(one) if one is found else [one]))

    def _found(self, change: RelabelBout | SplitBout | ReassignBout) -> Bout:
        found = self.find(change.individual, change.start_frame, change.stop_frame)
        if found is None:
            raise no_fit(change, "a bout that begins and ends there")
        return found

    def _split(self, bout: Bout, change: SplitBout) -> list[Bout]:
        if not bout.start_frame < change.frame < bout.stop_frame:
            raise no_fit(change, f"a frame between {bout.start_frame} and {bout.stop_frame}")
        first, second = self._at(bout, bout.start_frame, change.frame), self._at(bout, change.frame, bout.stop_frame)
        return [first, replace(second, behavior=change.behavior or bout.behavior)]

    def _merged(self, change: MergeBouts) -> Bouts:
        inside = [one for one in self.bouts if one.individual == change.individual and _within(one, change)]
        if len(inside) < 2:
            raise no_fit(change, "two or more bouts of this animal between these frames")
        segments = tuple(number for one in inside for number in one.segments)
        one = replace(self._at(inside[0], inside[0].start_frame, inside[-1].stop_frame),
                      behavior=change.behavior, segments=segments)  # fmt: skip
        return self._with([*(bout for bout in self.bouts if bout not in inside), one])

    def _moved(self, change: MoveBoundary) -> Bouts:
        own = [one for one in self.bouts if one.individual == change.individual]
        ending = next((one for one in own if one.stop_frame == change.frame), None)
        beginning = next((one for one in own if one.start_frame == change.frame), None)
        if ending is None and beginning is None:
            raise no_fit(change, "a bout that begins or ends at this frame")
        others = [one for one in own if one is not ending and one is not beginning]
        low = ending.start_frame + 1 if ending else _last(others, change.frame)
        high = beginning.stop_frame - 1 if beginning else _first(others, change.frame, len(self.edges_s) - 1)
        if not low <= change.to_frame <= high:
            raise no_fit(change, f"a frame from {low} to {high}, so that no bout is lost")
        kept = [one for one in self.bouts if one is not ending and one is not beginning]
        kept += [self._at(ending, ending.start_frame, change.to_frame)] if ending else []
        kept += [self._at(beginning, change.to_frame, beginning.stop_frame)] if beginning else []
        return self._with(kept)

    def _reassigned(self, change: ReassignBout) -> Bouts:
        found = self._found(change)
        others = [one for one in self.bouts if one is not found]
        kept = [part for one in others for part in self._without(one, change.actor, found)]
        return self._with([*kept, replace(found, individual=change.actor, target=change.target, confidence=SURE)])

    def _without(self, bout: Bout, individual: str, taken: Bout) -> list[Bout]:
        """Return what is left of a bout where its animal does something else: nobody does two things at once."""
        if (
            bout.individual != individual
            or bout.stop_frame <= taken.start_frame
            or bout.start_frame >= taken.stop_frame
        ):
            return [bout]
        ends = (bout.start_frame, taken.start_frame), (taken.stop_frame, bout.stop_frame)
        return [self._at(bout, start, stop) for start, stop in ends if start < stop]

    def _at(self, bout: Bout, start: int, stop: int) -> Bout:
        seconds = float(self.edges_s[start]), float(self.edges_s[stop])
        return replace(bout, start_frame=start, stop_frame=stop, start_s=seconds[0], stop_s=seconds[1],
                       confidence=SURE, segments=())  # fmt: skip

    def _with(self, bouts: Iterable[Bout]) -> Bouts:
        order = list(dict.fromkeys(one.individual for one in self.bouts))
        place = {name: number for number, name in enumerate(order)}
        ordered = sorted(bouts, key=lambda one: (place.get(one.individual, len(order)), one.start_frame))
        return replace(self, bouts=tuple(ordered))


def corrected_bouts(
    bouts: Sequence[Bout], changes: Iterable[Correction], *, recording: str, edges_s: FloatArray
) -> tuple[list[Bout], frozenset[int]]:
    """Return the bouts of a recording after all changes, and the numbers of those that do not fit any more.

    Args:
        bouts: As the run made them after merges were undone.
        changes: That hold, in order.
        recording: Its name.
        edges_s: (timepoint + 1,) float64 when each frame begins, and the last one ends.
    """
    now, lost = Bouts(recording, edges_s, tuple(bouts)), set()
    for one in changes:
        try:
            now = now.changed(one.change)  # type: ignore[arg-type]  # a behavior run holds no other kind
        except DoesNotFitError:
            lost.add(one.number)
    return list(now.bouts), frozenset(lost)


def corrected_ethogram(ethogram: Ethogram, changes: Iterable[Correction], *, seen: Iterable[str]) -> Ethogram:
    """Return the ethogram after all changes: renamed, defined anew, and without behaviors of which no bout is left.

    Args:
        ethogram: As the run made it.
        changes: That hold, in order.
        seen: Behaviors of which there is a bout after all changes.
    """
    known = {one.name: one for one in ethogram.behaviors}
    for change in (one.change for one in changes):
        if isinstance(change, RenameBehavior) and change.behavior in known:
            old = known.pop(change.behavior)
            kept = known.get(change.name)
            known[change.name] = replace(old, name=change.name) if kept is None else _joined(kept, old)
        elif isinstance(change, RedefineBehavior) and change.behavior in known:
            known[change.behavior] = replace(known[change.behavior], definition=change.definition)
        elif isinstance(change, RelabelBout | SplitBout | MergeBouts) and change.behavior:
            known.setdefault(change.behavior, Behavior(change.behavior))
    wanted = set(seen)
    return replace(ethogram, behaviors=tuple(one for one in known.values() if one.name in wanted))


def _joined(kept: Behavior, other: Behavior) -> Behavior:
    clusters = tuple(sorted({*kept.clusters, *other.clusters}))
    return replace(kept, clusters=clusters, evidence=(*kept.evidence, *other.evidence))


def _within(bout: Bout, change: MergeBouts) -> bool:
    return change.start_frame <= bout.start_frame and bout.stop_frame <= change.stop_frame


def _last(bouts: Iterable[Bout], frame: int) -> int:
    return max((one.stop_frame for one in bouts if one.stop_frame <= frame), default=0)


def _first(bouts: Iterable[Bout], frame: int, end: int) -> int:
    return min((one.start_frame for one in bouts if one.start_frame >= frame), default=end)


def no_fit(change: BehaviorChange, expected: str) -> DoesNotFitError:
    """Return the error that says what would have fit."""
    return DoesNotFitError("the correction does not fit the run", where=in_words(change), expected=expected)
