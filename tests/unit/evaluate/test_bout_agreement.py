"""Agreement of bouts: by hand, and beside slow ways to the same end."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from unit.evaluate.random_labels import doubted, random_bouts

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.bout_agreement import bout_agreement, bout_f1, count_bouts, score_bouts
from behaviorvlm.evaluate.label_runs import changes_of, runs_of
from behaviorvlm.evaluate.sequence_matching import edit_distance, matched_instants, matched_runs, overlaps


def codes(text: str) -> np.ndarray:
    """Return a code for each letter: a, b, c ... from 0, ``_`` = the background (25), ``-`` = unscored."""
    return np.array([{"-": -1, "_": 25}.get(letter, ord(letter) - ord("a")) for letter in text])


NAMES = tuple("abcdefghijklmnopqrstuvwxy_")


def scored(truth: str, said: str, *, rate: float = 10.0):
    return bout_agreement(codes(truth), codes(said), names=NAMES, frame_rate_hz=rate, background="_")


def test_a_case_worked_by_hand() -> None:
    #        a 0-4 b 4-8 _ 8-10 a 10-14
    truth = "aaaabbbb__aaaa"
    #        a 0-2 b 2-8 a 8-10 _ 10-13 a 13-14
    said = "aabbbbbbaa___a"
    scores = scored(truth, said)
    assert (scores.n_true, scores.n_predicted) == (3, 4)
    # a with a: 2 of 4 = 0.5; b with b: 4 of 6 = 0.67; the last a: 1 of 4 = 0.25
    assert scores.f1 == pytest.approx({"0.1": 6 / 7, "0.25": 6 / 7, "0.5": 4 / 7})
    assert scores.f1_per_behavior["a"] == pytest.approx({"0.1": 4 / 5, "0.25": 4 / 5, "0.5": 2 / 5})
    assert scores.macro_f1["0.5"] == pytest.approx((2 / 5 + 1) / 2)
    # a b a beside a b a a: one edit of four
    assert scores.edit_score == pytest.approx(3 / 4)
    # changes 4 8 10 beside 2 8 10 13, two frames are 0.2 s: 4-2, 8-8, 10-10
    assert scores.boundary_f1 == pytest.approx({"0.2": 6 / 7, "0.5": 6 / 7})
    assert scores.true_switches_per_minute == pytest.approx(3 / (1.4 / 60))
    assert scores.switches_per_minute == pytest.approx(4 / (1.4 / 60))


def test_a_bout_is_matched_once() -> None:
    scores = scored("aaaaaaaa", "aa_aa_aa")
    assert scores.f1["0.1"] == pytest.approx(2 / 4)


def test_the_largest_matching_is_found_where_the_best_pairs_would_spoil_it() -> None:
    # 0-10 may be paired with 0-4 or 5-12, 11-14 only with 5-12: taking the best pair first leaves one alone
    truth, said = runs_of(codes("aaaaaaaaaa_aaaa")), runs_of(codes("aaaa_aaaaaaaaaa"))
    first, second = truth.without(25), said.without(25)
    pairs, iou = overlaps(first, second)
    assert pairs.tolist() == [[0, 0], [0, 1], [1, 1]]
    assert iou == pytest.approx([4 / 10, 5 / 15, 4 / 10])
    assert matched_runs(first, second, least_iou=0.25).tolist() == [0, 1]
    assert matched_runs(first, second, least_iou=0.45).tolist() == []


def test_frames_that_do_not_count_cut_bouts_and_hide_changes() -> None:
    scores = scored("aaa---bbbb", "aaabbbbbaa")
    assert scores.f1["0.5"] == pytest.approx(4 / 5)
    assert (scores.true_switches_per_minute, scores.boundary_f1["0.5"]) == (0, 0)
    assert scores.switches_per_minute == pytest.approx(1 / (0.7 / 60))


@pytest.mark.parametrize("text", ["", "----", "____"])
def test_nothing_to_measure_is_none(text: str) -> None:
    scores = scored(text, "a" * len(text))
    assert scores.macro_f1["0.5"] is None
    assert (scores.switches_per_minute is None) == (text != "____")
    assert scores.edit_score == (0 if text == "____" else None)


def test_codes_without_a_name_are_refused() -> None:
    with pytest.raises(ShapeError, match="no name"):
        count_bouts(np.array([0, 1]), np.array([0, 2]), n_names=2, frame_rate_hz=30)


def test_runs_and_changes() -> None:
    runs = runs_of(codes("aab--ba"))
    assert list(zip(runs.start.tolist(), runs.stop.tolist(), runs.label.tolist(), strict=True)) == [
        (0, 2, 0), (2, 3, 1), (5, 6, 1), (6, 7, 0),
    ]  # fmt: skip
    assert changes_of(codes("aab--ba")).tolist() == [2, 6]
    assert len(runs_of(codes(""))) == len(changes_of(codes(""))) == 0


@pytest.mark.parametrize("seed", range(8))
def test_the_quick_ways_agree_with_the_slow(seed: int) -> None:
    truth = random_bouts(seed, n_frames=90, n_names=3, mean_frames=9)
    said = doubted(truth, seed + 50)
    first, second = runs_of(truth), runs_of(said)
    assert edit_distance(first.label, second.label) == slow_edits(first.label.tolist(), second.label.tolist())
    pairs, iou = overlaps(first, second)
    assert dict(zip(map(tuple, pairs.tolist()), iou, strict=True)) == pytest.approx(slow_overlaps(truth, said))
    for least in (0.1, 0.25, 0.5):
        assert len(matched_runs(first, second, least_iou=least)) == assigned(pairs[iou >= least])
    for tolerance in (0, 2, 5):
        apart = np.abs(changes_of(truth)[:, None] - changes_of(said)) <= tolerance
        assert matched_instants(changes_of(truth), changes_of(said), tolerance=tolerance) == assigned(
            np.argwhere(apart)
        )


def test_recordings_are_added_up() -> None:
    streams = [(random_bouts(seed), doubted(random_bouts(seed), seed + 9)) for seed in range(3)]
    parts = [count_bouts(truth, said, n_names=5, frame_rate_hz=30, background=2) for truth, said in streams]
    total = parts[0] + parts[1] + parts[2]
    assert total.n_true.sum() == sum(part.n_true.sum() for part in parts)
    assert total.seconds == pytest.approx(60)
    scores = score_bouts(total, names="abcde")
    assert scores.f1["0.5"] == bout_f1(total, least_iou=0.5)
    assert 0 < scores.f1["0.5"] < scores.f1["0.1"] < 1
    assert "c" not in scores.f1_per_behavior


def slow_edits(first: list[int], second: list[int]) -> int:
    table = [[i + j if not i * j else 0 for j in range(len(second) + 1)] for i in range(len(first) + 1)]
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            replaced = table[i - 1][j - 1] + (first[i - 1] != second[j - 1])
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, replaced)
    return table[-1][-1]


def slow_overlaps(truth: np.ndarray, said: np.ndarray) -> dict[tuple[int, int], float]:
    first, second, found = runs_of(truth), runs_of(said), {}
    for i in range(len(first)):
        for j in range(len(second)):
            one = set(range(first.start[i], first.stop[i]))
            other = set(range(second.start[j], second.stop[j]))
            if one & other and first.label[i] == second.label[j]:
                found[i, j] = len(one & other) / len(one | other)
    return found


def assigned(pairs: np.ndarray) -> int:
    """Return the most pairs that share no member, by the Hungarian method."""
    from scipy.optimize import linear_sum_assignment

    if not len(pairs):
        return 0
    allowed = np.zeros(pairs.max(axis=0) + 1)
    allowed[tuple(pairs.T)] = 1
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    return int(allowed[rows, columns].sum())


def test_the_hungarian_method_finds_what_trying_all_finds() -> None:
    pairs = np.array([[0, 0], [0, 1], [1, 1], [2, 1]])
    tried = max(sum([i, j] in pairs.tolist() for i, j in enumerate(order)) for order in permutations(range(3)))
    assert assigned(pairs) == tried == 2
