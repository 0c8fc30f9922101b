"""Does Lightning Pose load a folder that we wrote? ``python check_lightning_pose.py FOLDER EXPECTED.json``.

EXPECTED is a list of ``[picture, "", keypoint, x, y]``. Its own check of settings and its data set take the folder
as it is, its rows are aligned, its calibration is found, and every label comes back.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cpu_torchvision  # noqa: F401
import imgaug.augmenters as iaa
import numpy as np
from lightning_pose.api.model_config import ModelConfig
from lightning_pose.data.factory import get_dataset
from omegaconf import OmegaConf


def main(folder: Path, expected: Path) -> None:
    labels = {(row[0], row[2]): row[3:] for row in json.loads(expected.read_text())}
    settings = OmegaConf.load(folder / "config.yaml")
    ModelConfig(settings).validate()
    dataset = get_dataset(settings, data_dir=str(folder), imgaug_transform=iaa.Sequential([]))
    views = dict(getattr(dataset, "dataset", {"": dataset}))
    assert [*views] == list(settings.data.get("view_names") or [""])
    if (folder / "calibration.toml").is_file() and len(views) > 1:
        assert set(dataset.cam_params_df["file"]) == {"calibration.toml"}
    found = 0
    for view in views.values():
        for picture, points in zip(view.image_names, view.keypoints.numpy(), strict=True):
            assert (folder / picture).is_file(), picture
            for keypoint, point in zip(view.keypoint_names, points, strict=True):
                assert np.isfinite(point).all() == ((picture, keypoint) in labels), (picture, keypoint)
                if np.isfinite(point).all():
                    np.testing.assert_allclose(point, labels[picture, keypoint], atol=6e-4)
                    found += 1
    assert found == len(labels), (found, len(labels))
    for view in views.values():
        assert view[0]["images"].shape[0] == 3  # the tool opens the picture


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
