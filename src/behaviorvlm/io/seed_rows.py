"""Rows added to files of seeds: what stands there stays, byte for byte, and all cameras get theirs or none does."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

import numpy as np

from behaviorvlm.errors import SeedError
from behaviorvlm.io import deeplabcut
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.deeplabcut_columns import COORDS
from behaviorvlm.io.number_table import is_gzip
from behaviorvlm.io.seeds import SeedFile, placement_faults, read_seed_file
from behaviorvlm.io.session_layout import seeds_path
from behaviorvlm.types import FloatArray, IntArray, Skeleton

Rows = dict[int, FloatArray]
"""Timepoint to the (keypoint, 2) px of one camera, NaN = not seen."""


def add_seeds(
    folder: Path,
    added: Sequence[SeedFile],
    *,
    skeleton: Skeleton,
    session: str,
    n_timepoints: int | None,
    frame_offsets: Mapping[str, int],
) -> list[int]:
    """Add labelled timepoints to a session's seeds, and return those that were not there yet, rising.

    Args:
        folder: Session folder.
        added: What is added, for every camera the same timepoints.
        skeleton: Its keypoints.
        session: Its name, for the image paths in the files.
        n_timepoints: Its length, None = not known.
        frame_offsets: Camera name to the frame index that shows timepoint 0.

    Raises:
        SeedError: If a file cannot be read; a timepoint is labelled otherwise already, lies outside the video, or would
            not stand in the files of all cameras. Nothing is written then.
        RunStorageError: If the disk refuses.
    """
    held = {file.camera: _held(folder, file, skeleton=skeleton, offsets=frame_offsets) for file in added}
    new = {file.camera: _new_rows(held[file.camera], file) for file in added}
    together = [_joined(held[file.camera], file, new[file.camera]) for file in added]
    for fault in placement_faults(together, n_timepoints):
        raise fault
    with ExitStack() as writing:  # every file is whole under a temporary name before the first takes its place
        for camera, rows in new.items():
            if rows:
                path = seeds_path(folder, camera)
                frames = np.array(sorted(rows)) + frame_offsets.get(camera, 0)
                text = _grown(
                    path, frames, [rows[one] for one in sorted(rows)], skeleton=skeleton, video=f"{session}_{camera}"
                )
                writing.enter_context(replacing(path)).write_bytes(text)
    return sorted({timepoint for rows in new.values() for timepoint in rows})


def _held(folder: Path, file: SeedFile, *, skeleton: Skeleton, offsets: Mapping[str, int]) -> SeedFile | None:
    path = seeds_path(folder, file.camera)
    if not path.exists():
        return None
    if is_gzip(path):
        raise SeedError("rows cannot be added to a compressed file", where=str(path), remedy="unpack it")
    return read_seed_file(path, camera=file.camera, skeleton=skeleton, frame_offset=offsets.get(file.camera, 0))


def _new_rows(held: SeedFile | None, file: SeedFile) -> Rows:
    """Return the rows that are not there yet; refuse what is labelled otherwise."""
    known = {} if held is None else dict(zip(held.timepoints.tolist(), held.points_px, strict=True))
    rows = dict(zip(file.timepoints.tolist(), file.points_px, strict=True))
    for timepoint in rows.keys() & known.keys():
        if not np.array_equal(np.round(known[timepoint], deeplabcut.PX_DECIMALS), rows[timepoint], equal_nan=True):
            raise SeedError(
                f"timepoint {timepoint} is among the seeds already, labelled otherwise",
                where=str(held.path if held else file.path),
                expected="timepoints that are not labelled yet",
                actual=f"timepoint {timepoint}, which {file.path} has, too",
                remedy="remove its row from the seeds of every camera, or undo its acceptance in the run",
            )
    return {timepoint: points for timepoint, points in rows.items() if timepoint not in known}


def _joined(held: SeedFile | None, file: SeedFile, rows: Rows) -> SeedFile:
    """Return what a camera's seeds will be."""
    new = np.isin(file.timepoints, list(rows))
    if held is None:
        return file
    return SeedFile(
        held.path,
        held.camera,
        np.concatenate([held.timepoints, file.timepoints[new]]),
        np.concatenate([held.points_px, file.points_px[new]]),
        np.concatenate([held.lines, file.lines[new]]),
    )


def _grown(path: Path, frames: IntArray, points: Sequence[FloatArray], *, skeleton: Skeleton, video: str) -> bytes:
    """Return the file of a camera with rows added in its own form: its columns, its line ends."""
    if not path.exists():
        before, index_columns = deeplabcut.labels_header(skeleton.keypoints).encode(), 1
        columns = [(name, coord) for name in skeleton.keypoints for coord in COORDS[:2]]
    else:
        before = path.read_bytes()
        index_columns, header = deeplabcut.read_columns(path)
        columns = list(zip(header.keypoints, header.coords, strict=True))
    end = "\r\n" if b"\r\n" in before else "\n"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    for frame, place in zip(frames.tolist(), points, strict=True):
        image = PurePosixPath("labeled-data") / video / f"img{frame:05d}.png"
        index = [str(image)] if index_columns == 1 else image.parts
        writer.writerow([*index, *(_cell(place[skeleton.index(name)], coord) for name, coord in columns)])
    return before + (b"" if before.endswith(b"\n") else end.encode()) + text.getvalue().encode()


def _cell(point: FloatArray, coord: str) -> str:
    shown = coord in COORDS[:2] and bool(np.isfinite(point).all())
    return f"{point[COORDS.index(coord)]:.{deeplabcut.PX_DECIMALS}f}" if shown else ""
