"""DANNCE's poses: labels to train it (``labelData`` of a Label3D file) and predictions (``save_data_AVG.mat``).

Both are MATLAB matrices, filled in block by block. Neither has room for the names of keypoints; they stand in a
variable of their own, ``skeleton``, as Label3D keeps it and DANNCE ignores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.dannce import FIRST_PIXEL, MATLAB, read_poses, skeleton_of, variables_of_rig
from behaviorvlm.io.every_timepoint import every_timepoint, larger_blocks
from behaviorvlm.io.export_folder import replaced, replacing_folder
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import files_by_name
from behaviorvlm.io.matlab import read_array, read_mat, variable_names
from behaviorvlm.io.matlab_writing import LongMatrix, filling_mat
from behaviorvlm.types import BoolArray, FloatArray, IntArray, Skeleton
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseBlock, PoseTable

FORMAT = "dannce"
LABELS, PREDICTIONS = "labelData", "pred"
PREDICTIONS_FILE = "save_data_AVG.mat"
BLOCK = 4096
"""Timepoints that are written at once: every number of a timepoint goes to another place of the file."""


def write_pose(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write poses for DANNCE.

    Args:
        path: A ``.mat`` file gets the labels where the cameras' calibration is known, else the predictions. A folder
            (without an ending) gets both: ``<name>_dannce.mat`` and ``save_data_AVG.mat``.
        poses: What to write. Labels are the timepoints with any point, of one animal; predictions are all timepoints.
        options: Not used.

    Returns:
        The files.

    Raises:
        SettingsError: If there are several individuals, which labels have no room for, or the folder holds other files.
        RunStorageError: If the disk refuses.
    """
    if path.suffix.lower() == MATLAB:
        (write_labels if poses.rig else write_predictions)(path, poses)
        return (path,)
    with replacing_folder(path, format=FORMAT) as folder:
        files = [folder / PREDICTIONS_FILE]
        write_predictions(files[0], poses)
        if poses.rig and len(poses.individuals) == 1:
            files.insert(0, folder / f"{files_by_name([poses.name])[poses.name]}_dannce.mat")
            write_labels(files[0], poses)
    return replaced(files, folder, path)


def write_labels(path: Path, poses: PoseTable) -> None:
    """Write a file that DANNCE trains on: cameras, labels, and the frames that belong together.

    Raises:
        SettingsError: If the calibration is not known, or there are several individuals.
        RunStorageError: If the disk refuses.
    """
    if poses.rig is None or len(poses.individuals) != 1:
        raise SettingsError(
            "the labels of DANNCE are of one animal and calibrated cameras",
            where=str(path),
            expected="one individual, and a calibration",
            actual=f"{', '.join(poses.individuals)}; {'no calibration' if poses.rig is None else 'a calibration'}",
        )
    count = sum(int(_any_point(block).sum()) for block in poses.blocks())
    if not count:
        raise SettingsError("nothing is labelled", where=str(path), expected="one timepoint or more", actual="none")
    labels = [_LabelStruct(count, len(poses.keypoints)) for _ in poses.cameras]
    sync = [_LabelStruct(poses.n_timepoints, 1) for _ in poses.cameras]
    small = {**variables_of_rig(poses.rig), "skeleton": _skeleton_struct(poses.skeleton)}
    long = {LABELS: [one.fields for one in labels], "sync": [one.fields for one in sync]}
    offsets = [poses.frame_offsets.get(camera, 0) for camera in poses.cameras]
    with filling_mat(path, small, long):
        start = 0
        for block in larger_blocks(poses.blocks(), at_least=BLOCK):
            timepoint, points_mm, points_px = _labeled(block)
            for place, offset in enumerate(offsets):
                labels[place].fill(start, timepoint, offset)
                labels[place].data_2d.fill(start, points_px[:, place] + FIRST_PIXEL)
                labels[place].data_3d.fill(start, points_mm)
            start += len(timepoint)
        for start in range(0, poses.n_timepoints, BLOCK):
            timepoint = np.arange(start, min(start + BLOCK, poses.n_timepoints))
            for place, offset in enumerate(offsets):
                sync[place].fill(start, timepoint, offset)


def write_predictions(path: Path, poses: PoseTable) -> None:
    """Write positions as DANNCE predicts them, all timepoints; of several animals as social DANNCE does.

    Raises:
        RunStorageError: If the disk refuses.
    """
    animals, keypoints = len(poses.individuals), len(poses.keypoints)
    each = () if animals == 1 else (animals,)
    points = LongMatrix(poses.n_timepoints, *each, 3, keypoints)
    score = LongMatrix(poses.n_timepoints, *each, keypoints)
    small = {
        "data": np.full((0, *each, 3, keypoints), np.nan),  # nobody's ground truth
        "sampleID": np.arange(poses.n_timepoints)[None],
        "skeleton": _skeleton_struct(poses.skeleton),
    }
    with filling_mat(path, small, {PREDICTIONS: points, "p_max": score}):
        for block in larger_blocks(every_timepoint(poses), at_least=BLOCK):
            start, count = int(block.timepoint[0]), len(block.timepoint)
            points.fill(start, block.points_mm.transpose(0, 1, 3, 2).reshape(count, *points.shape[1:]))
            score.fill(start, block.score.reshape(count, *score.shape[1:]))


def read_pose(path: Path) -> PoseTable:
    """Return the labels or the predictions in a file of DANNCE.

    Keypoints are called ``keypoint_1`` and so on where the file has no ``skeleton``; timepoints are the frames of the
    first camera.

    Raises:
        FormatError: If it is no such file, its arrays do not fit together, or the cameras' frames do not run in step.
    """
    content = read_mat(path)
    table = _labels(path) if LABELS in content else _predictions(path)
    count = len(table.keypoints)
    stated = content.get("skeleton")
    skeleton = skeleton_of(stated, path) if isinstance(stated, Mapping) else table.skeleton
    if len(skeleton.keypoints) != count:
        raise FormatError(
            "skeleton and poses differ",
            where=str(path),
            expected=f"{count} keypoints, as the poses have",
            actual=", ".join(skeleton.keypoints),
        )
    return replace(table, skeleton=skeleton)


def is_dannce(path: Path) -> bool:
    """Return whether a file holds labels or predictions of DANNCE."""
    names = variable_names(path) if path.suffix.lower() == MATLAB and path.is_file() else ()
    return LABELS in names or {PREDICTIONS, "sampleID"} <= set(names)


def _any_point(block: PoseBlock) -> BoolArray:
    """Return at which timepoints there is any point, (timepoint,) bool."""
    return np.asarray(block.present.any(axis=(1, 2)) | block.seen.any(axis=(1, 2, 3)))


def _labeled(block: PoseBlock) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return timepoints with any point, their (timepoint, keypoint * 3) mm and (timepoint, camera, keypoint * 2) px."""
    any_point = _any_point(block)
    points_px = block.points_px[any_point, :, 0]
    count, cameras, keypoints = points_px.shape[:3]
    return (
        block.timepoint[any_point],
        block.points_mm[any_point, 0].reshape(count, keypoints * 3),
        points_px.reshape(count, cameras, keypoints * 2),
    )


class _LabelStruct:
    """What DANNCE wants to know of the labels of one camera, or of its frames; pictures count from 0, pixels from 1."""

    def __init__(self, timepoints: int, keypoints: int) -> None:
        self.data_2d, self.data_3d = LongMatrix(timepoints, keypoints * 2), LongMatrix(timepoints, keypoints * 3)
        self._frame, self._sample = LongMatrix(timepoints, 1), LongMatrix(timepoints, 1)

    @property
    def fields(self) -> dict[str, LongMatrix]:
        """By the names in the file."""
        return {
            "data_2d": self.data_2d, "data_3d": self.data_3d, "data_frame": self._frame, "data_sampleID": self._sample,
        }  # fmt: skip

    def fill(self, start: int, timepoint: IntArray, offset: int) -> None:
        """Write from the row `start` on which frames show these timepoints."""
        self._frame.fill(start, timepoint.astype(np.float64) + offset)
        self._sample.fill(start, timepoint.astype(np.float64))


def _skeleton_struct(skeleton: Skeleton) -> dict[str, object]:
    return {
        "joint_names": np.array([skeleton.keypoints], dtype=object),
        "joints_idx": skeleton.edge_indices.astype(np.float64) + 1,
    }


def _unnamed(count: int) -> Skeleton:
    return Skeleton(tuple(f"keypoint_{number + 1}" for number in range(count)))


def _labels(path: Path) -> PoseTable:
    labels = read_poses(path)
    offsets = labels.frames[:1] - labels.frames[:1, :1]
    if np.any(labels.frames - labels.frames[:, :1] != offsets):
        raise FormatError(
            "the frames of the cameras do not run in step",
            where=f"{path}, {LABELS}",
            expected="data_frame of every camera the same, or a fixed number apart",
            actual=f"frames {labels.frames[np.argmax((labels.frames - labels.frames[:, :1] != offsets).any(1))]}",
            remedy="a session has one offset per camera: cut the videos where frames were dropped",
        )
    timepoint, order = np.unique(labels.frames[:, 0], return_index=True)
    if len(timepoint) != len(labels.frames):
        raise FormatError("a frame is labelled twice", where=f"{path}, {LABELS}", expected="each frame once")
    points_px, points_mm = labels.points_px[order][:, :, None], labels.points_mm[order][:, None]
    views = PoseBlock.of_points_px(timepoint, points_px, np.full(points_px.shape[:-1], np.nan))
    block = replace(views, points_mm=points_mm)
    return PoseTable(
        path.stem,
        _unnamed(points_mm.shape[2]),
        (ONE_ANIMAL,),
        labels.cameras,
        int(timepoint.max(initial=-1)) + 1,
        lambda: iter([block]),
        frame_offsets={name: int(offset) for name, offset in zip(labels.cameras, offsets[0], strict=True) if offset},
    )


def _predictions(path: Path) -> PoseTable:
    points = read_array(path, PREDICTIONS)
    if points.ndim not in {3, 4} or points.shape[-2] != 3:
        raise FormatError(
            "predictions have other axes",
            where=f"{path}, {PREDICTIONS}",
            expected="(sample, 3, keypoint), or (sample, animal, 3, keypoint)",
            actual=str(points.shape),
        )
    points = points if points.ndim == 4 else points[:, None]
    score = _scores(path, (points.shape[0], points.shape[1], points.shape[3]))
    count = points.shape[1]
    block = replace(PoseBlock.of_points_mm(np.arange(len(points)), points.transpose(0, 1, 3, 2)), score=score)
    names = (ONE_ANIMAL,) if count == 1 else tuple(f"{ONE_ANIMAL}{number + 1}" for number in range(count))
    return PoseTable(path.stem, _unnamed(points.shape[3]), names, (), len(points), lambda: iter([block]))


def _scores(path: Path, shape: tuple[int, int, int]) -> FloatArray:
    score = read_array(path, "p_max") if "p_max" in variable_names(path) else np.full(shape, np.nan)
    if score.size != np.prod(shape):
        raise FormatError(
            "scores and predictions differ", where=f"{path}, p_max", expected=str(shape), actual=str(score.shape)
        )
    return score.reshape(shape)
