"""DANNCE's poses: labels to train it (``labelData`` of a Label3D file) and predictions (``save_data_AVG.mat``).

Both are MATLAB matrices that are written as a whole, so memory grows with the timepoints. Neither has room for the
names of keypoints; they stand in a variable of their own, ``skeleton``, as Label3D keeps it and DANNCE ignores it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.dannce import FIRST_PIXEL, MATLAB, read_poses, save_mat, skeleton_of, variables_of_rig
from behaviorvlm.io.export_folder import replaced, replacing_folder
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import files_by_name
from behaviorvlm.io.matlab import read_array, read_mat, variable_names
from behaviorvlm.types import FloatArray, IntArray, Skeleton
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseBlock, PoseTable

FORMAT = "dannce"
LABELS, PREDICTIONS = "labelData", "pred"
PREDICTIONS_FILE = "save_data_AVG.mat"


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
    blocks = [_labeled(block) for block in poses.blocks()]
    timepoint = np.concatenate([np.empty(0, dtype=np.int64), *(block[0] for block in blocks)])
    if not len(timepoint):
        raise SettingsError("nothing is labelled", where=str(path), expected="one timepoint or more", actual="none")
    points_mm = np.asfortranarray(np.concatenate([block[1] for block in blocks]))
    labels, sync = (np.empty((len(poses.cameras), 1), dtype=object) for _ in range(2))
    whole = np.arange(poses.n_timepoints)
    nothing_px, nothing_mm = (np.zeros((len(whole), axes), order="F") for axes in (2, 3))
    for place, camera in enumerate(poses.cameras):
        offset = poses.frame_offsets.get(camera, 0)
        points_px = np.concatenate([block[2][:, place] for block in blocks])
        labels[place, 0] = _struct(timepoint, offset, points_px=points_px + FIRST_PIXEL, points_mm=points_mm)
        sync[place, 0] = _struct(whole, offset, points_px=nothing_px, points_mm=nothing_mm)
    rig = variables_of_rig(poses.rig)
    save_mat(path, {**rig, LABELS: labels, "sync": sync, "skeleton": _skeleton_struct(poses.skeleton)})


def write_predictions(path: Path, poses: PoseTable) -> None:
    """Write positions as DANNCE predicts them, all timepoints; of several animals as social DANNCE does.

    Raises:
        RunStorageError: If the disk refuses.
    """
    shape = (poses.n_timepoints, len(poses.individuals), 3, len(poses.keypoints))
    points, score = np.full(shape, np.nan), np.full((*shape[:2], shape[3]), np.nan)
    for block in poses.blocks():
        points[block.timepoint] = block.points_mm.transpose(0, 1, 3, 2)
        score[block.timepoint] = block.score
    if len(poses.individuals) == 1:
        points, score = points[:, 0], score[:, 0]
    truth = np.full((0, *points.shape[1:]), np.nan)  # nobody's ground truth
    variables = {PREDICTIONS: points, "data": truth, "p_max": score, "sampleID": np.arange(len(points))[None]}
    save_mat(path, {**variables, "skeleton": _skeleton_struct(poses.skeleton)})


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


def _labeled(block: PoseBlock) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return timepoints with any point, their (timepoint, keypoint * 3) mm and (timepoint, camera, keypoint * 2) px."""
    any_point = block.present.any(axis=(1, 2)) | block.seen.any(axis=(1, 2, 3))
    points_px = block.points_px[any_point, :, 0]
    count, cameras, keypoints = points_px.shape[:3]
    return (
        block.timepoint[any_point],
        block.points_mm[any_point, 0].reshape(count, keypoints * 3),
        points_px.reshape(count, cameras, keypoints * 2),
    )


def _struct(sample: IntArray, offset: int, *, points_px: FloatArray, points_mm: FloatArray) -> dict[str, object]:
    return {
        "data_2d": np.asfortranarray(points_px),  # MATLAB's order: else every number is moved once more
        "data_3d": points_mm,
        "data_frame": (sample + offset)[:, None].astype(np.float64),
        "data_sampleID": sample[:, None].astype(np.float64),
    }


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
