"""Poses as movement keeps them: netCDF 4 with ``position`` and ``confidence`` over time, space, keypoint, individual.

A file of movement has one kind of space. So positions are one file, and each camera's 2D points another beside it:
``<name>.nc`` and ``<name>_<camera>.nc``. Dimensions are written singular, as movement names them since 0.16; the plural
of older files is read, too, and so is a ``view`` dimension. netCDF 4 is HDF5 with named axes, which h5py writes alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import files_by_name
from behaviorvlm.io.hdf5 import number_attribute, reading, runs_of, texts
from behaviorvlm.io.movement import EXPECTED, axes_of, frames_of, scale_of
from behaviorvlm.io.pose_notes import notes_text, parse_notes, with_notes
from behaviorvlm.io.rig import UNITS_MM
from behaviorvlm.types import FloatArray, IntArray, Skeleton
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseBlock, PoseTable

if TYPE_CHECKING:
    import h5py

AXES = ("time", "space", "keypoint", "individual")
VIEW = "view"
SPACE = ("x", "y", "z")
NOTES, CAMERA, UNITS = "behaviorvlm", "camera", "units"
ERROR, VIEWS = "reprojection_error_px", "views"
"""Variables beyond movement's own, of 3D files."""
BLOCK_TIMES = 4096


def write_pose(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write positions to `path` and each camera's points to a file beside it; a lone camera's without positions to it.

    Args:
        path: A ``.nc`` file; each file is replaced whole at the end.
        poses: What to write. Timepoints without points are there as NaN.
        options: Not used.

    Returns:
        The files, positions first.

    Raises:
        SettingsError: If there is nothing to write: no cameras, and no positions.
        RunStorageError: If the disk refuses.
    """
    has_mm = any(block.present.any() for block in poses.blocks())
    if not has_mm and not poses.cameras:
        raise SettingsError("there are no points to write", where=str(path), expected="positions or views")
    names = files_by_name(poses.cameras)
    alone = not has_mm and len(poses.cameras) == 1
    places = [path.with_name(f"{path.stem}{'' if alone else f'_{names[one]}'}{path.suffix}") for one in poses.cameras]
    with ExitStack() as stack:
        pairs = zip(poses.cameras, places, strict=True)
        into = {camera: stack.enter_context(_created(place, poses, camera)) for camera, place in pairs}
        space = stack.enter_context(_created(path, poses, "")) if has_mm else None
        for block in poses.blocks():
            _put(block, poses, into=into, space=space)
    return (*([path] if has_mm else []), *places)


def read_pose(path: Path) -> PoseTable:
    """Return a file of movement, of 3D positions or of the points of one camera or several, read in blocks.

    Raises:
        FormatError: If it is no such file, is cut short, or its times are no frames.
    """
    with reading(path, expected=EXPECTED) as file:
        layout = _layout(file, path)
        notes = _text(file.attrs.get(NOTES, ""))
    poses = PoseTable(
        path.stem,
        Skeleton(layout.keypoints),
        layout.individuals,
        layout.cameras,
        int(layout.frames.max(initial=-1)) + 1,
        lambda: _blocks(path, layout),
        frame_rate_hz=layout.frame_rate_hz,
    )
    return with_notes(poses, parse_notes(notes, where=str(path)), where=str(path)) if notes else poses


def is_movement(path: Path) -> bool:
    """Return whether a file holds poses of movement."""
    import h5py

    if not path.is_file() or not h5py.is_hdf5(path):
        return False
    try:
        with reading(path, expected=EXPECTED) as file:
            return {"time", "space", "keypoint"} <= set(axes_of(file["position"]))
    except FormatError:
        return False


@dataclass(frozen=True, eq=False)
class _Layout:
    """What a file holds, and where. `axes` are those of ``position``; `space` orders its coordinates as x, y, z."""

    axes: tuple[str, ...]
    space: tuple[int, ...]
    individuals: tuple[str, ...]
    keypoints: tuple[str, ...]
    cameras: tuple[str, ...]
    frames: IntArray
    frame_rate_hz: float | None
    mm: float

    @property
    def is_3d(self) -> bool:
        """Whether the file holds positions."""
        return len(self.space) == len(SPACE)


@contextmanager
def _created(path: Path, poses: PoseTable, camera: str) -> Iterator[h5py.File]:
    """Create a file of one kind of space, NaN throughout; the positions' where `camera` is empty."""
    import h5py

    with replacing(path) as temporary, h5py.File(temporary, "w", track_order=True) as file:
        _lay_out(file, poses, camera)
        yield file


def _lay_out(file: h5py.File, poses: PoseTable, camera: str) -> None:
    rate = poses.frame_rate_hz
    file.attrs["source_software"] = poses.provenance.get("software", "behaviorvlm")
    file.attrs["ds_type"] = "poses"
    file.attrs["time_unit"] = "seconds" if rate else "frames"
    if rate:
        file.attrs["fps"] = float(rate)
    if camera:
        file.attrs[CAMERA] = camera
    file.attrs[NOTES] = notes_text(poses)
    times = np.arange(poses.n_timepoints)
    coordinates = {
        "time": times / rate if rate else times,
        "space": np.array(SPACE[: 2 if camera else 3], dtype=object),
        "keypoint": np.array(poses.keypoints, dtype=object),
        "individual": np.array(poses.individuals, dtype=object),
    }
    for name, values in coordinates.items():
        file[name] = values
        file[name].make_scale(name)
    _variable(file, "position", AXES)
    file["position"].attrs[UNITS] = "px" if camera else "mm"
    for name in ("confidence",) if camera else ("confidence", ERROR, VIEWS):
        _variable(file, name, tuple(axis for axis in AXES if axis != "space"))


def _variable(file: h5py.File, name: str, axes: Sequence[str]) -> None:
    shape = tuple(len(file[axis]) for axis in axes)
    chunks = (min(max(shape[0], 1), BLOCK_TIMES), *shape[1:])
    variable = file.create_dataset(name, shape, dtype=np.float64, fillvalue=np.nan, chunks=chunks)
    variable.attrs["_FillValue"] = np.array([np.nan])
    for place, axis in enumerate(axes):
        variable.dims[place].attach_scale(file[axis])


def _put(block: PoseBlock, poses: PoseTable, *, into: dict[str, h5py.File], space: h5py.File | None) -> None:
    for part, where in runs_of(block.timepoint):
        for place, camera in enumerate(poses.cameras):
            into[camera]["position"][where] = block.points_px[part, place].transpose(0, 3, 2, 1)
            into[camera]["confidence"][where] = block.confidence[part, place].transpose(0, 2, 1)
        if space is not None:
            space["position"][where] = block.points_mm[part].transpose(0, 3, 2, 1)
            views = np.where(block.n_views[part] < 0, np.nan, block.n_views[part])
            for name, values in (("confidence", block.score[part]), (ERROR, block.error_px[part]), (VIEWS, views)):
                space[name][where] = values.transpose(0, 2, 1)


def _layout(file: h5py.File, path: Path) -> _Layout:
    position = file["position"]
    axes = axes_of(position)
    space = texts(scale_of(position, axes, "space"))
    if set(space) not in ({*SPACE}, {*SPACE[:2]}) or len(space) != len(set(space)):
        raise FormatError("the space is unknown", where=str(path), expected="x, y or x, y, z", actual=", ".join(space))
    rate = number_attribute(file, "fps")
    units = _text(position.attrs.get(UNITS, "mm"))
    views = texts(scale_of(position, axes, VIEW)) if VIEW in axes else (_text(file.attrs.get(CAMERA, path.stem)),)
    frames = frames_of(scale_of(position, axes, "time"), file.attrs.get("time_unit", "frames"), rate=rate)
    if np.any(np.diff(frames) <= 0) or frames.min(initial=0) < 0:
        raise FormatError("times do not rise", where=f"{path}, time", expected="each frame once, from 0",
                          actual=f"{frames[:8].tolist()} ...", remedy="sort the dataset by time")  # fmt: skip
    return _Layout(
        axes,
        tuple(space.index(name) for name in SPACE[: len(space)]),
        texts(scale_of(position, axes, "individual")) if "individual" in axes else (ONE_ANIMAL,),
        texts(scale_of(position, axes, "keypoint")),
        () if len(space) == len(SPACE) else views,
        frames,
        rate,
        UNITS_MM.get(units, 1.0),
    )


def _blocks(path: Path, layout: _Layout) -> Iterator[PoseBlock]:
    with reading(path, expected=EXPECTED) as file:
        for start in range(0, len(layout.frames), BLOCK_TIMES):
            part = slice(start, start + BLOCK_TIMES)
            yield _block(file, layout, part)


def _block(file: h5py.File, layout: _Layout, part: slice) -> PoseBlock:
    position = _read(file["position"], part, ("time", VIEW, "individual", "keypoint", "space"))[..., layout.space]
    confidence = _optional(file, "confidence", part, shape=position.shape[:-1])
    frames = layout.frames[part]
    if not layout.is_3d:
        return PoseBlock.of_points_px(frames, position, confidence)
    shape = position[:, 0].shape[:-1]
    views = _optional(file, VIEWS, part, shape=position.shape[:-1]).reshape(shape)
    return replace(
        PoseBlock.of_points_mm(frames, position[:, 0] * layout.mm),
        score=confidence[:, 0],
        error_px=_optional(file, ERROR, part, shape=position.shape[:-1]).reshape(shape),
        n_views=np.where(np.isnan(views), -1, views).astype(np.int64),
    )


def _optional(file: h5py.File, name: str, part: slice, *, shape: tuple[int, ...]) -> FloatArray:
    if name not in file:
        return np.full(shape, np.nan)
    return _read(file[name], part, ("time", VIEW, "individual", "keypoint"))


def _read(dataset: h5py.Dataset, part: slice, wanted: Sequence[str]) -> FloatArray:
    """Return some times of a dataset with its axes as `wanted`; those it lacks are there with length 1."""
    axes = axes_of(dataset)
    values = np.asarray(dataset[tuple(part if axis == "time" else slice(None) for axis in axes)], dtype=np.float64)
    there = [axis for axis in wanted if axis in axes]
    turned = values.transpose([axes.index(axis) for axis in there])
    return np.expand_dims(turned, [place for place, axis in enumerate(wanted) if axis not in axes])


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
