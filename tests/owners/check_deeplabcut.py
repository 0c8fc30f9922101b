"""Does DeepLabCut train on a project that we wrote? ``python check_deeplabcut.py PROJECT EXPECTED.json``.

EXPECTED is a list of ``[picture, individual, keypoint, x, y]`` (individual "" where there is one). DeepLabCut reads the
tables, makes a training set, and its loader gives back every label.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cpu_torchvision  # noqa: F401
import deeplabcut
import numpy as np
import pandas as pd
from deeplabcut.pose_estimation_pytorch.data import DLCLoader


def main(project: Path, expected: Path) -> None:
    labels = {tuple(row[:3]): row[3:] for row in json.loads(expected.read_text())}
    files = sorted(project.glob("labeled-data/*/CollectedData_*.h5"))
    assert files
    compare(pd.concat([pd.read_hdf(file) for file in files]), labels)
    for file in files:
        text = pd.read_csv(
            file.with_suffix(".csv"), header=list(range(pd.read_hdf(file).columns.nlevels)), index_col=[0, 1, 2]
        )
        pd.testing.assert_frame_equal(text, pd.read_hdf(file), check_names=False, check_dtype=False)
    deeplabcut.create_training_dataset(str(project / "config.yaml"), net_type="resnet_50")
    made = sorted(project.glob("training-datasets/**/CollectedData_*.h5"))
    assert len(made) == 1, made
    compare(pd.read_hdf(made[0]), labels)
    loader = DLCLoader(project / "config.yaml", shuffle=1)
    images = [image for mode in ("train", "test") for image in loader.load_data(mode)["images"]]
    assert len(images) == len({key[0] for key in labels}), len(images)
    for image in images:
        assert Path(image["file_name"]).is_file() and image["width"] > 0
    sizes = {Path(image["file_name"]).relative_to(project).as_posix(): image for image in images}
    inside = [
        key for key, (x, y) in labels.items() if 0 < x < sizes[key[0]]["width"] and 0 < y < sizes[key[0]]["height"]
    ]
    shown = [one for mode in ("train", "test") for one in loader.load_data(mode)["annotations"]]
    points = np.concatenate([np.asarray(one["keypoints"]).reshape(-1, 3) for one in shown])
    assert (points[:, 2] > 0).sum() == len(inside), ((points[:, 2] > 0).sum(), len(inside))


def compare(table: pd.DataFrame, labels: dict[tuple[str, str, str], list[float]]) -> None:
    """Every label stands in the table, and nothing else does."""
    found = 0
    for picture, row in table.iterrows():
        name = picture if isinstance(picture, str) else "/".join(picture)
        for column in {tuple(column[1:-1]) for column in table.columns}:
            values = [row[(table.columns[0][0], *column, axis)] for axis in "xy"]
            key = (name, column[0] if len(column) > 1 else "", column[-1])
            if np.isnan(values).any():
                assert key not in labels, key
                continue
            np.testing.assert_allclose(values, labels[key], atol=6e-4)
            found += 1
    assert found == len(labels), (found, len(labels))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]))
