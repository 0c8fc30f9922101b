"""How large a rig is, and which unit of length its calibration is likely in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import CameraGroup, FloatArray

APART_MM = (15.0, 50_000.0)
"""Nearer, two lenses would stand inside one another; further, it is no rig."""
ONE_LENS_MM = 0.01
"""Nearer, they are one lens, whose picture two cameras share."""
SMALL_RIG_MM, SMALL_VIEW_MM = 300.0, 40.0
"""A rig whose cameras stand nearer than the one and see less than the other is one for flies, or in cm."""


@dataclass(frozen=True)
class RigScale:
    """Lengths of a rig.

    Attributes:
        apart_mm: Distance of its furthest cameras.
        view_mm: Width of what a camera sees where the cameras look, the median over the cameras.
    """

    apart_mm: float
    view_mm: float

    @property
    def impossible(self) -> bool:
        """Whether no rig can be of this size."""
        return ONE_LENS_MM < self.apart_mm < APART_MM[0] or self.apart_mm > APART_MM[1]

    @property
    def likely_units(self) -> str:
        """The unit that lengths taken for mm are likely in: ``mm``, ``cm`` or ``m``."""
        if self.impossible:
            return "m" if self.apart_mm < APART_MM[0] else "mm"
        small = ONE_LENS_MM < self.apart_mm < SMALL_RIG_MM and self.view_mm < SMALL_VIEW_MM
        return "cm" if small else "mm"

    def __str__(self) -> str:
        return f"the furthest cameras are {self.apart_mm:.4g} mm apart and see {self.view_mm:.4g} mm of the world"


def rig_scale(cameras: CameraGroup) -> RigScale:
    """Return the lengths of a rig.

    The width of view is that at the place the cameras look at: the point nearest to all optical axes. The focal
    length, in px, says how wide the view is there.
    """
    places = np.stack([camera.position_mm for camera in cameras])
    apart = float(np.linalg.norm(places[:, None] - places[None], axis=-1).max())
    axes = np.stack([camera.rotation[2] for camera in cameras])
    depths = ((_middle(places, axes) - places) * axes).sum(axis=-1)
    widths = [camera.image_size[0] / camera.matrix[0, 0] for camera in cameras]
    return RigScale(apart, float(np.median(np.where(depths > 0, depths, apart) * widths)))


def _middle(places: FloatArray, axes: FloatArray) -> FloatArray:
    """Return the point nearest to all lines through (camera, 3) places along (camera, 3) unit vectors, in mm."""
    across = np.eye(3) - axes[:, :, None] * axes[:, None]
    middle, *_ = np.linalg.lstsq(across.sum(axis=0), (across @ places[..., None]).sum(axis=0)[:, 0], rcond=None)
    return np.asarray(middle, dtype=np.float64)
