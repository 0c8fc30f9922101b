"""A session whose dots lie exactly where its cameras see them, and a finished run in which two ears are exchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from session_files import SKELETON, make_poses, make_rig
from session_files import make_session as write_session

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.io.session_layout import skeleton_path
from behaviorvlm.io.skeleton import write_skeleton
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.tables import write_tables
from behaviorvlm.types import BodyRegion
from behaviorvlm.types.body_limits import BodyLimits

N_TIMEPOINTS, CHUNK = 12, 5
HEAD = BodyRegion("head", ("nose", "left_ear", "right_ear"))
WRONG = 7
"""The timepoint at which the ears are exchanged in every view."""
SPECK = len(SKELETON)
"""Number of a dot that is no keypoint: in a corner of every view."""
LEFT, RIGHT = SKELETON.index("left_ear"), SKELETON.index("right_ear")


def true_mm() -> np.ndarray:
    """Return (timepoint, keypoint, 3)."""
    return make_poses(range(N_TIMEPOINTS))


def write_run(folder: Path, *, until: int = N_TIMEPOINTS, limits: BodyLimits | None = None) -> Path:
    """Write a session and a run of it, settled `until` there; return its folder. Its pictures show nothing.

    With limits, they are kept, and jumps and bones flagged by them.
    """
    write_session(folder / "session")
    write_skeleton(skeleton_path(folder / "session"), replace(SKELETON, regions=(HEAD,)))
    settings = PoseSettings()
    with PoseRun.start(folder / "run", open_session(folder / "session"), settings=settings) as run:
        if limits is not None:
            run.sink.save("limits", "all", limits.packed())
        settle(run, 0, until, limits=limits)
        write_tables(run)
    return folder / "run"


def settle(run: PoseRun, first: int, last: int, *, limits: BodyLimits | None = None) -> None:
    """Write the results from one timepoint to another, the first of a block each."""
    for start in range(first, last, CHUNK):
        stop = min(start + CHUNK, last)
        key = f"{start:06d}-{stop:06d}"
        run.sink.save("candidates", key, _candidates(start, stop))
        run.sink.save("views", key, _views(start, stop))
        poses = _poses(start, stop)
        if limits is not None:
            poses["flags"] = limits.flags(poses["points_mm"], SKELETON.edge_indices)
        run.sink.save("poses", key, poses)


def dots_px(timepoint: int) -> np.ndarray:
    """Return (camera, dot, 2): dot k is keypoint k, the last one a speck."""
    seen = project_all(true_mm()[timepoint], make_rig())
    return np.concatenate([seen, np.full((len(seen), 1, 2), 4.0)], axis=1)


def _candidates(start: int, stop: int) -> dict[str, np.ndarray]:
    n_cameras, n_dots = dots_px(start).shape[:2]
    count = (stop - start) * n_cameras * n_dots
    return {
        "timepoint": np.repeat(np.arange(start, stop), n_cameras * n_dots),
        "camera": np.tile(np.repeat(np.arange(n_cameras), n_dots), stop - start),
        "points_px": np.concatenate([dots_px(t).reshape(-1, 2) for t in range(start, stop)]),
        "brightness": np.full(count, 50.0),
        "size_px": np.full(count, 1.5),
    }


def _numbers(start: int, stop: int) -> np.ndarray:
    """Return (timepoint, camera, keypoint) dots as they were named."""
    numbers = np.tile(np.arange(len(SKELETON)), (stop - start, len(make_rig()), 1))
    if start <= WRONG < stop:
        numbers[WRONG - start][:, [LEFT, RIGHT]] = RIGHT, LEFT
    return numbers


def _views(start: int, stop: int) -> dict[str, np.ndarray]:
    numbers = _numbers(start, stop)
    return {
        "timepoint": np.arange(start, stop),
        "boxes_px": np.tile([5.0, 6.0, 30.0, 40.0], (*numbers.shape[:2], 1, 1)),
        "assigned": numbers,
        "reconciled": numbers,
        "confidence": np.ones(numbers.shape),
        "unasked": np.zeros(stop - start, dtype=np.int64),
    }


def _poses(start: int, stop: int) -> dict[str, np.ndarray]:
    numbers = _numbers(start, stop)
    dots = np.stack([dots_px(t) for t in range(start, stop)])
    each = (stop - start, len(SKELETON))
    return {
        "timepoint": np.arange(start, stop),
        "points_mm": np.take_along_axis(true_mm()[start:stop], numbers[:, 0, :, None], axis=1),
        "numbers": np.moveaxis(numbers, 1, 2),
        "points_px": np.take_along_axis(dots, numbers[..., None], axis=2),
        "error_px": np.full(each, 0.1),
        "margin": np.full(each, 9.0),
        "runner_up_mm": np.full((*each, 3), np.nan),
        "flags": np.zeros(each, dtype=np.int64),
        "confidence": np.full(each, 0.9),
    }
