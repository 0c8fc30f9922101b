"""The annotator `auto` over stretches: what the model is asked, what is done with its answers, what is kept."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from unit.pose.deciders import KnowingDecider, crossed_paws, in_views, without_dots
from unit.pose.pictures import grey, telling_source
from unit.pose.scenes import (
    SEED_TIMEPOINTS,
    SKELETON,
    make_poses,
    make_rig,
    make_session,
    make_shape,
    nothing_known,
    show_all,
)

from behaviorvlm.pose.annotator import Decision, DecisionQuestion
from behaviorvlm.pose.chunks import Anchor
from behaviorvlm.pose.doubts import Doubts
from behaviorvlm.pose.escalated_naming import KINDS, EscalatedNaming, pack_decisions
from behaviorvlm.pose.escalation import Escalation, Inquiry
from behaviorvlm.pose.exemplars import triangulate_seeds
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.stretch_naming import Scene, StretchJob, geometric_scene, name_stretch
from behaviorvlm.pose.together import SideBySide
from behaviorvlm.pose.workers import Workers
from behaviorvlm.types import Exemplar

RIG = make_rig()
PAWS = (4, 5)
GONE = range(16, 22)
TRUTH = crossed_paws(make_poses(range(28)), PAWS, range(16, 28))
GIVEN = without_dots(show_all(TRUTH, RIG), in_views(TRUTH, RIG), PAWS, GONE)
SESSION = make_session(RIG, n_timepoints=28)
SEEDS = triangulate_seeds(SESSION)


def make_scene(annotator, **rest) -> Scene:
    settings = PoseSettings(annotator="auto", **rest.pop("settings", {}))
    return Scene(SESSION, settings, SEEDS, make_shape(), nothing_known(4), annotator, **rest)


def make_job(scene: Scene, first: int, last: int) -> StretchJob:
    candidates = [[GIVEN[name][time] for name in RIG.names] for time in range(first, last)]
    anchors = [Anchor(int(time), SEEDS.points_mm[row], np.inf) for row, time in enumerate(SEEDS.timepoints)]
    return StretchJob(scene, (first, last), candidates, anchors)


def named_by(annotator, *pieces: tuple[int, int], **rest):
    """Return job, result and decisions of each stretch."""
    scene = make_scene(annotator, **rest)
    with Workers(1) as pool:
        return list(EscalatedNaming(scene, annotator, pool).map(make_job(scene, *one) for one in pieces))


def errors_mm(result) -> np.ndarray:
    """Return the distance of each keypoint from the truth, nan where missing."""
    return np.linalg.norm(result.poses["points_mm"] - TRUTH[result.poses["timepoint"]], axis=-1)


@cache
def geometry_alone(first: int, last: int):
    return name_stretch(make_job(geometric_scene(make_scene(KnowingDecider(TRUTH, RIG))), first, last))


def test_what_geometry_exchanged_comes_out_right_and_the_decisions_say_why() -> None:
    wrong = errors_mm(geometry_alone(2, 28))
    assert (wrong[20:, PAWS] > 4).all()
    ((_, result, decisions),) = named_by(KnowingDecider(TRUTH, RIG), (2, 28))
    right = errors_mm(result)
    assert np.nanmax(right) < 2
    np.testing.assert_array_equal(np.isnan(right), np.isnan(wrong))
    sides = decisions["kind"] == KINDS.index("side")
    assert sides.sum() >= 2
    assert set(decisions["reading"][sides]) == {1}
    assert (decisions["timepoint"] >= GONE.stop).all()
    assert (decisions["about"][sides] == 1).all()  # of the pairs, the front paws
    assert np.isin(decisions["about"][~sides], PAWS).all()


def test_a_question_shows_the_view_the_seeds_and_both_readings() -> None:
    decider = KnowingDecider(TRUTH, RIG, needs_pixels=True)
    source = telling_source(RIG.names, ("visible", "fluorescence"), 28)
    named_by(decider, (2, 28), source=source)
    assert decider.asked
    for question in decider.asked:
        assert isinstance(question, DecisionQuestion)
        view = question.view
        camera = RIG.index(view.camera)
        assert view.candidates is GIVEN[view.camera][view.timepoint]
        assert view.image_size == (640, 640)
        assert {name: int(image[0, 0]) for name, image in view.images.items()} == {
            "visible": grey(camera, 0, view.timepoint), "fluorescence": grey(camera, 1, view.timepoint)
        }  # fmt: skip
        assert question.skeleton is SKELETON
        assert [(one.timepoint, one.camera, one.kind) for one in question.exemplars] == [
            (time, view.camera, "seed") for time in SEED_TIMEPOINTS
        ]
        assert [int(one.images["visible"][0, 0]) for one in question.exemplars] == [
            grey(camera, 0, time) for time in SEED_TIMEPOINTS
        ]
        assert np.isnan(question.expected_px).all()  # what geometry expects must not be heard through the model
        assert np.isnan(question.reach_px).all()
        for readings in question.doubts:
            assert readings[0, PAWS[0]] == readings[1, PAWS[1]]
            assert (np.delete(readings, PAWS, axis=1) == -1).all()


def test_without_pictures_nothing_is_read() -> None:
    decider = KnowingDecider(TRUTH, RIG)
    named_by(decider, (2, 28))
    assert decider.asked
    for question in decider.asked:
        assert not question.view.images
        assert not any(one.images for one in question.exemplars)


def test_a_stretch_without_votes_stays_as_geometry_named_it_and_all_come_in_order() -> None:
    decider = KnowingDecider(TRUTH, RIG)
    found = named_by(decider, (0, 6), (2, 28), (6, 14))
    assert [job.timepoints for job, _, _ in found] == [(0, 6), (2, 28), (6, 14)]
    assert [len(decisions["kind"]) > 0 for _, _, decisions in found] == [False, True, False]
    for (first, last), (_, result, _) in zip([(0, 6), (6, 14)], (found[0], found[2]), strict=True):
        alone = geometry_alone(first, last)
        for name, values in alone.poses.items():
            np.testing.assert_array_equal(result.poses[name], values, err_msg=name)
    assert not np.array_equal(found[1][1].poses["points_mm"], geometry_alone(2, 28).poses["points_mm"], equal_nan=True)


def test_once_the_budget_is_spent_nobody_is_asked_and_geometry_stands() -> None:
    decider = KnowingDecider(TRUTH, RIG)
    ((_, result, decisions),) = named_by(decider, (2, 28), admits=lambda: False)
    assert not decider.asked
    assert set(decisions["reading"]) == {-2}
    assert not decisions["confidence"].any()
    for name, values in geometry_alone(2, 28).poses.items():
        np.testing.assert_array_equal(result.poses[name], values, err_msg=name)


def test_what_was_answered_before_the_budget_was_spent_counts() -> None:
    left, decider = iter([True, True, True]), KnowingDecider(TRUTH, RIG)
    ((_, _, decisions),) = named_by(decider, (2, 28), admits=lambda: next(left, False))
    assert len(decider.asked) == 3
    answered = decisions["reading"] != -2
    assert answered.sum() == sum(len(question.doubts) for question in decider.asked)
    asked = {(question.view.timepoint, RIG.index(question.view.camera)) for question in decider.asked}
    assert set(zip(decisions["timepoint"][answered], decisions["camera"][answered], strict=True)) == asked
    assert not answered.all()


def test_questions_wait_for_their_answers_side_by_side_and_stay_in_order() -> None:
    one_by_one = named_by(KnowingDecider(TRUTH, RIG), (2, 28), settings={"audit": 1.0})
    with SideBySide(8, 1) as together:
        threads = named_by(KnowingDecider(TRUTH, RIG), (2, 28), settings={"audit": 1.0}, together=together)
    for (_, here, said), (_, there, told) in zip(one_by_one, threads, strict=True):
        for name, values in said.items():
            np.testing.assert_array_equal(told[name], values, err_msg=name)
        np.testing.assert_array_equal(there.poses["points_mm"], here.poses["points_mm"])


def test_every_question_keeps_its_own_answer_whatever_the_order_they_are_put_in() -> None:
    """Sides are asked about first, audits afterwards; put are they in order of time."""
    decider = KnowingDecider(TRUTH, RIG)
    ((_, _, decisions),) = named_by(decider, (2, 28), settings={"audit": 1.0})
    assert (np.diff(decisions["timepoint"]) < 0).any()
    expected = {
        (q.view.timepoint, RIG.index(q.view.camera), readings.tobytes()): decider.true_reading(q, readings)
        for q in decider.asked
        for readings in q.doubts
    }
    assert {0, 1} <= set(expected.values())
    for row, reading in enumerate(decisions["reading"]):
        readings = decisions["readings"][row]
        readings = readings[(readings >= 0).any(axis=1)]
        assert reading == expected[decisions["timepoint"][row], decisions["camera"][row], readings.tobytes()]


def test_an_error_of_the_model_ends_the_run() -> None:
    class Broken(KnowingDecider):
        def decide(self, question: DecisionQuestion) -> tuple[Decision, ...]:
            raise KeyError("the server is gone")

    with pytest.raises(KeyError, match="the server is gone"):
        named_by(Broken(TRUTH, RIG), (2, 28))


def test_an_outvoted_label_of_a_seed_is_not_shown() -> None:
    outvoted = SEEDS.outvoted.copy()
    outvoted[1, PAWS[0]] = True
    decider = KnowingDecider(TRUTH, RIG)
    scene = replace(make_scene(decider), seeds=replace(SEEDS, outvoted=outvoted))
    with Workers(1) as pool:
        list(EscalatedNaming(scene, decider, pool).map([make_job(scene, 2, 28)]))
    shown: tuple[Exemplar, ...] = decider.asked[0].exemplars
    assert [bool(np.isnan(one.points_px[PAWS[0]]).any()) for one in shown] == [False, True, False]


def test_decisions_are_kept_with_all_that_was_said() -> None:
    escalation = Escalation(Doubts.unpacked(geometry_alone(0, 6).doubts))
    readings = np.full((2, 9), -1)
    readings[:, 4:6] = [[3, 4], [4, 3]]
    escalation.take(Inquiry("side", 5, 2, readings, 1), Decision(1, 0.7))
    escalation.take(Inquiry("dot", 4, 0, readings[:1], 8), Decision(-1, 0.4))
    escalation.take(Inquiry("audit", 3, 1, readings, 0), Decision(None, 0.0))
    record = pack_decisions(escalation)
    assert record["timepoint"].tolist() == [5, 4, 3]
    assert record["camera"].tolist() == [2, 0, 1]
    assert [KINDS[kind] for kind in record["kind"]] == ["side", "dot", "audit"]
    assert record["about"].tolist() == [1, 8, 0]
    assert record["reading"].tolist() == [1, -1, -2]
    assert record["confidence"].tolist() == [0.7, 0.4, 0.0]
    assert record["readings"][0].tolist() == [*readings.tolist(), [-1] * 9]
    assert record["readings"][1].tolist() == [readings[0].tolist(), [-1] * 9, [-1] * 9]


def test_nothing_asked_is_an_empty_record_of_the_right_shapes() -> None:
    record = pack_decisions(Escalation(Doubts.unpacked(geometry_alone(0, 6).doubts)))
    assert record["readings"].shape == (0, 3, 9)
    assert {len(values) for values in record.values()} == {0}
