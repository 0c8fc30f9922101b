"""One stretch of video from candidates to settled poses: a job that needs nothing but what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np

from behaviorvlm.pose.annotator import PoseAnnotator
from behaviorvlm.pose.belief import Belief
from behaviorvlm.pose.body_region_detection import region_names
from behaviorvlm.pose.body_shape import BodyShape
from behaviorvlm.pose.candidate_detection import Survey
from behaviorvlm.pose.chunks import Anchor, anchors_of, find_anchor
from behaviorvlm.pose.cross_view_refinement import dots_px
from behaviorvlm.pose.doubts import Doubts, find_doubts
from behaviorvlm.pose.evidence_building import build_evidence
from behaviorvlm.pose.exemplars import RollingExemplars, SeedPoses
from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
from behaviorvlm.pose.quality_flags import flag_poses, flag_seeds, flag_unseeded, flag_unsure_track
from behaviorvlm.pose.records import Record, pack_answers, pack_flags, pack_poses, unpack_poses
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.settling import settle, settle_with_votes
from behaviorvlm.pose.together import ONE_BY_ONE, Together
from behaviorvlm.pose.tracking import Step, Stretch, find_anew, run_pass
from behaviorvlm.pose.view_answers import ViewAnswers, ViewAsker
from behaviorvlm.pose.view_pictures import SourcePictures
from behaviorvlm.pose.votes import Vote
from behaviorvlm.types import CandidateSet, FloatArray, FrameSource, IntArray, Pose3D, PoseFlag, RecordingSession

SNAP_GATES = 2.0
"""A label means the dot nearest to it, if that is within so many gates."""
SEED_TOLERANCE = 0.1
"""A pose disagrees with a seed if it is off by more than this share of the body scale."""


def always() -> bool:
    """Return that another question may be asked: there is no budget."""
    return True


FLAGGED_ANEW = (
    PoseFlag.LOW_MARGIN | PoseFlag.JUMP | PoseFlag.BONE_LENGTH | PoseFlag.HIGH_ERROR | PoseFlag.SEED_DISAGREES
)
"""Flags that votes may raise or lower."""
LASTING = PoseFlag.PASSES_DISAGREE | PoseFlag.TRACK_UNSURE
"""Flags that tell how a stretch was tracked, whatever a model says of it afterwards."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What holds for a whole run, as every stretch needs it.

    Attributes:
        session: The session.
        settings: The run's settings.
        seeds: The seeds in 3D.
        shape: The animal.
        survey: What the whole video says about its dots.
        annotator: Who answers stages 1 to 3.
        source: Where pictures come from, if the annotator needs them.
        together: Whether independent questions are asked side by side.
        admits: Whether the budget allows another question.
    """

    session: RecordingSession
    settings: PoseSettings
    seeds: SeedPoses
    shape: BodyShape
    survey: Survey
    annotator: PoseAnnotator
    source: FrameSource | None = None
    together: Together = ONE_BY_ONE
    admits: Callable[[], bool] = always


@dataclass(frozen=True, eq=False)
class StretchJob:
    """A stretch to be named.

    Attributes:
        scene: What holds for the whole run.
        timepoints: First (included) and last (excluded).
        candidates: For each timepoint one candidate set per camera.
        anchors: Trusted poses in the stretch, its end included.
        votes: What a model said of it when it was asked.
        named: What became of it without the votes.
    """

    scene: Scene
    timepoints: tuple[int, int]
    candidates: Sequence[Sequence[CandidateSet]]
    anchors: Sequence[Anchor] = ()
    votes: Sequence[Vote] = ()
    named: StretchResult | None = None


@dataclass(frozen=True, eq=False)
class StretchResult:
    """What became of a stretch: the records of its stages, and what is still in doubt (none without stage 4, joint)."""

    flags: Record
    views: Record
    poses: Record
    doubts: Record


def name_stretch(job: StretchJob) -> StretchResult:
    """Run stages 1 to 4 over a stretch, from each of its anchors, and settle the result."""
    stretch = build_stretch(job)
    answers: list[ViewAnswers | None] = [None] * len(stretch)
    passes = _run_passes(job, stretch, answers)
    poses, doubts = _settle(stretch, passes, answers)
    poses = _flagged(job, stretch, poses, answers=answers)
    poses = [_left_missing(pose, answer, job.scene) for pose, answer in zip(poses, answers, strict=True)]
    if not anchors_of(*job.timepoints, job.anchors):
        poses = [flag_unsure_track(pose) for pose in poses]
    skeleton = job.scene.session.skeleton
    sizes = (len(job.scene.session.cameras), len(region_names(skeleton)), len(skeleton))
    dots = np.stack([dots_px(one, pose.numbers) for one, pose in zip(stretch.evidence, poses, strict=True)])
    timepoints = np.arange(*job.timepoints, dtype=np.int64)
    return StretchResult(
        pack_flags(stretch.evidence), pack_answers(answers, timepoints, shape=sizes), pack_poses(poses, dots), doubts
    )


def geometric_scene(scene: Scene) -> Scene:
    """Return the scene with geometry to answer, fit to be handed to a worker process."""
    return replace(scene, annotator=GeometricPoseAnnotator(), source=None, together=ONE_BY_ONE, admits=always)


def name_again(job: StretchJob) -> StretchResult:
    """Settle a stretch again that has been named, with the votes of the job; what is doubtful then is told anew."""
    if job.named is None:
        return name_stretch(job)
    stretch, doubts = build_stretch(job), Doubts.unpacked(job.named.doubts)
    before = unpack_poses(job.named.poses, margin=doubts.margin)
    settled = settle_with_votes(stretch, before, chosen=list(doubts.chosen))
    poses = [_flags_kept(pose, old.flags) for pose, old in zip(settled.poses, before, strict=True)]
    poses = _flagged(job, stretch, poses, answers=[None] * len(poses))
    dots = np.stack([dots_px(one, pose.numbers) for one, pose in zip(stretch.evidence, poses, strict=True)])
    return replace(job.named, poses=pack_poses(poses, dots), doubts=find_doubts(stretch, settled).packed())


def _flags_kept(pose: Pose3D, old: IntArray) -> Pose3D:
    """Return the pose with its own flags and the lasting ones of `old`, without those to be set anew."""
    lasting = np.where(pose.present, old & int(LASTING), 0)
    return replace(pose, flags=pose.flags & ~int(FLAGGED_ANEW) | lasting)


def settle_anchor(job: StretchJob) -> Anchor | None:
    """Return the first timepoint of the job that is settled without motion, or None."""
    return find_anchor(build_stretch(job))


def trusted_poses(job: StretchJob, *, least_views: int, least_margin: float) -> FloatArray:
    """Return the keypoints of one pass that are beyond doubt, (timepoint, keypoint, 3) mm, NaN = in doubt."""
    job = replace(job, scene=geometric_scene(job.scene))
    stretch = build_stretch(job)
    answers: list[ViewAnswers | None] = [None] * len(stretch)
    steps = _run_passes(job, stretch, answers)[0]
    poses = [step.pose for step in steps]
    sure = [(pose.n_views >= least_views) & (pose.margin >= least_margin) for pose in poses]
    return np.stack([np.where(ok[:, None], pose.points_mm, np.nan) for ok, pose in zip(sure, poses, strict=True)])


def build_stretch(job: StretchJob) -> Stretch:
    """Return the job's timepoints with their evidence."""
    scene = job.scene
    evidence = [
        build_evidence(views, scene.session.cameras, survey=scene.survey, gate_px=scene.seeds.gate_px)
        for views in job.candidates
    ]
    seed_votes = {
        int(timepoint) - job.timepoints[0]: _snap(scene.seeds, row, evidence[int(timepoint) - job.timepoints[0]].views)
        for row, timepoint in enumerate(scene.seeds.timepoints)
        if job.timepoints[0] <= timepoint < job.timepoints[1]
    }
    votes: dict[int, list[Vote]] = {}
    for vote in job.votes:
        votes.setdefault(vote.timepoint - job.timepoints[0], []).append(vote)
    return Stretch(evidence, scene.shape, scene.session.cameras, scene.settings, seed_votes, votes)


def _run_passes(job: StretchJob, stretch: Stretch, answers: list[ViewAnswers | None]) -> list[list[Step]]:
    """Return one pass from each anchor, each as one step per timepoint; the first one asks."""
    anchors = anchors_of(*job.timepoints, job.anchors) or _find_anchor_inside(stretch)
    if 4 not in stretch.settings.stages or stretch.settings.refine != "joint":
        anchors = anchors[:1]
    passes: list[list[Step]] = []
    for anchor in anchors:
        asker = _asker(job) if not passes else None
        start = min(anchor.timepoint - job.timepoints[0], len(stretch) - 1)
        belief = Belief.at(anchor.points_mm, stretch.shape)
        found = dict(run_pass(stretch, start, belief, asker=asker, answers=answers))
        passes.append([found[row] for row in range(len(stretch))])
    return passes


def _find_anchor_inside(stretch: Stretch) -> list[Anchor]:
    """Return a pose named from nothing anywhere in a stretch that has no anchor; failing that a seed's pose."""
    for row in range(0, len(stretch), 5):
        step = find_anew(stretch, row)
        if step is not None:
            return [Anchor(step.pose.timepoint, step.pose.points_mm, 0.0)]
    return [Anchor(stretch.evidence[0].timepoint, stretch.shape.templates_mm[0], 0.0)]


def _asker(job: StretchJob) -> ViewAsker:
    scene = job.scene
    pictures = None
    if scene.annotator.needs_pixels and scene.source is not None:
        pictures = SourcePictures(deepcopy(scene.source))  # a reader of its own: stretches are read side by side
    return ViewAsker(
        scene.session,
        scene.annotator,
        scene.settings.stages,
        scene.shape,
        RollingExemplars(scene.session, scene.seeds, lag=scene.settings.exemplar_lag),
        pictures,
        scene.together,
        scene.admits,
    )


def _settle(
    stretch: Stretch, passes: Sequence[Sequence[Step]], answers: Sequence[ViewAnswers | None]
) -> tuple[list[Pose3D], Record]:
    if 4 not in stretch.settings.stages or stretch.settings.refine != "joint":
        return [step.pose for step in passes[0]], {}
    settled = settle(stretch, passes, answers)
    if stretch.settings.annotator != "auto":
        return settled.poses, {}
    return settled.poses, find_doubts(stretch, settled).packed()


def _snap(seeds: SeedPoses, row: int, views: Sequence[CandidateSet]) -> IntArray:
    """Return the candidates a seed's labels mean, (camera, keypoint) numbers, -1 = none or outvoted."""
    votes = np.full(seeds.points_px.shape[1:3], -1, dtype=np.int64)
    for camera, view in enumerate(views):
        if not len(view):
            continue
        gaps = np.linalg.norm(seeds.points_px[row, camera][:, None] - view.points_px[None], axis=-1)
        gaps = np.where(np.isnan(gaps), np.inf, gaps)
        near = gaps.min(axis=1) <= SNAP_GATES * seeds.gate_px
        votes[camera] = np.where(near & ~seeds.outvoted[row], gaps.argmin(axis=1), -1)
    return votes


def _flagged(
    job: StretchJob, stretch: Stretch, poses: Sequence[Pose3D], *, answers: Sequence[ViewAnswers | None]
) -> list[Pose3D]:
    scene = job.scene
    poses = flag_poses(
        poses,
        answers,
        shape=stretch.shape,
        edges=scene.session.skeleton.edge_indices,
        gate_px=scene.seeds.gate_px,
    )
    if not scene.settings.named_by_sight:
        poses = [flag_unseeded(pose, scene.seeds.unseeded) for pose in poses]
    return [_compare_with_seed(pose, scene) for pose in poses]


def _left_missing(pose: Pose3D, answers: ViewAnswers | None, scene: Scene) -> Pose3D:
    """Return the pose, or nothing where the budget was spent and the user wants no other answer than the model's."""
    if answers is None or not answers.unasked or scene.settings.when_spent == "geometry":
        return pose
    return Pose3D.missing(pose.timepoint, len(pose.points_mm), len(scene.session.cameras))


def _compare_with_seed(pose: Pose3D, scene: Scene) -> Pose3D:
    rows = np.nonzero(scene.seeds.timepoints == pose.timepoint)[0]
    if not len(rows):
        return pose
    row = int(rows[0])
    return flag_seeds(
        pose,
        scene.seeds.points_mm[row],
        outvoted=scene.seeds.outvoted[row],
        tolerance_mm=SEED_TOLERANCE * scene.shape.scale_mm,
    )
