"""Cameras and rigs refuse what is no camera or no rig, and name it."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import CalibrationError, ShapeError
from behaviorvlm.types import Camera, CameraGroup

MATRIX = np.array([[900.0, -5.8, 511.5], [0, 905, 383.5], [0, 0, 1]])
GOOD: dict[str, Any] = {
    "name": "left",
    "image_size": (1024, 768),
    "matrix": MATRIX,
    "distortion": [-0.1, 0.02, 0.001, -0.001, 0.0],
    "rvec": [0.3, -0.2, 1.1],
    "tvec": [10.0, -20.0, 400.0],
}


def camera(**changes: object) -> Camera:
    return Camera(**{**GOOD, **changes})


def rig(*names: str) -> CameraGroup:
    return CameraGroup(tuple(camera(name=name) for name in names))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("field", ["matrix", "distortion", "rvec", "tvec"])
def test_numbers_that_are_not_finite_are_refused(field: str, value: float) -> None:
    array = np.array(GOOD[field], dtype=float)
    array.flat[0] = value
    with pytest.raises(CalibrationError, match=f"{field} is not finite") as caught:
        camera(**{field: array})
    assert caught.value.where == "camera left"
    assert caught.value.expected and str(value) in caught.value.actual


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("matrix", np.eye(4)),
        ("matrix", MATRIX.ravel()),
        ("distortion", [0.0] * 4),
        ("distortion", [0.0] * 8),
        ("rvec", np.eye(3)),
        ("rvec", [[0.0], [0], [0]]),
        ("tvec", [0.0, 0]),
    ],
)
def test_arrays_of_the_wrong_shape_are_refused(field: str, value: object) -> None:
    with pytest.raises(ShapeError, match=f"{field} of camera left"):
        camera(**{field: value})


@pytest.mark.parametrize("size", [(0, 768), (1024, 0), (-1, 5)])
def test_an_empty_picture_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(CalibrationError, match="the image is empty"):
        camera(image_size=size)


@pytest.mark.parametrize("place", [(0, 0), (1, 1)])
@pytest.mark.parametrize("focal", [0.0, -900.0])
def test_a_mirrored_or_singular_matrix_is_refused(place: tuple[int, int], focal: float) -> None:
    matrix = MATRIX.copy()
    matrix[place] = focal
    with pytest.raises(CalibrationError, match="mirrored or singular"):
        camera(matrix=matrix)


@pytest.mark.parametrize("matrix", [MATRIX.T, MATRIX * 2, MATRIX - np.diag([0, 0, 1])])
def test_what_is_no_camera_matrix_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(CalibrationError, match="no camera matrix") as caught:
        camera(matrix=matrix)
    assert "MATLAB" in caught.value.expected


@given(st.lists(st.floats(-4, 4), min_size=3, max_size=3))
def test_rotation_is_opencvs(rvec: list[float]) -> None:
    rotation = camera(rvec=rvec).rotation
    np.testing.assert_allclose(rotation, cv2.Rodrigues(np.array(rvec))[0], atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_the_centre_of_projection_is_where_the_camera_sees_its_origin() -> None:
    one = camera()
    np.testing.assert_allclose(one.rotation @ one.position_mm + one.tvec, 0, atol=1e-9)


def test_a_camera_cannot_be_changed() -> None:
    matrix = MATRIX.copy()
    one = camera(matrix=matrix)
    matrix[0, 0] = 1
    assert one.matrix[0, 0] == 900
    with pytest.raises(ValueError, match="read-only"):
        one.tvec[0] = 0
    with pytest.raises(FrozenInstanceError):
        one.name = "right"  # type: ignore[misc]


@pytest.mark.parametrize("used_before", [False, True])
def test_a_rig_crosses_process_borders(used_before: bool) -> None:
    group = rig("a", "b")
    if used_before:
        assert group["a"].rotation.shape == (3, 3)
    again = pickle.loads(pickle.dumps(group))
    assert again.names == ("a", "b")
    for one, other in zip(group, again, strict=True):
        assert one.image_size == other.image_size
        for field in ("matrix", "distortion", "rvec", "tvec", "rotation", "position_mm"):
            np.testing.assert_array_equal(getattr(one, field), getattr(other, field))


@pytest.mark.parametrize("names", [(), ("a",)])
def test_a_rig_has_two_cameras_or_more(names: tuple[str, ...]) -> None:
    with pytest.raises(CalibrationError, match="at least 2 cameras") as caught:
        rig(*names)
    assert caught.value.actual == str(len(names))
    assert caught.value.remedy


def test_names_of_cameras_are_unique() -> None:
    with pytest.raises(CalibrationError, match="duplicate") as caught:
        rig("a", "b", "c", "b", "a")
    assert caught.value.actual == "a, b"
    assert caught.value.remedy


def test_cameras_are_found_by_name_and_keep_their_order() -> None:
    group = rig("b", "a", "c")
    assert group.names == ("b", "a", "c")
    assert len(group) == 3
    assert [one.name for one in group] == ["b", "a", "c"]
    assert group.index("a") == 1
    assert group["c"] is group.cameras[2]


def test_an_unknown_camera_is_named_with_the_known_ones() -> None:
    for ask in (rig("a", "b").index, rig("a", "b").__getitem__):
        with pytest.raises(CalibrationError, match="no camera is called d") as caught:
            ask("d")
        assert caught.value.expected == "a, b"
