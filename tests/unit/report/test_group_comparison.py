"""What recordings are compared by, and that a recording counts once, however long it is."""

from __future__ import annotations

import numpy as np
import pytest
from unit.report.made_runs import ANIMALS, FRAMES, RATE, made_bouts

from behaviorvlm.report.group_comparison import compare_families, group_columns, measure_families
from behaviorvlm.report.time_budget import TimeBudget, measure_budget
from behaviorvlm.types import Bout

BOUTS = {
    "one": made_bouts("one", ["rest", "walk", "rest", "walk"]),
    "two": made_bouts("two", ["rest", "chase"]),
}


def budget(bouts: dict[str, list[Bout]]) -> TimeBudget:
    length_s = FRAMES / RATE
    return measure_budget(
        bouts,
        individuals=dict.fromkeys(bouts, ANIMALS),
        lengths_s=dict.fromkeys(bouts, length_s),
        behaviors=("rest", "walk", "chase"),
    )


def test_a_budget_counts_seconds_and_bouts_of_each_animal() -> None:
    found = budget(BOUTS)
    assert found.streams == (("one", "left"), ("one", "right"), ("two", "left"), ("two", "right"))
    assert found.seconds.tolist() == [[4, 4, 0], [0, 0, 0], [2, 0, 2], [0, 0, 0]]
    assert found.counts.tolist() == [[2, 2, 0], [0, 0, 0], [1, 0, 1], [0, 0, 0]]
    assert found.shares[0].tolist() == [0.2, 0.2, 0]
    assert found.unnamed.tolist() == pytest.approx([0.6, 1.0, 0.8, 1.0])


def test_measures_are_means_over_the_animals_of_a_recording() -> None:
    shares, rates, follows = measure_families(budget(BOUTS), BOUTS)
    assert shares.values.tolist() == pytest.approx(np.array([[10, 5], [10, 0], [0, 5]]))
    assert rates.values.tolist() == pytest.approx(np.array([[3, 1.5], [3, 0], [0, 1.5]]))
    assert follows.names == ("rest to walk",)
    assert follows.values[0, 0] == 100 and np.isnan(follows.values[0, 1])  # one rest that is followed is no share


def test_families_are_corrected_for_their_number() -> None:
    bouts = {
        **{f"a{number}": made_bouts(f"a{number}", ["rest"] * (number + 1)) for number in range(3)},
        **{f"b{number}": made_bouts(f"b{number}", ["walk"] * (number + 1)) for number in range(3)},
        "c": made_bouts("c", ["chase"]),
    }
    groups = [*"aaabbb", None]
    families = measure_families(budget(bouts), bouts)
    shares = compare_families(families, groups)[0]
    assert shares.groups == tuple("aaabbb") and shares.names == ["a", "b"]
    assert [one.p for one in shares.differences] == pytest.approx([0.1, 0.1, 1.0])
    assert list(shares.corrected) == pytest.approx([0.3, 0.3, 1.0])
    assert shares.differences[0].n == {"a": 3, "b": 3}
    few = compare_families(families, [*"aab", None, None, None, None])[0]
    assert set(few.corrected) == {None}


def test_only_columns_that_tell_recordings_apart_are_compared() -> None:
    groups = [{"drug": "yes", "room": "1"}, {"drug": "no", "room": "1"}, {"room": "1"}]
    assert group_columns(groups) == {"drug": ("yes", "no", None)}
    assert group_columns([{}, {}]) == {}
