"""SLEAP's files: projects with their pictures inside, ``.slp``, and tracks of one video, ``analysis.h5``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.frame_pictures import pictures_at, png, video_of
from behaviorvlm.io.labelled_views import pick_labelled
from behaviorvlm.io.pose_of_tracks import is_one_of, pose_table, read_pose
from behaviorvlm.io.recording_names import recording_name
from behaviorvlm.io.sleap import read_edges
from behaviorvlm.io.sleap_header import OFFSETS, header_text, session_text
from behaviorvlm.io.sleap_labels import NOBODY, USER, read_project
from behaviorvlm.io.sleap_tables import write_tracks
from behaviorvlm.types import Skeleton
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

PROJECT, ANALYSIS = ".slp", ".h5"
VERSION = 1.4
"""The first format that says in which order the colors of embedded pictures are."""
FRAME = np.dtype(
    [("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"), ("instance_id_start", "u8"), ("instance_id_end", "u8")]
)
INSTANCE = np.dtype(
    [
        ("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4"), ("track", "i4"),
        ("from_predicted", "i8"), ("score", "f4"), ("point_id_start", "u8"), ("point_id_end", "u8"),
        ("tracking_score", "f4"),
    ]
)  # fmt: skip
POINT = np.dtype([("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")])
PREDICTED_POINT = np.dtype([*POINT.descr, ("score", "f8")])


def write(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write a project where the path ends in .slp, or the tracks of every frame where it ends in .h5.

    A project holds at most ``options.max_frames`` timepoints with their pictures, a video for each camera; its points
    are those of a person, because SLEAP trains on no others. Tracks of several cameras go to a file each.

    Raises:
        SettingsError: If the path has another ending, there are no points in pictures, or a project has no video to
            take pictures from.
        VideoError: If a frame cannot be decoded.
        RunStorageError: If the disk refuses.
    """
    options = options or ExportOptions()
    if path.suffix.lower() == ANALYSIS:
        return write_tracks(path, poses, channel=options.channel)
    if path.suffix.lower() != PROJECT:
        raise SettingsError(
            "the ending does not say which of SLEAP's files is meant",
            where=str(path),
            expected=f"{PROJECT} for a project with pictures, .analysis{ANALYSIS} for the tracks of all frames",
            actual=path.suffix or "none",
        )
    picked = pick_labelled(poses, options.max_frames)
    for camera in poses.cameras:
        video_of(poses, camera, channel=options.channel)
    _write_project(path, poses, picked, channel=options.channel)
    return (path,)


def is_sleap(path: Path) -> bool:
    """Return whether a file is SLEAP's, told by its content."""
    return is_one_of(path, ("sleap", "slp"))


def read(path: Path) -> PoseTable:
    """Return the points of a project, a camera for each of its videos, or the tracks of an ``analysis.h5``.

    Frames of the same number are taken for the same timepoint.

    Raises:
        FormatError: If it is neither, of a version that is not known, or its videos have different skeletons.
    """
    if is_one_of(path, ("sleap",)):
        poses = read_pose(path)
        return replace(poses, skeleton=Skeleton(poses.keypoints, read_edges(path), poses.skeleton.symmetries))
    project = read_project(path)
    return pose_table(
        project.videos,
        name=recording_name(path),
        where=str(path),
        edges=project.edges,
        symmetries=project.symmetries or None,
        frame_offsets=project.frame_offsets,
    )


def _write_project(path: Path, poses: PoseTable, picked: PoseBlock, *, channel: str) -> None:
    import h5py

    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        provenance = {**poses.provenance, OFFSETS: dict(poses.frame_offsets)}
        metadata = file.create_group("metadata")
        metadata.attrs["format_id"] = VERSION
        metadata.attrs["json"] = np.bytes_(header_text(poses.skeleton, provenance).encode())
        texts = {
            "videos_json": [
                _write_video(file, poses, picked, camera=camera, channel=channel) for camera in poses.cameras
            ],
            "tracks_json": [json.dumps([0, name]) for name in poses.individuals],
            "suggestions_json": [],
            "sessions_json": [session_text(poses.rig, poses.cameras)] if poses.rig is not None else [],
        }
        for name, rows in texts.items():
            encoded = np.array([row.encode() for row in rows], dtype=object)
            file.create_dataset(name, data=encoded, dtype=h5py.string_dtype("utf-8"))
        for name, records in _records(poses, picked).items():
            file.create_dataset(name, data=records)


def _write_video(file: object, poses: PoseTable, picked: PoseBlock, *, camera: str, channel: str) -> str:
    """Write the pictures of one camera, as PNG, and return what the file says of its video."""
    import h5py

    number, group = poses.cameras.index(camera), f"video{poses.cameras.index(camera)}"
    timepoints = _shown(picked, number)
    frames = [poses.frame_of(timepoint, camera) for timepoint in timepoints]
    dataset = file.create_dataset(f"{group}/video", shape=(len(frames),), dtype=h5py.vlen_dtype(np.int8))  # type: ignore[attr-defined]
    height = width = 0
    for row, (_, picture) in enumerate(pictures_at(poses, camera, timepoints, channel=channel)):
        height, width = picture.shape[:2]
        dataset[row] = np.frombuffer(png(picture, where=camera), dtype=np.int8)
    dataset.attrs.update({"format": "png", "channel_order": "RGB", "channels": 3, "height": height, "width": width})
    dataset.attrs["frames"] = len(frames)
    file[f"{group}/frame_numbers"] = np.array(frames, dtype=np.int64)  # type: ignore[index]
    video = str(video_of(poses, camera, channel=channel).resolve())
    source = {"filename": video, "backend": {"type": "MediaVideo", "filename": video, "grayscale": False}}
    file.create_group(f"{group}/source_video").attrs["json"] = json.dumps(source)  # type: ignore[attr-defined]
    backend = {
        "type": "HDF5Video",
        "shape": [len(frames), height, width, 3],
        "filename": ".",
        "dataset": f"{group}/video",
        "input_format": "channels_last",
        "convert_range": False,
        "has_embedded_images": True,
        "grayscale": False,
    }
    return json.dumps({"filename": ".", "backend": backend, "source_video": source})


def _shown(picked: PoseBlock, column: int) -> list[int]:
    """Return the timepoints at which a camera shows a point."""
    shown: list[int] = picked.timepoint[picked.seen[:, column].any(axis=(1, 2))].tolist()
    return shown


def _records(poses: PoseTable, picked: PoseBlock) -> Mapping[str, np.ndarray[tuple[int], np.dtype[np.void]]]:
    """Return the tables of frames, instances and points; an instance is an individual that a view shows."""
    animals = np.asarray(picked.seen.any(axis=3)).swapaxes(0, 1)
    video, row = np.nonzero(animals.any(axis=2))
    frames = np.zeros(len(video), dtype=FRAME)
    stops = np.cumsum(animals[video, row].sum(axis=1))
    offsets = np.array([poses.frame_offsets.get(camera, 0) for camera in poses.cameras])
    frames["frame_id"], frames["video"] = np.arange(len(video)), video
    frames["frame_idx"] = picked.timepoint[row] + offsets[video]
    frames["instance_id_start"], frames["instance_id_end"] = stops - animals[video, row].sum(axis=1), stops
    frame, animal = np.nonzero(animals[video, row])
    count = len(poses.keypoints)
    instances = np.zeros(len(frame), dtype=INSTANCE)
    instances["instance_id"], instances["instance_type"] = np.arange(len(frame)), USER
    instances["frame_id"], instances["track"], instances["from_predicted"] = frame, animal, NOBODY
    instances["point_id_start"] = np.arange(len(frame)) * count
    instances["point_id_end"] = instances["point_id_start"] + count
    instances["tracking_score"] = np.nan
    places = picked.points_px[row[frame], video[frame], animal].reshape(-1, 2)
    points = np.zeros(len(places), dtype=POINT)
    points["x"], points["y"], points["visible"] = places[:, 0], places[:, 1], np.isfinite(places).all(axis=1)
    tables = {"frames": frames, "instances": instances, "points": points}
    return {**tables, "pred_points": np.zeros(0, dtype=PREDICTED_POINT)}
