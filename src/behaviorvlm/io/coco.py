"""COCO keypoints: a folder with ``annotations.json`` and its pictures, each one view of one timepoint.

Pixels are counted from 0, and (0, 0) is the middle of the top left one, as everywhere here. Beside COCO's own keys,
pictures say their ``camera``, ``timepoint`` and ``frame``, and annotations whose they are (``individual``), so that all
of it is found again.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from behaviorvlm.errors import SettingsError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.export_folder import replacing_folder
from behaviorvlm.io.file_format import ExportOptions
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.frame_pictures import picture_name, pictures_at, write_png
from behaviorvlm.io.labelled_views import pick_labelled
from behaviorvlm.types import FloatArray
from behaviorvlm.types.pose_table import PoseTable

FILE, IMAGES = "annotations.json", "images"
SEEN, ABSENT = 2, 0
"""COCO's flags of a point."""
DECIMALS = 3
Json = dict[str, Any]


def write(path: Path, poses: PoseTable, options: ExportOptions | None = None) -> tuple[Path, ...]:
    """Write at most ``options.max_frames`` timepoints: each view that shows a point, with its picture.

    Returns:
        The folder.

    Raises:
        SettingsError: If the path is a .json file, there are no points in pictures, no video to take pictures from, or
            something else is in the place of the folder.
        VideoError: If a frame cannot be decoded.
        RunStorageError: If the disk refuses.
    """
    options = options or ExportOptions()
    if path.suffix.lower() == ".json":
        raise SettingsError(
            "COCO labels come with their pictures, in a folder",
            where=str(path),
            expected=f"a folder, in which {FILE} and {IMAGES}/ will be",
            actual="a .json file",
            remedy=f"name it {path.with_suffix('')}",
        )
    picked = pick_labelled(poses, options.max_frames)
    images: list[Json] = []
    annotations: list[Json] = []
    with replacing_folder(path, format="coco") as folder:
        for column, name in enumerate(file_names(poses.cameras)):
            camera, points = poses.cameras[column], picked.points_px[:, column]
            rows = np.flatnonzero(picked.seen[:, column].any(axis=(1, 2)))
            pictures = pictures_at(poses, camera, picked.timepoint[rows].tolist(), channel=options.channel)
            for row, (timepoint, picture) in zip(rows, pictures, strict=True):
                frame = poses.frame_of(timepoint, camera)
                image = _image(len(images) + 1, picture.shape, file=f"{IMAGES}/{name}/{picture_name(frame)}")
                write_png(folder / image["file_name"], picture)
                images.append({**image, "camera": camera, "timepoint": timepoint, "frame": frame})
                annotations += _annotations(poses, points[row], image=image["id"], first=len(annotations) + 1)
        content = {
            "info": {"description": poses.name, "contributor": options.scorer, **poses.provenance},
            "images": images,
            "annotations": annotations,
            "categories": [_category(poses)],
        }
        write_text(folder / FILE, json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n")
    return (path,)


def _image(number: int, shape: tuple[int, ...], *, file: str) -> Json:
    return {"id": number, "file_name": file, "width": shape[1], "height": shape[0]}


def _annotations(poses: PoseTable, points: FloatArray, *, image: int, first: int) -> list[Json]:
    """Return an annotation for each individual that shows any of its (individual, keypoint, 2) points."""
    made: list[Json] = []
    for name, theirs in zip(poses.individuals, points, strict=True):
        seen = np.isfinite(theirs).all(axis=1)
        if not seen.any():
            continue
        low, high = theirs[seen].min(axis=0), theirs[seen].max(axis=0)
        flags = np.where(seen, SEEN, ABSENT)
        cells = [
            [round(float(x), DECIMALS), round(float(y), DECIMALS), int(flag)] if flag else [0, 0, ABSENT]
            for (x, y), flag in zip(theirs, flags, strict=True)
        ]
        made.append(
            {
                "id": first + len(made),
                "image_id": image,
                "category_id": 1,
                "individual": name,
                "keypoints": [number for cell in cells for number in cell],
                "num_keypoints": int(seen.sum()),
                "bbox": np.round([*low, *(high - low)], DECIMALS).tolist(),
                "area": round(float(np.prod(high - low)), DECIMALS),
                "iscrowd": 0,
            }
        )
    return made


def _category(poses: PoseTable) -> Json:
    """Return the skeleton; COCO counts its keypoints from 1."""
    return {
        "id": 1,
        "name": "animal",
        "supercategory": "animal",
        "keypoints": [*poses.keypoints],
        "skeleton": (poses.skeleton.edge_indices + 1).tolist(),
    }
