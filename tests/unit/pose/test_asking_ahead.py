"""Questions asked ahead, as far as the lag of the exemplars allows: the same questions, the same answers."""

from __future__ import annotations

import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from unit.pose.pictures import telling_source
from unit.pose.scenes import evidence_of, make_poses, make_rig, make_session, make_shape

from behaviorvlm.pose.annotator import (
    AgreementQuestion,
    BodyRegionQuestion,
    KeypointQuestion,
    PoseAnnotator,
    ViewQuestion,
)
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.exemplars import RollingExemplars, triangulate_seeds
from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.together import ONE_BY_ONE, SideBySide, Together
from behaviorvlm.pose.tracking import Stretch, run_pass
from behaviorvlm.pose.view_answers import ViewAnswers, ViewAsker
from behaviorvlm.pose.view_pictures import SourcePictures
from behaviorvlm.types import KeypointAssignment, RegionBox

RIG = make_rig()
SHAPE = make_shape()
CHANNELS = ("visible", "fluorescence")
BEFORE = Belief.at(make_poses([0])[0], SHAPE)


def make_asker(
    annotator: PoseAnnotator,
    *,
    stages: tuple[int, ...] = (1, 2, 3, 4),
    lag: int = 1,
    together: Together = ONE_BY_ONE,
    admits=lambda: True,
) -> ViewAsker:
    session = make_session(RIG)
    exemplars = RollingExemplars(session, triangulate_seeds(session), lag=lag)
    pictures = SourcePictures(telling_source(RIG.names, CHANNELS, 20))
    return ViewAsker(session, annotator, stages, SHAPE, exemplars, pictures, together, admits)


def evidence_at(timepoint: int) -> Evidence:
    return replace(evidence_of(make_poses([timepoint])[0], RIG), timepoint=timepoint)


class LookingAnnotator:
    """Answers from candidates and exemplars, as a model does; what motion expects is none of its business.

    Each answer takes a while of its own, so that they come back in any order.
    """

    name = "looking"
    needs_pixels = True

    def __init__(self, *, seed: int | None = None) -> None:
        self.asked: dict[tuple, list] = {}
        self._seed, self._lock = seed, threading.Lock()

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        self._keep(question, "body")
        last = question.exemplars[-1].points_px
        parts = {"ears": [0, 1], "trunk": [2, 3, 8], "paws": [4, 5, 6, 7]}
        return tuple(
            RegionBox(region, *(last[rows].min(axis=0) - 60), *(last[rows].max(axis=0) + 60))
            for region, rows in parts.items()
        )

    def assign_keypoints(self, question: KeypointQuestion) -> KeypointAssignment:
        self._keep(question, question.box.region)
        return self._nearest(question)

    def reconcile_regions(self, question: AgreementQuestion) -> KeypointAssignment:
        self._keep(question, "whole")
        return self._nearest(question)

    def _nearest(self, question: KeypointQuestion | AgreementQuestion) -> KeypointAssignment:
        gaps = np.linalg.norm(question.exemplars[-1].points_px[:, None] - question.view.candidates.points_px, axis=-1)
        view, confidence = question.view, 1 / (1 + gaps.min(axis=1))
        return KeypointAssignment(view.timepoint, view.camera, gaps.argmin(axis=1), confidence)

    def _keep(self, question: ViewQuestion, part: str) -> None:
        view = question.view
        key = view.timepoint, RIG.index(view.camera), part
        with self._lock:
            assert key not in self.asked
            self.asked[key] = [
                {name: int(image[0, 0]) for name, image in view.images.items()},
                view.candidates.points_px.tolist(),
                [(one.timepoint, one.kind, one.points_px.tolist(), sorted(one.images)) for one in question.exemplars],
            ]
        if self._seed is not None:
            time.sleep(0.012 * np.random.default_rng([self._seed, *key[:2], len(part)]).random())


def run_along(annotator: PoseAnnotator, together: Together, *, lag: int, admits=lambda: True):
    """Return the answers, by timepoint, of a pass over 10 timepoints that starts at the fourth."""
    asker = make_asker(annotator, lag=lag, together=together, admits=admits)
    evidence = [evidence_at(row) for row in range(10)]
    stretch = Stretch(evidence, SHAPE, RIG, PoseSettings(), {})
    answers: list[ViewAnswers | None] = [None] * len(stretch)
    list(run_pass(stretch, 3, Belief.at(make_poses([3])[0], SHAPE), asker=asker, answers=answers))
    return [answer for answer in answers if answer is not None]


def assert_equal(one: list[ViewAnswers], other: list[ViewAnswers]) -> None:
    assert len(one) == len(other) == 10
    for row, (here, there) in enumerate(zip(one, other, strict=True)):
        for name, values in vars(here).items():
            np.testing.assert_array_equal(getattr(there, name), values, err_msg=f"{row} {name}")


@pytest.mark.parametrize("lag", [1, 3])
def test_side_by_side_questions_and_answers_are_those_of_one_by_one_in_whatever_order_they_end(lag: int) -> None:
    alone = LookingAnnotator()
    expected = run_along(alone, ONE_BY_ONE, lag=lag)
    assert any(one[1] == "rolling" for _, _, shown in alone.asked.values() for one in shown)
    for seed in (0, 1):
        hurried = LookingAnnotator(seed=seed)
        with SideBySide(4 * lag, 12 * lag) as together:
            found = run_along(hurried, together, lag=lag)
        assert hurried.asked == alone.asked
        assert_equal(expected, found)
        if lag > 1:
            assert list(hurried.asked) != list(alone.asked)  # they did overtake each other


@pytest.mark.parametrize("lag", [1, 2, 4])
def test_a_question_shows_nothing_younger_than_the_lag_and_nothing_of_the_other_end(lag: int) -> None:
    annotator = LookingAnnotator()
    with SideBySide(4 * lag, 12 * lag) as together:
        run_along(annotator, together, lag=lag)
    for (timepoint, _, _), (_, _, shown) in annotator.asked.items():
        rolling = [one[0] for one in shown if one[1] == "rolling"]
        assert all(abs(timepoint - other) >= lag for other in rolling)
        assert all((other >= 3) == (timepoint >= 3) for other in rolling)
    youngest = [one[0] for one in annotator.asked[9, 0, "whole"][2] if one[1] == "rolling"]
    assert youngest[-1] == 9 - lag  # and nothing older than need be


class WaitingAnnotator(LookingAnnotator):
    """Answers about a timepoint once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = [threading.Event() for _ in range(20)]

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        found = super().detect_body_regions(question)
        assert self.may[question.view.timepoint].wait(20)
        return found

    def in_the_making(self, count: int) -> list[int]:
        """Return the timepoints asked about once there are questions about `count` views, and a moment later."""
        for _ in range(2000):
            if len(self.asked) >= count:
                break
            time.sleep(0.005)
        time.sleep(0.1)
        return sorted({timepoint for timepoint, _, _ in self.asked})


@pytest.mark.parametrize("lag", [1, 3])
def test_as_many_timepoints_as_the_lag_are_in_flight_and_no_more(lag: int) -> None:
    annotator = WaitingAnnotator()
    with ThreadPoolExecutor(1) as caller, SideBySide(40, 40) as together:
        asker = make_asker(annotator, stages=(1,), lag=lag, together=together)
        along = asker.along(evidence_at(row) for row in range(8))
        for row in range(8):
            answers = caller.submit(along.next, BEFORE)
            flying = min(row + lag, 8)
            assert annotator.in_the_making(4 * flying) == list(range(flying))
            assert not answers.done()
            annotator.may[row].set()
            assert answers.result(20).boxes_px.shape == (4, 3, 4)


@pytest.mark.parametrize("together", [ONE_BY_ONE, pickle.loads(pickle.dumps(ONE_BY_ONE))], ids=["here", "in a worker"])
def test_one_by_one_nothing_is_asked_ahead(together: Together) -> None:
    annotator = LookingAnnotator()
    asker = make_asker(annotator, lag=4, together=together)
    asker.along(evidence_at(row) for row in range(3)).next(BEFORE)
    assert {timepoint for timepoint, _, _ in annotator.asked} == {0}


def test_a_later_question_that_failed_is_told_when_its_turn_comes() -> None:
    class Failing(LookingAnnotator):
        def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
            if question.view.timepoint == 2:
                raise KeyError("the server is gone")
            return super().detect_body_regions(question)

    with SideBySide(12, 36) as together:
        asker = make_asker(Failing(), lag=3, together=together)
        along = asker.along(evidence_at(row) for row in range(5))
        along.next(BEFORE)
        along.next(BEFORE)
        with pytest.raises(KeyError, match="the server is gone"):
            along.next(BEFORE)


@pytest.mark.parametrize("side_by_side", [False, True])
def test_what_a_spent_budget_keeps_from_being_asked_is_told(side_by_side: bool) -> None:
    left = iter([True] * 4)
    annotator = LookingAnnotator()
    with SideBySide(12, 36) as threads:
        together = threads if side_by_side else ONE_BY_ONE
        found = run_along(annotator, together, lag=3, admits=lambda: next(left, False))
    assert {timepoint for timepoint, _, _ in annotator.asked} == {3, 4, 5, 6}
    assert [answers.unasked for answers in found] == [True] * 3 + [False] * 4 + [True] * 3


def test_geometry_answers_what_the_budget_does_not_with_what_is_known_when_its_turn_comes() -> None:
    annotator = LookingAnnotator()
    with SideBySide(12, 36) as together:
        spent = make_asker(annotator, lag=3, together=together, admits=lambda: False)
        along = spent.along(evidence_at(row) for row in range(1, 6))
        for row in range(1, 6):
            belief = Belief.at(make_poses([row - 1])[0], SHAPE)
            geometric = make_asker(GeometricPoseAnnotator()).ask(evidence_at(row), belief)
            assert geometric is not None
            answers = along.next(belief)
            assert answers.unasked
            for name, values in vars(geometric).items():
                if name != "unasked":
                    np.testing.assert_array_equal(getattr(answers, name), values, err_msg=name)
    assert not annotator.asked
