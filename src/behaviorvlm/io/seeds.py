"""Seeds: the timepoints a person labelled, one ``CollectedData_<camera>.csv`` per camera with aligned rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError, InputError, SeedError
from behaviorvlm.io import deeplabcut
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.session_layout import seeds_path
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.types import CameraGroup, Exemplar, FloatArray, IntArray, Skeleton

MIN_SEEDS = 3


@dataclass(frozen=True, eq=False)
class SeedFile:
    """The hand labels of one camera.

    Attributes:
        path: The file.
        camera: Camera name.
        timepoints: (row,) int64, the frame in the image name less the camera's offset.
        points_px: (row, keypoint, 2) float64 px in the skeleton's keypoint order, NaN = not seen.
        lines: (row,) int64 line in the file.
    """

    path: Path
    camera: str
    timepoints: IntArray
    points_px: FloatArray
    lines: IntArray

    def where(self, row: int) -> str:
        """Return file and line of a row, for messages."""
        return f"{self.path}, line {self.lines[row]}"


def read_seed_file(path: Path, *, camera: str, skeleton: Skeleton, frame_offset: int = 0) -> SeedFile:
    """Return the hand labels of one camera.

    Raises:
        SeedError: If the file is missing or no DeepLabCut CSV, holds a number that is not finite, more than one
            individual, or keypoints the skeleton does not have.
    """
    if not path.is_file():
        raise SeedError("no such file of seeds", where=str(path), expected="a DeepLabCut CSV", actual="nothing")
    try:
        table = deeplabcut.read_keypoints(path)
    except FormatError as error:
        raise SeedError(
            f"the seeds cannot be read: {error.message}",
            where=error.where,
            expected=error.expected,
            actual=error.actual,
            remedy=error.remedy,
        ) from error
    _refuse_names(table, skeleton, path)
    points = np.full((len(table.frames), len(skeleton), 2), np.nan)
    points[:, [skeleton.index(name) for name in table.keypoints]] = table.points_px[:, 0]
    return SeedFile(path, camera, table.frames - frame_offset, points, table.lines)


def seed_faults(files: Sequence[SeedFile], *, n_timepoints: int | None) -> Iterator[InputError]:
    """Yield what is wrong with the seeds of all cameras together.

    Args:
        files: The seeds of every camera.
        n_timepoints: Length of the session, or None if it is not known.

    Yields:
        Errors: rows twice, rows that are not in every camera's file, timepoints outside the video, fewer than 3
        labelled timepoints.
    """
    yield from placement_faults(files, n_timepoints)
    labelled = sorted({int(t) for file in files for t in file.timepoints[np.isfinite(file.points_px).any(axis=(1, 2))]})
    if files and len(labelled) < MIN_SEEDS:
        yield SeedError(
            f"fewer than {MIN_SEEDS} seed timepoints",
            where=str(files[0].path.parent),
            expected=f"{MIN_SEEDS} or more timepoints with labels",
            actual=f"{len(labelled)}: {', '.join(map(str, labelled)) or 'none'}",
            remedy="label more timepoints, in which the animal takes different poses, in every camera that sees it",
        )


def placement_faults(files: Sequence[SeedFile], n_timepoints: int | None) -> Iterator[SeedError]:
    """Yield rows twice, rows that are not in every camera's file, and timepoints outside the video."""
    for file in files:
        yield from _row_faults(file, n_timepoints)
    yield from _alignment_faults(files)


def exemplars(files: Sequence[SeedFile]) -> tuple[Exemplar, ...]:
    """Return the labelled views, by timepoint, then camera in the order of `files`."""
    views = [
        Exemplar(int(timepoint), file.camera, points)
        for file in files
        for timepoint, points in zip(file.timepoints, file.points_px, strict=True)
    ]
    return tuple(sorted(views, key=lambda view: view.timepoint))


def seed_points(seeds: Sequence[Exemplar], cameras: CameraGroup) -> tuple[IntArray, FloatArray]:
    """Return seeds as arrays: (timepoint,) int64 and (timepoint, camera, keypoint, 2) float64 px, NaN = not seen."""
    timepoints = sorted({view.timepoint for view in seeds})
    n_keypoints = len(seeds[0].points_px) if seeds else 0
    points = np.full((len(timepoints), len(cameras), n_keypoints, 2), np.nan)
    for view in seeds:
        points[timepoints.index(view.timepoint), cameras.index(view.camera)] = view.points_px
    return np.array(timepoints, dtype=np.int64), points


def write_seeds(
    folder: Path,
    seeds: Sequence[Exemplar],
    *,
    skeleton: Skeleton,
    session: str,
    frame_offsets: Mapping[str, int] | None = None,
) -> None:
    """Write labelled views as one ``seeds/CollectedData_<camera>.csv`` per camera.

    Args:
        folder: Session folder.
        seeds: The labelled views.
        skeleton: Their keypoints.
        session: Session name, for the image paths in the files.
        frame_offsets: Camera name to the frame index that shows timepoint 0.

    Raises:
        RunStorageError: If the disk refuses.
    """
    for camera in dict.fromkeys(view.camera for view in seeds):
        views = [view for view in seeds if view.camera == camera]
        frames = np.array([view.timepoint for view in views]) + (frame_offsets or {}).get(camera, 0)
        points = np.stack([view.points_px for view in views])
        deeplabcut.write_labels(
            seeds_path(folder, camera), frames, points, keypoints=skeleton.keypoints, video=f"{session}_{camera}"
        )


def _refuse_names(table: KeypointTable, skeleton: Skeleton, path: Path) -> None:
    if len(table.individuals) > 1:
        raise SeedError(
            "seeds of more than one individual",
            where=str(path),
            expected="one individual",
            actual=", ".join(table.individuals),
        )
    unknown = [name for name in table.keypoints if name not in skeleton.keypoints]
    if unknown:
        raise SeedError(
            f"unknown keypoint{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}",
            where=f"{path}, line 2",
            expected=f"names in skeleton.toml: {', '.join(skeleton.keypoints)}",
            actual=", ".join(unknown),
            remedy=did_you_mean(unknown[0], skeleton.keypoints) or "rename them, or add them to skeleton.toml",
        )


def _row_faults(file: SeedFile, n_timepoints: int | None) -> Iterator[SeedError]:
    for row, timepoint in enumerate(file.timepoints):
        earlier = np.flatnonzero(file.timepoints[:row] == timepoint)
        if len(earlier):
            yield SeedError(
                "a seed timepoint stands twice",
                where=file.where(row),
                expected="one row per timepoint",
                actual=f"timepoint {timepoint}, also on line {file.lines[earlier[0]]}",
                remedy="keep the right one of the two rows",
            )
        if timepoint < 0 or (n_timepoints is not None and timepoint >= n_timepoints):
            yield SeedError(
                "a seed lies outside the video",
                where=file.where(row),
                expected=f"timepoints 0 to {'...' if n_timepoints is None else n_timepoints - 1}",
                actual=str(timepoint),
                remedy="the number in the image name is the frame, from 0: correct it, or remove the row",
            )


def _alignment_faults(files: Sequence[SeedFile]) -> Iterator[SeedError]:
    everywhere = sorted({int(timepoint) for file in files for timepoint in file.timepoints})
    for file in files:
        lacking = sorted(set(everywhere) - set(file.timepoints.tolist()))
        if lacking:
            yield SeedError(
                "the rows of the seed files are not aligned",
                where=str(file.path),
                expected=f"timepoints {', '.join(map(str, everywhere))}, as in the other cameras together",
                actual=f"no row for {', '.join(map(str, lacking))}",
                remedy="add the row, with blank cells where the camera sees nothing",
            )
