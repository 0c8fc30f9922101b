"""Tiny files of tracks, each as the program that it is named for writes them, all of the same points."""

from __future__ import annotations

import gzip
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

from behaviorvlm.io.jabs import KEYPOINTS as JABS_KEYPOINTS

ANIMALS, KEYPOINTS = ("ann", "bob"), ("nose", "body", "tail")
COORDS = ("x", "y", "likelihood")
N_FRAMES = 6
NAN = float("nan")


def make_points() -> np.ndarray:
    """Return (frame, animal, keypoint, 2) px; some points and a whole animal are missing."""
    points = np.arange(N_FRAMES * 12, dtype=np.float64).reshape(N_FRAMES, 2, 3, 2) + 10.5
    points[1, 0, 2] = NAN
    points[3, 1] = NAN
    return points


def make_confidence(points: np.ndarray) -> np.ndarray:
    """Return (frame, animal, keypoint) confidences of all points that are there."""
    return np.where(np.isnan(points[..., 0]), NAN, 0.9)


def names(animals: tuple[str, ...] = ANIMALS) -> list[tuple[str, ...]]:
    """Return the names of DeepLabCut's columns; without the animals' level for one nameless animal."""
    return [
        ("net", *([animal] if animal else []), keypoint, coord)
        for animal in animals
        for keypoint in KEYPOINTS
        for coord in COORDS
    ]


def numbers(points: np.ndarray) -> np.ndarray:
    """Return points and confidences as rows of DeepLabCut's columns."""
    cells = np.concatenate([points, make_confidence(points)[..., None]], axis=-1)
    return cells.reshape(len(points), cells.shape[1] * cells.shape[2] * len(COORDS))


def deeplabcut_text(points: np.ndarray, animals: tuple[str, ...] = ANIMALS) -> str:
    """Return a DeepLabCut table as text."""
    levels = ["scorer", *(["individuals"] if animals != ("",) else []), "bodyparts", "coords"]
    columns = zip(*names(animals), strict=True)
    header = [",".join([level, *column]) for level, column in zip(levels, columns, strict=True)]
    rows = [
        ",".join([str(frame), *("" if np.isnan(value) else repr(float(value)) for value in row)])
        for frame, row in enumerate(numbers(points))
    ]
    return "\n".join([*header, *rows, ""])


def write_deeplabcut(path: Path) -> None:
    path.write_text(deeplabcut_text(make_points()))


def write_deeplabcut_gz(path: Path) -> None:
    path.write_bytes(gzip.compress(deeplabcut_text(make_points()).encode()))


def write_pandas_table(path: Path, *, columns: object = None, index: np.ndarray | None = None) -> None:
    """Write what pandas writes with ``format="table"``: names of columns as a pickle."""
    rows = numbers(make_points())
    kind = np.dtype([("index", np.int64), ("values_block_0", np.float64, (rows.shape[1],))])
    table = np.zeros(len(rows), dtype=kind)
    table["index"] = np.arange(len(rows)) if index is None else index
    table["values_block_0"] = rows
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = np.bytes_(b"frame_table")
        group["table"] = table
        content = pickle.dumps(names() if columns is None else columns, protocol=0)
        group["table"].attrs["values_block_0_kind"] = np.bytes_(content)


def write_pandas_fixed(path: Path) -> None:
    """Write what pandas writes by default: names of columns as levels and numbers."""
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs.update({"pandas_type": np.bytes_(b"frame"), "nblocks": 1})
        group["axis1"] = np.arange(N_FRAMES)
        group["block0_values"] = numbers(make_points())
        group["block0_values"].attrs["transposed"] = 1
        for level, column in enumerate(zip(*names(), strict=True)):
            known = sorted(set(column))
            group[f"block0_items_level{level}"] = np.array([name.encode() for name in known])
            group[f"block0_items_label{level}"] = np.array([known.index(name) for name in column], dtype=np.int8)


def write_sleap_analysis(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["tracks"] = make_points().transpose(1, 3, 2, 0)
        file["point_scores"] = make_confidence(make_points()).transpose(1, 2, 0)
        file["node_names"] = np.array([name.encode() for name in KEYPOINTS])
        file["track_names"] = np.array([name.encode() for name in ANIMALS])


def write_movement(
    path: Path, *, plural: bool = False, space: tuple[str, ...] = ("x", "y"), fps: float | None = 25.0
) -> None:
    """Write what xarray writes of a movement data set: dimensions as scales, singular or plural."""
    points = make_points()
    axes = ("time", "space", "keypoint", "individual")
    labels = {"space": list(space), "keypoint": list(KEYPOINTS), "individual": list(ANIMALS)}
    stored = {"position": points.transpose(0, 3, 2, 1), "confidence": make_confidence(points).transpose(0, 2, 1)}
    with h5py.File(path, "w") as file:
        file.attrs["time_unit"] = "seconds" if fps else "frames"
        if fps:
            file.attrs["fps"] = np.array([fps])
        file["time"] = np.arange(N_FRAMES) / (fps or 1.0)
        for axis, values in labels.items():
            file[axis + "s" * (plural and axis != "space")] = np.array(values, dtype=h5py.string_dtype())
        for name, values in stored.items():
            file[name] = values
            for number, axis in enumerate(axis for axis in axes if name == "position" or axis != "space"):
                scale = file[axis + "s" * (plural and axis in ("keypoint", "individual"))]
                scale.make_scale(scale.name[1:])
                file[name].dims[number].attach_scale(scale)


INSTANCE = np.dtype(
    [
        ("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4"), ("track", "i4"),
        ("from_predicted", "i8"), ("score", "f4"), ("point_id_start", "u8"), ("point_id_end", "u8"),
    ]
)  # fmt: skip
FRAME = np.dtype(
    [("frame_id", "u8"), ("video", "u4"), ("frame_idx", "u8"), ("instance_id_start", "u8"), ("instance_id_end", "u8")]
)
POINT = [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")]

Found = tuple[int, int, np.ndarray, bool, int]
"""Frame, track (-1 = none), (keypoint, 2) points, whether a person made it, and of which instance (-1 = of none)."""


def write_slp(
    path: Path, found: list[Found] | None = None, *, tracks: tuple[str, ...] = ANIMALS, version: float = 1.2,
    videos: int = 1,
) -> None:  # fmt: skip
    """Write a SLEAP project with these instances; without any, those of `make_points`."""
    if found is None:
        points = make_points()
        found = [
            (frame, animal, points[frame, animal], False, -1)
            for frame in range(N_FRAMES)
            for animal in range(2)
            if np.isfinite(points[frame, animal]).any()
        ]
    frames = sorted({one[0] for one in found})
    stores: dict[bool, list[tuple[float, ...]]] = {True: [], False: []}
    instances = np.zeros(len(found), dtype=INSTANCE)
    for number, (frame, track, points, by_user, source) in enumerate(found):
        start = len(stores[by_user])
        stores[by_user] += [(x, y, not np.isnan(x), False, 0.9) for x, y in points]
        kind, place = int(not by_user), frames.index(frame)
        instances[number] = (number, kind, place, 0, track, source, 0.5, start, len(stores[by_user]))
    nodes = [{"name": "unused"}, *({"name": name} for name in KEYPOINTS)]
    header = {"nodes": nodes, "skeletons": [{"nodes": [{"id": number + 1} for number in range(len(KEYPOINTS))]}]}
    with h5py.File(path, "w") as file:
        metadata = file.create_group("metadata")
        metadata.attrs.update({"format_id": version, "json": np.bytes_(json.dumps(header).encode())})
        file["frames"] = np.array([(n, n % videos, f, 0, 0) for n, f in enumerate(frames)], dtype=FRAME)
        file["instances"] = instances
        file["points"] = np.array([row[:4] for row in stores[True]], dtype=POINT)
        file["pred_points"] = np.array(stores[False], dtype=[*POINT, ("score", "f8")])
        file["tracks_json"] = np.array([json.dumps([0, name]).encode() for name in tracks], dtype="S20")


def write_jabs(path: Path, points: np.ndarray, pieces: np.ndarray | None = None, *, ids: bool = False) -> None:
    """Write (frame, instance, 12, 2) points, x before y, NaN = missing, as JABS keeps them.

    Args:
        path: The file.
        points: The points.
        pieces: (frame, instance) numbers of tracks, or of mice from 1; None = version 2, one mouse.
        ids: Whether the numbers are of mice.
    """
    there = np.isfinite(points[..., 0])
    stored = np.where(there[..., None], points, 0).astype(np.uint16)[..., ::-1]
    with h5py.File(path, "w") as file:
        poses = file.create_group("poseest")
        poses["points"] = stored[:, 0] if pieces is None else stored
        poses["confidence"] = (there[:, 0] if pieces is None else there).astype(np.float32) * 2
        if pieces is not None:
            poses.attrs["cm_per_pixel"] = np.float32(0.05)
            poses["instance_count"] = there.any(axis=-1).sum(axis=1).astype(np.uint8)
            poses["instance_track_id"] = pieces.astype(np.uint32)
        if ids and pieces is not None:
            poses["instance_embed_id"] = pieces.astype(np.uint32)
            poses["id_mask"] = ~there.any(axis=-1)


def jabs_points(n_frames: int, mice: int) -> np.ndarray:
    """Return (frame, mouse, 12, 2) points; each mouse keeps to a column of its own, mouse 0 at x = 100."""
    points = np.zeros((n_frames, mice, len(JABS_KEYPOINTS), 2))
    points[..., 0] = 100.0 * np.arange(1, mice + 1)[:, None]
    points[..., 1] = np.arange(n_frames)[:, None, None] + 7.0
    return points


def calms21(n_frames: int = 7, sequences: int = 2) -> dict[str, dict[str, object]]:
    """Return the content of a CalMS21 file."""
    made = {}
    for number in range(sequences):
        keypoints = np.arange(n_frames * 28, dtype=np.float64).reshape(n_frames, 2, 2, 7) + 1 + 1000 * number
        labels = [3, 3, 0, 0, 1, 1, 3][:n_frames]
        vocabulary = {"attack": 0, "investigation": 1, "mount": 2, "other": 3}
        made[f"task1/train/mouse00{number + 1}_task1_annotator1"] = {
            "keypoints": keypoints.tolist(),
            "scores": np.full((n_frames, 2, 7), 0.8).tolist(),
            "annotations": labels,
            "metadata": {"vocab": vocabulary},
        }
    return {"annotator-id_0": made}


SAME_POINTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "walk.csv": ("deeplabcut", write_deeplabcut),
    "walk.csv.gz": ("deeplabcut", write_deeplabcut_gz),
    "walk.h5": ("deeplabcut-h5", write_pandas_table),
    "walk_fixed.h5": ("deeplabcut-h5", write_pandas_fixed),
    "walk.analysis.h5": ("sleap", write_sleap_analysis),
    "walk.slp": ("slp", write_slp),
    "walk.nc": ("movement", write_movement),
}
"""Name of a file to its format and its writer: all hold `make_points`."""
