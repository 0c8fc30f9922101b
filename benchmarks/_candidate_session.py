"""A session folder without videos: a rig, a body, seeds, and unnamed points from files, as any lab could write it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from behaviorvlm.io.anipose import write_calibration
from behaviorvlm.io.candidates import write_candidates
from behaviorvlm.io.seeds import write_seeds
from behaviorvlm.io.session_layout import calibration_path, candidates_path, skeleton_path
from behaviorvlm.io.skeleton import write_skeleton
from behaviorvlm.simulate.dots import SimulatedCandidates
from behaviorvlm.types import CameraGroup, CandidateSet, Exemplar, FloatArray, Skeleton


def write_session(
    folder: Path,
    *,
    cameras: CameraGroup,
    skeleton: Skeleton,
    seeds: Sequence[Exemplar],
    candidates: Sequence[Sequence[CandidateSet]],
    frame_rate_hz: float,
) -> Path:
    """Write the folder and return it; `candidates` is a list per camera of a set per timepoint."""
    for part in ("seeds", "candidates"):
        (folder / part).mkdir(parents=True)
    write_calibration(calibration_path(folder), cameras)
    write_skeleton(skeleton_path(folder), skeleton)
    write_seeds(folder, seeds, skeleton=skeleton, session=folder.name)
    for camera, sets in zip(cameras, candidates, strict=True):
        write_candidates(candidates_path(folder, camera.name), sets)
    settings = f"n_timepoints = {len(candidates[0])}\nframe_rate_hz = {frame_rate_hz:g}\n"
    (folder / "session.toml").write_text(settings)
    return folder


def seed_views(points_px: FloatArray, timepoints: Sequence[int], *, cameras: CameraGroup) -> tuple[Exemplar, ...]:
    """Return the named (timepoint, camera, keypoint, 2) px of some timepoints as hand labels; NaN = not seen."""
    return tuple(
        Exemplar(timepoint, camera.name, points_px[timepoint, number])
        for timepoint in timepoints
        for number, camera in enumerate(cameras)
    )


def unnamed(points_px: FloatArray, *, cameras: CameraGroup, rng: np.random.Generator) -> list[list[CandidateSet]]:
    """Return (timepoint, camera, keypoint, 2) px as candidates in random order, a list per camera; NaN is left out."""
    return [
        [
            CandidateSet.from_points(timepoint, camera.name, rng.permutation(view[np.isfinite(view).all(axis=1)]))
            for timepoint, view in enumerate(points_px[:, number])
        ]
        for number, camera in enumerate(cameras)
    ]


def named_pixels(dots: SimulatedCandidates, cameras: CameraGroup) -> FloatArray:
    """Return the noisy dots under their true names, (timepoint, camera, keypoint, 2) px, NaN = no dot."""
    named_px = np.full((*dots.numbers.shape, 2), np.nan)
    for number, name in enumerate(cameras.names):
        for timepoint, view in enumerate(dots.candidates[name]):
            chosen = dots.numbers[timepoint, number]
            named_px[timepoint, number, chosen >= 0] = view.points_px[chosen[chosen >= 0]]
    return named_px


def spread(count: int, n_seeds: int) -> list[int]:
    """Return the middles of `n_seeds` equal parts of `count` timepoints."""
    return [count * (2 * part + 1) // (2 * n_seeds) for part in range(n_seeds)]
