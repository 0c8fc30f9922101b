"""Stages 1 to 3 for all views of one timepoint: asked of the annotator, kept as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from behaviorvlm.pose.annotator import BodyRegionQuestion, PoseAnnotator, ViewQuestion
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.body_region_detection import boxes_as_array, detect_body_regions, whole_view_boxes
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.cross_region_agreement import reconcile_regions
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.exemplars import RollingExemplars
from behaviorvlm.pose.keypoint_assignment import assign_keypoints
from behaviorvlm.types import (
    ByteArray,
    FloatArray,
    FrameSource,
    IntArray,
    KeypointAssignment,
    Pose3D,
    RecordingSession,
    View,
)

VOTE = 1.0
"""What a vote of full confidence counts for the dot it names, in nats."""
ACCEPTED_MARGIN = 3.0
"""A timepoint becomes an exemplar if every keypoint it names is ahead by so many nats ..."""
ACCEPTED_SHARE = 0.75
"""... and it names at least this share of the keypoints."""


@dataclass(frozen=True, eq=False)
class ViewAnswers:
    """The answers of stages 1 to 3 at one timepoint.

    Attributes:
        boxes_px: (camera, region, 4) float64 x_min y_min x_max y_max, NaN = none.
        assigned: (camera, keypoint) int64 candidate numbers after stage 2, -1 = missing.
        reconciled: (camera, keypoint) int64 after stage 3; as `assigned` where it is switched off.
        confidence: (camera, keypoint) float64 in [0, 1] of `reconciled`.
    """

    boxes_px: FloatArray
    assigned: IntArray
    reconciled: IntArray
    confidence: FloatArray

    @property
    def numbers(self) -> IntArray:
        """The votes that stage 4 counts, (camera, keypoint) int64."""
        return self.reconciled

    @property
    def weights(self) -> FloatArray:
        """What each vote counts, (camera, keypoint) nats."""
        return VOTE * self.confidence


class ViewPictures(Protocol):
    """Gives the pictures of a view to an annotator that needs pixels."""

    def __call__(self, camera: str, timepoint: int) -> Mapping[str, ByteArray]:
        """Return channel name to picture, (height, width) uint8."""
        ...


@dataclass(frozen=True, eq=False)
class ViewAsker:
    """Puts the questions of stages 1 to 3, view by view.

    Attributes:
        session: The session.
        annotator: Who answers.
        stages: The stages switched on.
        shape: The animal.
        exemplars: The rolling window.
        pictures: Where pictures come from, if the annotator needs them.
    """

    session: RecordingSession
    annotator: PoseAnnotator
    stages: tuple[int, ...]
    shape: BodyShape
    exemplars: RollingExemplars
    pictures: ViewPictures | None = None

    def ask(self, evidence: Evidence, belief: Belief) -> ViewAnswers | None:
        """Return the answers for one timepoint, or None where stages 1 and 2 are both switched off."""
        if not {1, 2} & set(self.stages):
            return None
        expected, reach = belief.in_views(self.shape, self.session.cameras)
        rows = [
            self._ask_view(self._question(evidence, camera, expected_px=expected[camera], reach_px=reach[camera]))
            for camera in range(len(self.session.cameras))
        ]
        boxes, assigned, reconciled = zip(*rows, strict=True)
        return ViewAnswers(
            np.stack(boxes),
            np.stack([answer.numbers for answer in assigned]),
            np.stack([answer.numbers for answer in reconciled]),
            np.stack([answer.confidence for answer in reconciled]),
        )

    def saw(self, pose: Pose3D) -> None:
        """Take a refined pose; one that is settled becomes an exemplar."""
        here = pose.present
        if here.mean() >= ACCEPTED_SHARE and pose.margin[here].min() >= ACCEPTED_MARGIN:
            self.exemplars.accept(pose)

    def _ask_view(self, question: ViewQuestion) -> tuple[FloatArray, KeypointAssignment, KeypointAssignment]:
        boxes = whole_view_boxes(question)
        if 1 in self.stages:
            boxes = detect_body_regions(BodyRegionQuestion(**vars(question)), self.annotator)
        view, skeleton = question.view, question.skeleton
        assigned = KeypointAssignment.missing(view.timepoint, view.camera, len(skeleton))
        if 2 in self.stages:
            assigned = assign_keypoints(question, boxes, self.annotator)
        reconciled = assigned
        if {2, 3} <= set(self.stages):
            reconciled = reconcile_regions(question, boxes, assignment=assigned, annotator=self.annotator)
        return boxes_as_array(boxes, skeleton), assigned, reconciled

    def _question(
        self, evidence: Evidence, camera: int, *, expected_px: FloatArray, reach_px: FloatArray
    ) -> ViewQuestion:
        rig = self.session.cameras.cameras[camera]
        wanted = self.annotator.needs_pixels and self.pictures is not None
        images = self.pictures(rig.name, evidence.timepoint) if wanted and self.pictures is not None else {}
        view = View(evidence.timepoint, rig.name, rig.image_size, evidence.views[camera], images)
        exemplars = self.exemplars.window(rig.name, evidence.timepoint)
        return ViewQuestion(view, self.session.skeleton, exemplars, expected_px, reach_px)


@dataclass(frozen=True, eq=False)
class SourcePictures:
    """Pictures read one by one from a frame source.

    Attributes:
        source: The frame source.
    """

    source: FrameSource

    def __call__(self, camera: str, timepoint: int) -> Mapping[str, ByteArray]:
        """Return channel name to picture, (height, width) uint8."""
        return {
            channel: next(iter(self.source.read(camera, channel=channel, start=timepoint, stop=timepoint + 1)))
            for channel in self.source.channels(camera)
        }
