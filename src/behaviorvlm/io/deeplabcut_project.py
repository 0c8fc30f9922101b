"""DeepLabCut's project folder: ``config.yaml``, labelled pictures and their ``CollectedData`` tables.

One folder of labelled pictures is one video, and here one camera; the number of a picture is its frame.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io import deeplabcut, deeplabcut_h5
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.deeplabcut_columns import animals_only
from behaviorvlm.io.deeplabcut_labels import write_label_csv, write_label_h5
from behaviorvlm.io.deeplabcut_tables import write_predictions
from behaviorvlm.io.export_folder import read_cameras, replacing_folder
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.frame_pictures import PICTURES, picture_name, pictures_at, video_of, write_png
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.labelled_views import pick_labelled
from behaviorvlm.io.pose_of_tracks import Pairs, is_one_of, pose_table, read_pose
from behaviorvlm.io.yaml_file import read_yaml, yaml_text
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

CONFIG = "config.yaml"
LABELED = "labeled-data"
TABLES = (".csv", ".h5", ".gz")


def write(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write points in pictures: a table of all frames where the path ends in .csv or .h5, otherwise a project folder.

    A project holds the pictures of at most ``options.max_frames`` timepoints, in a folder for each camera.

    Returns:
        The tables, or the folder.

    Raises:
        SettingsError: If there are no points in pictures, no video to take pictures from, or something else is in
            the place of the folder.
        VideoError: If a frame cannot be decoded.
        RunStorageError: If the disk refuses.
    """
    options = options or ExportOptions()
    if path.suffix.lower() in TABLES[:2]:
        return write_predictions(path, poses, options)
    options = replace(options, scorer=file_names([options.scorer])[0])
    picked = pick_labelled(poses, options.max_frames)
    videos = {camera: video_of(poses, camera, channel=options.channel) for camera in poses.cameras}
    folders = _folders(poses, videos)
    notes = {
        "cameras": {folder: camera for camera, folder in folders.items()},
        "frame_offsets": dict(poses.frame_offsets),
    }
    with replacing_folder(path, format="deeplabcut", notes=notes) as project:
        sizes = {}
        for camera, folder in folders.items():
            sizes[camera] = _write_camera(project / LABELED / folder, poses, picked, camera=camera, options=options)
            _link_video(project / _video_link(folder, videos[camera]), videos[camera])
        shown = {
            str(path.resolve() / _video_link(folder, videos[camera])): sizes[camera]
            for camera, folder in folders.items()
            if sizes[camera]
        }
        config = _config(path.resolve(), poses, shown, scorer=options.scorer)
        write_text(project / CONFIG, yaml_text(config))
    return (path,)


def is_deeplabcut(path: Path) -> bool:
    """Return whether a path is a project folder, or a table of labels or predictions."""
    return bool(_tables(path)) if path.is_dir() else is_one_of(path, ("deeplabcut", "deeplabcut-h5"))


def read(path: Path) -> PoseTable:
    """Return the labels of a project folder, a camera for each of its videos, or the points of a table.

    Frames of the same number are taken for the same timepoint. Pictures are found in the project again.

    Raises:
        FormatError: If there are no labels, several people's, or they do not fit together.
        SettingsError: If the project has a config.yaml and PyYAML is not installed.
    """
    if not path.is_dir():
        return read_pose(path)
    tables = _tables(path)
    if not tables:
        raise FormatError(
            "the folder holds no labels",
            where=str(path),
            expected=f"{LABELED}/<video>/CollectedData_<scorer>.csv or .h5",
            actual="none",
        )
    names, offsets = read_cameras(path)
    points = {names.get(folder, folder): _read_table(table) for folder, table in tables.items()}
    edges = _edges(path, points)
    poses = pose_table(points, name=path.resolve().name, where=str(path), edges=edges, frame_offsets=offsets)
    videos = {camera: {PICTURES: str(table.parent)} for camera, table in zip(points, tables.values(), strict=True)}
    return replace(poses, videos=videos)


def _folders(poses: PoseTable, videos: Mapping[str, Path]) -> dict[str, str]:
    """Return the folder of each camera, named after its video; with the camera's name where videos have the same."""
    stems = [videos[camera].stem for camera in poses.cameras]
    if len(set(stems)) < len(stems):
        stems = [f"{poses.name}_{camera}" for camera in poses.cameras]
    return dict(zip(poses.cameras, file_names(stems), strict=True))


def _write_camera(
    folder: Path, poses: PoseTable, picked: PoseBlock, *, camera: str, options: ExportOptions
) -> tuple[int, int] | None:
    """Write the pictures and labels of one camera; return width and height of its pictures, None if it sees nothing."""
    column = poses.cameras.index(camera)
    shown = picked.seen[:, column].any(axis=(1, 2))
    timepoints = picked.timepoint[shown].tolist()
    size, places = None, []
    for timepoint, picture in pictures_at(poses, camera, timepoints, channel=options.channel):
        name = picture_name(poses.frame_of(timepoint, camera))
        write_png(folder / name, picture)
        places.append((LABELED, folder.name, name))
        size = picture.shape[1], picture.shape[0]
    if places:
        points, stem = picked.points_px[shown, column], f"CollectedData_{options.scorer}"
        write_label_csv(folder / f"{stem}.csv", poses, points, places=places, scorer=options.scorer)
        write_label_h5(folder / f"{stem}.h5", poses, points, places=places, scorer=options.scorer)
    return size


def _video_link(folder: str, video: Path) -> Path:
    return Path("videos") / f"{folder}{video.suffix or '.mp4'}"


def _link_video(link: Path, video: Path) -> None:
    if video.is_file():
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(video.resolve())


def _config(
    path: Path, poses: PoseTable, videos: Mapping[str, tuple[int, int] | None], *, scorer: str
) -> dict[str, object]:
    several = len(poses.individuals) > 1
    keypoints = list(poses.keypoints)
    today = datetime.date.today()
    animals = {
        "individuals": list(poses.individuals),
        "uniquebodyparts": [],
        "multianimalbodyparts": keypoints,
        "bodyparts": "MULTI!",
        "identity": False,
    }
    return {
        "Task": poses.name,
        "scorer": scorer,
        "date": f"{today:%b}{today.day}",
        "multianimalproject": several,
        **(animals if several else {"bodyparts": keypoints}),
        "project_path": str(path),
        "engine": "pytorch",
        "video_sets": {video: {"crop": f"0, {size[0]}, 0, {size[1]}"} for video, size in videos.items() if size},
        "start": 0,
        "stop": 1,
        "numframes2pick": 20,
        "skeleton": [list(edge) for edge in poses.skeleton.edges],
        "skeleton_color": "black",
        "pcutoff": 0.6,
        "dotsize": 12,
        "alphavalue": 0.7,
        "colormap": "rainbow",
        "TrainingFraction": [0.95],
        "iteration": 0,
        "default_net_type": "resnet_50",
        "default_augmenter": "albumentations",
        "snapshotindex": -1,
        "batch_size": 8,
        "cropping": False,
        "x1": 0,
        "x2": 640,
        "y1": 277,
        "y2": 624,
        "corner2move2": [50, 50],
        "move2corner": True,
    }


def _tables(path: Path) -> dict[str, Path]:
    """Return the table of each folder of labelled pictures: text where there is some, else HDF5."""
    found: dict[str, Path] = {}
    for table in sorted(path.glob(f"{LABELED}/*/CollectedData_*")):
        if table.suffix in TABLES:
            former = found.get(table.parent.name)
            if former is not None and former.name.split(".")[0] != table.name.split(".")[0]:
                raise FormatError(
                    "a video is labelled by several people",
                    where=str(table.parent),
                    expected="one CollectedData_<scorer>",
                    actual=f"{former.name}, {table.name}",
                    remedy="move the labels that are not wanted out of the folder",
                )
            found.setdefault(table.parent.name, table)
    return found


def _read_table(table: Path) -> KeypointTable:
    module = deeplabcut_h5 if table.suffix == ".h5" else deeplabcut
    return animals_only(module.read_keypoints(table))


def _edges(path: Path, tables: Mapping[str, KeypointTable]) -> Pairs:
    """Return the edges that a project's settings state between its keypoints."""
    if not (path / CONFIG).is_file():
        return ()
    stated = read_yaml(path / CONFIG).get("skeleton")
    known = next(iter(tables.values())).keypoints
    pairs = [tuple(map(str, pair)) for pair in stated if isinstance(pair, list)] if isinstance(stated, list) else []
    return tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2 and set(pair) <= set(known))
