"""Lightning Pose's folder of several views: a ``CollectedData_<view>.csv`` each, pictures, videos, calibration.

Row n of every table is the same instant, and its picture has the same name in every view.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io import deeplabcut
from behaviorvlm.io.anipose import read_calibration, write_calibration
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.deeplabcut_labels import write_label_csv
from behaviorvlm.io.export_folder import read_cameras, replacing_folder
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.frame_pictures import PICTURES, picture_name, pictures_at, video_of, write_png
from behaviorvlm.io.labelled_views import pick_labelled
from behaviorvlm.io.lightning_pose_settings import project_settings, training_settings
from behaviorvlm.io.number_table import read_rows
from behaviorvlm.io.pose_of_tracks import pose_table
from behaviorvlm.io.toml_file import read_toml
from behaviorvlm.io.yaml_file import yaml_text
from behaviorvlm.types import CameraGroup
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

LABELED, CALIBRATION, PROJECT = "labeled-data", "calibration.toml", "project.yaml"
TABLE = "CollectedData"
ONE_VIEW = "view"
"""Name of the only view, which the format leaves without one."""


def write(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write the pictures and labels of at most ``options.max_frames`` timepoints, in every view.

    A view that shows nothing at a timepoint has a blank row. Videos are linked where all show the same instants in the
    same frames. Pictures are named by timepoint.

    Returns:
        The folder.

    Raises:
        SettingsError: If there are several individuals, no points in pictures, no video to take pictures from, or
            something else is in the place of the folder.
        VideoError: If a frame cannot be decoded.
        RunStorageError: If the disk refuses.
    """
    options = options or ExportOptions()
    poses.require_one_individual(where=str(path))
    picked = pick_labelled(poses, options.max_frames)
    session, *views = file_names([poses.name, *poses.cameras])
    names = dict(zip(poses.cameras, views, strict=True))
    tables = [_table_name(view, several=len(views) > 1) for view in views]
    notes = {"cameras": dict(zip(tables, poses.cameras, strict=True))}
    with replacing_folder(path, format="lightning-pose", notes=notes) as folder:
        for camera, table in zip(poses.cameras, tables, strict=True):
            place = folder / LABELED / f"{session}_{names[camera]}"
            _write_view(folder / table, place, poses, camera=camera, picked=picked, options=options)
            video = video_of(poses, camera, channel=options.channel)
            if video.is_file() and not any(poses.frame_offsets.values()):
                link = folder / "videos" / f"{place.name}{video.suffix}"
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(video.resolve())
        if poses.rig is not None and len(views) > 1 and set(names) <= set(poses.rig.names):
            write_calibration(folder / CALIBRATION, _renamed(poses.rig, names))
        write_text(folder / PROJECT, yaml_text(project_settings(poses, views)))
        settings = training_settings(path.resolve(), poses, views=views, tables=tables)
        write_text(folder / "config.yaml", yaml_text(settings))
    return (path,)


def is_lightning_pose(path: Path) -> bool:
    """Return whether a folder holds tables of labels at its top."""
    return path.is_dir() and bool(_tables(path))


def read(path: Path) -> PoseTable:
    """Return the labels of a folder: a camera for each table, a timepoint for each row; or the points of a table.

    Raises:
        FormatError: If there are no labels, the rows of the views differ, or they are of several sessions.
        CalibrationError: If there is a calibration that cannot be used.
    """
    tables = _tables(path)
    if not tables:
        raise FormatError("the folder holds no labels", where=str(path), expected=f"{TABLE}_<view>.csv", actual="none")
    pictures = {view: _pictures(table) for view, table in tables.items()}
    _refuse_uneven(pictures, tables)
    poses = pose_table(
        {view: deeplabcut.read_keypoints(table) for view, table in tables.items()},
        name=path.resolve().name,
        where=str(path),
    )
    rig, (names, _) = _rig(path / CALIBRATION), read_cameras(path)
    if rig is not None and len(names) == len(rig):
        rig = _renamed(rig, dict(zip(rig.names, names.values(), strict=True)))
    videos = {view: {PICTURES: str(path / paths[0].parent)} for view, paths in pictures.items() if paths}
    return replace(poses, videos=videos, rig=rig)


def _renamed(rig: CameraGroup, names: Mapping[str, str]) -> CameraGroup:
    """Return the cameras that have a new name, under it, in the order of `names`."""
    return CameraGroup(tuple(replace(rig[name], name=new) for name, new in names.items()))


def _write_view(
    table: Path, place: Path, poses: PoseTable, *, camera: str, picked: PoseBlock, options: ExportOptions
) -> None:
    for timepoint, picture in pictures_at(poses, camera, picked.timepoint.tolist(), channel=options.channel):
        write_png(place / picture_name(timepoint), picture)
    points = picked.points_px[:, poses.cameras.index(camera)]
    places = [(f"{LABELED}/{place.name}/{picture_name(timepoint)}",) for timepoint in picked.timepoint.tolist()]
    write_label_csv(table, poses, points, places=places, scorer=options.scorer)


def _table_name(view: str, *, several: bool) -> str:
    return f"{TABLE}_{view}.csv" if several else f"{TABLE}.csv"


def _tables(path: Path) -> dict[str, Path]:
    """Return the table of each view; those of later labels or of held-out tests are none."""
    found = {}
    names, _ = read_cameras(path)
    for table in sorted(path.glob(f"{TABLE}*.csv")):
        view, of = table.stem.removeprefix(TABLE).removeprefix("_"), re.sub("_(new|test)$", "", table.stem)
        if of == table.stem or not (path / f"{of}.csv").is_file():
            found[names.get(table.name, view or ONE_VIEW)] = table
    order = list(names.values())
    return dict(sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))


def _pictures(table: Path) -> list[Path]:
    """Return the picture of each row, as it is written."""
    return [Path(cells[0] if "/" in cells[0] else "/".join(cells[:3])) for _, cells in list(read_rows(table))[3:]]


def _refuse_uneven(pictures: Mapping[str, list[Path]], tables: Mapping[str, Path]) -> None:
    first = next(iter(pictures.values()))
    for view, paths in pictures.items():
        folders = sorted({str(path.parent) for path in paths})
        if len(folders) > 1:
            raise FormatError(
                "the labels are of several sessions",
                where=str(tables[view]),
                expected="pictures of one session",
                actual=", ".join(folders),
                remedy="write the rows of one session to a folder of their own",
            )
        rows = [path.name for path in paths]
        if rows != [path.name for path in first]:
            uneven = next((n for n, pair in enumerate(zip(rows, first, strict=False)) if pair[0] != pair[1].name), None)
            raise FormatError(
                "the rows of the views are not the same",
                where=str(tables[view]),
                expected=f"{len(first)} rows, as in {next(iter(tables.values())).name}",
                actual=f"{len(rows)} rows" if uneven is None else f"{rows[uneven]} for {first[uneven].name}",
                remedy="label the same timepoints in every view; what a view does not show is left blank",
            )


def _rig(path: Path) -> CameraGroup | None:
    """Return the calibration of a folder, None where there is none or it does not say its units."""
    if not path.is_file():
        return None
    metadata = read_toml(path).get("metadata")
    return read_calibration(path) if isinstance(metadata, dict) and "units" in metadata else None
