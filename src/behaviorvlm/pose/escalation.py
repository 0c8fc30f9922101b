"""Escalation: the model is asked where geometry hesitates, a few doubts about one view at a time; answers are votes.

Round by round, every doubtful interval of every left/right pair gets a doubt in the view that shows it best, until
the path is sure of it either way. Doubtful dots come into the same questions, and into more where most doubt is
(`view_choice`); what an answer speaks against is still in doubt, and is asked about again in another view. Once the
stretch was named again with these votes, what is in doubt then gets the rest of the questions. With an audit, a random
share of the settled timepoints is asked about as well, and changes nothing: it measures how often model and geometry
disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from behaviorvlm.pose.annotator import Decision
from behaviorvlm.pose.doubts import Doubts
from behaviorvlm.pose.side_paths import DOUBT_SHARE, HEARD_NATS
from behaviorvlm.pose.view_choice import DOUBTS_PER_QUESTION, ViewChoice, alike_around
from behaviorvlm.pose.votes import Vote
from behaviorvlm.types import BoolArray, FloatArray, IntArray

RELIABILITY = 0.85
"""How often a model is taken to be right about a few dots; the rest is shared by the other answers."""
VOTE_NATS = float(np.log(RELIABILITY / ((1 - RELIABILITY) / 2)))
"""What an answer of full confidence counts: its odds against one other reading, with `none` as the third answer."""
SURE_NATS = 4.6
"""What is ahead by so much, 99 to 1, is not asked about."""
DOT_WEIGHT = 4.0
"""A vote about a dot counts so many times its odds, because the nats of a single timepoint count too much: they are
right four to five times less often than they say (`confidence.PER_NAT`)."""
PIECE_TIMEPOINTS = 10
"""An interval gets one question per round for so many timepoints."""
ROUNDS = 8
TURNS = 2
"""How often a stretch is asked about: as geometry named it, and as it was named again with the votes."""
MOST_PER_TIMEPOINT = 1.85
"""Questions about a stretch, at most, per timepoint of it."""
FIRST_SHARE = 0.6
"""Share of them that the first turn may use."""
VIEWS_PER_ROUND = 0.5
"""Questions per timepoint that one round puts about dots, at most: the next round knows their answers."""
LEGIBLE_PX = 40.0
"""More room around a dot does not make it easier to read."""
BARELY_PX = 15.0
"""With less room, a single dot is harder to read."""

MOST_READINGS = 3
"""Readings of a doubt, at most."""

Kind = Literal["side", "dot", "audit"]


@dataclass(frozen=True, eq=False)
class Inquiry:
    """One doubt about a view; those about the same view that are put together are one question.

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
        turn: How often the stretch was named again.
    """

    doubts: Doubts
    audit: float = 0.0
    answered: list[tuple[Inquiry, Decision]] = field(default_factory=list)
    turn: int = 0
    _leads: FloatArray = field(init=False)
    _asked: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        self._leads = np.zeros_like(self.doubts.sides.seen)
        n_timepoints, _, n_cameras = self.doubts.numbers.shape
        self._asked = np.zeros((n_timepoints, n_cameras), dtype=np.bool_)

    @property
    def votes(self) -> list[Vote]:
        """What the answers say, as votes.

        What speaks against a dot's name counts only where the name is likelier wrong than right, all considered:
        otherwise a single wrong answer could outvote a geometry that is mostly right.
        """
        wrong = self._wrong()
        return [vote for one in self.answered if self._counts(*one, wrong=wrong) for vote in _as_votes(*one)]

    def next_round(self) -> list[Inquiry]:
        """Return the doubts that can be put now, none if there are none any more or enough was asked."""
        share = FIRST_SHARE if self.turn < TURNS - 1 else 1.0
        room = max(int(share * MOST_PER_TIMEPOINT * len(self.doubts)) - int(self._asked.sum()), 0)
        sides = list(self._sides())[:room]
        taken = Counter((one.timepoint - self.doubts.start, one.camera) for one in sides)
        dots = self._dots(taken, most=min(room - len(taken), int(np.ceil(VIEWS_PER_ROUND * len(self.doubts)))))
        return [*sides, *dots, *(self._audits() if not self.answered else ())]

    def _counts(self, inquiry: Inquiry, decision: Decision, *, wrong: FloatArray) -> bool:
        if inquiry.kind != "dot" or decision.reading == 0:
            return inquiry.kind != "audit"
        row, number = inquiry.timepoint - self.doubts.start, inquiry.readings[0, inquiry.about]
        stands = self.doubts.numbers[row, inquiry.about, inquiry.camera] == number
        return bool(not stands or wrong[row, inquiry.about] > 0.5)

    def take(self, inquiry: Inquiry, decision: Decision) -> None:
        """Take an answer."""
        self.answered.append((inquiry, decision))
        row = inquiry.timepoint - self.doubts.start
        if inquiry.kind != "audit":
            self._asked[row, inquiry.camera] = True  # the same picture again would only be the same answer
        if inquiry.kind == "side" and decision.reading in (0, 1):
            sign = 1.0 if decision.reading == 0 else -1.0
            self._leads[row, inquiry.about] += sign * VOTE_NATS * decision.confidence

    def name_again(self, doubts: Doubts) -> None:
        """Go on with the doubts that are left after the stretch was named with the votes."""
        self.doubts, self.turn = doubts, self.turn + 1
        self._leads = np.zeros_like(doubts.sides.seen)  # they count as votes now

    # What to ask --------------------------------------------------------------------------------------------------

    def _sides(self) -> Iterator[Inquiry]:
        sides = self.doubts.sides
        before = sides.margins(DOUBT_SHARE)
        margins = replace(sides, seen=sides.seen + self._leads).margins(DOUBT_SHARE)
        # What motion alone would exchange is asked about, too, however sure it is.
        unheard = (margins < 0) & (np.abs(margins - before) < HEARD_NATS)
        doubtful = (np.abs(margins) < SURE_NATS) | unheard
        for which, pair in enumerate(sides.pairs):
            legible = np.where(self._asked, 0.0, _legible(self.doubts, pair))
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

    def _dots(self, taken: Mapping[tuple[int, int], int], *, most: int) -> Iterator[Inquiry]:
        """Yield doubts about dots: in the (row, camera) views taken by so many sides, and in at most `most` others."""
        doubts = self.doubts
        room = np.nan_to_num(doubts.clearance_px, posinf=BARELY_PX)
        legible = np.where(self._asked[:, None], 0.0, np.minimum(room / BARELY_PX, 1.0))
        wrong = self._wrong()
        choice = ViewChoice(np.minimum(wrong, 1 - wrong), legible, doubts.linked)
        joined = [choice.join(*view, room=max(DOUBTS_PER_QUESTION - sides, 0)) for view, sides in taken.items()]
        for view in (*joined, *choice.best(most)):
            for keypoint in view.keypoints:
                yield self._dot(view.row, keypoint, view.camera)

    def _wrong(self) -> FloatArray:
        """Return the chance that each name is wrong, all answers considered, (timepoint, keypoint); 0 = missing."""
        doubt = np.clip(self.doubts.doubt, 1e-9, 1.0 - 1e-9)
        wrong = 1 / (1 + np.exp(np.log((1 - doubt) / doubt) + self._heard()))
        return np.where(self.doubts.doubt > 0, wrong, 0.0)

    def _heard(self) -> FloatArray:
        """Return what answers say for each name as it stands, there and along the track, (timepoint, keypoint) nats."""
        said = np.zeros_like(self.doubts.margin)
        for inquiry, decision in self.answered:
            if inquiry.kind != "dot" or decision.reading is None:
                continue
            row, nats = inquiry.timepoint - self.doubts.start, VOTE_NATS * decision.confidence
            for place, keypoint in np.argwhere(inquiry.readings >= 0):  # what was not chosen was denied
                if self.doubts.numbers[row, keypoint, inquiry.camera] == inquiry.readings[place, keypoint]:
                    said[row, keypoint] += nats if place == decision.reading else -nats
        heard = said.copy()
        for row in np.flatnonzero(said.any(axis=1)).tolist():
            for other, alike in alike_around(self.doubts.linked, row):
                heard[other] += alike * said[row]
        return heard

    def _dot(self, row: int, keypoint: int, camera: int) -> Inquiry:
        """Return the doubt whether a dot is the keypoint, or its runner-up's dot is, or the dot is its rival's."""
        here, other = self.doubts.numbers[row, keypoint, camera], self.doubts.other_numbers[row, keypoint, camera]
        claims = [(keypoint, here), (keypoint, other), (self.doubts.rivals[row, keypoint], here)]
        claims = [claim for place, claim in enumerate(claims) if claim[1] >= 0 and claim not in claims[:place]]
        readings = np.full((len(claims), len(self.doubts.numbers[row])), -1, dtype=np.int64)
        for reading, (name, number) in zip(readings, claims, strict=True):
            reading[name] = number
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
    nats = VOTE_NATS * decision.confidence * (DOT_WEIGHT if inquiry.kind == "dot" else 1.0)
    if decision.reading >= 0:
        chosen = inquiry.readings[decision.reading]
        named = np.flatnonzero(chosen >= 0).tolist()
        for keypoint in named:
            yield _vote(inquiry, (keypoint, chosen[keypoint]), nats / len(named))
        if inquiry.kind == "dot" and inquiry.about not in named:  # it is another keypoint's
            yield _vote(inquiry, (inquiry.about, inquiry.readings[0, inquiry.about]), -nats)
        return
    for reading in inquiry.readings:
        named = np.flatnonzero(reading >= 0).tolist()
        if len(named) == 1:  # of two dots, one may still be right
            yield _vote(inquiry, (named[0], reading[named[0]]), -nats)


def _vote(inquiry: Inquiry, claim: tuple[int, int], nats: float) -> Vote:
    """Return a vote for a claim: a keypoint and a candidate number."""
    return Vote(inquiry.timepoint, inquiry.camera, claim[0], int(claim[1]), nats)


def _legible(doubts: Doubts, pair: IntArray) -> FloatArray:
    """Return how well each view shows a pair, (timepoint, camera); 0 where it shows neither."""
    room = np.minimum(doubts.clearance_px[:, pair], LEGIBLE_PX)
    both = np.isfinite(room).all(axis=1)
    least = np.nan_to_num(np.where(np.isnan(room), np.inf, room).min(axis=1), posinf=0.0)
    return np.asarray(np.where(both, 2.0, 1.0) * least, dtype=np.float64)


def _pieces(doubtful: BoolArray) -> Iterator[tuple[int, int]]:
    """Yield the runs of doubtful timepoints, long ones in pieces."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], doubtful, [False]]).astype(np.int8)))
    for start, stop in edges.reshape(-1, 2):
        count = -(-(stop - start) // PIECE_TIMEPOINTS)
        cuts = np.linspace(start, stop, count + 1).astype(int)
        yield from zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)
