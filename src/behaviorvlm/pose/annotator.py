"""Who answers stages 1 to 3: typed questions about one view, typed answers.

A stage asks, checks the answer and stores it; whether a vision-language model, geometry or a person answers is a
choice. Every question carries what any of them may want to know; an annotator uses what it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from behaviorvlm.errors import SettingsError, ShapeError
from behaviorvlm.types import Exemplar, FloatArray, IntArray, KeypointAssignment, RegionBox, Skeleton, View


@dataclass(frozen=True, eq=False)
class ViewQuestion:
    """What all questions about a view have in common.

    Attributes:
        view: The view, with its candidates, and pictures if the annotator needs pixels.
        skeleton: The body plan.
        exemplars: Trusted labelled views of the same camera, oldest first: the rolling window.
        expected_px: (keypoint, 2) float64 where motion expects each keypoint in this view, NaN = no expectation.
        reach_px: (keypoint,) float64 how far from there it may well be.
    """

    view: View
    skeleton: Skeleton
    exemplars: tuple[Exemplar, ...]
    expected_px: FloatArray
    reach_px: FloatArray


@dataclass(frozen=True, eq=False)
class BodyRegionQuestion(ViewQuestion):
    """Stage 1: where is each body region?"""


@dataclass(frozen=True, eq=False)
class KeypointQuestion(ViewQuestion):
    """Stage 2: which of the dots in this box are the region's keypoints?

    Attributes:
        box: The region's box.
        numbers: (candidate,) int64 numbers of the candidates in the box.
    """

    box: RegionBox
    numbers: IntArray


@dataclass(frozen=True, eq=False)
class AgreementQuestion(ViewQuestion):
    """Stage 3: the regions were answered one by one; do they agree over the whole view?

    Attributes:
        boxes: The boxes of stage 1.
        assignment: What stage 2 said, all regions together.
        duplicates: (candidate,) int64 numbers claimed by more than one keypoint.
        omissions: (keypoint,) int64 keypoints without a candidate.
    """

    boxes: tuple[RegionBox, ...]
    assignment: KeypointAssignment
    duplicates: IntArray
    omissions: IntArray


@dataclass(frozen=True, eq=False)
class DecisionQuestion(ViewQuestion):
    """Escalation: geometry hesitates between readings of a few dots; which one is right? One question, several doubts.

    Attributes:
        doubts: For each doubt (reading, keypoint) int64 candidate numbers: what each reading says of this view, the
            keypoints it does not speak of being -1. The readings of a doubt differ, and each names at least one dot.
    """

    doubts: tuple[IntArray, ...]


@dataclass(frozen=True)
class Decision:
    """What an annotator says to one doubt of a `DecisionQuestion`.

    Attributes:
        reading: Row of the doubt's readings; -1 = none of them is right, None = no answer was had.
        confidence: What the annotator says of it itself, in [0, 1].
    """

    reading: int | None
    confidence: float


def refuse_other_length(answer: KeypointAssignment, skeleton: Skeleton) -> None:
    """Refuse an answer that does not speak of every keypoint, (keypoint,) numbers.

    Raises:
        ShapeError: If it has more or fewer numbers than the skeleton has keypoints.
    """
    if len(answer.numbers) != len(skeleton):
        raise ShapeError(
            "an annotator answered for another number of keypoints",
            where=f"camera {answer.camera}, timepoint {answer.timepoint}",
            expected=f"{len(skeleton)} numbers, -1 where missing",
            actual=str(len(answer.numbers)),
        )


class PoseAnnotator(Protocol):
    """Answers the questions of stages 1 to 3.

    Attributes:
        name: As written into the run.
        needs_pixels: Whether views must carry pictures.
    """

    name: str
    needs_pixels: bool

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        """Return a box for each body region that can be seen; a region left out cannot."""
        ...

    def assign_keypoints(self, question: KeypointQuestion) -> KeypointAssignment:
        """Return a candidate number for each keypoint of the box's region; all others are missing."""
        ...

    def reconcile_regions(self, question: AgreementQuestion) -> KeypointAssignment:
        """Return the assignment of the whole view, each number at most once."""
        ...


@runtime_checkable
class DecidingAnnotator(Protocol):
    """Answers the one question that escalation asks."""

    def decide(self, question: DecisionQuestion) -> tuple[Decision, ...]:
        """Return for each doubt which reading of the dots is right."""
        ...


def decider(annotator: PoseAnnotator) -> DecidingAnnotator:
    """Return the annotator as one that decides.

    Raises:
        SettingsError: If it cannot.
    """
    if not isinstance(annotator, DecidingAnnotator):
        raise SettingsError(
            "the annotator auto needs somebody to turn to",
            expected="a model, as --model URL#NAME",
            actual=f"the {annotator.name} annotator",
        )
    return annotator
