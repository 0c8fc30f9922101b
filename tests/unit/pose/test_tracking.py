from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.pose.scenes import MIRROR, evidence_of, make_poses, make_rig, make_session, make_shape, moved
from unit.pose.scripted_annotator import WatchedAnnotator

from behaviorvlm.pose.annotator import PoseAnnotator
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.body_shape import BodyShape, learn_body_shape
from behaviorvlm.pose.exemplars import RollingExemplars, triangulate_seeds
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.tracking import SEED_VOTE, Step, Stretch, find_anew, run_pass
from behaviorvlm.pose.view_answers import ViewAnswers, ViewAsker

RIG = make_rig()
SHAPE = make_shape()
NOBODY = np.zeros((0, 3))


def stretch_of(
    shown: list[np.ndarray], *, settings: PoseSettings | None = None, seed_votes=None, shape: BodyShape = SHAPE
) -> Stretch:
    evidence = [replace(evidence_of(points, RIG), timepoint=row) for row, points in enumerate(shown)]
    return Stretch(evidence, shape, RIG, settings or PoseSettings(), seed_votes or {})


def track(
    stretch: Stretch, start: int, pose_mm: np.ndarray, *, annotator: PoseAnnotator | None = None
) -> tuple[list[int], list[Step], list[ViewAnswers | None]]:
    """Return the rows in the order of the pass, the steps in the order of time, and the answers."""
    session = make_session(RIG)
    answers: list[ViewAnswers | None] = [None] * len(stretch)
    asker = None
    if annotator is not None:
        exemplars = RollingExemplars(session, triangulate_seeds(session))
        asker = ViewAsker(session, annotator, stretch.settings.stages, SHAPE, exemplars)
    found = list(run_pass(stretch, start, Belief.at(pose_mm, stretch.shape), asker=asker, answers=answers))
    return [row for row, _ in found], [dict(found)[row] for row in range(len(stretch))], answers


@pytest.mark.parametrize("start", [0, 3, 7])
def test_a_pass_runs_to_both_ends_from_anywhere(start: int) -> None:
    poses = make_poses(range(8))
    rows, steps, answers = track(stretch_of(list(poses)), start, poses[start])
    assert rows == [*range(start, 8), *range(start - 1, -1, -1)]
    np.testing.assert_allclose(np.stack([step.pose.points_mm for step in steps]), poses, atol=1e-4)
    assert answers == [None] * 8


@pytest.mark.parametrize(
    "settings",
    [
        PoseSettings(),
        PoseSettings(refine="per_keypoint"),
        PoseSettings(stages=(1, 2, 3)),
        PoseSettings(stages=(2,)),
    ],
    ids=["joint", "per_keypoint", "linear", "naive"],
)
def test_a_pass_that_asks_fills_the_answers_and_names_the_body(settings: PoseSettings) -> None:
    poses = make_poses(range(6))
    annotator = WatchedAnnotator()
    _, steps, answers = track(stretch_of(list(poses), settings=settings), 2, poses[2], annotator=annotator)
    assert annotator.asked[0].view.timepoint == 2
    assert all(answer is not None for answer in answers)
    # Where two dots nearly touch in a view, it may take one for the other, and only stage 4 finds out.
    np.testing.assert_allclose(np.stack([step.pose.points_mm for step in steps]), poses, atol=0.5)


def test_hidden_keypoints_are_missing_and_found_again() -> None:
    poses = make_poses(range(9))
    shown = [np.delete(pose, [0, 5], axis=0) if 3 <= row < 6 else pose for row, pose in enumerate(poses)]
    _, steps, _ = track(stretch_of(shown), 0, poses[0])
    present = np.stack([step.pose.present for step in steps])
    assert np.argwhere(~present).tolist() == [[row, keypoint] for row in (3, 4, 5) for keypoint in (0, 5)]
    np.testing.assert_allclose(np.stack([step.pose.points_mm for step in steps])[present], poses[present], atol=1e-4)


def test_an_animal_that_comes_back_elsewhere_is_found_anew() -> None:
    poses = make_poses(range(20))
    shown = [pose if row < 3 else NOBODY if row < 8 else moved(pose, x=110) for row, pose in enumerate(poses)]
    _, steps, _ = track(stretch_of(shown), 0, poses[0])
    lost = [not step.pose.present.any() for step in steps]
    assert lost[3:8] == [True] * 5
    assert lost[13:] == [False] * 7
    np.testing.assert_allclose(steps[-1].pose.points_mm, moved(poses[-1], x=110), atol=1e-3)


def test_finding_anew_needs_stage_4_and_a_body() -> None:
    poses = make_poses([6])
    found = find_anew(stretch_of(list(poses)), 0)
    assert found is not None
    np.testing.assert_allclose(found.pose.points_mm, poses[0], atol=1e-3)
    assert find_anew(stretch_of([NOBODY]), 0) is None
    alone = find_anew(stretch_of(list(poses), settings=PoseSettings(refine="per_keypoint")), 0)
    assert alone is not None
    np.testing.assert_allclose(alone.pose.points_mm, poses[0], atol=1e-3)
    assert find_anew(stretch_of(list(poses), settings=PoseSettings(stages=(1, 2, 3))), 0) is None


def test_what_a_person_pointed_at_counts_in_every_view() -> None:
    pointed = np.full((4, 9), -1)
    pointed[:, 3] = 3
    plain = stretch_of(list(make_poses([6]))).problem(0, neighbors=(), answers=None)
    helped = stretch_of(list(make_poses([6])), seed_votes={0: pointed}).problem(0, neighbors=(), answers=None)
    gained = plain.unary - helped.unary
    row = int(np.nonzero((evidence_of(make_poses([6])[0], RIG).points.numbers == 3).all(axis=1))[0][0])
    assert gained[3, row] == pytest.approx(4 * SEED_VOTE)
    assert not np.delete(gained, 3, axis=0).any()
    assert gained[3, -1] == 0


@pytest.mark.parametrize("annotator", ["geometric", "vlm"])
def test_geometry_does_not_name_a_pair_whose_sides_nothing_tells(annotator: str) -> None:
    poses, paws = make_poses(range(6)), [4, 5]
    known = make_poses(range(3))
    known[:, paws] = np.nan
    stretch = stretch_of(list(poses), settings=PoseSettings(annotator=annotator), shape=learn_body_shape(known, MIRROR))
    _, steps, _ = track(stretch, 2, np.where(np.isin(np.arange(9), paws)[:, None], np.nan, poses[2]))
    found = np.stack([step.pose.present for step in steps])
    assert found[:, np.delete(np.arange(9), paws)].all()
    assert found[:, paws].any() == (annotator == "vlm")
