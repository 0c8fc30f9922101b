from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from label_files import SKELETON, make_poses, points_of, same_points, with_videos

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.coco import write
from behaviorvlm.io.coco_reading import is_coco, read
from behaviorvlm.io.file_format import ExportOptions


@pytest.mark.parametrize("individuals", [("animal",), ("Ann", "Bób")])
def test_labels_are_read_back(tmp_path: Path, individuals: tuple[str, ...]) -> None:
    poses = with_videos(make_poses(individuals=individuals), tmp_path, offsets={"cam1": 2})
    assert write(tmp_path / "out", poses, ExportOptions(max_frames=4)) == (tmp_path / "out",)
    assert is_coco(tmp_path / "out") and is_coco(tmp_path / "out" / "annotations.json")
    again = read(tmp_path / "out")
    assert (again.cameras, again.individuals, again.skeleton.edges) == (poses.cameras, individuals, SKELETON.edges)
    assert again.frame_offsets == {"cam0": 0, "cam1": 2}
    assert same_points(again, poses, limit=4)
    write(tmp_path / "again", again)
    one, other = (json.loads((tmp_path / name / "annotations.json").read_text()) for name in ("out", "again"))
    assert (one["images"], one["annotations"]) == (other["images"], other["annotations"])


def test_the_file_is_as_coco_wants_it(tmp_path: Path) -> None:
    write(tmp_path / "out", with_videos(make_poses(), tmp_path), ExportOptions(max_frames=3))
    content = json.loads((tmp_path / "out" / "annotations.json").read_text())
    for image in content["images"]:
        assert (tmp_path / "out" / image["file_name"]).is_file()
        assert (image["width"], image["height"]) == (64, 48)
    for one in content["annotations"]:
        cells = np.reshape(one["keypoints"], (-1, 3))
        assert one["num_keypoints"] == (cells[:, 2] == 2).sum() > 0
        assert (cells[cells[:, 2] == 0] == 0).all()
        left, top, width, height = one["bbox"]
        seen = cells[cells[:, 2] > 0]
        np.testing.assert_allclose(
            [*seen[:, :2].min(0), *np.ptp(seen[:, :2], axis=0)], [left, top, width, height], atol=2e-3
        )
    assert content["categories"][0]["skeleton"] == [[1, 2], [1, 4]]


def test_a_json_file_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="in a folder"):
        write(tmp_path / "out.json", make_poses())


def others() -> dict[str, Any]:
    """Return labels as other tools write them: pictures of two folders, two animals without names."""
    return {
        "images": [
            {"id": 7, "file_name": "top/img0003.png", "width": 9, "height": 9},
            {"id": 8, "file_name": "side/img0003.png", "width": 9, "height": 9},
        ],
        "categories": [
            {"id": 1, "name": "box"},
            {"id": 2, "name": "mouse", "keypoints": ["nose", "tail"], "skeleton": [[1, 2]]},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 2, "keypoints": [1, 2, 2, 0, 0, 0]},
            {"id": 2, "image_id": 7, "category_id": 2, "keypoints": [3, 4, 1, 5, 6, 2]},
            {"id": 3, "image_id": 8, "category_id": 2, "keypoints": [7, 8, 2, 9, 9, 2]},
            {"id": 4, "image_id": 8, "category_id": 1},
        ],
    }


def test_labels_of_others(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(others()))
    poses = read(tmp_path / "a.json")
    assert (poses.cameras, poses.individuals, poses.skeleton.edges) == (
        ("top", "side"), ("animal_1", "animal_2"), (("nose", "tail"),),
    )  # fmt: skip
    assert points_of(poses) == {
        ("top", 3, "animal_1", "nose"): [1, 2],
        ("top", 3, "animal_2", "nose"): [3, 4],
        ("top", 3, "animal_2", "tail"): [5, 6],
        ("side", 3, "animal_1", "nose"): [7, 8],
        ("side", 3, "animal_1", "tail"): [9, 9],
    }


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no images": (lambda c: c.pop("images"), "images"),
    "two skeletons": (lambda c: c["categories"][0].update(keypoints=["a"]), "2: box, mouse"),
    "no skeleton": (lambda c: c["categories"].pop(), "one with keypoints"),
    "names twice": (lambda c: c["categories"][1].update(keypoints=["nose", "nose"]), "each keypoint once"),
    "short": (lambda c: c["annotations"][0].update(keypoints=[1, 2, 2]), "annotation 1"),
    "unknown picture": (lambda c: c["annotations"][2].update(image_id=99), "annotation 3"),
    "same individual": (lambda c: [a.update(individual="x") for a in c["annotations"]], "each individual once"),
    "edge to nowhere": (lambda c: c["categories"][1].update(skeleton=[[0, 1]]), "from 1 to 2"),
    "number twice": (lambda c: c["images"][1].update(id=7), "1 numbers twice"),
    "picture without name": (lambda c: c["images"][1].pop("file_name"), "image 1"),
    "no labels": (lambda c: c["annotations"].clear(), "some with keypoints"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(tmp_path: Path, fault: str) -> None:
    content = others()
    FAULTS[fault][0](content)
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(FormatError, match=FAULTS[fault][1]) as caught:
        read(tmp_path / "a.json")
    assert "a.json" in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"images": 3, "annotations": 1, "categories": 2}'])
def test_other_files_are_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert not is_coco(tmp_path / "a.json")
    assert not is_coco(tmp_path)
    with pytest.raises(FormatError, match=r"a\.json"):
        read(tmp_path / "a.json")
