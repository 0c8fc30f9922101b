"""Agreement of frames: by hand, and beside scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from unit.evaluate.random_labels import doubted, random_bouts

from behaviorvlm.errors import ShapeError
from behaviorvlm.evaluate.frame_agreement import confusion_matrix, frame_agreement, macro_f1, score_confusion

NAMES = ("rest", "chase", "")


def test_a_case_worked_by_hand() -> None:
    truth = np.array([0, 0, 0, 0, 1, 1, 2, 2, -1])
    said = np.array([0, 0, 1, 2, 1, 0, 2, 2, 1])
    scores = frame_agreement(truth, said, names=NAMES, background="")
    assert scores.n_frames == 8
    assert scores.per_behavior["rest"].model_dump() == pytest.approx(
        {"precision": 2 / 3, "recall": 1 / 2, "f1": 4 / 7, "n_true": 4, "n_predicted": 3}
    )
    assert scores.per_behavior["chase"].f1 == pytest.approx(1 / 2)
    assert scores.per_behavior[""].f1 == pytest.approx(4 / 5)
    assert scores.macro_f1 == pytest.approx((4 / 7 + 1 / 2) / 2)
    assert scores.macro_f1_with_background == pytest.approx((4 / 7 + 1 / 2 + 4 / 5) / 3)
    assert scores.accuracy == pytest.approx(5 / 8)
    assert scores.balanced_accuracy == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)
    assert scores.kappa == pytest.approx((5 / 8 - 22 / 64) / (1 - 22 / 64))
    # marginals 4 2 2 of the truth and 3 2 3 of the other: 8 x 5 - (12 + 4 + 6) = 18
    assert scores.mcc == pytest.approx(18 / np.sqrt((64 - 24) * (64 - 22)))


def test_an_unscored_frame_does_not_count_whatever_is_said_there() -> None:
    truth = np.array([0, -1, 1, -1])
    one, other = (frame_agreement(truth, np.array(said), names=NAMES) for said in ([0, 0, 1, 1], [0, 1, 1, -1]))
    assert one == other
    assert one.macro_f1 == 1


def test_a_frame_without_a_label_cannot_be_left_out_of_the_score() -> None:
    with pytest.raises(ShapeError, match="a frame that counts has no label"):
        frame_agreement(np.array([0, 1]), np.array([0, -1]), names=NAMES)


def test_codes_without_a_name_and_other_lengths_are_refused() -> None:
    with pytest.raises(ShapeError, match="no name"):
        frame_agreement(np.array([0, 3]), np.array([0, 1]), names=NAMES)
    with pytest.raises(ShapeError, match="no name"):
        frame_agreement(np.array([0, 0]), np.array([0, 3]), names=NAMES)
    with pytest.raises(ShapeError, match="length"):
        frame_agreement(np.array([0]), np.array([0, 1]), names=NAMES)


def test_what_the_truth_never_shows_is_no_part_of_the_mean() -> None:
    scores = frame_agreement(np.array([0, 0, 0]), np.array([0, 0, 1]), names=NAMES)
    assert scores.macro_f1 == scores.per_behavior["rest"].f1 == pytest.approx(4 / 5)
    assert scores.per_behavior["chase"].f1 == 0
    assert scores.per_behavior["chase"].recall is None
    assert set(scores.per_behavior) == {"rest", "chase"}


def test_nothing_to_measure_is_none() -> None:
    scores = frame_agreement(np.array([-1, -1]), np.array([0, 1]), names=NAMES)
    assert (scores.macro_f1, scores.accuracy, scores.mcc, scores.kappa, scores.balanced_accuracy) == (None,) * 5
    assert scores.n_frames == 0
    one_label = frame_agreement(np.array([0, 0]), np.array([0, 0]), names=NAMES)
    assert (one_label.macro_f1, one_label.mcc, one_label.kappa) == (1, 0, None)


def test_recordings_are_added_up_before_anything_is_divided() -> None:
    truths, sayings = [random_bouts(1), random_bouts(2, n_frames=90)], [random_bouts(3), random_bouts(4, n_frames=90)]
    tables = [confusion_matrix(truth, said, n_names=5) for truth, said in zip(truths, sayings, strict=True)]
    together = frame_agreement(np.concatenate(truths), np.concatenate(sayings), names="abcde", background="c")
    assert score_confusion(np.sum(tables, axis=0), names="abcde", background="c") == together
    assert macro_f1(np.sum(tables, axis=0), chosen=[0, 1, 3, 4]) == together.macro_f1


@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_says_the_same(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    truth = random_bouts(seed)
    said = doubted(truth, seed + 100)
    scores = frame_agreement(truth, said, names="abcde", background="b")
    assert scores.macro_f1_with_background == pytest.approx(metrics.f1_score(truth, said, average="macro"))
    assert scores.macro_f1 == pytest.approx(metrics.f1_score(truth, said, average="macro", labels=[0, 2, 3, 4]))
    assert scores.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(truth, said))
    assert scores.mcc == pytest.approx(metrics.matthews_corrcoef(truth, said))
    assert scores.kappa == pytest.approx(metrics.cohen_kappa_score(truth, said))
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(truth, said))
    for name, f1 in zip("abcde", metrics.f1_score(truth, said, average=None), strict=True):
        assert scores.per_behavior[name].f1 == pytest.approx(f1)


def test_frame_numbers_of_a_long_study_do_not_overflow() -> None:
    table = np.array([[3, 1], [1, 3]], dtype=np.int64) * 10**9
    assert score_confusion(table, names="ab").mcc == pytest.approx(0.5)
