"""What can be had ready before it is asked for: the next timepoint's pictures, the next questions' exemplars."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from unit.pose.pictures import telling_source
from unit.pose.scenes import evidence_of, make_poses, make_rig, make_session, make_shape
from unit.pose.scripted_annotator import WatchedAnnotator
from unit.pose.vlm_questions import Reader, agreement_question, keypoint_question, regions_question

from behaviorvlm.chat.message import Picture
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.exemplars import RollingExemplars, triangulate_seeds
from behaviorvlm.pose.together import ONE_BY_ONE, SideBySide, Together
from behaviorvlm.pose.view_answers import ViewAsker
from behaviorvlm.pose.view_pictures import SourcePictures
from behaviorvlm.pose.vlm_annotator import VlmPoseAnnotator
from behaviorvlm.pose.vlm_pictures import FittedScene, photograph
from behaviorvlm.prompts.prompt_set import load_prompts

RIG, SHAPE = make_rig(), make_shape()
BEFORE = Belief.at(make_poses([0])[0], SHAPE)


class WatchedPictures(SourcePictures):
    """Tells which timepoints were asked for, and when a timepoint was had for every camera."""

    def __init__(self) -> None:
        super().__init__(telling_source(RIG.names, ("fluorescence",), 20))
        self.wanted: list[tuple[str, int]] = []
        self.complete = {timepoint: threading.Event() for timepoint in range(20)}

    def __call__(self, camera: str, timepoint: int) -> dict[str, np.ndarray]:
        pictures = super().__call__(camera, timepoint)
        self.wanted.append((camera, timepoint))
        if {name for name, time in self.wanted if time == timepoint} == set(RIG.names):
            self.complete[timepoint].set()
        return dict(pictures)


def evidence() -> Iterator[Evidence]:
    for timepoint in range(4):
        yield replace(evidence_of(make_poses([timepoint])[0], RIG), timepoint=timepoint)


def asker(pictures: SourcePictures, together: Together) -> ViewAsker:
    session = make_session(RIG)
    window = RollingExemplars(session, triangulate_seeds(session))
    return ViewAsker(session, WatchedAnnotator(), (1, 2, 3, 4), SHAPE, window, pictures, together)


def test_the_next_timepoint_is_read_while_this_one_is_asked_about() -> None:
    pictures = WatchedPictures()
    with SideBySide(4, 12) as together:
        along = asker(pictures, together).along(evidence())
        along.next(BEFORE)
        assert pictures.complete[1].wait(10)
        for _ in range(3):
            along.next(BEFORE)
    seeds = {seed.timepoint for seed in make_session(RIG).seeds}
    assert {timepoint for _, timepoint in pictures.wanted} - seeds == {0, 1, 2, 3} - seeds


def test_one_by_one_nothing_is_read_that_is_not_asked_about() -> None:
    pictures = WatchedPictures()
    asker(pictures, ONE_BY_ONE).along(evidence()).next(BEFORE)
    assert not any(timepoint == 1 for _, timepoint in pictures.wanted)


def test_exemplars_of_the_next_questions_are_painted_while_the_model_looks_for_regions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    painted, settled = [], threading.Condition()

    def counted(fitted: FittedScene) -> Picture:
        with settled:
            painted.append(fitted)
            settled.notify_all()
        return photograph(fitted)

    monkeypatch.setattr("behaviorvlm.pose.vlm_exemplars.photograph", counted)
    who = VlmPoseAnnotator(Reader("refused"), load_prompts("pose"))
    who.detect_body_regions(regions_question())
    before = len(regions_question().exemplars)
    with settled:
        assert settled.wait_for(lambda: len(painted) >= before * 3, timeout=20)  # views, a region or more, bodies
    who._painter.shutdown()
    ahead = len(painted)
    who.assign_keypoints(keypoint_question())
    who.reconcile_regions(agreement_question())
    assert len(painted) == ahead
