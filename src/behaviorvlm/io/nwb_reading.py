"""Poses in NWB files with ndx-pose, of any version of it and any writer; read with h5py, block by block.

A `MultiCameraPoseEstimation` is an individual with positions in space and its views. A `PoseEstimation` outside of one
is what one camera saw: several of one camera (or of none) are several individuals, of different cameras one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.hdf5 import reading
from behaviorvlm.io.nwb_poses import CHUNK, CONTAINER, ERROR, VIEWS
from behaviorvlm.io.nwb_tracks import EXPECTED, Track, find_tracks, text
from behaviorvlm.io.pose_notes import PoseNotes, parse_notes, with_notes
from behaviorvlm.io.rig import camera_from, rig_from, rotation_vector
from behaviorvlm.types import CameraGroup, FloatArray
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

if TYPE_CHECKING:
    import h5py

LENGTHS_MM = {"millimeters": 1.0, "mm": 1.0, "centimeters": 10.0, "cm": 10.0, "meters": 1000.0, "m": 1000.0}
PIXELS = {"pixels": 1.0, "pixel": 1.0, "px": 1.0}
OURS = re.compile(r'^\{"version": \d+, "name": ')


def read_pose(path: Path) -> PoseTable:
    """Return the poses of an NWB file.

    Raises:
        FormatError: If it holds none, is cut short, its series differ in length or keypoints, or a unit is unknown.
        CalibrationError: If its cameras are none.
    """
    with reading(path, expected=EXPECTED) as file:
        skeleton, tracks = find_tracks(file, path)
        cameras = tuple(dict.fromkeys(track.camera for track in tracks if track.camera))
        individuals = tuple(dict.fromkeys(track.individual for track in tracks))
        notes = _notes(file, path, individuals=individuals, cameras=cameras)
        if notes is not None:  # whose order is that of whoever wrote the file; paths are in alphabetical order
            cameras = file_names(notes.cameras)
            individuals = file_names(notes.individuals) if len(individuals) > 1 else individuals
        clock = _clock(file, tracks, path)
        source = _Source(path, tuple(tracks), individuals, cameras, len(skeleton.keypoints), clock)
        poses = PoseTable(
            path.stem,
            skeleton,
            individuals if notes is None else notes.individuals,
            cameras if notes is None else notes.cameras,
            clock.first + clock.count,
            source.blocks,
            frame_rate_hz=clock.rate_hz,
            provenance=_provenance(file[tracks[0].container]),
        )
        if notes is None:
            return poses
        noted = with_notes(poses, notes, where=str(path))
        return noted if len(cameras) < 2 else _with_rig(noted, file, path)


def is_nwb(path: Path) -> bool:
    """Return whether a file is NWB with poses in it."""
    import h5py

    if not path.is_file() or not h5py.is_hdf5(path):
        return False
    try:
        with reading(path, expected=EXPECTED) as file:
            return "nwb_version" in file.attrs and bool(find_tracks(file, path))
    except FormatError:
        return False


@dataclass(frozen=True)
class _Clock:
    """When the rows of all series are."""

    count: int
    first: int
    rate_hz: float | None


@dataclass(frozen=True)
class _Source:
    """The series of a file, read side by side."""

    path: Path
    tracks: tuple[Track, ...]
    individuals: tuple[str, ...]
    cameras: tuple[str, ...]
    n_keypoints: int
    clock: _Clock

    def blocks(self) -> Iterator[PoseBlock]:
        """Yield what all series say, block by block."""
        with reading(self.path, expected=EXPECTED) as file:
            for start in range(0, self.clock.count, CHUNK):
                yield self._block(file, slice(start, min(start + CHUNK, self.clock.count)))

    def _block(self, file: h5py.File, rows: slice) -> PoseBlock:
        count = rows.stop - rows.start
        points_px = np.full((count, len(self.cameras), len(self.individuals), self.n_keypoints, 2), np.nan)
        confidence = np.full(points_px.shape[:-1], np.nan)
        points_mm = np.full((count, *points_px.shape[2:4], 3), np.nan)
        score, error, views = (np.full(points_mm.shape[:-1], np.nan) for _ in range(3))
        for track in self.tracks:
            who = self.individuals.index(track.individual)
            for keypoint, series in enumerate(track.series):
                points, sure = self._read(file[series], rows, track)
                if track.camera:
                    where = self.cameras.index(track.camera)
                    points_px[:, where, who, keypoint], confidence[:, where, who, keypoint] = points, sure
                else:
                    points_mm[:, who, keypoint], score[:, who, keypoint] = points, sure
            if not track.camera:
                error[:, who], views[:, who] = (_beside(file, track, rows, name=name) for name in (ERROR, VIEWS))
        n_views = np.where(np.isnan(views), -1, views).astype(np.int64)
        timepoint = self.clock.first + np.arange(rows.start, rows.stop)
        return PoseBlock(timepoint, points_px, confidence, points_mm, error, n_views, score)

    def _read(self, series: h5py.Group, rows: slice, track: Track) -> tuple[FloatArray, FloatArray]:
        data = series["data"]
        units = PIXELS if track.camera else LENGTHS_MM
        unit = text(data.attrs.get("unit", "")).lower()
        if unit not in units:
            raise FormatError(
                "the unit of a series is unknown", where=f"{self.path}, {series.name}", expected=", ".join(units),
                actual=unit or "none",
            )  # fmt: skip
        scale = units[unit] * float(data.attrs.get("conversion", 1.0))
        sure = series["confidence"][rows] if "confidence" in series else np.nan
        return np.asarray(data[rows], dtype=np.float64) * scale, np.asarray(sure, dtype=np.float64)


def _beside(file: h5py.File, track: Track, rows: slice, *, name: str) -> FloatArray | float:
    """Return what we keep of an individual beside its positions, NaN in another's file."""
    group, _, own = track.container.rpartition("/")
    place = f"{group}/{name}{own.removeprefix(CONTAINER)}/data"
    return np.asarray(file[place][rows], dtype=np.float64) if place in file else np.nan


def _clock(file: h5py.File, tracks: list[Track], path: Path) -> _Clock:
    everything = [series for track in tracks for series in track.series]
    counts = {series: len(file[series]["data"]) for series in everything}
    if len(set(counts.values())) != 1:
        odd = min(counts, key=lambda series: counts[series])
        raise FormatError(
            "series differ in length",
            where=f"{path}, {odd}",
            expected=f"{max(counts.values())} timepoints",
            actual=str(counts[odd]),
        )
    first = file[everything[0]]
    if "starting_time" in first:
        rate = float(first["starting_time"].attrs["rate"])
        return _Clock(counts[everything[0]], max(round(float(first["starting_time"][()]) * rate), 0), rate)
    times = np.asarray(first["timestamps"][()], dtype=np.float64) if "timestamps" in first else np.empty(0)
    steps = np.diff(times)
    return _Clock(
        counts[everything[0]], 0, float(1 / np.median(steps)) if len(steps) and np.median(steps) > 0 else None
    )


def _notes(file: h5py.File, path: Path, *, individuals: tuple[str, ...], cameras: tuple[str, ...]) -> PoseNotes | None:
    """Return our own notes, if the file has them and nobody has added or taken away cameras or individuals since."""
    content = text(file["general/notes"][()]) if "general/notes" in file else ""
    if not OURS.match(content):
        return None
    notes = parse_notes(content, where=str(path))
    same = set(cameras) == set(file_names(notes.cameras)) and len(individuals) == len(notes.individuals)
    named = len(individuals) == 1 or set(individuals) == set(file_names(notes.individuals))
    return notes if same and named else None


def _provenance(container: h5py.Group) -> dict[str, str]:
    found = {"scorer": container.get("scorer"), "software": container.get("source_software")}
    kept = {name: text(dataset[()]) for name, dataset in found.items() if dataset is not None}
    version = found["software"].attrs.get("version") if found["software"] is not None else None
    return {**kept, **({"version": text(version)} if version is not None else {})}


def _with_rig(poses: PoseTable, file: h5py.File, path: Path) -> PoseTable:
    """Return the poses with their cameras, if the devices are calibrated and the notes know the sizes of pictures."""
    cameras = []
    for camera, name in zip(poses.cameras, file_names(poses.cameras), strict=True):
        device, size = file.get(f"general/devices/{name}"), poses.image_sizes.get(camera)
        if device is None or size is None or "translation_vector" not in device:
            return poses
        where = f"{path}, {device.name}"
        arrays = {
            "matrix": device["intrinsic_matrix"][()],
            "distortion": device["distortion_coefficients"][()],
            "rvec": rotation_vector(np.asarray(device["rotation_matrix"][()], dtype=np.float64), where=where),
            "tvec": device["translation_vector"][()],
        }
        cameras.append(camera_from(arrays, name=camera, image_size=size, where=where))
    rig: CameraGroup = rig_from(cameras, where=str(path))
    return replace(poses, rig=rig)
