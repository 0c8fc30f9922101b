"""Escalation: the model is asked where geometry hesitates, one deciding question at a time; its answer is one vote.

Round by round, every doubtful interval of every left/right pair gets a question in the view that shows it best, until
the path is sure of it either way; doubtful single dots are asked about once. With an audit, a random share of the
settled timepoints is asked about as well, and changes nothing: it measures how often model and geometry disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import numpy as np

from behaviorvlm.pose.annotator import Decision
from behaviorvlm.pose.doubts import Doubts
from behaviorvlm.pose.side_paths import DOUBT_SHARE, HEARD_NATS
from behaviorvlm.pose.votes import Vote
from behaviorvlm.types import BoolArray, FloatArray, IntArray

RELIABILITY = 0.85
"""How often a model is taken to be right about a few dots; the rest is shared by the other answers."""
VOTE_NATS = float(np.log(RELIABILITY / ((1 - RELIABILITY) / 2)))
"""What an answer of full confidence counts: its odds against one other reading, with `none` as the third answer."""
SURE_NATS = 4.6
"""What is ahead by so much, 99 to 1, is not asked about."""
DOT_NATS = 5.0
"""A dot that is ahead by less is asked about."""
APART_TIMEPOINTS = 6
"""Doubts about one keypoint so near to each other are one doubt."""
PIECE_TIMEPOINTS = 10
"""An interval gets one question per round for so many timepoints."""
ROUNDS = 8
MOST_PER_TIMEPOINT = 1.8
"""Questions about a stretch, at most, per timepoint of it."""
DOTS_PER_TIMEPOINT = 0.8
"""Of these about single dots: a side settles a whole interval."""
LEGIBLE_PX = 40.0
"""More room around a dot does not make it easier to read."""

Kind = Literal["side", "dot", "audit"]


@dataclass(frozen=True, eq=False)
class Inquiry:
    """One deciding question about a view.

    Attributes:
        kind: What is doubted; an audit doubts nothing.
        timepoint: Index of the synchronised instant.
        camera: Camera index.
        readings: (reading, keypoint) int64 candidate numbers, -1 = says nothing; the first is what geometry says.
        about: Which pair (a side) or keypoint.
    """

    kind: Kind
    timepoint: int
    camera: int
    readings: IntArray
    about: int


@dataclass(eq=False)
class Escalation:
    """What is asked about one stretch, and what has been answered.

    Answers about sides are kept as (timepoint, pair) nats, for what geometry says.

    Attributes:
        doubts: The stretch.
        audit: Share of settled timepoints that is asked about as well.
        answered: Every inquiry with its answer, in the order they were put.
    """

    doubts: Doubts
    audit: float = 0.0
    answered: list[tuple[Inquiry, Decision]] = field(default_factory=list)
    _leads: FloatArray = field(init=False)
    _asked: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        self._leads = np.zeros_like(self.doubts.sides.seen)
        n_timepoints, _, n_cameras = self.doubts.numbers.shape
        self._asked = np.zeros((n_timepoints, len(self.doubts.sides.pairs), n_cameras), dtype=np.bool_)

    @property
    def votes(self) -> list[Vote]:
        """What the answers say, as votes."""
        return [
            vote
            for inquiry, decision in self.answered
            if inquiry.kind != "audit"
            for vote in _as_votes(inquiry, decision)
        ]

    def next_round(self) -> list[Inquiry]:
        """Return the questions that can be put now, none if nothing is in doubt any more."""
        first = not self.answered
        dots = islice(self._dots(), int(DOTS_PER_TIMEPOINT * len(self.doubts))) if first else ()
        wanted = [*self._sides(), *dots]
        room = int(MOST_PER_TIMEPOINT * len(self.doubts)) - sum(one.kind != "audit" for one, _ in self.answered)
        return [*wanted[: max(room, 0)], *(self._audits() if first else ())]

    def take(self, inquiry: Inquiry, decision: Decision) -> None:
        """Take an answer."""
        self.answered.append((inquiry, decision))
        row = inquiry.timepoint - self.doubts.start
        if inquiry.kind == "side":
            self._asked[row, inquiry.about, inquiry.camera] = True
            if decision.reading in (0, 1):
                sign = 1.0 if decision.reading == 0 else -1.0
                self._leads[row, inquiry.about] += sign * VOTE_NATS * decision.confidence

    # What to ask --------------------------------------------------------------------------------------------------

    def _sides(self) -> Iterator[Inquiry]:
        sides = self.doubts.sides
        before = sides.margins(DOUBT_SHARE)
        margins = replace(sides, seen=sides.seen + self._leads).margins(DOUBT_SHARE)
        # What motion alone would exchange is asked about, too, however sure it is.
        unheard = (margins < 0) & (np.abs(margins - before) < HEARD_NATS)
        doubtful = (np.abs(margins) < SURE_NATS) | unheard
        for which, pair in enumerate(sides.pairs):
            legible = np.where(self._asked[:, which], 0.0, _legible(self.doubts, pair))
            for start, stop in _pieces(doubtful[:, which]):
                row, camera = np.unravel_index(int(legible[start:stop].argmax()), (stop - start, legible.shape[1]))
                if legible[start + row, camera] > 0:
                    yield self._side(int(start + row), int(camera), which)

    def _side(self, row: int, camera: int, which: int) -> Inquiry:
        left, right = self.doubts.sides.pairs[which]
        numbers = self.doubts.numbers[row, :, camera]
        readings = np.full((2, len(numbers)), -1, dtype=np.int64)
        readings[0, [left, right]] = numbers[[left, right]]
        readings[1, [left, right]] = numbers[[right, left]]
        return Inquiry("side", self.doubts.start + row, camera, readings, which)

    def _dots(self) -> Iterator[Inquiry]:
        """Yield the most doubtful dots first, as many as sides leave room for."""
        margin = np.where(_partner_is_next(self.doubts), np.inf, np.nan_to_num(self.doubts.margin, nan=np.inf))
        order = np.argsort(margin, axis=None, kind="stable")[: int((margin < DOT_NATS).sum())]
        taken: dict[int, list[int]] = {}
        for row, keypoint in zip(*np.unravel_index(order, margin.shape), strict=True):
            near = any(abs(row - other) < APART_TIMEPOINTS for other in taken.get(int(keypoint), ()))
            inquiry = None if near else self._dot(int(row), int(keypoint))
            if inquiry is not None:
                taken.setdefault(int(keypoint), []).append(int(row))
                yield inquiry

    def _dot(self, row: int, keypoint: int) -> Inquiry | None:
        """Return the question whether a keypoint's dot or its runner-up's is right, in the view that shows it best."""
        here, other = self.doubts.numbers[row, keypoint], self.doubts.other_numbers[row, keypoint]
        room = np.where(
            (here >= 0) & (here != other), np.minimum(self.doubts.clearance_px[row, keypoint], LEGIBLE_PX), 0
        )
        room = np.nan_to_num(room) * np.where(other >= 0, 2.0, 1.0)  # two dots to choose from say more than one
        camera = int(room.argmax())
        if room[camera] <= 0:
            return None
        readings = np.full((1 + (other[camera] >= 0), len(self.doubts.numbers[row])), -1, dtype=np.int64)
        readings[0, keypoint] = here[camera]
        readings[1:, keypoint] = other[camera]
        return Inquiry("dot", self.doubts.start + row, camera, readings, keypoint)

    def _audits(self) -> Iterator[Inquiry]:
        """Yield a question about a random share of the settled timepoints, the same whenever it is asked for."""
        if not self.audit:
            return
        rng = np.random.default_rng([self.doubts.start, len(self.doubts)])
        for row in np.flatnonzero(rng.uniform(size=len(self.doubts)) < self.audit):
            settled = (self.doubts.margin[row] >= SURE_NATS)[:, None] & (self.doubts.numbers[row] >= 0)
            choices = np.argwhere(settled)
            if len(choices):
                yield self._check(int(row), rng.permutation(choices), rng)

    def _check(self, row: int, choices: IntArray, rng: np.random.Generator) -> Inquiry:
        keypoint, camera = choices[0]
        numbers = self.doubts.numbers[row, :, camera]
        others = np.setdiff1d(numbers[numbers >= 0], numbers[keypoint])
        readings = np.full((1 + bool(len(others)), len(numbers)), -1, dtype=np.int64)
        readings[0, keypoint] = numbers[keypoint]
        if len(others):
            readings[1, keypoint] = rng.choice(others)
        return Inquiry("audit", self.doubts.start + row, int(camera), readings, int(keypoint))


def escalate(stretches: Sequence[Escalation], ask: Callable[[Sequence[Inquiry]], Sequence[Decision]]) -> None:
    """Ask about several stretches together, round by round, until nothing is in doubt or nothing more may be asked.

    Args:
        stretches: They take the answers.
        ask: Puts questions side by side and returns the answers in their order.
    """
    for _ in range(ROUNDS):
        asked = [(one, inquiry) for one in stretches for inquiry in one.next_round()]
        if not asked:
            return
        for (one, inquiry), decision in zip(asked, ask([inquiry for _, inquiry in asked]), strict=True):
            one.take(inquiry, decision)


def _as_votes(inquiry: Inquiry, decision: Decision) -> Iterator[Vote]:
    """Yield the statements of the reading that was chosen; against all of them if none is right."""
    if decision.reading is None:
        return
    nats = VOTE_NATS * decision.confidence
    if decision.reading >= 0:
        named = np.flatnonzero(inquiry.readings[decision.reading] >= 0)
        for keypoint in named:
            number = int(inquiry.readings[decision.reading, keypoint])
            yield Vote(inquiry.timepoint, inquiry.camera, int(keypoint), number, nats / len(named))
        return
    for reading in inquiry.readings:
        named = np.flatnonzero(reading >= 0)
        if len(named) == 1:  # of two dots, one may still be right
            number = int(reading[named[0]])
            yield Vote(inquiry.timepoint, inquiry.camera, int(named[0]), number, -nats)


def _legible(doubts: Doubts, pair: IntArray) -> FloatArray:
    """Return how well each view shows a pair, (timepoint, camera); 0 where it shows neither."""
    room = np.minimum(doubts.clearance_px[:, pair], LEGIBLE_PX)
    both = np.isfinite(room).all(axis=1)
    least = np.nan_to_num(np.where(np.isnan(room), np.inf, room).min(axis=1), posinf=0.0)
    return np.asarray(np.where(both, 2.0, 1.0) * least, dtype=np.float64)


def _partner_is_next(doubts: Doubts) -> BoolArray:
    """Return where a keypoint's runner-up is its partner's dot, (timepoint, keypoint): that is a matter of sides."""
    partner = np.arange(doubts.numbers.shape[1])
    for left, right in doubts.sides.pairs:
        partner[[left, right]] = right, left
    same = (doubts.other_numbers == doubts.numbers[:, partner]) & (doubts.other_numbers >= 0)
    return np.asarray(same.any(axis=-1) & (partner != np.arange(len(partner))))


def _pieces(doubtful: BoolArray) -> Iterator[tuple[int, int]]:
    """Yield the runs of doubtful timepoints, long ones in pieces."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], doubtful, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2):
        count = -(-(stop - start) // PIECE_TIMEPOINTS)
        cuts = np.linspace(start, stop, count + 1).astype(int)
        yield from zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
