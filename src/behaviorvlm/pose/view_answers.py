"""Stages 1 to 3 for all views of one timepoint: asked of the annotator, kept as arrays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import numpy as np

from behaviorvlm.pose.annotator import BodyRegionQuestion, PoseAnnotator, ViewQuestion
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.body_region_detection import boxes_as_array, detect_body_regions, whole_view_boxes
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.cross_region_agreement import reconcile_regions
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.exemplars import RollingExemplars
from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
from behaviorvlm.pose.keypoint_assignment import assign_keypoints
from behaviorvlm.pose.together import ONE_BY_ONE, OneByOne, Together
from behaviorvlm.pose.view_pictures import ViewPictures
from behaviorvlm.types import FloatArray, IntArray, KeypointAssignment, Pose3D, RecordingSession, View

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
        unasked: Whether the annotator was not asked because the budget was spent.
    """

    boxes_px: FloatArray
    assigned: IntArray
    reconciled: IntArray
    confidence: FloatArray
    unasked: bool = False

    @property
    def numbers(self) -> IntArray:
        """The votes that stage 4 counts, (camera, keypoint) int64."""
        return self.reconciled

    @property
    def weights(self) -> FloatArray:
        """What each vote counts, (camera, keypoint) nats."""
        return VOTE * self.confidence


ViewRow = tuple[FloatArray, KeypointAssignment, KeypointAssignment]
"""Boxes, assigned and reconciled of one view."""


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
        together: Whether views and regions are asked side by side; then timepoints are, too, as far as the lag of the
            exemplars allows.
        admits: Whether the budget allows another question.
    """

    session: RecordingSession
    annotator: PoseAnnotator
    stages: tuple[int, ...]
    shape: BodyShape
    exemplars: RollingExemplars
    pictures: ViewPictures | None = None
    together: Together = ONE_BY_ONE
    admits: Callable[[], bool] = lambda: True

    @property
    def asks(self) -> bool:
        """Whether anything is asked: not where stages 1 and 2 are both switched off."""
        return bool({1, 2} & set(self.stages))

    def ask(self, evidence: Evidence, belief: Belief) -> ViewAnswers | None:
        """Return the answers for one timepoint, or None where nothing is asked."""
        return AskingAlong(self, iter([evidence])).next(belief) if self.asks else None

    def along(self, evidence: Iterable[Evidence]) -> AskingAlong:
        """Return the questions about timepoints in the order of a pass, with the window back at the seeds."""
        self.exemplars.restart()
        return AskingAlong(self, iter(evidence))

    def begin(self, evidence: Evidence, belief: Belief) -> list[Future[ViewRow]] | None:
        """Put the questions about one timepoint; None if the budget is spent."""
        if not self.admits():
            return None
        expected, reach = belief.in_views(self.shape, self.session.cameras)
        questions = [
            self._question(evidence, camera, expected_px=expected[camera], reach_px=reach[camera])
            for camera in range(len(self.session.cameras))
        ]
        return [self.together.begin(self._ask_view, question) for question in questions]

    def look_ahead(self, timepoint: int) -> None:
        """Read the pictures of a timepoint that will be asked about soon, while nobody waits for them."""
        pictures = self._pictures
        if pictures is not None and not isinstance(self.together, OneByOne):
            self.together.begin(lambda names: [pictures(name, timepoint) for name in names], self.session.cameras.names)

    def saw(self, pose: Pose3D) -> None:
        """Take a refined pose; one that is settled becomes an exemplar."""
        here = pose.present
        if here.mean() >= ACCEPTED_SHARE and pose.margin[here].min() >= ACCEPTED_MARGIN:
            self.exemplars.accept(pose, pictures=self._pictures)

    def without_model(self) -> ViewAsker:
        """Return an asker whom geometry answers at once."""
        return replace(
            self, annotator=GeometricPoseAnnotator(), pictures=None, together=ONE_BY_ONE, admits=lambda: True
        )

    def _ask_view(self, question: ViewQuestion) -> ViewRow:
        question = replace(question, view=self._with_pictures(question.view))
        boxes = whole_view_boxes(question)
        if 1 in self.stages:
            boxes = detect_body_regions(BodyRegionQuestion(**vars(question)), self.annotator)
        view, skeleton = question.view, question.skeleton
        assigned = KeypointAssignment.missing(view.timepoint, view.camera, len(skeleton))
        if 2 in self.stages:
            assigned = assign_keypoints(question, boxes, self.annotator, together=self.together)
        reconciled = assigned
        if {2, 3} <= set(self.stages):
            reconciled = reconcile_regions(question, boxes, assignment=assigned, annotator=self.annotator)
        return boxes_as_array(boxes, skeleton), assigned, reconciled

    def _question(
        self, evidence: Evidence, camera: int, *, expected_px: FloatArray, reach_px: FloatArray
    ) -> ViewQuestion:
        rig = self.session.cameras.cameras[camera]
        view = View(evidence.timepoint, rig.name, rig.image_size, evidence.views[camera])
        exemplars = self.exemplars.window(rig.name, evidence.timepoint, pictures=self._pictures)
        return ViewQuestion(view, self.session.skeleton, exemplars, expected_px, reach_px)

    @property
    def _pictures(self) -> ViewPictures | None:
        return self.pictures if self.annotator.needs_pixels else None

    def _with_pictures(self, view: View) -> View:
        return view if self._pictures is None else replace(view, images=self._pictures(view.camera, view.timepoint))


@dataclass
class AskingAlong:
    """The questions of one pass, put as far ahead as the lag of the exemplars allows.

    A question about t shows exemplars from t - lag or before, so it can be put once t - lag is settled: whatever order
    the answers come back in, each question is the same.
    """

    asker: ViewAsker
    upcoming: Iterator[Evidence]
    waiting: deque[tuple[Evidence, list[Future[ViewRow]] | None]] = field(default_factory=deque)
    _after: Evidence | None = None

    def next(self, belief: Belief) -> ViewAnswers:
        """Return the answers for the next timepoint of the pass; `belief` is that before it."""
        ahead = 1 if isinstance(self.asker.together, OneByOne) else self.asker.exemplars.lag
        while len(self.waiting) < ahead:
            evidence = self._after or next(self.upcoming, None)
            if evidence is None:
                break
            self.waiting.append((evidence, self.asker.begin(evidence, belief)))
            self._after = next(self.upcoming, None)
        if self._after is not None:
            self.asker.look_ahead(self._after.timepoint)
        evidence, asked = self.waiting.popleft()
        if asked is None:
            answers = self.asker.without_model().begin(evidence, belief) or []
            return replace(_collected(answers), unasked=True)
        return _collected(asked)


def _collected(rows: list[Future[ViewRow]]) -> ViewAnswers:
    boxes, assigned, reconciled = zip(*(row.result() for row in rows), strict=True)
    return ViewAnswers(
        np.stack(boxes),
        np.stack([answer.numbers for answer in assigned]),
        np.stack([answer.numbers for answer in reconciled]),
        np.stack([answer.confidence for answer in reconciled]),
    )
