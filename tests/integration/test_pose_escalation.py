"""The annotator `auto`, end to end: an oracle rights what geometry exchanged, and no answer breaks what was sure."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from unit.pose.deciders import GuessingDecider, KnowingDecider, LyingDecider, crossed_paws, in_views, without_dots
from unit.pose.pictures import grey, telling_source
from unit.pose.scenes import DictSink, assert_same, blocks_of, make_poses, make_rig, make_session, show_all

from behaviorvlm.errors import SettingsError
from behaviorvlm.pose import view_choice
from behaviorvlm.pose.escalated_naming import KINDS
from behaviorvlm.pose.pipeline import run_pose
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.together import SideBySide

RIG = make_rig()
STEPS = 40
PAWS = (4, 5)
TRUTH = crossed_paws(make_poses(range(STEPS)), PAWS, range(16, STEPS))
AUTO = {"annotator": "auto"}
SHORT = {"chunk_timepoints": 14, "block_timepoints": 20}
SURE = 8.0
"""Nats: 3,000 to 1."""


def walk(annotator=None, *, settings: dict | None = None, sink: DictSink | None = None, **rest) -> DictSink:
    """Return the records of a walk with false dots, in which the front paws are gone from 16 to 21, then crossed."""
    sink = DictSink() if sink is None else sink
    clear = show_all(TRUTH, RIG, clutter=2, hidden=0.1)
    given = without_dots(clear, in_views(TRUTH, RIG), PAWS, range(16, 22))
    run_pose(
        make_session(RIG, n_timepoints=STEPS), source=rest.pop("source", None), sink=sink,
        settings=PoseSettings(**(settings or {})), candidates=given, annotator=annotator, **rest,
    )  # fmt: skip
    return sink


@cache
def by_geometry() -> DictSink:
    return walk()


@cache
def with_oracle() -> DictSink:
    return walk(KnowingDecider(TRUTH, RIG), settings=AUTO)


def errors_mm(sink: DictSink) -> np.ndarray:
    return np.linalg.norm(sink.joined("poses", "points_mm") - TRUTH, axis=-1)


def kinds_of(sink: DictSink) -> list[str]:
    return [KINDS[kind] for kind in sink.joined("decisions", "kind")]


def poses_and_views(sink: DictSink) -> DictSink:
    return DictSink({key: record for key, record in sink.items() if key[0] != "decisions"})


def test_paws_that_geometry_exchanged_come_out_right() -> None:
    before, after = errors_mm(by_geometry()), errors_mm(with_oracle())
    wrong = (before > 2).sum()
    assert (before[23:, PAWS] > 2).mean() > 0.8
    assert (after > 2).sum() < 0.05 * wrong
    assert np.isfinite(after).mean() >= np.isfinite(before).mean() - 0.01


def test_geometry_was_sure_of_the_wrong_side_and_auto_is_not_until_it_was_told() -> None:
    silent = walk(KnowingDecider(TRUTH, RIG), settings=AUTO, admits=lambda: False)
    assert set(silent.joined("decisions", "reading")) == {-2}
    assert_same(poses_and_views(silent), poses_and_views(by_geometry()))


def test_few_questions_are_asked_and_each_is_on_record() -> None:
    decider = KnowingDecider(TRUTH, RIG)
    sink = walk(decider, settings=AUTO)
    assert 2 <= len(decider.asked) < STEPS / 2
    assert len(kinds_of(sink)) == sum(len(question.doubts) for question in decider.asked)
    assert "side" in kinds_of(sink)
    told = {
        (int(time), RIG.names[camera])
        for time, camera in zip(sink.joined("decisions", "timepoint"), sink.joined("decisions", "camera"), strict=True)
    }
    assert told == {(question.view.timepoint, question.view.camera) for question in decider.asked}
    assert blocks_of(sink, "decisions") == blocks_of(sink, "poses")


@pytest.mark.parametrize("decider", [GuessingDecider, LyingDecider])
def test_whatever_is_answered_what_was_right_and_sure_stays(decider: type[KnowingDecider]) -> None:
    """Sure as `auto` counts it: sides rest on motion from a seed, not on the skeleton alone."""
    geometry, sink = by_geometry(), walk(decider(TRUTH, RIG), settings=AUTO)
    sure = (geometry.joined("poses", "margin") > SURE) & (errors_mm(geometry) < 1)
    assert sure.mean() > 0.6
    assert kinds_of(sink)
    broken = sure & ~(errors_mm(sink) < 1)
    assert broken.sum() <= 0.005 * sure.sum()


def test_an_audit_is_asked_and_changes_no_pose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_choice, "LEAST_WORTH", 9.0)  # no dot is doubted, so that all but the paws is audits
    decider = LyingDecider(TRUTH, RIG)

    class LyingToAudits(KnowingDecider):
        """Knows, but where geometry is right by far it says the other thing: only audits ask there."""

        def decide(self, question):
            about_paws = (np.concatenate(question.doubts)[:, PAWS] >= 0).any()
            return super().decide(question) if about_paws else decider.decide(question)

    plain = walk(KnowingDecider(TRUTH, RIG), settings=AUTO)
    assert "dot" not in kinds_of(plain)
    audited = walk(LyingToAudits(TRUTH, RIG), settings={**AUTO, "audit": 0.5})
    assert kinds_of(audited).count("audit") > 10
    assert len(decider.asked) > 5
    assert_same(poses_and_views(audited), poses_and_views(plain))


@pytest.mark.parametrize("decider", [KnowingDecider, GuessingDecider])
def test_the_result_depends_neither_on_workers_nor_on_the_order_of_answers(decider: type[KnowingDecider]) -> None:
    settings = {**AUTO, **SHORT, "audit": 0.2}
    alone = walk(decider(TRUTH, RIG), settings=settings)
    assert len(blocks_of(alone, "poses")) >= 3
    with SideBySide(8, 8) as together:
        others = walk(decider(TRUTH, RIG), settings=settings, workers=2, together=together)
    assert_same(others, alone)


def test_a_run_cut_in_two_ends_as_one_that_was_not() -> None:
    class Dying(DictSink):
        def save(self, stage, key, arrays):
            if stage == "poses" and any(kept == "poses" for kept, _ in self):
                raise KeyError("the machine went away")
            super().save(stage, key, arrays)

    settings = {**AUTO, **SHORT}
    whole, dying = walk(KnowingDecider(TRUTH, RIG), settings=settings), Dying()
    with pytest.raises(KeyError, match="the machine went away"):
        walk(KnowingDecider(TRUTH, RIG), settings=settings, sink=dying)
    assert len(blocks_of(dying, "poses")) == 1
    assert_same(walk(KnowingDecider(TRUTH, RIG), settings=settings, sink=DictSink(dying)), whole)


def test_a_decider_that_looks_gets_the_pictures_of_the_view() -> None:
    decider = KnowingDecider(TRUTH[:30], RIG, needs_pixels=True)
    settings = {**AUTO, "timepoints": (0, 30)}
    walk(decider, settings=settings, source=telling_source(RIG.names, ("visible",), STEPS))
    assert decider.asked
    for question in decider.asked:
        assert (
            question.view.images["visible"] == grey(RIG.index(question.view.camera), 0, question.view.timepoint)
        ).all()


def test_auto_without_somebody_to_turn_to_is_refused() -> None:
    with pytest.raises(SettingsError, match="needs somebody to turn to"):
        walk(settings=AUTO)
