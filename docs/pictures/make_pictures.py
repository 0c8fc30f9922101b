"""Make the pictures of docs/vlm_annotator.md from a simulated session: ``python docs/pictures/make_pictures.py``.

The questions are those the annotator asks; nobody answers them. What the stages before would have said is taken from
the truth, with one dot named twice for stage 3.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from _showing import HERE, in_words, keep

from behaviorvlm.api import open_session
from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.question import Answer, Question
from behaviorvlm.io.deeplabcut import read_keypoints
from behaviorvlm.io.video import VideoFrameSource
from behaviorvlm.pose.annotator import (
    AgreementQuestion,
    BodyRegionQuestion,
    DecisionQuestion,
    KeypointQuestion,
    ViewQuestion,
)
from behaviorvlm.pose.candidate_detection import detect_candidates, measure_threshold
from behaviorvlm.pose.cross_region_agreement import find_duplicates
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.vlm_annotator import VlmPoseAnnotator
from behaviorvlm.pose.vlm_scenes import exemplar_boxes
from behaviorvlm.prompts.prompt_set import load_prompts
from behaviorvlm.simulate.arena import simulate_arena
from behaviorvlm.types import ByteArray, CandidateSet, Exemplar, FloatArray, IntArray, KeypointAssignment, View

CAMERA, TIMEPOINT, EXEMPLARS = "cam3", 50, (44, 45, 46)
SEEN_CONFIDENCE, NEAR_PX = 0.5, 3.0
PICTURES = {
    "body_region_detection": {"exemplar": 2, "view": 3},
    "keypoint_assignment": {"exemplar": 2, "view": 3},
    "cross_region_agreement": {"view": 3},
    "dot_decision": {"view": 3},
}
"""Stage to the pictures that are kept of it, by their place in the question."""


class Writer:
    """An asker that keeps questions and leaves them unanswered."""

    def __init__(self) -> None:
        self.asked: list[Question[Any]] = []

    def ask(self, question: Question[Any]) -> Answer[Any]:
        """Keep a question."""
        self.asked.append(question)
        return Answer("refused")


@dataclass(frozen=True)
class OneView:
    """One view of a simulated session, and what is true of it."""

    folder: Path

    @cached_property
    def question(self) -> ViewQuestion:
        """What all questions about the view share."""
        session = open_session(self.folder)
        size = next(camera.image_size for camera in session.cameras if camera.name == CAMERA)
        window = tuple(Exemplar(time, CAMERA, self.seen_px[time], "rolling", self.show(time)) for time in EXEMPLARS)
        view = View(TIMEPOINT, CAMERA, size, self.candidates, self.show(TIMEPOINT))
        nowhere = np.full((len(session.skeleton), 2), np.nan)
        return ViewQuestion(view, session.skeleton, window, nowhere, nowhere[:, 0])

    @cached_property
    def source(self) -> VideoFrameSource:
        """The session's videos."""
        return VideoFrameSource(open_session(self.folder))

    @cached_property
    def candidates(self) -> CandidateSet:
        """The dots found in the view."""
        _, threshold_dn = measure_threshold(self.source, CAMERA, PoseSettings())
        when = TIMEPOINT, TIMEPOINT + 1
        return detect_candidates(self.source, CAMERA, PoseSettings(), threshold_dn=threshold_dn, timepoints=when)[0]

    @cached_property
    def seen_px(self) -> FloatArray:
        """(timepoint, keypoint, 2) px, NaN where nobody could see the dot."""
        table = read_keypoints(self.folder / "truth" / f"points2d_{CAMERA}.csv")
        seen = table.confidence[:, 0] >= SEEN_CONFIDENCE
        return np.where(seen[..., None], table.points_px[:, 0], np.nan)

    @cached_property
    def numbers(self) -> IntArray:
        """(keypoint,) the right dots, -1 = missing."""
        gaps = np.linalg.norm(self.seen_px[TIMEPOINT][:, None] - self.candidates.points_px[None], axis=-1)
        gaps[np.isnan(gaps)] = np.inf
        return np.where(gaps.min(axis=1) < NEAR_PX, gaps.argmin(axis=1), -1)

    def show(self, timepoint: int) -> dict[str, ByteArray]:
        """Return the pictures of one timepoint."""
        read = self.source.read
        channels = self.source.channels(CAMERA)
        return {name: next(iter(read(CAMERA, channel=name, start=timepoint, stop=timepoint + 1))) for name in channels}


def ask(view: OneView, annotator: VlmPoseAnnotator) -> None:
    """Put one question of each kind."""
    shared, skeleton = vars(view.question), view.question.skeleton
    annotator.detect_body_regions(BodyRegionQuestion(**shared))
    truth = Exemplar(TIMEPOINT, CAMERA, view.seen_px[TIMEPOINT])
    boxes = exemplar_boxes(truth, skeleton, view.question.view.image_size)
    paws = next(box for box in boxes if box.region == "paws")
    inside = np.flatnonzero(paws.contains(view.candidates.points_px))
    annotator.assign_keypoints(KeypointQuestion(**shared, box=paws, numbers=inside))
    left, right = skeleton.index("left_ear"), skeleton.index("right_ear")
    first = view.numbers.copy()
    first[skeleton.index("tail_base")] = first[skeleton.index("tail_middle")]
    answers = {
        "boxes": boxes,
        "assignment": KeypointAssignment(TIMEPOINT, CAMERA, first, 0.9 * (first >= 0)),
        "duplicates": find_duplicates(first),
        "omissions": np.flatnonzero(first < 0),
    }
    annotator.reconcile_regions(AgreementQuestion(**shared, **answers))
    readings = np.full((2, len(skeleton)), -1)
    readings[0, [left, right]], readings[1, [right, left]] = view.numbers[[left, right]], view.numbers[[left, right]]
    annotator.decide(DecisionQuestion(**shared, doubts=(readings,)))


def main() -> None:
    """Simulate, ask, and write pictures and words."""
    writer = Writer()
    with tempfile.TemporaryDirectory() as folder:
        session = simulate_arena(Path(folder) / "simulated", n_timepoints=51)
        ask(OneView(session), VlmPoseAnnotator(writer, load_prompts("pose")))
    for question in writer.asked:
        pictures = [part for part in question.messages[0].parts if isinstance(part, Picture)]
        for what, place in PICTURES[question.stage].items():
            keep(f"{question.stage}_{what}", pictures[place], quality=85)
    (HERE / "simulated_questions.txt").write_text("\n\n\n".join(map(in_words, writer.asked)) + "\n")


if __name__ == "__main__":
    main()
