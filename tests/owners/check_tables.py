"""Do pandas, pyarrow, scipy, NumPy and OpenCV read what we wrote? ``python check_tables.py EXPECTED.npz FOLDER``.

FOLDER holds ``poses.csv``, ``poses.parquet``, ``points3d.csv`` (anipose), ``dannce/``, ``jarvis/``, ``rig.yaml``,
``rig.xml``, ``rig.mat``. EXPECTED holds a pose table's arrays, one individual, and ``names``, ``matrix``,
``distortion``, ``rotation``, ``rvec``, ``tvec`` of the cameras. DANNCE and JARVIS cannot be installed: their files are
taken apart here by the steps of their own loaders.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from scipy.io import loadmat

DIGITS = 6e-5
KEYS = {"camera_matrix": "matrix", "distortion_coefficients": "distortion", "rvec": "rvec", "tvec": "tvec"}


def main(expected: dict[str, np.ndarray], folder: Path) -> None:
    check_frame(pd.read_csv(folder / "poses.csv"), expected, DIGITS)
    check_frame(pd.read_parquet(folder / "poses.parquet"), expected, 0)
    check_anipose(pd.read_csv(folder / "points3d.csv"), expected)
    (labels,) = (folder / "dannce").glob("*_dannce.mat")
    check_dannce(labels, folder / "dannce" / "save_data_AVG.mat", expected)
    check_jarvis(folder / "jarvis", expected)
    check_matlab_cameras(folder / "rig.mat", expected)
    for name in ("rig.yaml", "rig.xml"):
        check_opencv(folder / name, expected)


def check_frame(frame: pd.DataFrame, expected: dict[str, np.ndarray], atol: float) -> None:
    for place, name in enumerate(expected["keypoints"].tolist()):
        rows = frame[frame.keypoint == name].set_index("timepoint").reindex(range(len(expected["points_mm"])))
        same(rows[["x_mm", "y_mm", "z_mm"]], expected["points_mm"][:, 0, place], atol)
        same(rows["error_px"], expected["error_px"][:, 0, place], atol)
        same(rows["score"], expected["score"][:, 0, place], atol)
        views = expected["n_views"][:, 0, place]
        same(rows["views"], np.where(views < 0, np.nan, views), 0)
        for camera, label in enumerate(expected["names"].tolist()):
            same(rows[[f"{label}_x_px", f"{label}_y_px"]], expected["points_px"][:, camera, 0, place], atol)
            same(rows[f"{label}_confidence"], expected["confidence"][:, camera, 0, place], atol)


def check_anipose(frame: pd.DataFrame, expected: dict[str, np.ndarray]) -> None:
    rows = frame.set_index("fnum").reindex(range(len(expected["points_mm"])))
    for place, name in enumerate(expected["keypoints"].tolist()):
        same(rows[[f"{name}_{axis}" for axis in "xyz"]], expected["points_mm"][:, 0, place], DIGITS)
        same(rows[f"{name}_error"], expected["error_px"][:, 0, place], DIGITS)


def check_dannce(labels: Path, predictions: Path, expected: dict[str, np.ndarray]) -> None:
    parts = [{key: one[0][key][0, 0] for key in one[0].dtype.names} for one in loadmat(labels)["labelData"]]
    frames = np.squeeze(parts[0]["data_frame"].astype(int))
    for camera, part in enumerate(parts):
        data = np.transpose(np.reshape(part["data_2d"], [len(frames), -1, 2]), [0, 2, 1]) - 1
        same(data.transpose(0, 2, 1), expected["points_px"][frames, camera, 0], 1e-9)
    data = np.transpose(np.reshape(parts[0]["data_3d"], [len(frames), -1, 3]), [0, 2, 1])
    same(data.transpose(0, 2, 1), expected["points_mm"][frames, 0], 1e-9)
    assert [name[0] for name in loadmat(labels)["camnames"][0]] == expected["names"].tolist()
    same(loadmat(predictions)["pred"].transpose(0, 2, 1), expected["points_mm"][:, 0], 1e-9)
    same(loadmat(predictions)["p_max"], expected["score"][:, 0], 1e-9)
    check_matlab_cameras(labels, expected)


def check_matlab_cameras(path: Path, expected: dict[str, np.ndarray]) -> None:
    """Project as DANNCE does: row vectors, pixels from 1, radial and tangential distortion."""
    points = np.random.default_rng(0).normal(0, 50, (20, 3))
    for place, one in enumerate(loadmat(path)["params"]):
        part = {key: one[0][key][0, 0] for key in one[0].dtype.names}
        seen = points @ part["r"] + part["t"]
        x, y = (seen[:, :2] / seen[:, 2:]).T
        (k1, k2, k3), (p1, p2) = part["RDistort"].ravel(), part["TDistort"].ravel()
        r2 = x**2 + y**2
        radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
        bent_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2)
        bent_y = y * radial + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y
        pixels = (np.column_stack([bent_x, bent_y, np.ones(20)]) @ part["K"])[:, :2] - 1
        same(pixels, projected(points, expected, place, bent=True), 1e-8)


def check_jarvis(folder: Path, expected: dict[str, np.ndarray]) -> None:
    data = np.genfromtxt(folder / "predictions3D" / "data3D.csv", delimiter=",")[2:]
    points = np.delete(data, list(range(3, data.shape[1], 4)), axis=1)
    same(points.reshape(len(data), -1, 3), expected["points_mm"][:, 0], DIGITS)
    for place, name in enumerate(expected["names"].tolist()):
        data = np.genfromtxt(folder / "predictions2D" / name / "data2D.csv", delimiter=",")[2:]
        points = np.delete(data, list(range(2, data.shape[1], 3)), axis=1)
        same(points.reshape(len(data), -1, 2), expected["points_px"][:, place, 0], DIGITS)
        storage = cv2.FileStorage(str(folder / "calib_params" / f"{name}.yaml"), cv2.FILE_STORAGE_READ)
        matrices = {key: storage.getNode(key).mat() for key in ("R", "T", "intrinsicMatrix")}
        camera = np.concatenate([matrices["R"], matrices["T"].reshape(1, 3)]) @ matrices["intrinsicMatrix"]
        there = np.random.default_rng(0).normal(0, 50, (20, 3))
        pixels = np.column_stack([there, np.ones(20)]) @ camera  # its own steps, without distortion
        same(pixels[:, :2] / pixels[:, 2:], projected(there, expected, place, bent=False), 1e-8)


def projected(points: np.ndarray, expected: dict[str, np.ndarray], place: int, *, bent: bool) -> np.ndarray:
    pose = expected["rvec"][place], expected["tvec"][place]
    lens = expected["distortion"][place] if bent else None
    return cv2.projectPoints(points, *pose, expected["matrix"][place], lens)[0][:, 0]


def check_opencv(path: Path, expected: dict[str, np.ndarray]) -> None:
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
    assert storage.getNode("units").string() == "mm"
    for place, name in enumerate(expected["names"].tolist()):
        node = storage.getNode(f"cam_{place}")
        assert node.getNode("name").string() == name
        for key, wanted in KEYS.items():
            same(node.getNode(key).mat().ravel(), expected[wanted][place].ravel(), 0)


def same(found: object, expected: np.ndarray, atol: float) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=np.float64), expected, rtol=0, atol=atol)


if __name__ == "__main__":
    main(dict(np.load(sys.argv[1])), Path(sys.argv[2]))
