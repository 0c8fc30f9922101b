"""Which poses an NWB file holds: of whom, seen by which camera, and under which paths."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import FormatError, SkeletonError
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.hdf5 import texts
from behaviorvlm.io.nwb_poses import CONTAINER, VIEW
from behaviorvlm.types import Skeleton
from behaviorvlm.types.pose_table import ONE_ANIMAL

if TYPE_CHECKING:
    import h5py

EXPECTED = "an NWB file with poses (ndx-pose)"
SERIES = "PoseEstimationSeries"
DEVICES = ("CalibratedCamera", "Device")


@dataclass(frozen=True)
class Track:
    """The series of one individual, in space or as one camera saw it.

    Attributes:
        individual: Whose.
        camera: Which camera's, "" = in space.
        series: Paths of the series, by keypoint.
        container: Path of the group that holds them, of the outer one where there are two.
    """

    individual: str
    camera: str
    series: tuple[str, ...]
    container: str


def find_tracks(file: h5py.File, path: Path) -> tuple[Skeleton, list[Track]]:
    """Return the skeleton and all tracks of a file, in order of their paths.

    Raises:
        FormatError: If there are none, a track lacks keypoints of another, or it cannot be told whose a track is.
    """
    outer = _outer_groups(file)
    if not outer:
        raise FormatError("the file holds no poses", where=str(path), expected=EXPECTED, actual=f"no {VIEW}")
    skeleton = _skeleton(
        next((one for group in outer for one in (group, *_views(group)) if _series(one)), outer[0]), path
    )
    tracks = []
    several = [group for group in outer if _kind(group) == CONTAINER]
    for group in several:
        name = _last(group).removeprefix(CONTAINER).removeprefix("_")
        individual = name or (ONE_ANIMAL if len(several) == 1 else _last(group))
        for part in (group, *_views(group)):
            if _series(part):
                camera = "" if part is group or _is_space(part) else _camera(part)
                tracks.append(Track(individual, camera, _by_keypoint(part, skeleton, path), group.name))
    alone = [group for group in outer if _kind(group) == VIEW and _series(group)]
    for group, individual, camera in _alone(alone, path):
        tracks.append(Track(individual, camera, _by_keypoint(group, skeleton, path), group.name))
    if not tracks:
        raise FormatError("the file holds no poses", where=str(path), expected=EXPECTED, actual=f"no {SERIES}")
    return skeleton, tracks


def text(value: object) -> str:
    """Return what HDF5 keeps of a text as text."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _kind(node: object) -> str:
    return text(node.attrs.get("neurodata_type", ""))  # type: ignore[attr-defined]  # h5py ships no types


def _last(group: h5py.Group) -> str:
    return str(group.name.rsplit("/", 1)[-1])


def _outer_groups(file: h5py.File) -> list[h5py.Group]:
    """Return the groups that hold poses and lie in no other such group."""
    found: list[h5py.Group] = []

    def visit(_: str, node: object) -> None:
        inner = any(node.name.startswith(f"{one.name}/") for one in found)  # type: ignore[attr-defined]
        if _kind(node) in {CONTAINER, VIEW} and not inner:
            found.append(node)

    if "processing" in file:
        file["processing"].visititems(visit)
    return found


def _views(group: h5py.Group) -> list[h5py.Group]:
    return [group[name] for name in group if _kind(group[name]) == VIEW]


def _series(group: h5py.Group) -> dict[str, str]:
    """Return the series in a group, name to path."""
    return {name: group[name].name for name in group if _kind(group[name]) == SERIES}


def _is_space(group: h5py.Group) -> bool:
    first = next(iter(_series(group)))
    return bool(group[first]["data"].shape[-1] == 3)


def _camera(group: h5py.Group) -> str:
    """Return the name of the device a view is linked to, of the view itself where there is none."""
    place = _link(group, DEVICES)
    return place.rsplit("/", 1)[-1] if place else _last(group).removeprefix(f"{VIEW}_")


def _link(group: h5py.Group, kinds: tuple[str, ...]) -> str:
    """Return the path of what a group is linked to, "" = nothing; links go by their target's name, or by its role."""
    name = next((name for name in group if _kind(group[name]) in kinds), None)
    link = None if name is None else group.get(name, getlink=True)
    return "" if link is None else str(getattr(link, "path", f"{group.name}/{name}"))


def _alone(groups: list[h5py.Group], path: Path) -> list[tuple[h5py.Group, str, str]]:
    """Return whose the groups outside of a container are, and which camera's."""
    cameras = ["" if _is_space(group) else _camera(group) if _link(group, DEVICES) else VIEW for group in groups]
    if len(set(cameras)) == len(groups):
        return [(group, ONE_ANIMAL, camera) for group, camera in zip(groups, cameras, strict=True)]
    if len(set(cameras)) == 1:
        return [(group, _last(group), camera) for group, camera in zip(groups, cameras, strict=True)]
    raise FormatError(
        "it cannot be told whose the poses are",
        where=str(path),
        expected=f"one {VIEW} of each camera, or several of one; or a {CONTAINER} of each individual",
        actual=", ".join(
            f"{_last(group)} of {camera or 'space'}" for group, camera in zip(groups, cameras, strict=True)
        ),
    )


def _skeleton(group: h5py.Group, path: Path) -> Skeleton:
    """Return the skeleton a group is linked to; the names of its series where it has none, or one of other names."""
    holder = group.file[_link(group, ("Skeleton",)) or group.name]
    nodes = texts(holder["nodes"]) if "nodes" in holder else ()
    try:
        if not nodes or not all(_find(group, node, safe) for node, safe in zip(nodes, file_names(nodes), strict=True)):
            return Skeleton(tuple(_series(group)))
        pairs = np.asarray(holder["edges"][()], dtype=np.int64).reshape(-1, 2) if "edges" in holder else ()
        return Skeleton(nodes, tuple((nodes[one], nodes[other]) for one, other in pairs))
    except (SkeletonError, IndexError) as error:
        raise FormatError(
            "the skeleton cannot be used",
            where=f"{path}, {holder.name}",
            expected="nodes, each once, and edges between them",
            actual=str(error),
        ) from error


def _find(group: h5py.Group, node: str, safe: str) -> str:
    """Return the path of a keypoint's series, "" where there is none."""
    series = _series(group)
    return next((series[name] for name in (node, safe, f"{SERIES}{node}") if name in series), "")


def _by_keypoint(group: h5py.Group, skeleton: Skeleton, path: Path) -> tuple[str, ...]:
    names = skeleton.keypoints
    found = {name: _find(group, name, safe) for name, safe in zip(names, file_names(names), strict=True)}
    missing = [name for name, series in found.items() if not series]
    if missing:
        raise FormatError(
            "a series is missing",
            where=f"{path}, {group.name}",
            expected=", ".join(names),
            actual=f"no {', '.join(missing)}",
        )
    return tuple(found.values())
