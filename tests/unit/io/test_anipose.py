from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from session_files import edit, make_rig

from behaviorvlm.errors import CalibrationError, FormatError
from behaviorvlm.geometry.rig_scale import rig_scale
from behaviorvlm.io.anipose import read_calibration, read_camera_names, write_calibration
from behaviorvlm.types import Camera, CameraGroup

LENGTHS = st.floats(-1e4, 1e4)
TURNS = st.floats(-3, 3)


def vectors(elements: st.SearchStrategy[float], length: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, length, elements=elements)


@st.composite
def cameras(draw: st.DrawFn, name: str) -> Camera:
    fx, fy, skew, cx, cy = draw(vectors(st.floats(0.1, 1e4), 5))
    return Camera(
        name,
        draw(st.tuples(st.integers(1, 5000), st.integers(1, 5000))),
        np.array([[fx, skew, cx], [0, fy, cy], [0, 0, 1]]),
        draw(vectors(TURNS, 5)),
        draw(vectors(TURNS, 3)),
        draw(vectors(LENGTHS, 3)),
    )


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    path = tmp_path / "calibration.toml"
    write_calibration(path, make_rig(3))
    return path


def assert_same(one: CameraGroup, other: CameraGroup, *, scale: float = 1.0) -> None:
    assert one.names == other.names
    for a, b in zip(one, other, strict=True):
        assert a.image_size == b.image_size
        np.testing.assert_array_equal(a.matrix, b.matrix)
        np.testing.assert_array_equal(a.distortion, b.distortion)
        np.testing.assert_array_equal(a.rvec, b.rvec)
        np.testing.assert_allclose(a.tvec, scale * b.tvec, rtol=1e-15)


@given(cameras("left cam"), cameras('ri"ght'))
def test_round_trip_is_exact(tmp_path_factory: pytest.TempPathFactory, one: Camera, other: Camera) -> None:
    if np.allclose(one.position_mm, other.position_mm, atol=1e-5) and np.allclose(one.rvec, other.rvec, atol=1e-5):
        return  # one pose: refused, see below
    if rig_scale(CameraGroup((one, other))).impossible:
        return  # other units than stated: refused, too
    path = tmp_path_factory.mktemp("calibration") / "calibration.toml"
    write_calibration(path, CameraGroup((one, other)))
    assert_same(read_calibration(path), CameraGroup((one, other)))


@pytest.mark.parametrize(("units", "scale"), [("mm", 1.0), ("cm", 10.0), ("m", 1000.0)])
def test_lengths_come_in_mm(calibration: Path, units: str, scale: float) -> None:
    rig = read_calibration(calibration)
    small = [Camera(c.name, c.image_size, c.matrix, c.distortion, c.rvec, c.tvec / scale) for c in rig]
    write_calibration(calibration, CameraGroup(tuple(small)))
    assert_same(read_calibration(calibration, units=units), CameraGroup(tuple(small)), scale=scale)
    edit(calibration, 'units = "mm"', f'units = "{units}"')  # what the file says; the override went before it
    assert_same(read_calibration(calibration), CameraGroup(tuple(small)), scale=scale)


def test_skew_is_kept(calibration: Path) -> None:
    matrix = make_rig(3).cameras[1].matrix.copy()
    matrix[0, 1] = -5.8
    edit(calibration, str(make_rig(3).cameras[1].matrix.tolist()), str(matrix.tolist()))
    assert read_calibration(calibration).cameras[0].matrix[0, 1] == -5.8


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([0.1], [0.1, 0, 0, 0, 0]),
        ([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4, 0]),
        ([0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.2, 0.3, 0.4, 0.5]),
        ([0.1, 0.2, 0.3, 0.4, 0.5, 0.0, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4, 0.5]),
    ],
)
def test_fewer_or_unused_distortion_numbers(calibration: Path, given: list[float], kept: list[float]) -> None:
    edit(calibration, "[0.0, 0.0, 0.0, 0.0, 0.0]", str(given))
    np.testing.assert_array_equal(read_calibration(calibration).cameras[2].distortion, kept)


def test_cameras_stay_in_file_order(tmp_path: Path) -> None:
    write_calibration(tmp_path / "c.toml", make_rig(12))  # cam_10 sorts before cam_2
    assert read_calibration(tmp_path / "c.toml").names == tuple(f"cam{number}" for number in range(12))


MATRIX = str(make_rig(3).cameras[0].matrix.tolist())
SECOND = make_rig(3).cameras[1]
ZERO = "[0.0, 0.0, 0.0, 0.0, 0.0]"
BAD = {
    "no units": ('units = "mm"', "adjusted = false", "does not say its units", 'add units = "mm" under [metadata]'),
    "other units": ('units = "mm"', 'units = "inch"', "unknown units", "units"),
    "fisheye": ('name = "cam1"', 'name = "cam1"\nfisheye = true', "fisheye", "without fisheye"),
    "duplicate names": ('"cam1"', '"cam0"', "duplicate camera names", "rename"),
    "no name": ('name = "cam1"\n', "", "has no name", ""),
    "missing key": ("distortions", "dist", "keys are missing", ""),
    "not finite": (str(SECOND.tvec.tolist()), "[nan, 1.0, 2.0]", "tvec is not finite", ""),
    "infinite": (str(SECOND.rvec.tolist()), "[inf, 1.0, 2.0]", "rvec is not finite", ""),
    "mirrored": (MATRIX, MATRIX.replace("[[140.8", "[[-140.8"), "mirrored or singular", ""),
    "singular": (MATRIX, MATRIX.replace("[[140.8", "[[0.0"), "mirrored or singular", ""),
    "transposed": (MATRIX, str(make_rig(3).cameras[0].matrix.T.tolist()), "no camera matrix", ""),
    "matrix of 4": (MATRIX, "[[1, 0], [0, 1]]", "matrix has the wrong shape", ""),
    "matrix of text": (MATRIX, '[["a", "b", "c"], [0, 1, 2], [0, 0, 1]]', "matrix has the wrong shape", ""),
    "rotation matrix": (str(SECOND.rvec.tolist()), "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]", "rotation has the wrong", ""),
    "rational distortion": (ZERO, "[0, 0, 0, 0, 0, 0.1, 0.2, 0.3]", "beyond k3", "five-parameter"),
    "distortion of text": (ZERO, '"none"', "distortions has the wrong shape", ""),
    "empty picture": ("size = [64, 48]", "size = [0, 48]", "the image is empty", ""),
    "half pixels": ("size = [64, 48]", "size = [64.5, 48]", "size is not in px", ""),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message", "remedy"), BAD.values(), ids=BAD.keys())
def test_bad_calibrations_are_refused(calibration: Path, old: str, new: str, message: str, remedy: str) -> None:
    edit(calibration, old, new)
    with pytest.raises(CalibrationError) as caught:
        read_calibration(calibration)
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert str(calibration) in caught.value.where


def test_two_cameras_at_the_very_same_pose_are_refused(calibration: Path) -> None:
    first, second = make_rig(3).cameras[:2]
    edit(calibration, str(second.rvec.tolist()), str(first.rvec.tolist()))
    edit(calibration, str(second.tvec.tolist()), str(first.tvec.tolist()))
    with pytest.raises(CalibrationError, match="cam0 and cam1 have the very same pose"):
        read_calibration(calibration)


def test_two_cameras_behind_one_lens_are_two_cameras(tmp_path: Path) -> None:
    one, other, _ = make_rig(3).cameras
    turned = Camera(
        other.name, one.image_size, one.matrix, one.distortion, other.rvec, -other.rotation @ one.position_mm
    )
    write_calibration(tmp_path / "c.toml", CameraGroup((one, turned)))
    assert len(read_calibration(tmp_path / "c.toml")) == 2


@pytest.mark.parametrize("keep", [0, 1])
def test_fewer_than_two_cameras_are_refused(calibration: Path, keep: int) -> None:
    tables = calibration.read_text().split("\n\n")
    calibration.write_text("\n\n".join([*tables[:keep], tables[-1]]))
    with pytest.raises(CalibrationError, match=r"no cameras|at least 2 cameras"):
        read_calibration(calibration)


def test_names_are_known_even_without_units(calibration: Path) -> None:
    edit(calibration, 'units = "mm"', "")
    assert read_camera_names(calibration) == ("cam0", "cam1", "cam2")


def test_what_is_no_toml_is_refused(calibration: Path) -> None:
    edit(calibration, "[cam_0]", "[cam_0")
    with pytest.raises(FormatError, match="line 1"):
        read_calibration(calibration)
