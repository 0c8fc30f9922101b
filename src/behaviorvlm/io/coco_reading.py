"""COCO keypoints, read: labels of pictures as points of cameras over time."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.coco import ABSENT, FILE, Json
from behaviorvlm.io.frame_pictures import PICTURES
from behaviorvlm.io.image_number import IMAGE_NUMBER
from behaviorvlm.io.keypoint_table import KeypointTable
from behaviorvlm.io.pose_of_tracks import pose_table
from behaviorvlm.types import FloatArray
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseTable

PARTS = ("images", "annotations", "categories")
ONE_CAMERA = "camera"
HEAD_BYTES = 4096


@dataclass(frozen=True)
class _View:
    """What a picture shows: a camera, a timepoint, and the frame of the camera's video."""

    camera: str
    timepoint: int
    frame: int
    folder: Path


def is_coco(path: Path) -> bool:
    """Return whether a file, or the ``annotations.json`` in a folder, holds COCO keypoints."""
    file = path / FILE if path.is_dir() else path
    try:
        with file.open("rb") as stream:
            begins = stream.read(HEAD_BYTES).lstrip()
        if not begins.startswith(b"{") or not any(
            f'"{key}"'.encode() in begins for key in (*PARTS, "info", "licenses")
        ):
            return False
        _category(_load(file), file)
    except (OSError, FormatError):
        return False
    return True


def read(path: Path) -> PoseTable:
    """Return the points of a file, or of the ``annotations.json`` in a folder.

    Where pictures do not say their camera and timepoint, those of a folder are one camera's, and the number in a name
    is its frame; pictures without numbers are counted. The n-th annotation of a picture is the n-th individual, where
    it does not say whose it is. A point that is flagged absent (0) is missing.

    Raises:
        FormatError: If it is no such file, has several skeletons, or its parts do not fit together.
    """
    file = path / FILE if path.is_dir() else path
    content = _load(file)
    category = _category(content, file)
    keypoints = tuple(map(str, category["keypoints"]))
    if len(set(keypoints)) < len(keypoints):
        raise _fault(file, "categories", expected="each keypoint once", actual=", ".join(keypoints))
    views = _views(content["images"], file)
    found: dict[str, dict[tuple[int, str], FloatArray]] = defaultdict(dict)
    for view, name, points in _labels(content, category, views, file=file):
        if (view.timepoint, name) in found[view.camera]:
            where = f"camera {view.camera}, timepoint {view.timepoint}"
            raise _fault(file, where, expected="each individual once", actual=f"{name} twice")
        found[view.camera][view.timepoint, name] = points
    if not found:
        raise _fault(file, "annotations", expected="some with keypoints", actual="none")
    tables = {camera: _table(rows, keypoints) for camera, rows in found.items()}
    edges = _edges(category, keypoints, file)
    poses = pose_table(tables, name=path.resolve().name if path.is_dir() else path.stem, where=str(file), edges=edges)
    of_camera = {view.camera: view for view in reversed(views.values())}
    return replace(
        poses,
        frame_offsets={camera: of_camera[camera].frame - of_camera[camera].timepoint for camera in tables},
        videos={
            camera: {PICTURES: str(of_camera[camera].folder)} for camera in tables if of_camera[camera].folder.is_dir()
        },
    )


def _load(file: Path) -> Json:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise FormatError(
            "the file cannot be read", where=str(file), expected="COCO's JSON", actual=str(error)
        ) from error
    missing = [part for part in PARTS if not isinstance(content, dict) or not isinstance(content.get(part), list)]
    if missing:
        raise _fault(file, missing[0], expected=f"lists of {', '.join(PARTS)}", actual="no such list")
    return dict(content)


def _category(content: Json, file: Path) -> Json:
    """Return the one category that has keypoints."""
    able = [one for one in content["categories"] if isinstance(one, dict) and one.get("keypoints")]
    if len(able) != 1:
        names = ", ".join(str(one.get("name")) for one in able)
        actual = f"{len(able)}: {names}" if able else "none"
        raise _fault(file, "categories", expected="one with keypoints", actual=actual)
    return dict(able[0])


def _views(images: list[Json], file: Path) -> dict[object, _View]:
    """Return what each picture shows, by its number in the file."""
    views: dict[object, _View] = {}
    for place, image in enumerate(images):
        try:
            name = Path(str(image["file_name"]))
            number = IMAGE_NUMBER.search(name.name)
            frame = int(image.get("frame", int(number.group(1)) if number else place))
            camera = str(image.get("camera", name.parent.name or ONE_CAMERA))
            view = _View(camera, int(image.get("timepoint", frame)), frame, (file.parent / name).parent)
            views[image["id"]] = view
        except (KeyError, TypeError, ValueError, AttributeError):
            expected = "id, file_name, and numbers where they are stated"
            raise _fault(file, f"image {place}", expected=expected, actual=str(image)[:80]) from None
    if len(views) < len(images):
        raise _fault(file, "images", expected="a number for each", actual=f"{len(images) - len(views)} numbers twice")
    return views


def _labels(
    content: Json, category: Json, views: Mapping[object, _View], *, file: Path
) -> list[tuple[_View, str, FloatArray]]:
    """Return view, individual and (keypoint, 2) px of each annotation with keypoints."""
    annotations = [one for one in content["annotations"] if isinstance(one, dict)]
    theirs = [one for one in annotations if one.get("category_id") == category["id"] and one.get("keypoints")]
    several = max(Counter(one.get("image_id") for one in theirs).values(), default=0) > 1
    seen: Counter[object] = Counter()
    labels = []
    for one in theirs:
        image, where = one.get("image_id"), f"annotation {one.get('id')}"
        if image not in views:
            raise _fault(file, where, expected="an image_id of images", actual=str(image))
        seen[image] += 1
        name = str(one.get("individual", f"animal_{seen[image]}" if several else ONE_ANIMAL))
        try:
            cells = np.array(one["keypoints"], dtype=np.float64).reshape(len(category["keypoints"]), 3)
        except (ValueError, TypeError):
            expected = f"{3 * len(category['keypoints'])} numbers: x, y, flag of each keypoint"
            raise _fault(file, where, expected=expected, actual=str(one["keypoints"])[:80]) from None
        labels.append((views[image], name, np.where(cells[:, 2:] == ABSENT, np.nan, cells[:, :2])))
    return labels


def _edges(category: Json, keypoints: tuple[str, ...], file: Path) -> tuple[tuple[str, str], ...]:
    try:
        pairs = [(int(a), int(b)) for a, b in category.get("skeleton") or []]
        if any(min(pair) < 1 for pair in pairs):
            raise IndexError
        return tuple((keypoints[a - 1], keypoints[b - 1]) for a, b in pairs)
    except (ValueError, TypeError, IndexError):
        expected = f"pairs of numbers from 1 to {len(keypoints)}"
        raise _fault(file, "skeleton", expected=expected, actual=str(category["skeleton"])[:80]) from None


def _table(rows: Mapping[tuple[int, str], FloatArray], keypoints: tuple[str, ...]) -> KeypointTable:
    names = tuple(dict.fromkeys(name for _, name in rows))
    timepoints = sorted({timepoint for timepoint, _ in rows})
    places = {timepoint: row for row, timepoint in enumerate(timepoints)}
    points = np.full((len(timepoints), len(names), len(keypoints), 2), np.nan)
    for (timepoint, name), theirs in rows.items():
        points[places[timepoint], names.index(name)] = theirs
    unknown = np.full(points.shape[:3], np.nan)
    return KeypointTable(names, keypoints, np.array(timepoints), points, unknown, np.full(len(timepoints), -1))


def _fault(file: Path, where: str, *, expected: str, actual: str) -> FormatError:
    return FormatError(
        "the labels cannot be used", where=f"{file}, {where}", expected=expected, actual=actual,
        remedy="export them again as COCO keypoints",
    )  # fmt: skip
