"""SLEAP's ``analysis.h5``, written frame by frame: a file for each camera, a place for every frame of its video."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.labelled_views import every_frame, n_frames, paths_of_cameras, refuse_without_views
from behaviorvlm.types import all_finite
from behaviorvlm.types.pose_table import PoseTable


def write_tracks(path: Path, poses: PoseTable, *, channel: str) -> tuple[Path, ...]:
    """Write the points of each camera with their confidence; several cameras go to a file each.

    Args:
        path: The file; ``_<camera>`` is put before its ending where there are several.
        poses: What to write.
        channel: Of the videos that the files name; "" = the first.

    Raises:
        SettingsError: If there are no points in pictures.
        RunStorageError: If the disk refuses.
    """
    refuse_without_views(poses, str(path))
    paths = paths_of_cameras(path, poses, file_names(poses.cameras))
    for camera, file in paths.items():
        channels = poses.videos.get(camera, {})
        _write(file, poses, camera=camera, video=channels.get(channel) or next(iter(channels.values()), ""))
    return tuple(paths.values())


def _write(path: Path, poses: PoseTable, *, camera: str, video: str) -> None:
    import h5py

    skeleton, frames = poses.skeleton, n_frames(poses, camera)
    animals, keypoints = len(poses.individuals), len(poses.keypoints)
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs.update({"format": "analysis", "preset": "matlab"})
        file.attrs["skeleton_symmetries"] = json.dumps(skeleton.symmetries)
        shapes = {
            "tracks": ("track", "xy", "node", "frame"),
            "point_scores": ("track", "node", "frame"),
            "instance_scores": ("track", "frame"),
            "tracking_scores": ("track", "frame"),
        }
        sizes = {"track": animals, "xy": 2, "node": keypoints, "frame": frames}
        made = {}
        for name, axes in shapes.items():
            made[name] = file.create_dataset(name, tuple(sizes[axis] for axis in axes), np.float64, fillvalue=np.nan)
            made[name].attrs["dims"] = json.dumps(axes)
        there = file.create_dataset("track_occupancy", (frames, animals), np.uint8)
        there.attrs["dims"] = json.dumps(("frame", "track"))
        for numbers, points, confidence in every_frame(poses, camera):
            rows = slice(int(numbers[0]), int(numbers[-1]) + 1)
            made["tracks"][..., rows] = points.transpose(1, 3, 2, 0)
            made["point_scores"][..., rows] = confidence.transpose(1, 2, 0)
            there[rows] = all_finite(points).any(axis=2)
        for name, words in (("node_names", poses.keypoints), ("track_names", poses.individuals)):
            file[name] = np.array([word.encode() for word in words])
        file["edge_names"] = np.array([[end.encode() for end in edge] for edge in skeleton.edges], dtype="S").reshape(
            -1, 2
        )
        file["edge_inds"] = skeleton.edge_indices
        for name, text in (
            ("labels_path", ""),
            ("video_path", video),
            ("provenance", json.dumps(dict(poses.provenance))),
        ):
            file[name] = text
        file["video_ind"] = 0
