"""Single poses without motion: correspondence of dots over views, and naming from three of the poses as seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from _candidate_session import named_pixels, seed_views, spread

from behaviorvlm.geometry.correspondence import match_views
from behaviorvlm.geometry.disjoint import choose_disjoint
from behaviorvlm.pose.body_shape import learn_body_shape
from behaviorvlm.pose.candidate_detection import survey_candidates
from behaviorvlm.pose.evidence_building import build_evidence
from behaviorvlm.pose.exemplars import SeedPoses, triangulate_seeds
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.tracking import Stretch, name_from_nothing
from behaviorvlm.simulate.dots import SimulatedCandidates
from behaviorvlm.types import BoolArray, CameraGroup, CandidateSet, FloatArray, RecordingSession, Skeleton

RIGHT_MM = 3.0
"""A point this near a true keypoint is that keypoint's."""
N_SEEDS = 3


def score_correspondence(
    poses_mm: FloatArray, dots: SimulatedCandidates, cameras: CameraGroup, *, skeleton: Skeleton
) -> dict[str, object]:
    """Return precision and recall of unnamed points over all poses; the gate is the one the seeds ask for."""
    gate_px = seeded(dots, cameras, skeleton)[1].gate_px
    counts = np.zeros(4)
    for timepoint, views in enumerate(views_of(dots, cameras)):
        possible = match_views(views, cameras, gate_px=gate_px)
        found_mm = choose_disjoint(possible, views, cameras, gate_px=gate_px).points_mm
        supported = (dots.numbers[timepoint] >= 0).sum(axis=0) >= 2
        paired = pair(found_mm, poses_mm[timepoint])
        counts += paired.sum(), len(found_mm), (paired & supported).sum(), supported.sum()
    right, found, recalled, there = counts
    return {"precision": right / found, "recall": recalled / there, "gate_px": gate_px}


def score_naming(
    poses_mm: FloatArray, dots: SimulatedCandidates, cameras: CameraGroup, *, skeleton: Skeleton
) -> dict[str, object]:
    """Return which share of the supported keypoints of all other poses is named right, and how far off those are."""
    session, seeds = seeded(dots, cameras, skeleton)
    others = np.setdiff1d(np.arange(len(poses_mm)), seeds.timepoints)
    stretch = stretch_of(session, seeds, [list(views_of(dots, cameras))[other] for other in others])
    supported = (dots.numbers[others] >= 0).sum(axis=1) >= 2
    named_mm = np.stack([name(stretch, row) for row in range(len(others))])
    error_mm = np.linalg.norm(named_mm - poses_mm[others], axis=-1)[supported]
    right = np.nan_to_num(error_mm, nan=np.inf) <= RIGHT_MM
    return {
        "share_right": float(right.mean()),
        "share_named": float(np.isfinite(error_mm).mean()),
        "mean_error_of_right_mm": float(error_mm[right].mean()),
    }


def views_of(dots: SimulatedCandidates, cameras: CameraGroup) -> Iterator[list[CandidateSet]]:
    """Yield for each timepoint one candidate set per camera."""
    for timepoint in range(len(dots.numbers)):
        yield [dots.candidates[name][timepoint] for name in cameras.names]


def pair(found_mm: FloatArray, true_mm: FloatArray) -> BoolArray:
    """Return which true keypoints, (keypoint,) bool, pair one to one with a found point within `RIGHT_MM`."""
    from scipy.optimize import linear_sum_assignment

    gaps = np.linalg.norm(found_mm[:, None] - true_mm[None], axis=-1)
    near = np.where(np.isfinite(gaps) & (gaps <= RIGHT_MM), gaps, 2 * RIGHT_MM * max(gaps.shape))
    rows, columns = linear_sum_assignment(near)
    paired = np.zeros(len(true_mm), dtype=np.bool_)
    paired[columns[near[rows, columns] <= RIGHT_MM]] = True
    return paired


def seeded(dots: SimulatedCandidates, cameras: CameraGroup, skeleton: Skeleton) -> tuple[RecordingSession, SeedPoses]:
    """Return a session in which some poses, spread over all, keep the names of their dots; and those seeds in 3D."""
    timepoints = spread(len(dots.numbers), N_SEEDS)
    seeds = seed_views(named_pixels(dots, cameras), timepoints, cameras=cameras)
    session = RecordingSession("still", "", skeleton, cameras, seeds, {}, len(dots.numbers), 1.0)
    return session, triangulate_seeds(session)


def stretch_of(session: RecordingSession, seeds: SeedPoses, views: Sequence[Sequence[CandidateSet]]) -> Stretch:
    """Return the poses as the pipeline would see them, each with its evidence."""
    survey = survey_candidates(views, session.cameras, gate_px=seeds.gate_px)
    evidence = [build_evidence(one, session.cameras, survey=survey, gate_px=seeds.gate_px) for one in views]
    shape = learn_body_shape(seeds.points_mm, session.skeleton.mirror_indices)
    return Stretch(evidence, shape, session.cameras, PoseSettings(), {})


def name(stretch: Stretch, row: int) -> FloatArray:
    """Return the keypoints of one pose named from nothing, (keypoint, 3) mm, NaN = missing."""
    found = name_from_nothing(stretch, row)
    return np.full((len(stretch.shape.mirror), 3), np.nan) if found is None else found[0].points_mm
