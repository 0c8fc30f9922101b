"""Named points of cameras with tiny videos, to be written in every format of points in pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from session_files import SIZE, make_pictures, make_rig

from behaviorvlm.io.labelled_views import pick_labelled
from behaviorvlm.io.pose_of_tracks import blocks_of
from behaviorvlm.io.video import write_video
from behaviorvlm.types import CameraGroup, Skeleton
from behaviorvlm.types.pose_table import PoseTable

SKELETON = Skeleton(
    ("nose", "left ear", "right ear", "schwänzchen, tip"),
    edges=(("nose", "left ear"), ("nose", "schwänzchen, tip")),
    symmetries=(("left ear", "right ear"),),
)
N_FRAMES = 10
CAMERAS = ("cam0", "cam1")


def make_poses(
    *,
    individuals: Sequence[str] = ("animal",),
    cameras: Sequence[str] = CAMERAS,
    n_timepoints: int = N_FRAMES,
    seed: int = 0,
) -> PoseTable:
    """Return points that are known to 0.001 px, a fifth of them missing; nothing is seen at timepoints 1 and 2."""
    random = np.random.default_rng(seed)
    shape = (n_timepoints, len(cameras), len(individuals), len(SKELETON))
    points = np.round(random.uniform(1, np.array(SIZE) - 2, (*shape, 2)), 3)
    confidence = np.round(random.uniform(0.1, 1, shape), 4)
    missing = random.random(shape) < 0.2
    missing[1:3] = True
    points[missing], confidence[missing] = np.nan, np.nan
    rows = np.flatnonzero(~missing.all(axis=(1, 2, 3)))
    blocks = blocks_of(rows, points[rows], confidence[rows])
    return PoseTable("sess_1", SKELETON, tuple(individuals), tuple(cameras), n_timepoints, blocks)


def with_videos(poses: PoseTable, folder: Path, *, offsets: dict[str, int] | None = None) -> PoseTable:
    """Return the points with a video for each camera, whose pictures tell their frame (`session_files.frame_shown`)."""
    offsets = offsets or {}
    videos = {}
    for number, camera in enumerate(poses.cameras):
        path = folder / f"film_{number}.mp4"
        count = poses.n_timepoints + offsets.get(camera, 0)
        write_video(path, make_pictures(count), frame_rate_hz=20, crf=10)
        videos[camera] = {"visible": str(path)}
    rig = None
    if len(poses.cameras) > 1:
        made = zip(poses.cameras, make_rig(len(poses.cameras)), strict=True)
        rig = CameraGroup(tuple(replace(camera, name=name) for name, camera in made))
    return replace(poses, videos=videos, frame_offsets=offsets, rig=rig)


def points_of(poses: PoseTable, limit: int = 10**6) -> dict[tuple[str, int, str, str], list[float]]:
    """Return camera, timepoint, individual and keypoint of every point that is there, to x and y."""
    block = pick_labelled(poses, limit)
    places = np.argwhere(block.seen).tolist()
    return {
        (poses.cameras[c], int(block.timepoint[t]), poses.individuals[i], poses.keypoints[k]): block.points_px[
            t, c, i, k
        ].tolist()
        for t, c, i, k in places
    }


def same_points(found: PoseTable, expected: PoseTable, *, limit: int = 10**6) -> bool:
    """Return whether two hold the same points, to 0.0005 px."""
    one, other = points_of(found), points_of(expected, limit)
    return one.keys() == other.keys() and all(np.allclose(one[key], other[key], rtol=0, atol=6e-4) for key in one)
