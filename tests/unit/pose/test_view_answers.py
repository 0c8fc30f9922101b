"""The questions of stages 1 to 3 as an annotator gets them: the door at which a vision-language model joins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.pose.pictures import grey, telling_source
from unit.pose.scenes import (
    BODY_MM,
    SKELETON,
    evidence_of,
    make_poses,
    make_rig,
    make_session,
    make_shape,
)
from unit.pose.scripted_annotator import ScriptedAnnotator, WatchedAnnotator

from behaviorvlm.pose.annotator import AgreementQuestion, BodyRegionQuestion, KeypointQuestion, PoseAnnotator
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.exemplars import RollingExemplars, triangulate_seeds
from behaviorvlm.pose.view_answers import ViewAnswers, ViewAsker
from behaviorvlm.pose.view_pictures import SourcePictures
from behaviorvlm.types import KeypointAssignment, Pose3D, RegionBox

RIG = make_rig()
SHAPE = make_shape()
CHANNELS = ("visible", "fluorescence")
ALL = (1, 2, 3, 4)


def make_asker(annotator: PoseAnnotator, *, stages: tuple[int, ...] = ALL, pictures: bool = True) -> ViewAsker:
    session = make_session(RIG)
    exemplars = RollingExemplars(session, triangulate_seeds(session))
    source = SourcePictures(telling_source(RIG.names, CHANNELS, 20)) if pictures else None
    return ViewAsker(session, annotator, stages, SHAPE, exemplars, source)


def ask(asker: ViewAsker, timepoint: int = 5, *, hidden: tuple[int, ...] = ()) -> ViewAnswers | None:
    """Ask about a timepoint from the pose before it."""
    points = make_poses([timepoint])[0]
    points = np.delete(points, list(hidden), axis=0)
    evidence = replace(evidence_of(points, RIG), timepoint=timepoint)
    return asker.ask(evidence, Belief.at(make_poses([timepoint - 1])[0], SHAPE))


def test_the_geometric_answers_are_right() -> None:
    answers = ask(make_asker(WatchedAnnotator()))
    assert answers is not None
    np.testing.assert_array_equal(answers.reconciled, np.tile(np.arange(9), (4, 1)))
    np.testing.assert_array_equal(answers.assigned, answers.reconciled)
    assert answers.boxes_px.shape == (4, 3, 4)
    assert np.isfinite(answers.boxes_px).all()
    assert (answers.confidence > 0.1).all()
    np.testing.assert_array_equal(answers.numbers, answers.reconciled)
    np.testing.assert_array_equal(answers.weights > 0, answers.numbers >= 0)


def test_every_view_is_asked_region_by_region_and_as_a_whole() -> None:
    annotator = WatchedAnnotator()
    ask(make_asker(annotator))
    kinds = [type(question) for question in annotator.asked]
    assert kinds == [BodyRegionQuestion, *[KeypointQuestion] * 3, AgreementQuestion] * 4
    assert [question.view.camera for question in annotator.asked[::5]] == list(RIG.names)


def test_pictures_of_the_right_view_timepoint_and_channel_come_along() -> None:
    annotator = WatchedAnnotator()
    ask(make_asker(annotator), timepoint=11)
    for question in annotator.asked:
        camera = RIG.index(question.view.camera)
        assert set(question.view.images) == set(CHANNELS)
        for channel, picture in question.view.images.items():
            assert picture.shape == (4, 6)
            assert (picture == grey(camera, CHANNELS.index(channel), 11)).all()


@pytest.mark.parametrize(("needs", "there"), [(False, True), (True, False)])
def test_without_need_or_source_no_picture_is_read(needs: bool, there: bool) -> None:
    annotator = WatchedAnnotator(needs_pixels=needs)
    ask(make_asker(annotator, pictures=there))
    assert annotator.asked
    assert all(not question.view.images for question in annotator.asked)


def test_a_question_carries_candidates_exemplars_and_expectation() -> None:
    annotator = WatchedAnnotator()
    ask(make_asker(annotator))
    expected, reach = Belief.at(make_poses([4])[0], SHAPE).in_views(SHAPE, RIG)
    for question in annotator.asked:
        camera = RIG.index(question.view.camera)
        assert question.skeleton is SKELETON
        assert (question.view.timepoint, question.view.image_size) == (5, (640, 640))
        assert len(question.view.candidates) == 9
        assert question.view.candidates.camera == question.view.camera
        np.testing.assert_array_equal(question.expected_px, expected[camera])
        np.testing.assert_array_equal(question.reach_px, reach[camera])
        assert [(one.timepoint, one.kind) for one in question.exemplars] == [(t, "seed") for t in (2, 8, 14)]
        assert {one.camera for one in question.exemplars} == {question.view.camera}


def test_a_crop_and_the_whole_view_come_with_their_boxes_and_claims() -> None:
    annotator = WatchedAnnotator()
    ask(make_asker(annotator), hidden=(2,))
    _, ears, trunk, paws, whole = annotator.asked[:5]
    assert isinstance(ears, KeypointQuestion)
    assert isinstance(whole, AgreementQuestion)
    assert [ears.box.region, trunk.box.region, paws.box.region] == ["ears", "trunk", "paws"]
    for crop in (ears, trunk, paws):
        assert crop.box.contains(crop.view.candidates.points_px[crop.numbers]).all()
    assert whole.boxes == (ears.box, trunk.box, paws.box)
    assert [SKELETON.keypoints[row] for row in whole.omissions] == ["back"]
    assert whole.assignment.numbers.tolist() == [0, 1, -1, 2, 3, 4, 5, 6, 7]


def test_the_rolling_window_of_later_questions_holds_what_was_settled() -> None:
    annotator = WatchedAnnotator()
    asker = make_asker(annotator)
    for timepoint in (5, 6, 7, 8, 9):
        ask(asker, timepoint)
        settled = Pose3D.missing(timepoint, 9, 4)
        points = make_poses([timepoint])[0]
        asker.saw(Pose3D(timepoint, points, settled.numbers, np.zeros(9), np.full(9, 9.0), points, np.zeros(9)))
    shown = [[one.timepoint for one in question.exemplars] for question in annotator.asked[:: 4 * 5]]
    assert shown == [[2, 8, 14], [8, 14, 5], [14, 5, 6], [5, 6, 7], [6, 7, 8]]


@pytest.mark.parametrize(
    ("margin", "n_named", "kept"), [(3.0, 9, True), (2.9, 9, False), (3.0, 7, True), (9.0, 6, False)]
)
def test_only_a_settled_timepoint_becomes_an_exemplar(margin: float, n_named: int, kept: bool) -> None:
    asker = make_asker(WatchedAnnotator())
    points, margins = BODY_MM.copy(), np.full(9, 50.0)
    points[n_named:], margins[n_named:], margins[0] = np.nan, np.nan, margin
    asker.saw(Pose3D(5, points, np.full((9, 4), -1), np.zeros(9), margins, points, np.zeros(9)))
    assert (asker.exemplars.window("cam0", 6)[-1].kind == "rolling") is kept


def test_a_timepoint_with_nothing_named_is_no_exemplar() -> None:
    asker = make_asker(WatchedAnnotator())
    asker.saw(Pose3D.missing(5, 9, 4))
    assert asker.exemplars.window("cam0", 6)[-1].kind == "seed"


def asked_kinds(stages: tuple[int, ...]) -> set[str]:
    annotator = WatchedAnnotator()
    ask(make_asker(annotator, stages=stages))
    return {type(question).__name__ for question in annotator.asked}


def test_each_stage_can_be_switched_off() -> None:
    assert asked_kinds(ALL) == {"BodyRegionQuestion", "KeypointQuestion", "AgreementQuestion"}
    assert asked_kinds((2, 3)) == {"KeypointQuestion", "AgreementQuestion"}
    assert asked_kinds((1, 2)) == {"BodyRegionQuestion", "KeypointQuestion"}
    assert asked_kinds((2,)) == {"KeypointQuestion"}
    assert asked_kinds((1,)) == {"BodyRegionQuestion"}
    assert asked_kinds((4,)) == asked_kinds((3,)) == set()


def test_without_stages_1_and_2_there_is_no_answer() -> None:
    assert ask(make_asker(WatchedAnnotator(), stages=(3, 4))) is None


def test_without_stage_1_every_crop_is_the_whole_view() -> None:
    annotator = WatchedAnnotator()
    answers = ask(make_asker(annotator, stages=(2, 3)))
    assert answers is not None
    assert (answers.boxes_px == [0, 0, 639, 639]).all()
    assert all(len(question.numbers) == 9 for question in annotator.asked if isinstance(question, KeypointQuestion))


def test_without_stage_3_claims_stand_as_they_are() -> None:
    both = KeypointAssignment(5, "cam0", np.array([3, 3, -1, -1, -1, -1, -1, -1, -1]), np.full(9, 0.5))
    none = KeypointAssignment.missing(5, "cam0", 9)
    annotator = ScriptedAnnotator(assignments=[both, none, none] * 4)
    answers = ask(make_asker(annotator, stages=(2,)))
    assert answers is not None
    assert answers.reconciled[0, :2].tolist() == [3, 3]
    np.testing.assert_array_equal(answers.reconciled, answers.assigned)


def test_lies_of_every_stage_end_as_missing() -> None:
    """Boxes of nothing, numbers from nowhere, a view of another timepoint: no error, no name, no confidence."""
    boxes = (RegionBox("wings", 0, 0, 9, 9), RegionBox("ears", -50, -50, -9, -9), RegionBox("paws", 0, 0, 639, 639))
    wild = KeypointAssignment(99, "elsewhere", np.array([0, 1, 2, 3, 77, -7, 4, 4, 5]), np.full(9, 0.9))
    wilder = KeypointAssignment(99, "elsewhere", np.array([9, -3, 500, 3, 3, 3, -1, 10, 12]), np.linspace(0, 1, 9))
    annotator = ScriptedAnnotator(boxes=[boxes] * 4, assignments=[wild] * 4, agreements=[wilder] * 4)
    answers = ask(make_asker(annotator))
    assert answers is not None
    for camera in range(4):
        assert np.isfinite(answers.boxes_px[camera]).all(axis=1).tolist() == [False, False, True]
        assert answers.assigned[camera].tolist() == [-1, -1, -1, -1, -1, -1, 4, 4, -1]
        assert answers.reconciled[camera].tolist() == [-1, -1, -1, -1, -1, 3, -1, -1, -1]
        assert np.nonzero(answers.confidence[camera])[0].tolist() == [5]
