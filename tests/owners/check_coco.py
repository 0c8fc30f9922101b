"""Does pycocotools open what we wrote? ``python check_coco.py FOLDER EXPECTED.json``.

EXPECTED holds ``labels``, a list of ``[picture, individual, keypoint, x, y]``, ``keypoints`` and ``edges``. Every label
comes back, and scoring the labels against themselves by object keypoint similarity gives 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def main(folder: Path, expected: dict[str, list]) -> None:
    coco = COCO(str(folder / "annotations.json"))
    (category,) = coco.loadCats(coco.getCatIds())
    keypoints = expected["keypoints"]
    assert category["keypoints"] == keypoints
    assert [[keypoints[a - 1], keypoints[b - 1]] for a, b in category["skeleton"]] == expected["edges"]
    labels = {tuple(row[:3]): row[3:] for row in expected["labels"]}
    found = 0
    for image in coco.loadImgs(coco.getImgIds()):
        assert iio.imread(folder / image["file_name"]).shape == (image["height"], image["width"], 3)
        for one in coco.loadAnns(coco.getAnnIds(image["id"])):
            cells = np.reshape(one["keypoints"], (-1, 3))
            assert one["num_keypoints"] == (cells[:, 2] > 0).sum()
            for keypoint, (x, y, flag) in zip(keypoints, cells, strict=True):
                key = (image["file_name"], one["individual"], keypoint)
                assert (flag > 0) == (key in labels), key
                if flag:
                    np.testing.assert_allclose([x, y], labels[key], atol=6e-4)
                    found += 1
    assert found == len(labels), (found, len(labels))
    check_score(coco, len(keypoints))


def check_score(coco: COCO, count: int) -> None:
    """Score the labels against themselves."""
    same = [{key: one[key] for key in ("image_id", "category_id", "keypoints")} for one in coco.dataset["annotations"]]
    scored = COCOeval(coco, coco.loadRes([{**one, "score": 1.0} for one in same]), "keypoints")
    scored.params.kpt_oks_sigmas = np.full(count, 0.05)
    scored.evaluate()
    scored.accumulate()
    scored.summarize()
    assert scored.stats[0] == 1.0, scored.stats


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
