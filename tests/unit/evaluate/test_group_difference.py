"""Tests between groups: against scipy, against permutations counted by hand, and what is refused."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from behaviorvlm.evaluate.group_difference import (
    CHI_SQUARE,
    DRAWN,
    EXACT,
    compare_groups,
    dunn,
    holm,
    kruskal_wallis,
)


def in_groups(*sizes: int, shift: float = 0.0, seed: int = 0, whole: bool = False) -> tuple[np.ndarray, list[str]]:
    """Return values of groups a, b, c that lie `shift` apart; whole numbers have ties."""
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.normal(place * shift, 1.0, size) for place, size in enumerate(sizes)])
    names = [name for name, size in zip("abc", sizes, strict=False) for _ in range(size)]
    return (np.round(2 * values) if whole else values), names


def codes(groups: list[str]) -> np.ndarray:
    return np.array(["abc".index(group) for group in groups])


@pytest.mark.parametrize("whole", [False, True], ids=["untied", "tied"])
@pytest.mark.parametrize("sizes", [(6, 7), (5, 8, 6)])
def test_large_groups_agree_with_scipy(sizes: tuple[int, ...], whole: bool) -> None:
    values, groups = in_groups(*sizes, shift=0.8, whole=whole)
    found = compare_groups(values, groups)
    h, p = stats.kruskal(*(values[codes(groups) == place] for place in range(len(sizes))))
    assert (found.h, found.p) == pytest.approx((h, p))
    assert found.method == CHI_SQUARE and found.smallest_p == 0
    assert found.effect == pytest.approx(h / (len(values) - 1))
    assert found.n == dict(zip("abc", sizes, strict=False))
    assert found.medians["a"] == np.median(values[codes(groups) == 0])
    assert len(found.pairs) == (3 if len(sizes) == 3 else 0)


def test_two_small_groups_agree_with_the_exact_rank_sum_test() -> None:
    values, groups = in_groups(4, 4, shift=1.5)
    exact = stats.mannwhitneyu(values[:4], values[4:], method="exact").pvalue
    found = compare_groups(values, groups)
    assert found.p == pytest.approx(exact)
    assert found.method == EXACT
    assert found.smallest_p == pytest.approx(2 / 70)


def variance_explained(values: np.ndarray, dealt: Sequence[int]) -> float:
    """Return H another way: (n - 1) times the share of the variance of ranks that lies between groups."""
    ranks, number = stats.rankdata(values), np.array(dealt)
    means = [(number == place).sum() * (ranks[number == place].mean() - ranks.mean()) ** 2 for place in set(dealt)]
    return (len(values) - 1) * float(sum(means)) / float(((ranks - ranks.mean()) ** 2).sum())


def permuted_p(values: np.ndarray, groups: Sequence[int]) -> float:
    found = [variance_explained(values, dealt) for dealt in set(itertools.permutations(groups))]
    return float(np.mean(np.array(found) >= variance_explained(values, groups) - 1e-9))


def test_three_small_groups_are_permuted_in_every_way() -> None:
    values, groups = in_groups(3, 3, 3, shift=1.0, whole=True)
    found = compare_groups(values, groups)
    assert found.h == pytest.approx(variance_explained(values, codes(groups).tolist()))
    assert found.p == pytest.approx(permuted_p(values, codes(groups).tolist()))
    pairs = list(itertools.combinations(range(3), 2))
    each = [
        permuted_p(np.concatenate([values[3 * one :][:3], values[3 * two :][:3]]), [0] * 3 + [1] * 3)
        for one, two in pairs
    ]
    assert [pair.groups for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.p for pair in found.pairs] == pytest.approx(holm(each))


def test_many_ways_are_drawn_and_the_same_seed_draws_the_same() -> None:
    values, groups = in_groups(4, 12, 9, shift=0.7)
    found = compare_groups(values, groups)
    assert found.method == DRAWN
    assert found == compare_groups(values, groups)
    assert found.p == pytest.approx(stats.kruskal(values[:4], values[4:16], values[16:]).pvalue, abs=0.01)


def test_dunn_after_its_formula_with_ties() -> None:
    values, groups = in_groups(5, 6, 7, shift=1.0, whole=True)
    ranks, number = stats.rankdata(values), codes(groups)
    ties = sum(count**3 - count for count in np.unique(values, return_counts=True)[1])
    variance = 18 * 19 / 12 - ties / (12 * 17)
    for (one, other), p in dunn(values, number).items():
        apart = ranks[number == one].mean() - ranks[number == other].mean()
        z = apart / np.sqrt(variance * (1 / (number == one).sum() + 1 / (number == other).sum()))
        assert p == pytest.approx(2 * stats.norm.sf(abs(z)))
    found = compare_groups(values, groups)
    assert [pair.p for pair in found.pairs] == pytest.approx(holm(list(dunn(values, number).values())))


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_equal_values_differ_in_nothing() -> None:
    assert kruskal_wallis(np.ones(6), np.array([[0, 0, 0, 1, 1, 1]])).tolist() == [0]
    found = compare_groups(np.ones(6), list("aaabbb"))
    assert (found.h, found.p, found.smallest_p) == (0, 1, 1)
    assert compare_groups(np.ones(15), list("aaaaabbbbbccccc")).pairs[0].p == 1


def test_too_few_recordings_are_refused_and_their_medians_told() -> None:
    values, groups = in_groups(4, 2)
    found = compare_groups(values, groups)
    assert found.p is None and found.h is None and found.pairs == ()
    assert found.refused == "fewer than 3 recordings in b"
    assert set(found.medians) == {"a", "b"}
    assert compare_groups(values[:4], groups[:4]).refused == "one group only"


def test_a_recording_without_the_measure_is_left_out() -> None:
    values, groups = in_groups(4, 4)
    found = compare_groups(np.append(values, [np.nan, np.nan]), [*groups, "a", "b"])
    assert found == compare_groups(values, groups)
    assert compare_groups(np.where(codes(groups) == 1, np.nan, values), groups).n == {"a": 4, "b": 0}


def test_no_difference_is_seldom_called_one() -> None:
    low = [compare_groups(*in_groups(3, 4, seed=seed)).p or 0.0 for seed in range(200)]
    assert np.mean(np.array(low) <= 0.1) <= 0.15
