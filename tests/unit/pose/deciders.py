"""Annotators that decide: one knows the truth, one guesses; and walks that geometry gets wrong."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.pose.annotator import Decision, DecisionQuestion
from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
from behaviorvlm.types import CameraGroup, CandidateSet, FloatArray, IntArray

NEAR_PX = 2.0
CONFIDENCE = 0.9


class KnowingDecider(GeometricPoseAnnotator):
    """Decides as the true poses say, (timepoint, keypoint, 3) mm, and keeps the questions. Any thread may ask."""

    name = "knowing"

    def __init__(self, truth_mm: FloatArray, rig: CameraGroup, *, needs_pixels: bool = False) -> None:
        self.needs_pixels = needs_pixels
        self.asked: list[DecisionQuestion] = []
        self._rig, self._lock = rig, threading.Lock()
        self._truth_px = in_views(truth_mm, rig)

    def decide(self, question: DecisionQuestion) -> tuple[Decision, ...]:
        with self._lock:
            self.asked.append(question)
        return tuple(Decision(self.say(question, readings), CONFIDENCE) for readings in question.doubts)

    def say(self, question: DecisionQuestion, readings: IntArray) -> int:
        """Return what it says to one doubt."""
        return self.true_reading(question, readings)

    def true_reading(self, question: DecisionQuestion, readings: IntArray) -> int:
        truth = self._truth_px[self._rig.index(question.view.camera), question.view.timepoint]
        for row, reading in enumerate(readings):
            named = np.flatnonzero(reading >= 0)
            gaps = np.linalg.norm(question.view.candidates.points_px[reading[named]] - truth[named], axis=1)
            if (gaps < NEAR_PX).all():
                return row
        return -1


class GuessingDecider(KnowingDecider):
    """Answers at random, but to the same question always the same."""

    name = "guessing"

    def say(self, question: DecisionQuestion, readings: IntArray) -> int:
        view = question.view
        rng = np.random.default_rng([view.timepoint, self._rig.index(view.camera), *(readings.ravel() + 1)])
        return int(rng.integers(-1, len(readings)))


class LyingDecider(KnowingDecider):
    """Always says the other thing."""

    name = "lying"

    def say(self, question: DecisionQuestion, readings: IntArray) -> int:
        true = self.true_reading(question, readings)
        return next(row for row in (*range(len(readings)), -1) if row != true)


def in_views(points_mm: FloatArray, rig: CameraGroup) -> FloatArray:
    """Return (timepoint, keypoint, 3) mm in all views, (camera, timepoint, keypoint, 2) px."""
    return project_all(points_mm.reshape(-1, 3), rig).reshape(len(rig), *points_mm.shape[:2], 2)


def crossed_paws(poses_mm: FloatArray, pair: Sequence[int], timepoints: range) -> FloatArray:
    """Return poses whose paws are a little across each other for a while: only who saw them cross can know."""
    crossed, rows = poses_mm.copy(), list(timepoints)
    middle = poses_mm[:, pair].mean(axis=1, keepdims=True)
    crossed[np.ix_(rows, pair)] = (middle - 0.3 * (poses_mm[:, pair] - middle))[rows]
    return crossed


def without_dots(
    given: dict[str, list[CandidateSet]], truth_px: FloatArray, keypoints: Sequence[int], timepoints: range
) -> dict[str, list[CandidateSet]]:
    """Return candidates without the dots of some keypoints for a while; `truth_px` as from `in_views`."""
    hidden = {name: list(sets) for name, sets in given.items()}
    for camera, sets in enumerate(hidden.values()):
        for time in timepoints:
            points = sets[time].points_px
            gaps = np.linalg.norm(points[:, None] - truth_px[camera, time, list(keypoints)], axis=-1)
            sets[time] = CandidateSet.from_points(time, sets[time].camera, points[gaps.min(axis=1) > NEAR_PX])
    return hidden
