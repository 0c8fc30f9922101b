"""Every kind of calibration: there and back, told by its content, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from session_files import edit, make_poses, make_rig

from behaviorvlm.errors import CalibrationError, FormatError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io import anipose, jarvis_calibration, opencv_calibration
from behaviorvlm.io.calibration_file import read_calibration, read_camera_names
from behaviorvlm.io.opencv_storage import storage_text
from behaviorvlm.io.registry import FORMATS, function
from behaviorvlm.types import Camera, CameraGroup

SIZE = (64, 48)
KINDS = {
    "anipose": "rig.toml",
    "dannce": "rig.mat",
    "jarvis": "calib_params",
    "opencv": "rig.yaml",
    "opencv-xml": "rig.xml",
    "sleap": "rig.json",
}


def bent_rig(names: tuple[str, ...] = ("cam0", "cam1", "cam2")) -> CameraGroup:
    """Return a rig with skew and distortion, its cameras named."""
    cameras = []
    for name, camera in zip(names, make_rig(len(names)), strict=True):
        matrix = camera.matrix.copy()
        matrix[0, 1] = -0.8
        bent = np.array([-0.16, 0.09, -0.001, -0.004, -0.07])
        cameras.append(Camera(name, SIZE, matrix, bent, camera.rvec, camera.tvec))
    return CameraGroup(tuple(cameras))


def write(kind: str, path: Path, rig: CameraGroup) -> Path:
    name = kind.removesuffix("-xml")
    row = next(one for one in FORMATS if one.name == name and one.content == "calibration")
    function(row.write)(path / KINDS[kind], rig)
    return path / KINDS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_there_and_back(tmp_path: Path, kind: str) -> None:
    rig, points = bent_rig(), make_poses()
    path = write(kind, tmp_path, rig)
    again = read_calibration(path, image_size=SIZE)
    assert again.names == read_camera_names(path) == rig.names
    assert [camera.image_size for camera in again] == [SIZE] * 3
    np.testing.assert_allclose(project_all(points, again), project_all(points, rig), atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_known_by_its_content_and_only_it(tmp_path: Path, kind: str) -> None:
    path = write(kind, tmp_path, bent_rig())
    rows = [row for row in FORMATS if row.content == "calibration" and row.recognize]
    assert [row.name for row in rows if function(row.recognize)(path)] == [kind.removesuffix("-xml")]


@pytest.mark.parametrize("kind", ["anipose", "opencv", "opencv-xml", "sleap", "dannce"])
def test_names_of_any_script(tmp_path: Path, kind: str) -> None:
    names = ('caméra "1"', "../上", "a/b & <c>")
    assert read_camera_names(write(kind, tmp_path, bent_rig(names))) == names


def test_hostile_names_stay_in_the_folder(tmp_path: Path) -> None:
    path = write("jarvis", tmp_path / "out", bent_rig(("../../a", "b/c", "B_c")))
    written = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(written) == 3
    assert {one.parent for one in written} == {path}
    assert len(read_calibration(path, image_size=SIZE)) == 3


@pytest.mark.parametrize("kind", ["dannce", "jarvis"])
def test_sizes_that_no_file_holds_are_asked_for(tmp_path: Path, kind: str) -> None:
    path = write(kind, tmp_path, bent_rig())
    with pytest.raises(CalibrationError, match="image size is not known"):
        read_calibration(path)
    assert read_calibration(path, image_size=dict.fromkeys(bent_rig().names, SIZE)).names == bent_rig().names


@pytest.mark.parametrize("kind", ["opencv", "sleap", "anipose"])
def test_units_must_be_stated(tmp_path: Path, kind: str) -> None:
    path = write(kind, tmp_path, bent_rig())
    path.write_text(path.read_text().replace("units", "other"))
    with pytest.raises(CalibrationError, match="does not say its units"):
        read_calibration(path)
    rig = read_calibration(path, units="cm")
    np.testing.assert_allclose(rig.cameras[0].tvec, 10 * bent_rig().cameras[0].tvec)


@pytest.mark.parametrize("kind", KINDS)
def test_meters_taken_for_millimetres_are_noticed(tmp_path: Path, kind: str) -> None:
    small = [Camera(c.name, SIZE, c.matrix, c.distortion, c.rvec, c.tvec / 1000) for c in bent_rig()]
    path = write(kind, tmp_path, CameraGroup(tuple(small)))
    with pytest.raises(CalibrationError, match="units look wrong") as caught:
        read_calibration(path, image_size=SIZE)
    assert 'units = "m"' in caught.value.remedy
    np.testing.assert_allclose(
        read_calibration(path, image_size=SIZE, units="m").cameras[1].tvec, bent_rig().cameras[1].tvec
    )


def test_what_a_folder_of_opencv_files_says(tmp_path: Path) -> None:
    for camera in bent_rig():
        content = {"K": camera.matrix.copy(), "dist_coeffs": camera.distortion[:, None].copy(), "units": "mm"}
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = camera.rotation, camera.tvec
        (tmp_path / f"{camera.name}.yml").write_text(storage_text({**content, "extrinsics": pose}))
    rig = read_calibration(tmp_path, image_size=SIZE)
    assert rig.names == bent_rig().names
    np.testing.assert_allclose(project_all(make_poses(), rig), project_all(make_poses(), bent_rig()), atol=1e-8)


def test_opencvs_stereo_sample(tmp_path: Path) -> None:
    one, other = make_rig(2)
    turn = other.rotation @ one.rotation.T
    for name, content in {
        "intrinsics.yml": {"M1": one.matrix, "D1": one.distortion, "M2": other.matrix, "D2": other.distortion},
        "extrinsics.yml": {"R": turn, "T": (other.tvec - turn @ one.tvec)[:, None]},
    }.items():
        storage = cv2.FileStorage(str(tmp_path / name), cv2.FILE_STORAGE_WRITE)
        for key, value in content.items():
            storage.write(key, np.array(value))
        storage.release()
    rig = read_calibration(tmp_path, units="mm", image_size=SIZE)
    assert rig.names == ("camera1", "camera2")
    seen = make_poses() @ one.rotation.T + one.tvec  # the first camera is the world
    np.testing.assert_allclose(project_all(seen, rig), project_all(make_poses(), make_rig(2)), atol=1e-8)


def test_the_cameras_of_a_slp(tmp_path: Path) -> None:
    tables = anipose.tables_of_rig(bent_rig())
    for key in ("cam_0", "cam_1", "cam_2"):
        tables[key]["size"] = ""  # as sleap-io says that it is not known
    with h5py.File(tmp_path / "labels.slp", "w") as file:
        file["sessions_json"] = [json.dumps({"calibration": {**tables, "metadata": {}}})]
    rig = read_calibration(tmp_path / "labels.slp", units="mm", image_size=SIZE)
    assert rig.names == bent_rig().names
    with h5py.File(tmp_path / "none.slp", "w") as file:
        file["metadata"] = [1]
    with pytest.raises(FormatError, match="cannot be read"):
        read_calibration(tmp_path / "none.slp", units="mm")


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "opencv, no yaml": (lambda path: path.with_suffix(".yaml").write_text("camera: [1, 2"), "cannot be read"),
    "opencv, empty": (lambda path: path.with_suffix(".yml").write_text(""), "cannot be read"),
    "opencv, other content": (
        lambda path: path.with_suffix(".yaml").write_text(storage_text({"a": "b"})),
        "no cameras",
    ),
    "sleap, no json": (lambda path: path.with_suffix(".json").write_text("{"), "cannot be read"),
    "sleap, a list": (lambda path: path.with_suffix(".json").write_text("[1]"), "no camera group"),
    "a folder without files": (lambda path: path.mkdir(), "no cameras"),
    "another ending": (lambda path: path.with_suffix(".txt").write_text("x"), "names no kind of calibration"),
}


@pytest.mark.parametrize(("make", "message"), BAD.values(), ids=BAD.keys())
def test_what_is_no_calibration_is_refused(tmp_path: Path, make: Callable[[Path], object], message: str) -> None:
    make(tmp_path / "rig")
    (path,) = tmp_path.iterdir()
    with pytest.raises((FormatError, CalibrationError), match=message):
        read_calibration(path, units="mm", image_size=SIZE)


def test_matrices_the_wrong_way_round_are_refused(tmp_path: Path) -> None:
    rig = bent_rig()
    for camera in rig:
        content = {"intrinsicMatrix": camera.matrix.copy(), "distortionCoefficients": np.zeros((1, 5))}
        content |= {"R": camera.rotation.copy(), "T": camera.tvec[:, None].copy()}
        (tmp_path / f"{camera.name}.yaml").write_text(storage_text(content))
    with pytest.raises(CalibrationError, match="intrinsicMatrix is not JARVIS's") as caught:
        jarvis_calibration.read_calibration(tmp_path, image_size=SIZE)
    assert "cam0.yaml" in caught.value.where
    again = opencv_calibration.read_calibration(tmp_path, units="mm", image_size=SIZE)  # which is OpenCV's way
    np.testing.assert_allclose(again.cameras[1].matrix, rig.cameras[1].matrix)


def test_intrinsics_alone_place_no_camera(tmp_path: Path) -> None:
    path = write("opencv", tmp_path, bent_rig())
    edit(path, "rvec", "other")
    with pytest.raises(CalibrationError, match="pose of the camera is missing") as caught:
        read_calibration(path)
    assert "camera cam0" in caught.value.where
    assert "no rotation" in caught.value.actual
