"""The simulated reader errs as it is said to: the stated chances, the same answer to the same picture."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_confusion import (
    BLIND,
    BOX_INVENTION,
    BOX_JITTER,
    BOX_OMISSION,
    DOUBT,
    FAR,
    LEVELS,
    MALFORMED,
    MISSING,
    NEAR,
    OMISSION,
    REACH_PX,
    SWAP,
    Confusion,
    Dice,
    Look,
)

DRAWS = 4000
MIDDLE = Confusion(1.0)
DOTS = {1: (0.0, 0.0), 2: (20.0, 0.0), 3: (300.0, 0.0)}


def share(confusion: Confusion, look: Look, keypoint: str, number: int) -> float:
    """Return how often a keypoint gets a number, over many pictures."""
    answers = [confusion.name_dots(look, confusion.dice(str(draw), "dots"))[keypoint] for draw in range(DRAWS)]
    return answers.count(number) / DRAWS


def weight(distance_px: float) -> float:
    return NEAR * math.exp(-distance_px / REACH_PX) + FAR


def near(chance: float) -> object:
    """Return what four standard deviations around a chance allow."""
    return pytest.approx(chance, abs=4 * math.sqrt(max(chance * (1 - chance), 1e-3) / DRAWS))


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0])
def test_the_nearer_dot_is_taken_for_the_right_one(strength: float) -> None:
    look = Look(dots=DOTS, places={"nose": (0.0, 0.0)}, right={"nose": 1})
    odds = {2: strength * weight(20), 3: strength * weight(300), MISSING: strength * OMISSION}
    total = 1 + sum(odds.values())
    assert share(Confusion(strength), look, "nose", 1) == near(1 / total)
    for number, odd in odds.items():
        assert share(Confusion(strength), look, "nose", number) == near(odd / total)


def test_more_dots_make_more_mistakes() -> None:
    few = Look(dots=DOTS, places={"nose": (0.0, 0.0)}, right={"nose": 1})
    many = replace(few, dots=DOTS | {number: (1000.0 * number, 0.0) for number in range(4, 24)})
    assert share(MIDDLE, few, "nose", 1) - share(MIDDLE, many, "nose", 1) > 0.05


def test_a_hidden_keypoint_may_get_a_dot() -> None:
    look = Look(dots=DOTS, places={"paw": (0.0, 0.0)}, right={"paw": MISSING})
    made_up = sum(weight(x) for x, _ in DOTS.values())
    assert share(MIDDLE, look, "paw", MISSING) == near(1 / (1 + made_up))


def test_a_keypoint_that_is_nowhere_is_no_obstacle() -> None:
    look = Look(dots=DOTS, places={"paw": (math.nan, math.nan)}, right={"paw": MISSING})
    assert share(MIDDLE, look, "paw", MISSING) == near(1 / (1 + 3 * FAR))


def test_sides_are_exchanged_together() -> None:
    dots = {1: (0.0, 0.0), 2: (9000.0, 0.0)}
    look = Look(
        dots, dict(zip(("left", "right"), dots.values(), strict=True)), {"left": 1, "right": 2}, [("left", "right")]
    )
    answers = [MIDDLE.name_dots(look, MIDDLE.dice(str(draw), "dots")) for draw in range(DRAWS)]
    exchanged = answers.count({"left": 2, "right": 1}) / DRAWS
    neither = (1 + FAR + OMISSION) ** 2
    assert exchanged == near(SWAP / (1 + SWAP) / neither)


@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_a_first_answer_stands_unless_it_is_questioned(strength: float) -> None:
    reader = Confusion(strength)
    look = Look(dots=DOTS, places={"nose": (0.0, 0.0)}, right={"nose": 1}, first={"nose": 1})
    wrong = strength * (weight(20) + weight(300) + OMISSION)
    anew = 1 / (1 + wrong)
    doubted = strength * DOUBT / (1 + strength * DOUBT)
    assert share(reader, look, "nose", 1) == near(1 - doubted * (1 - anew))
    noticed = 1 / (1 + strength * BLIND)
    assert share(reader, replace(look, first={"nose": 3}), "nose", 1) == near(noticed * anew)


def test_a_reader_without_confusion_is_always_right() -> None:
    clear = Confusion(0.0, wrong_decisions=0.0)
    look = Look(
        DOTS, {"a": (0.0, 0.0), "b": (20.0, 0.0), "c": (5.0, 5.0)}, {"a": 1, "b": 2, "c": MISSING}, [("a", "b")]
    )
    for draw in range(50):
        dice = clear.dice(str(draw), "dots")
        assert clear.name_dots(look, dice) == look.right
        assert clear.name_dots(replace(look, first={"a": 2, "b": 1, "c": 3}), dice) == look.right
        assert clear.box([1, 2, 3, 4], [0, 0, 1, 1], dice) == [1, 2, 3, 4]
        assert clear.box(None, [0, 0, 1, 1], dice) is None
        assert clear.decide("B", "AB", dice) == "B"
        assert not clear.is_malformed(dice, 0)


@given(
    strength=st.sampled_from(sorted(LEVELS.values())),
    places=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=9, unique=True),
    picture=st.text(max_size=5),
)
def test_no_dot_is_taken_twice_and_none_is_invented(
    strength: float, places: list[tuple[int, int]], picture: str
) -> None:
    dots = {number: (float(x), float(y)) for number, (x, y) in enumerate(places)}
    right = {f"k{number}": number for number in list(dots)[:6]} | {"hidden": MISSING}
    look = Look(dots, {name: dots.get(number, (0.0, 0.0)) for name, number in right.items()}, right, [("k0", "k1")])
    reader = Confusion(strength)
    named = reader.name_dots(look, reader.dice(picture, "dots"))
    taken = [number for number in named.values() if number != MISSING]
    assert list(named) == list(right)
    assert len(set(taken)) == len(taken)
    assert set(taken) <= set(dots)
    assert named == reader.name_dots(look, reader.dice(picture, "dots"))


def test_boxes_tremble_and_are_left_out_as_stated() -> None:
    box = [100.0, 100.0, 300.0, 200.0]
    given_boxes = [MIDDLE.box(box, box, MIDDLE.dice(str(draw), "boxes")) for draw in range(DRAWS)]
    there = [one for one in given_boxes if one is not None]
    assert len(there) / DRAWS == near(1 / (1 + BOX_OMISSION))
    offsets = [side - true for one in there for side, true in zip(one, box, strict=True)]
    assert sum(offsets) / len(offsets) == pytest.approx(0, abs=0.5)
    assert math.sqrt(sum(one**2 for one in offsets) / len(offsets)) == pytest.approx(BOX_JITTER * 200, rel=0.05)
    made_up = [MIDDLE.box(None, box, MIDDLE.dice(str(draw), "boxes")) for draw in range(DRAWS)]
    assert 1 - made_up.count(None) / DRAWS == near(BOX_INVENTION / (1 + BOX_INVENTION))


def test_decisions_and_useless_answers_come_as_often_as_stated() -> None:
    reader = Confusion(1.0, wrong_decisions=0.1)
    said = [reader.decide("A", "ABC", reader.dice(str(draw), "decision")) for draw in range(DRAWS)]
    assert said.count("A") / DRAWS == near(0.9)
    assert said.count("none") / DRAWS == near(0.1 / 3)
    useless = [reader.is_malformed(Dice(str(draw)), 0) for draw in range(DRAWS)]
    assert sum(useless) / DRAWS == near(MALFORMED / (1 + MALFORMED))
    assert useless != [reader.is_malformed(Dice(str(draw)), 1) for draw in range(DRAWS)]


def test_a_more_confused_reader_makes_the_mistakes_of_a_less_confused_one() -> None:
    look = Look(dots=DOTS, places={"nose": (0.0, 0.0)}, right={"nose": 1})
    wrong = {
        level: {draw for draw in range(DRAWS) if _is_wrong(Confusion(strength), look, draw)}
        for level, strength in LEVELS.items()
    }
    assert wrong["low"] < wrong["middle"] < wrong["high"]


def test_lasting_mistakes_are_those_of_the_timepoints_beside() -> None:
    reader = Confusion(1.0, lasting=10)
    one = reader.dice("picture", "dots", camera="cam0", timepoint=20)
    assert one == reader.dice("next picture", "dots", camera="cam0", timepoint=29)
    assert one != reader.dice("next picture", "dots", camera="cam0", timepoint=30)
    assert one != reader.dice("picture", "dots", camera="cam1", timepoint=20)


def _is_wrong(reader: Confusion, look: Look, draw: int) -> bool:
    return reader.name_dots(look, reader.dice(str(draw), "dots")) != look.right
