"""The paper's annotator: stages 1 to 3, and escalation's decisions, asked of a vision-language model.

It uses pictures, candidates and exemplars; what motion expects is none of its business (paper, sections 3.1 to 3.3).
Every exemplar is shown with its dots named, then the current view with its candidates numbered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from behaviorvlm.chat.message import Message, Part, Picture, Text
from behaviorvlm.chat.question import Answer, Asker, Question
from behaviorvlm.pose import vlm_words as words
from behaviorvlm.pose.annotator import (
    AgreementQuestion,
    BodyRegionQuestion,
    Decision,
    DecisionQuestion,
    KeypointQuestion,
    PoseAnnotator,
    ViewQuestion,
)
from behaviorvlm.pose.body_region_detection import region_names
from behaviorvlm.pose.keypoint_assignment import keypoints_of
from behaviorvlm.pose.vlm_answers import (
    AssignmentReader,
    boxes_schema,
    decision_schema,
    understand_boxes,
    understand_decisions,
)
from behaviorvlm.pose.vlm_exemplars import ExemplarGallery
from behaviorvlm.pose.vlm_pictures import FittedScene, Scene, fit, photograph
from behaviorvlm.pose.vlm_scenes import (
    BODY_SIDE_PX,
    REGION_CONTEXT,
    REGION_SIDE_PX,
    VIEW_SIDE_PX,
    body_scene,
    decision_scene,
    region_scene,
    view_scene,
)
from behaviorvlm.prompts.prompt_set import PromptSet
from behaviorvlm.types import IntArray, KeypointAssignment, RegionBox

REGION_DETECTOR, KEYPOINT_ASSIGNER, REGION_RECONCILER = "region_detector", "keypoint_assigner", "region_reconciler"
"""Roles: configuration binds each to a model."""
ROLES = {
    "body_region_detection": REGION_DETECTOR,
    "keypoint_assignment": KEYPOINT_ASSIGNER,
    "cross_region_agreement": REGION_RECONCILER,
    "dot_decision": KEYPOINT_ASSIGNER,
}
"""Who is asked in each stage; stages are also the names of their prompts."""
DEFAULT_MAX_PIXELS = 1_003_520
REFUSED = "no answer of the model could be used"
UNASKED = "not asked: the budget was spent"

A = TypeVar("A")
Values = dict[str, str | Sequence[Part]]


class VlmPoseAnnotator:
    """Answers stages 1 to 3 and decisions by asking a model; its confidence is what the model says of itself.

    May be called from many threads.

    Args:
        asker: Puts the questions.
        prompts: The prompts of the pose pipeline.
        max_pixels: Role to the most pixels of one picture.
        fallback: Who answers once the budget is spent; None = missing.
    """

    name = "vlm"
    needs_pixels = True

    def __init__(
        self,
        asker: Asker,
        prompts: PromptSet,
        *,
        max_pixels: Mapping[str, int] | None = None,
        fallback: PoseAnnotator | None = None,
    ) -> None:
        self._asker = asker
        self._prompts = prompts
        self._max_pixels = dict(max_pixels or {})
        self._fallback = fallback
        self._gallery = ExemplarGallery()
        self._painter = ThreadPoolExecutor(1, thread_name_prefix="exemplars")

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        """Return the boxes the model gives; none where no answer could be used, or there is no dot to name."""
        if not len(question.view.candidates):
            return ()
        regions, budget = region_names(question.skeleton), self._budget(REGION_DETECTOR)
        values: Values = {
            "regions": words.regions_in_words(question.skeleton),
            "exemplars": self._gallery.views(question, max_pixels=budget),
            "view": self._channel_by_channel(question, view_scene(question), max_pixels=budget),
        }
        self._painter.submit(self._paint_ahead, question)
        understand = partial(understand_boxes, regions=regions, view=question.view)
        answer = self._ask(
            "body_region_detection", question, values=values, schema=boxes_schema(regions), understand=understand
        )
        if answer.status == "unasked" and self._fallback is not None:
            return self._fallback.detect_body_regions(question)
        return answer.value or ()

    def assign_keypoints(self, question: KeypointQuestion) -> KeypointAssignment:
        """Return the dots the model names in the box; all missing where no answer could be used."""
        region, budget = question.box.region, self._budget(KEYPOINT_ASSIGNER)
        members = keypoints_of(region, question.skeleton)
        reader = AssignmentReader(question.view, question.skeleton, members, question.numbers)
        shown = fit(region_scene(question), side_px=REGION_SIDE_PX, max_pixels=budget)
        values: Values = {
            "region": region,
            "keypoints": words.keypoints_in_words(members, question.skeleton),
            "exemplars": self._regions(question, members),
            **self._now(question, shown),
        }
        answer = self._ask(
            "keypoint_assignment", question, values=values, schema=reader.schema, understand=reader.understand,
            region=region,
        )  # fmt: skip
        if answer.status == "unasked" and self._fallback is not None:
            return self._fallback.assign_keypoints(question)
        return answer.value or _missing(question, answer)

    def reconcile_regions(self, question: AgreementQuestion) -> KeypointAssignment:
        """Return the model's assignment of the whole view; stage 2's where no answer could be used."""
        if not len(question.view.candidates):
            return question.assignment
        budget = self._budget(REGION_RECONCILER)
        members = np.arange(len(question.skeleton), dtype=np.int64)
        shown = fit(body_scene(question), side_px=BODY_SIDE_PX, max_pixels=budget)
        numbers = np.array(shown.scene.numbers, dtype=np.int64)
        reader = AssignmentReader(question.view, question.skeleton, members, numbers)
        values: Values = {
            "keypoints": words.regions_in_words(question.skeleton),
            "first_answer": words.first_answer_in_words(question),
            "problems": words.problems_in_words(question),
            "exemplars": self._bodies(question, max_pixels=budget),
            **self._now(question, shown),
        }
        answer = self._ask(
            "cross_region_agreement", question, values=values, schema=reader.schema, understand=reader.understand
        )
        if answer.status == "unasked" and self._fallback is not None:
            return self._fallback.reconcile_regions(question)
        return answer.value or replace(question.assignment, reason=_why(answer))

    def decide(self, question: DecisionQuestion) -> tuple[Decision, ...]:
        """Return the reading of each doubt that the model chooses; None where no answer could be used."""
        budget = self._budget(KEYPOINT_ASSIGNER)
        letters = tuple(tuple(words.LETTERS[: len(readings)]) for readings in question.doubts)
        members = np.flatnonzero((np.concatenate(question.doubts) >= 0).any(axis=0))
        shown = fit(decision_scene(question), side_px=BODY_SIDE_PX, max_pixels=budget)
        values: Values = {
            "readings": words.readings_in_words(question),
            "keypoints": words.keypoints_in_words(members, question.skeleton),
            "exemplars": self._bodies(question, max_pixels=budget),
            **self._now(question, shown),
        }
        answer = self._ask(
            "dot_decision", question, values=values, schema=decision_schema(letters),
            understand=partial(understand_decisions, letters=letters),
        )  # fmt: skip
        return answer.value or (Decision(None, 0.0),) * len(question.doubts)

    def _current_picture(self, question: ViewQuestion, shown: FittedScene) -> Picture:
        """Return a picture of the current view, encoded; the one place where such pictures are made."""
        return photograph(shown)

    def _paint_ahead(self, question: ViewQuestion) -> None:
        """Paint the exemplars that the next questions about a view will show, while the model looks for regions."""
        for region in region_names(question.skeleton):
            self._regions(question, keypoints_of(region, question.skeleton))
        self._bodies(question, max_pixels=self._budget(REGION_RECONCILER))

    def _regions(self, question: ViewQuestion, members: IntArray) -> list[Part]:
        """Return the exemplars with the (member,) keypoints of a region named."""
        return self._gallery.crops(
            question, members, share=REGION_CONTEXT, side_px=REGION_SIDE_PX, max_pixels=self._budget(KEYPOINT_ASSIGNER)
        )

    def _bodies(self, question: ViewQuestion, *, max_pixels: int) -> list[Part]:
        """Return the exemplars with every keypoint named."""
        everything = np.arange(len(question.skeleton), dtype=np.int64)
        return self._gallery.crops(question, everything, share=0.0, side_px=BODY_SIDE_PX, max_pixels=max_pixels)

    def _now(self, question: ViewQuestion, shown: FittedScene) -> Values:
        """Return the variables that say what the numbered view shows."""
        return {
            "view": [self._current_picture(question, shown)],
            "numbers": words.numbers_in_words(shown.scene.numbers),
            "dots": words.dots_in_words(shown.scene, question.view.candidates),
            "pairs": words.pairs_in_words(question.skeleton),
        }

    def _channel_by_channel(self, question: ViewQuestion, scene: Scene, *, max_pixels: int) -> list[Part]:
        """Return one picture per channel: a box in thousandths of two panels side by side would be misread."""
        parts: list[Part] = []
        for channel in scene.panels:
            one = replace(scene, channels=tuple(name for name in scene.channels if name == channel))
            shown = fit(one, side_px=VIEW_SIDE_PX, max_pixels=max_pixels)
            parts += [Text(f"Channel {channel}:"), self._current_picture(question, shown)]
        return parts

    def _ask(
        self,
        stage: str,
        question: ViewQuestion,
        *,
        values: Values,
        schema: Mapping[str, Any],
        understand: Callable[[Any], A],
        region: str = "",
    ) -> Answer[A]:
        view, prompt = question.view, self._prompts[stage]
        about = f"timepoint={view.timepoint} camera={view.camera}" + (f" region={region}" if region else "")
        known: Values = {**values, "camera": view.camera, "timepoint": str(view.timepoint)}
        filled = prompt.fill(**{name: known[name] for name in prompt.used})
        messages = (Message.of("user", *filled),)
        return self._asker.ask(Question(ROLES[stage], stage, about, messages, schema, understand))

    def _budget(self, role: str) -> int:
        return self._max_pixels.get(role, DEFAULT_MAX_PIXELS)


def _missing(question: ViewQuestion, answer: Answer[Any]) -> KeypointAssignment:
    view = question.view
    nothing = KeypointAssignment.missing(view.timepoint, view.camera, len(question.skeleton))
    return replace(nothing, reason=_why(answer))


def _why(answer: Answer[Any]) -> str:
    return REFUSED if answer.status == "refused" else UNASKED
