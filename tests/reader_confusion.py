"""How a simulated reader of pictures goes wrong: rates that are stated here, draws that anybody can repeat.

One number, the strength c, says how confused a reader is: 0 = never, low = 0.5, middle = 1, high = 2. Every question
is a choice among options with weights; the right option weighs 1, and each wrong one c times a constant below. So an
option is taken with the chance weight / sum of all weights.

- Which side (each left/right pair asked about together): straight 1, exchanged c SWAP.
- Which dot (each keypoint asked about): its own dot, or "missing" if that is not shown, 1; every other dot
  c (NEAR exp(-d / REACH_PX) + FAR), d its distance from the keypoint's true place in px of the picture as shown;
  "missing" where a dot is there c OMISSION. So a mistake is likelier the more dots are shown and the closer they are.
  No dot is taken twice: the keypoints choose one after the other, in an order that is drawn.
- Stage 3 is shown a first answer and keeps what it does not question: a mistake is passed over with c BLIND against 1,
  what is right is doubted with c DOUBT against 1; what is noticed or doubted is chosen anew, as above. So are sides.
- A box: there 1, left out c BOX_OMISSION; where no keypoint of the region shows: left out 1, there c BOX_INVENTION.
  Each side is off by a normal error of c BOX_JITTER of the box's longer side.
- A decision between readings: another answer than the right one with a chance of its own, `wrong_decisions`; where a
  question holds several doubts, each by itself.
- An answer that cannot be used: c MALFORMED against 1, drawn anew when the question is put again.
- What it says of its own confidence: 70 to 100 if right, 50 to 100 if wrong, evenly.

Each draw is a hash of the picture, the question's kind, what is drawn, and the number `draws`: the same picture gets
the same answer however often and in whatever order it is asked about. Draws do not depend on c, so a more confused
reader makes the mistakes of a less confused one, and more.

Mistakes are independent from picture to picture, unless `lasting` says for how many timepoints a camera sees the same
mistakes. A real model repeats itself, which motion and other views mend less easily.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

LEVELS = {"low": 0.5, "middle": 1.0, "high": 2.0}
NEAR, REACH_PX, FAR = 0.5, 30.0, 0.01
OMISSION = 0.05
SWAP = 0.06
BLIND, DOUBT = 1.0, 0.05
BOX_OMISSION, BOX_INVENTION, BOX_JITTER = 0.03, 0.2, 0.06
MALFORMED = 0.03
MISSING = -1

T = TypeVar("T")
Point = tuple[float, float]


@dataclass(frozen=True)
class Dice:
    """Uniform draws in [0, 1) that depend on nothing but what is drawn."""

    seed: str

    def uniform(self, *what: object) -> float:
        words = "|".join(map(str, (self.seed, *what)))
        return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=7).digest()) / 2**56

    def normal(self, *what: object) -> float:
        radius = math.sqrt(-2 * math.log(1 - self.uniform(*what, "radius")))
        return radius * math.cos(2 * math.pi * self.uniform(*what, "angle"))

    def choose(self, weights: Mapping[T, float], *what: object) -> T:
        """Return an option; the first are the last to be given up as the others' weights grow."""
        left = self.uniform(*what) * sum(weights.values())
        for option, weight in weights.items():
            left -= weight
            if left < 0:
                return option
        return next(iter(weights))


@dataclass(frozen=True)
class Look:
    """What a picture of numbered dots asks for, with the truth beside it.

    ``dots``: number to place in px as shown; ``places``: keypoint to its true place, likewise; ``right``: keypoint to
    the number of its dot, MISSING if it is not shown; ``pairs``: left and right; ``first``: a first answer, if any.
    """

    dots: Mapping[int, Point]
    places: Mapping[str, Point]
    right: Mapping[str, int]
    pairs: Sequence[tuple[str, str]] = ()
    first: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Confusion:
    """A reader.

    ``strength``: c; ``wrong_decisions``: share of decisions answered wrong; ``draws``: which dice; ``lasting``: for how
    many timepoints a mistake lasts.
    """

    strength: float
    wrong_decisions: float = 0.10
    draws: int = 0
    lasting: int = 1

    def dice(self, picture: str, kind: str, *, camera: str = "", timepoint: int = 0) -> Dice:
        seen = picture if self.lasting == 1 else f"{camera} {timepoint // self.lasting}"
        return Dice(f"{self.draws}|{seen}|{kind}")

    def name_dots(self, look: Look, dice: Dice) -> dict[str, int]:
        """Return the number that each keypoint gets."""
        target = self._sides(look, dice)
        taken: dict[str, int] = {}
        for keypoint in sorted(look.right, key=lambda name: dice.uniform("order", name)):
            free = {number: at for number, at in look.dots.items() if number not in taken.values()}
            taken[keypoint] = self._dot(keypoint, look, target=target[keypoint], free=free, dice=dice)
        return {keypoint: taken[keypoint] for keypoint in look.right}

    def box(self, box: Sequence[float] | None, hidden: Sequence[float], dice: Dice) -> list[float] | None:
        """Return the box (x_min, y_min, x_max, y_max) that is given, or None.

        ``box``: the right one, None if nothing of the region shows; ``hidden``: where it is all the same.
        """
        c = self.strength
        odds = {True: 1.0, False: c * BOX_OMISSION} if box else {False: 1.0, True: c * BOX_INVENTION}
        if not dice.choose(odds, "given"):
            return None
        sides = list(box or hidden)
        longer = max(sides[2] - sides[0], sides[3] - sides[1])
        return [side + c * BOX_JITTER * longer * dice.normal("side", place) for place, side in enumerate(sides)]

    def decide(self, right: str, letters: Sequence[str], dice: Dice) -> str:
        """Return a letter, or none."""
        others = [letter for letter in (*letters, "none") if letter != right]
        if dice.uniform("wrong") >= self.wrong_decisions:
            return right
        return others[int(dice.uniform("which") * len(others))]

    def is_malformed(self, dice: Dice, attempt: object) -> bool:
        return dice.choose({False: 1.0, True: self.strength * MALFORMED}, "malformed", attempt)

    def confidence(self, dice: Dice, what: str, *, right: bool) -> int:
        return round(100 - (30 if right else 50) * dice.uniform("confidence", what))

    def _sides(self, look: Look, dice: Dice) -> dict[str, int]:
        """Return the dot each keypoint is looked for at: its own, or its partner's where the sides are exchanged."""
        target = dict(look.right)
        for left, right in look.pairs:
            if left in target and right in target and self._is_exchanged(look, left, right, dice=dice):
                target[left], target[right] = target[right], target[left]
        return target

    def _is_exchanged(self, look: Look, left: str, right: str, *, dice: Dice) -> bool:
        crossed = look.first is not None and _is_crossed(look, left, right)
        if look.first is not None and not self._questions(dice, left, mistaken=crossed):
            return crossed
        return dice.choose({False: 1.0, True: self.strength * SWAP}, "side", left)

    def _questions(self, dice: Dice, what: str, *, mistaken: bool) -> bool:
        """Return whether a part of the first answer is looked at again."""
        c = self.strength
        odds = {True: 1.0, False: c * BLIND} if mistaken else {False: 1.0, True: c * DOUBT}
        return dice.choose(odds, "questioned", mistaken, what)

    def _dot(self, keypoint: str, look: Look, *, target: int, free: Mapping[int, Point], dice: Dice) -> int:
        here = target if target in free else MISSING
        if look.first is not None:
            said = look.first.get(keypoint, MISSING)
            known = said in free or said == MISSING
            if known and not self._questions(dice, f"{keypoint} dot", mistaken=said != here):
                return said
        weights = {here: 1.0}
        at = look.dots[here] if here != MISSING else look.places[keypoint]
        gaps_px = {number: math.dist(at, place) for number, place in free.items() if number != here}
        for number in sorted(gaps_px, key=gaps_px.__getitem__):  # not by number: the next picture has other numbers
            # NaN where the keypoint is nowhere in the picture
            near = math.exp(-gaps_px[number] / REACH_PX) if math.isfinite(gaps_px[number]) else 0.0
            weights[number] = self.strength * (NEAR * near + FAR)
        if here != MISSING:
            weights[MISSING] = self.strength * OMISSION
        return dice.choose(weights, "dot", keypoint)


def _is_crossed(look: Look, left: str, right: str) -> bool:
    """Return whether a first answer has a pair exchanged: it gives a dot of the pair to the other, and none rightly."""
    first, own, other = look.first or {}, look.right[left], look.right[right]
    crossed = [first.get(left, MISSING) == other != MISSING, first.get(right, MISSING) == own != MISSING]
    straight = [first.get(left, MISSING) == own != MISSING, first.get(right, MISSING) == other != MISSING]
    return any(crossed) and not any(straight)
