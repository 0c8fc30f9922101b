"""Poses as JARVIS-MoCap keeps its predictions, of one individual.

A folder gets ``predictions3D/data3D.csv``, ``predictions2D/<camera>/data2D.csv``, an ``info.yaml`` beside each, and
``calib_params/<camera>.yaml`` where the cameras are known. A ``.csv`` gets the positions alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.every_timepoint import every_timepoint
from behaviorvlm.io.export_folder import replaced, replacing_folder
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import files_by_name
from behaviorvlm.io.jarvis_calibration import write_calibration
from behaviorvlm.io.jarvis_table import (
    JarvisTable,
    find_table,
    is_table,
    read_frames,
    table_writer,
    write_first_frame,
)
from behaviorvlm.types import FloatArray, Skeleton
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseBlock, PoseTable

FORMAT = "jarvis"
SPACE_FOLDER, PLANE_FOLDER, CALIBRATION_FOLDER = "predictions3D", "predictions2D", "calib_params"
SPACE_FILE, PLANE_FILE = "data3D.csv", "data2D.csv"


def write_pose(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write poses as predictions, all timepoints, block by block.

    Args:
        path: A folder, or a ``.csv`` for the positions alone.
        poses: What to write.
        options: Not used.

    Returns:
        The files.

    Raises:
        SettingsError: If there are several individuals, or the folder holds other files.
        RunStorageError: If the disk refuses.
    """
    poses.require_one_individual(where=str(path))
    if path.suffix.lower() == ".csv":
        _write_tables(poses, path, {})
        return (path,)
    with replacing_folder(path, format=FORMAT) as folder:
        written = _write_folder(folder, poses)
    return replaced(written, folder, path)


def _write_folder(path: Path, poses: PoseTable) -> list[Path]:
    space = path / SPACE_FOLDER / SPACE_FILE
    planes = {one: path / PLANE_FOLDER / name / PLANE_FILE for one, name in files_by_name(poses.cameras).items()}
    _write_tables(poses, space, planes)
    written = [space, *planes.values()]
    for camera, table in {"": space, **planes}.items():
        first = poses.frame_offsets.get(camera, 0)
        info = write_first_frame(table, first_frame=first, n_frames=poses.n_timepoints, recording=poses.name)
        written.append(info)
    if poses.rig is not None:
        folder = path / CALIBRATION_FOLDER
        write_calibration(folder, poses.rig)
        written += [folder / f"{name}.yaml" for name in files_by_name(poses.rig.names).values()]
    return written


def _write_tables(poses: PoseTable, space: Path, planes: Mapping[str, Path]) -> None:
    """Write the positions, and the views of cameras, all side by side."""
    with ExitStack() as stack:
        put = stack.enter_context(table_writer(space, poses.keypoints, axes=3))
        views = {
            poses.cameras.index(camera): stack.enter_context(table_writer(path, poses.keypoints, axes=2))
            for camera, path in planes.items()
        }
        for block in every_timepoint(poses):
            put(block.points_mm[:, 0], block.score[:, 0])
            for place, put_view in views.items():
                put_view(block.points_px[:, place, 0], block.confidence[:, place, 0])


def read_pose(path: Path) -> PoseTable:
    """Return predictions: of a table, or of the tables in a folder, read in blocks.

    A table in 2D is of the camera that its folder, or else the file, is named after. Timepoints are the frames of the
    positions; where there are none, of the first camera.

    Raises:
        FormatError: If there are none, a cell is no number, or the tables are of different keypoints.
    """
    tables = _tables(path)
    lead = tables[""] if "" in tables else next(iter(tables.values()))
    other = next((one for one in tables.values() if one.keypoints != lead.keypoints), None)
    if other is not None:
        raise FormatError(
            "the tables are of different keypoints",
            where=str(other.path),
            expected=", ".join(lead.keypoints),
            actual=", ".join(other.keypoints),
        )
    cameras = tuple(name for name in tables if name)
    offsets = {name: tables[name].first_frame - lead.first_frame for name in cameras}
    source = _Source(tables, cameras, lead)
    return PoseTable(
        path.stem,
        Skeleton(lead.keypoints),
        (ONE_ANIMAL,),
        cameras,
        lead.first_frame + max(table.n_frames for table in tables.values()),
        source.blocks,
        frame_offsets={name: offset for name, offset in offsets.items() if offset},
    )


def is_jarvis(path: Path) -> bool:
    """Return whether a file is a table of predictions, or a folder holds such tables where JARVIS puts them."""
    files = _files(path)
    return bool(files) and all(map(is_table, files.values()))


@dataclass(frozen=True)
class _Source:
    """The tables that are read side by side; the positions' is the one without a name."""

    tables: Mapping[str, JarvisTable]
    cameras: tuple[str, ...]
    lead: JarvisTable

    def blocks(self) -> Iterator[PoseBlock]:
        """Yield what all of them say, block by block; a table that ends before others has no points."""
        first = self.lead.first_frame
        readers = {name: read_frames(table) for name, table in self.tables.items()}
        for parts in zip_longest(*readers.values()):
            by_name = dict(zip(readers, parts, strict=True))
            count = max(len(part[0]) for part in parts if part is not None)
            yield self._block(by_name, first=first, count=count)
            first += count

    def _block(self, parts: Mapping[str, tuple[FloatArray, FloatArray] | None], *, first: int, count: int) -> PoseBlock:
        keypoints = len(self.lead.keypoints)
        points_px = np.full((count, len(self.cameras), 1, keypoints, 2), np.nan)
        confidence = np.full(points_px.shape[:-1], np.nan)
        points_mm, score = np.full((count, 1, keypoints, 3), np.nan), np.full((count, 1, keypoints), np.nan)
        for name, part in parts.items():
            if part is None:
                continue
            rows = slice(0, len(part[0]))
            if name:
                place = self.cameras.index(name)
                points_px[rows, place, 0], confidence[rows, place, 0] = part
            else:
                points_mm[rows, 0], score[rows, 0] = part
        views = PoseBlock.of_points_px(first + np.arange(count), points_px, confidence)
        return replace(views, points_mm=points_mm, score=score)


def _files(path: Path) -> dict[str, Path]:
    """Return the tables by the name of their camera, that of positions without one."""
    if path.is_file():
        return {path.parent.name if path.name == PLANE_FILE else path.stem: path}
    spaces = (path / SPACE_FILE, path / SPACE_FOLDER / SPACE_FILE)
    planes = (path / PLANE_FILE, *sorted(path.glob(f"{PLANE_FOLDER}/*/{PLANE_FILE}")), path / PLANE_FOLDER / PLANE_FILE)
    space = next((one for one in spaces if one.is_file()), None)
    found = {} if space is None else {"": space}
    return found | {one.parent.name: one for one in planes if one.is_file()}


def _tables(path: Path) -> dict[str, JarvisTable]:
    files = _files(path)
    if not files:
        raise FormatError(
            "no predictions of JARVIS",
            where=str(path),
            expected=f"{SPACE_FILE} or {PLANE_FILE}, or {SPACE_FOLDER} and {PLANE_FOLDER} with them",
            actual="nothing there" if not path.exists() else "neither",
        )
    found = {name: find_table(file) for name, file in files.items()}
    return {"" if table.is_3d else name: table for name, table in found.items()}
