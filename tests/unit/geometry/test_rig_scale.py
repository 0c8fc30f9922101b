from __future__ import annotations

import pytest
from session_files import make_rig

from behaviorvlm.geometry.rig_scale import rig_scale
from behaviorvlm.types import Camera, CameraGroup


def scaled(factor: float) -> CameraGroup:
    return CameraGroup(
        tuple(Camera(c.name, c.image_size, c.matrix, c.distortion, c.rvec, c.tvec * factor) for c in make_rig())
    )


def test_lengths_of_a_rig() -> None:
    scale = rig_scale(make_rig(uneven_mm=0.0))
    assert scale.apart_mm == pytest.approx(800)
    assert scale.view_mm == pytest.approx((400**2 + 250**2) ** 0.5 / 2.2)  # focal length: 2.2 widths


@pytest.mark.parametrize(
    ("factor", "likely", "impossible"),
    [(1.0, "mm", False), (0.1, "cm", False), (0.001, "m", True), (1000.0, "mm", True), (0.0, "mm", False)],
)
def test_other_units_are_smelt(factor: float, likely: str, impossible: bool) -> None:
    scale = rig_scale(scaled(factor))
    assert (scale.likely_units, scale.impossible) == (likely, impossible)
