"""Does movement open what we wrote? ``python check_movement.py EXPECTED.npz FILE.nc ...``, or anipose's FILE.csv.

EXPECTED holds, for each file by its number, ``position_0`` as (time, space, keypoint, individual) and ``confidence_0``,
and ``keypoints``, ``individuals``, ``fps``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import xarray as xr
from movement.io import load_poses
from movement.kinematics import compute_speed
from movement.validators.datasets import ValidPosesInputs


def main(expected: dict[str, np.ndarray], paths: list[Path]) -> None:
    for number, path in enumerate(paths):
        if path.suffix == ".csv":
            dataset = load_poses.from_anipose_file(path, fps=float(expected["fps"]))
            dataset = dataset.sel(keypoint=expected["keypoints"])  # it brings them in an order of its own
        else:
            dataset = xr.load_dataset(path)
            assert dataset.attrs["fps"] == float(expected["fps"])
            assert list(dataset.individual.values) == expected["individuals"].tolist()
        ValidPosesInputs.validate(dataset)
        assert dataset.position.dims == ("time", "space", "keypoint", "individual")
        assert list(dataset.keypoint.values) == expected["keypoints"].tolist()
        np.testing.assert_allclose(dataset.position.values, expected[f"position_{number}"], atol=1e-4)
        np.testing.assert_allclose(dataset.confidence.values, expected[f"confidence_{number}"], atol=1e-4)
        np.testing.assert_allclose(dataset.time.values, np.arange(len(dataset.time)) / float(expected["fps"]))
        assert compute_speed(dataset.position).sizes["time"] == len(dataset.time)


if __name__ == "__main__":
    main(dict(np.load(sys.argv[1])), [Path(word) for word in sys.argv[2:]])
