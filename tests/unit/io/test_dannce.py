from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat
from session_files import make_poses, make_rig

from behaviorvlm.errors import CalibrationError, FormatError, SkeletonError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.dannce import (
    read_calibration,
    read_camera_names,
    read_poses,
    read_skeleton,
    write_calibration,
)
from behaviorvlm.types import Camera, CameraGroup

SIZE = (64, 48)


def skewed_rig() -> CameraGroup:
    """Return a rig with skew and distortion."""
    cameras = []
    for camera in make_rig(3):
        matrix = camera.matrix.copy()
        matrix[0, 1] = -5.8
        bent = np.array([-0.16, 0.9, -0.001, -0.004, -2.7])
        cameras.append(Camera(camera.name, SIZE, matrix, bent, camera.rvec, camera.tvec))
    return CameraGroup(tuple(cameras))


def matlab_params(camera: Camera) -> dict[str, np.ndarray]:
    """Return what MATLAB's calibrator says of a camera, written out here and not by the code under test."""
    matrix = camera.matrix.T.copy()
    matrix[2, :2] += 1
    k1, k2, p1, p2, k3 = camera.distortion
    return {
        "K": matrix,
        "RDistort": np.array([[k1, k2, k3]]),
        "TDistort": np.array([[p1, p2]]),
        "r": camera.rotation.T,
        "t": camera.tvec[None],
    }


def label3d(rig: CameraGroup) -> dict[str, object]:
    """Return the variables of a Label3D file with 3 labelled timepoints."""
    poses = make_poses()
    pixels = project_all(poses, rig) + 1
    params, labels = (np.empty((len(rig), 1), dtype=object) for _ in range(2))
    for index, camera in enumerate(rig):
        params[index, 0] = matlab_params(camera)
        labels[index, 0] = {
            "data_3d": poses.reshape(3, -1),
            "data_2d": pixels[index].reshape(3, -1),
            "data_frame": np.array([[4], [7], [9]]),
        }
    return {"params": params, "labelData": labels, "camnames": np.array([rig.names], dtype=object)}


def write_v73(path: Path, variables: Mapping[str, object]) -> None:
    """Write variables as MATLAB's version 7.3 does: cells of references, columns first, texts as UTF-16 numbers."""
    with h5py.File(path, "w") as file:
        refs = file.create_group("#refs#")

        def put(group: h5py.Group, name: str, value: object) -> None:
            if isinstance(value, dict):
                struct = group.create_group(name)
                struct.attrs["MATLAB_class"] = np.bytes_("struct")
                for key, item in value.items():
                    put(struct, key, item)
            elif isinstance(value, str):
                group[name] = np.array([[ord(letter)] for letter in value], dtype=np.uint16)
                group[name].attrs["MATLAB_class"] = np.bytes_("char")
            elif np.asarray(value).dtype == object:
                links = np.empty(np.asarray(value).T.shape, dtype=h5py.ref_dtype)
                for place, item in np.ndenumerate(np.asarray(value).T):
                    number = f"item{len(refs)}"
                    put(refs, number, item)
                    links[place] = refs[number].ref
                group[name] = links
                group[name].attrs["MATLAB_class"] = np.bytes_("cell")
            else:
                group[name] = np.asarray(value).T
                group[name].attrs["MATLAB_class"] = np.bytes_("double")

        for name, value in variables.items():
            put(file, name, value)


WRITERS = pytest.mark.parametrize("write", [savemat, write_v73], ids=["v5", "v7.3"])
Writer = Callable[[Path, Mapping[str, object]], None]


@WRITERS
def test_matlab_cameras_become_opencvs(tmp_path: Path, write: Writer) -> None:
    rig = skewed_rig()
    write(tmp_path / "label3d.mat", label3d(rig))
    read = read_calibration(tmp_path / "label3d.mat", image_size=SIZE)
    assert read.names == read_camera_names(tmp_path / "label3d.mat") == rig.names
    for camera, expected in zip(read, rig, strict=True):
        np.testing.assert_allclose(camera.matrix, expected.matrix, atol=1e-10)
        np.testing.assert_array_equal(camera.distortion, expected.distortion)
        np.testing.assert_allclose(camera.rotation, expected.rotation, atol=1e-12)
        np.testing.assert_allclose(camera.tvec, expected.tvec)


@WRITERS
def test_labels_are_projections_in_our_pixels(tmp_path: Path, write: Writer) -> None:
    write(tmp_path / "label3d.mat", label3d(skewed_rig()))
    labels = read_poses(tmp_path / "label3d.mat")
    rig = read_calibration(tmp_path / "label3d.mat", image_size=SIZE)
    np.testing.assert_allclose(labels.points_mm, make_poses())
    np.testing.assert_allclose(labels.points_px, np.moveaxis(project_all(labels.points_mm, rig), 0, 1), atol=1e-9)
    np.testing.assert_array_equal(labels.frames, [[4] * 3, [7] * 3, [9] * 3])


def test_round_trip(tmp_path: Path) -> None:
    rig = skewed_rig()
    write_calibration(tmp_path / "rig.mat", rig)
    again = read_calibration(tmp_path / "rig.mat", image_size=dict.fromkeys(rig.names, SIZE))
    points = make_poses()
    np.testing.assert_allclose(project_all(points, again), project_all(points, rig), atol=1e-9)
    assert again.names == rig.names


def test_units_and_usual_names(tmp_path: Path) -> None:
    variables = label3d(skewed_rig())
    del variables["camnames"]
    savemat(tmp_path / "rig.mat", variables)
    rig = read_calibration(tmp_path / "rig.mat", image_size=SIZE, units="cm")
    assert rig.names == ("Camera1", "Camera2", "Camera3")
    np.testing.assert_allclose(rig.cameras[0].tvec, 10 * skewed_rig().cameras[0].tvec)


def test_a_size_nobody_knows_is_asked_for(tmp_path: Path) -> None:
    write_calibration(tmp_path / "rig.mat", skewed_rig())
    with pytest.raises(CalibrationError, match="image size is not known") as caught:
        read_calibration(tmp_path / "rig.mat", image_size={"cam0": SIZE})
    assert "camera cam1" in caught.value.where
    assert "image_size = [width, height]" in caught.value.remedy


def broken(change: Callable[[dict[str, np.ndarray]], None]) -> dict[str, object]:
    variables = label3d(skewed_rig())
    change(variables["params"][1, 0])  # type: ignore[index]
    return variables


BAD = {
    "mirrored": (lambda p: p.update(r=p["r"] * [1, 1, -1]), "mirrored or no rotation"),
    "no rotation": (lambda p: p.update(r=p["r"] * 2), "mirrored or no rotation"),
    "not finite": (lambda p: p.update(r=p["r"] * np.nan), "mirrored or no rotation"),
    "not transposed": (lambda p: p.update(K=p["K"].T), "K is not MATLAB's"),
    "mirrored matrix": (lambda p: p.update(K=p["K"] * [-1, 1, 1]), "mirrored or singular"),
    "no place": (lambda p: p.update(t=np.array([[np.inf, 0, 0]])), "tvec is not finite"),
    "two of three": (lambda p: p.update(t=np.array([[0, 0]])), "t has the wrong shape"),
    "a key is missing": (lambda p: p.pop("TDistort"), "keys are missing"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD.keys())
def test_bad_cameras_are_refused(tmp_path: Path, change: Callable[[dict[str, np.ndarray]], None], message: str) -> None:
    savemat(tmp_path / "rig.mat", broken(change))
    with pytest.raises(CalibrationError, match=message) as caught:
        read_calibration(tmp_path / "rig.mat", image_size=SIZE)
    assert "rig.mat, camera cam1" in caught.value.where


def test_names_and_cameras_must_be_as_many(tmp_path: Path) -> None:
    savemat(tmp_path / "rig.mat", {**label3d(skewed_rig()), "camnames": np.array([["a", "b"]], dtype=object)})
    with pytest.raises(FormatError, match="camnames and params differ"):
        read_camera_names(tmp_path / "rig.mat")


@pytest.mark.parametrize("content", [b"no mat file at all", b""])
def test_what_is_no_mat_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rig.mat").write_bytes(content)
    with pytest.raises(FormatError, match="cannot be read"):
        read_camera_names(tmp_path / "rig.mat")


def test_files_without_cameras_or_labels_are_refused(tmp_path: Path) -> None:
    savemat(tmp_path / "other.mat", {"x": np.arange(3)})
    with pytest.raises(FormatError, match="no params in the file"):
        read_camera_names(tmp_path / "other.mat")
    with pytest.raises(FormatError, match="no labelData in the file"):
        read_poses(tmp_path / "other.mat")
    with pytest.raises(FormatError, match="no skeleton"):
        read_skeleton(tmp_path / "other.mat")


def test_labels_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    variables = label3d(skewed_rig())
    variables["labelData"][2, 0]["data_2d"] = np.zeros((3, 4))  # type: ignore[index]
    savemat(tmp_path / "label3d.mat", variables)
    with pytest.raises(FormatError, match="labels do not fit together"):
        read_poses(tmp_path / "label3d.mat")


def test_skeletons_count_from_one(tmp_path: Path) -> None:
    names = np.array([["EarL", "EarR", "Tail(base)"]], dtype=object)
    savemat(tmp_path / "s.mat", {"joint_names": names, "joints_idx": np.array([[1, 3], [2, 3]])})
    skeleton = read_skeleton(tmp_path / "s.mat")
    assert skeleton.keypoints == ("EarL", "EarR", "Tail(base)")
    assert skeleton.edges == (("EarL", "Tail(base)"), ("EarR", "Tail(base)"))
    assert skeleton.symmetries == (("EarL", "EarR"),)
    savemat(tmp_path / "s.mat", {"joint_names": names, "joints_idx": np.array([[0, 3]])})
    with pytest.raises(FormatError, match="joints_idx names no joint"):
        read_skeleton(tmp_path / "s.mat")
    twice = np.array([["a", "a"]], dtype=object)
    savemat(tmp_path / "s.mat", {"joint_names": twice, "joints_idx": np.array([[1, 2]])})
    with pytest.raises(SkeletonError, match="more than once"):
        read_skeleton(tmp_path / "s.mat")
