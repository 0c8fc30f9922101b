"""Annotators whose answers are a script, or that keep what they were asked: where a model will stand later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from unit.pose.scenes import SKELETON

from behaviorvlm.pose.annotator import AgreementQuestion, BodyRegionQuestion, KeypointQuestion, ViewQuestion
from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
from behaviorvlm.types import CandidateSet, Exemplar, KeypointAssignment, RegionBox, Skeleton, View


class ScriptedAnnotator:
    """Gives its answers in order, whatever is asked, and keeps the questions."""

    name = "scripted"

    def __init__(
        self,
        *,
        boxes: Iterable[Sequence[RegionBox]] = (),
        assignments: Iterable[KeypointAssignment] = (),
        agreements: Iterable[KeypointAssignment] = (),
        needs_pixels: bool = False,
    ) -> None:
        self.needs_pixels = needs_pixels
        self.asked: list[ViewQuestion] = []
        self._boxes, self._assignments, self._agreements = iter(boxes), iter(assignments), iter(agreements)

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        self.asked.append(question)
        return tuple(next(self._boxes))

    def assign_keypoints(self, question: KeypointQuestion) -> KeypointAssignment:
        self.asked.append(question)
        return next(self._assignments)

    def reconcile_regions(self, question: AgreementQuestion) -> KeypointAssignment:
        self.asked.append(question)
        return next(self._agreements)


class WatchedAnnotator(GeometricPoseAnnotator):
    """Answers as geometry does, asks for pictures, and keeps the questions."""

    name = "watched"

    def __init__(self, *, needs_pixels: bool = True) -> None:
        self.needs_pixels = needs_pixels
        self.asked: list[ViewQuestion] = []

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        self.asked.append(question)
        return super().detect_body_regions(question)

    def assign_keypoints(self, question: KeypointQuestion) -> KeypointAssignment:
        self.asked.append(question)
        return super().assign_keypoints(question)

    def reconcile_regions(self, question: AgreementQuestion) -> KeypointAssignment:
        self.asked.append(question)
        return super().reconcile_regions(question)


def make_question(
    points_px: np.ndarray | Sequence[Sequence[float]] = (),
    *,
    skeleton: Skeleton = SKELETON,
    size: tuple[int, int] = (200, 100),
    expected_px: np.ndarray | None = None,
    reach_px: float = 5.0,
    flags: Sequence[int] | None = None,
    exemplars: tuple[Exemplar, ...] = (),
) -> ViewQuestion:
    """Return a question about a view of camera ``cam0`` at timepoint 7 that shows these dots."""
    points = np.reshape(np.asarray(points_px, dtype=np.float64), (-1, 2))
    candidates = CandidateSet.from_points(7, "cam0", points)
    if flags is not None:
        unknown = np.full(len(points), np.nan)
        candidates = CandidateSet(7, "cam0", points, unknown, unknown, np.array(flags))
    expected = np.full((len(skeleton), 2), np.nan) if expected_px is None else expected_px
    view = View(7, "cam0", size, candidates)
    return ViewQuestion(view, skeleton, exemplars, expected, np.full(len(skeleton), reach_px))


def answer(numbers: dict[str, int], *, confidence: float | dict[str, float] = 0.5, reason: str = ""):
    """Return the assignment of named keypoints to candidate numbers; all others are missing."""
    chosen, sure = np.full(len(SKELETON), -1), np.zeros(len(SKELETON))
    for name, number in numbers.items():
        chosen[SKELETON.index(name)] = number
        sure[SKELETON.index(name)] = confidence[name] if isinstance(confidence, dict) else confidence
    return KeypointAssignment(7, "cam0", chosen, sure, reason)


def named(numbers: np.ndarray) -> dict[str, int]:
    """Return the keypoints that have a candidate, by name."""
    return {SKELETON.keypoints[row]: int(number) for row, number in enumerate(numbers) if number >= 0}
