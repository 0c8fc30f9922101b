"""SLEAP's project files, ``.slp``: instances of a skeleton, corrected by hand or predicted, with or without tracks.

Nodes are keypoints, tracks individuals, scores confidences. A file lists only frames in which something was found.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from behaviorvlm.errors import FormatError
from behaviorvlm.io.hdf5 import number_attribute, reading
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.sleap_header import Pairs, frame_offsets, keypoint_names, skeleton_links, track_name, video_names
from behaviorvlm.types import BoolArray, FloatArray, IntArray

EXPECTED = "a SLEAP project, .slp"
USER, NOBODY = 0, -1
UNKNOWN = 3.0
"""From this format on, what was a table of instances may be something else."""
MIDPIXEL = 1.1
"""From this format on, points of users count from the middle of the top left pixel, before from its corner."""
Records = npt.NDArray[np.void]


@dataclass(frozen=True, eq=False)
class _Instances:
    """The instances that count, one row each."""

    frames: IntArray
    tracks: IntArray
    points_px: FloatArray
    scores: FloatArray


@dataclass(frozen=True, eq=False)
class SleapProject:
    """What a project holds.

    Attributes:
        videos: Name of each video to its points; the camera's name where the file knows it.
        edges: Of the skeleton, pairs of keypoints.
        symmetries: Of the skeleton, pairs of keypoints.
        frame_offsets: Name of a camera to the frame of its video that shows timepoint 0, where that is stated.
    """

    videos: Mapping[str, KeypointTable]
    edges: Pairs
    symmetries: Pairs
    frame_offsets: Mapping[str, int]


def read_keypoints(path: Path) -> KeypointTable:
    """Return the points of all tracks; without tracks, of the first, second ... instance of each frame.

    An instance that a person made or corrected goes before the predicted one of the same track, or that it was made
    from. Where there are tracks, instances outside of them are left out.

    Raises:
        FormatError: If it is no such file, or holds several videos or skeletons.
    """
    videos = read_project(path).videos
    _refuse_several(np.array(list(videos)), "videos", path)
    return next(iter(videos.values()))


def read_project(path: Path) -> SleapProject:
    """Return the points of every video that has any; the first one's where none has.

    Raises:
        FormatError: If it is no such file, of a version that is not known, or holds several skeletons.
    """
    with reading(path, expected=EXPECTED) as file:
        header = json.loads(file["metadata"].attrs["json"])
        version = number_attribute(file["metadata"], "format_id") or 0.0
        if version >= UNKNOWN:
            raise FormatError(
                "the file is of a newer version",
                where=str(path),
                expected=f"SLEAP's format before {UNKNOWN:g}",
                actual=f"{version:g}",
                remedy="save it with an older SLEAP, or update behaviorvlm",
            )
        frames, instances = file["frames"][()], file["instances"][()]
        points, predicted = file["points"][()], file["pred_points"][()]
        tracks = tuple(track_name(track) for track in _rows(file, "tracks_json"))
        _refuse_several(instances["skeleton"], "skeletons", path)
        number = int(instances["skeleton"][0]) if len(instances) else 0
        names = keypoint_names(header, number)
        shift = 0.5 if version < MIDPIXEL else 0.0
        titles = video_names(_rows(file, "videos_json"), _rows(file, "sessions_json"))
        videos = {}
        for video in np.unique(frames["video"]).tolist() or [0]:
            theirs = frames[frames["video"] == video]
            chosen = instances[np.isin(instances["frame_id"], theirs["frame_id"])]
            chosen = chosen[_unspoken(chosen)]
            kept = _gather(theirs, chosen, points=points, predicted=predicted, shift=shift, count=len(names))
            videos[titles.get(video, f"video_{video}")] = _table(kept, tracks, names)
        return SleapProject(videos, *skeleton_links(header, number), frame_offsets(header))


def _rows(file: object, name: str) -> list[bytes]:
    return list(file[name][()]) if name in file else []  # type: ignore[index, operator]  # h5py ships no types


def _refuse_several(numbers: npt.NDArray[np.generic], what: str, path: Path) -> None:
    used = np.unique(numbers)
    if len(used) > 1:
        raise FormatError(
            f"the file holds several {what}",
            where=str(path),
            expected="one",
            actual=f"{len(used)}: {', '.join(map(str, used))}",
            remedy="export the predictions of one video in SLEAP (File > Export Analysis HDF5)",
        )


def _unspoken(instances: Records) -> BoolArray:
    """Return which instances are not overruled by one that a person made."""
    by_user = instances["instance_type"] == USER
    sources = instances["from_predicted"][by_user]
    tracked = instances["track"] != NOBODY
    places = list(zip(instances["frame_id"].tolist(), instances["track"].tolist(), strict=True))
    taken = {place for place, user, known in zip(places, by_user, tracked, strict=True) if user and known}
    overruled = np.isin(instances["instance_id"], sources[sources != NOBODY])
    overruled |= np.fromiter((place in taken for place in places), dtype=bool, count=len(places))
    return np.asarray(by_user | ~overruled)


def _gather(
    frames: Records, instances: Records, *, points: Records, predicted: Records, shift: float, count: int
) -> _Instances:
    """Return instances with their points; `shift` px are taken from those of users, which have no score."""
    by_user = instances["instance_type"] == USER
    rows = instances["point_id_start"].astype(np.int64)[:, None] + np.arange(count)
    points_px, scores = np.full((*rows.shape, 2), np.nan), np.full(rows.shape, np.nan)
    for which, source in ((by_user, points), (~by_user, predicted)):
        cells = source[rows[which]]
        offset = shift if source is points else 0.0
        xy = np.stack([cells["x"], cells["y"]], axis=-1) - offset
        points_px[which] = np.where(cells["visible"][..., None], xy, np.nan)
        if "score" in (source.dtype.names or ()):
            scores[which] = cells["score"]
    order = np.argsort(frames["frame_id"])
    place = order[np.searchsorted(frames["frame_id"][order], instances["frame_id"])]
    return _Instances(
        frames["frame_idx"][place].astype(np.int64), instances["track"].astype(np.int64), points_px, scores
    )


def _table(kept: _Instances, tracks: tuple[str, ...], names: tuple[str, ...]) -> KeypointTable:
    tracked = kept.tracks != NOBODY
    in_tracks = bool(tracked.any())
    order = np.argsort(kept.frames, kind="stable")
    frames, rows = np.unique(kept.frames[order], return_inverse=True)
    slots = np.empty(len(order), dtype=np.int64)
    slots[order] = np.arange(len(order)) - np.searchsorted(kept.frames[order], kept.frames[order])
    count = int(slots.max(initial=-1)) + 1
    animals = tracks if in_tracks else tuple(f"animal_{number + 1}" for number in range(count))
    points = np.full((len(frames), len(animals), len(names), 2), np.nan)
    scores = np.full(points.shape[:3], np.nan)
    row_of = np.empty(len(order), dtype=np.int64)
    row_of[order] = rows
    which = np.flatnonzero(tracked) if in_tracks else np.arange(len(order))
    place = (row_of[which], (kept.tracks if in_tracks else slots)[which])
    points[place], scores[place] = kept.points_px[which], kept.scores[which]
    return KeypointTable(animals, names, frames, points, scores, np.full(len(frames), -1), seen_only=True)
