"""The floor as a mirror: a shiny floor shows every dot a second time, below the ground, to all cameras alike.

Such a mirror image triangulates as well as a dot does, so reprojection error cannot tell it from one. But dot and image
lie on one normal of the floor, at equal distances from it, at every timepoint. The plane on which most pairs of
simultaneous points agree is the floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import BoolArray, CameraGroup, FloatArray

TILT_DEG = 2.0
"""Normals of two pairs that agree differ by less than this."""
TOLERANCE_MM = 1.5
"""A mirror image lies this near to where the plane puts it."""
HYPOTHESES = 3000
"""Pairs that propose a plane, spread evenly over all pairs; the tests find the floor with 300."""
LEAST_SHARE = 0.5
"""A floor is believed if on average this many pairs per timepoint agree on it ..."""
LEAST_LEAD = 2.0
"""... and this many times as many as on any plane that differs from it."""
LONGEST_PAIR_MM = 250.0
"""A dot more than half of this above the floor has no mirror image that is looked for."""


@dataclass(frozen=True, eq=False)
class FloorPlane:
    """The plane ``normal . x = offset_mm``; the normal is a unit vector and points to the cameras' side.

    Attributes:
        normal: (3,) float64.
        offset_mm: Distance of the plane from the origin along the normal.
    """

    normal: FloatArray
    offset_mm: float

    def height_mm(self, points_mm: FloatArray) -> FloatArray:
        """Return the height of (..., 3) points above the floor in mm, negative below it."""
        return np.asarray(points_mm @ self.normal - self.offset_mm)

    def mirror(self, points_mm: FloatArray) -> FloatArray:
        """Return the mirror images of (..., 3) points in mm."""
        return np.asarray(points_mm - 2 * self.height_mm(points_mm)[..., None] * self.normal)


def find_floor(points_mm: Sequence[FloatArray], cameras: CameraGroup) -> FloorPlane | None:
    """Return the plane in which the points of several timepoints mirror one another, or None if there is none.

    Args:
        points_mm: For each timepoint its (point, 3) unnamed points in mm.
        cameras: The rig; all its cameras are on one side of a floor.
    """
    upper, lower = _pairs(points_mm, np.mean([camera.position_mm for camera in cameras], axis=0))
    if len(upper) < 3:
        return None
    normals = upper - lower
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    middles = (upper + lower) / 2
    offsets = np.einsum("ni,ni->n", normals, middles)
    proposals = np.unique(np.linspace(0, len(upper) - 1, HYPOTHESES).astype(np.int64))
    votes = np.array([_agreeing(normals, offsets, row).sum() for row in proposals])
    best = int(proposals[votes.argmax()])
    members = _agreeing(normals, offsets, best)
    rivals = votes[np.abs(normals[proposals] @ normals[best]) < np.cos(np.deg2rad(5 * TILT_DEG))]
    if members.sum() < LEAST_SHARE * len(points_mm) or members.sum() < LEAST_LEAD * max(rivals, default=0):
        return None
    normal = np.asarray(normals[members].mean(axis=0))
    normal /= np.linalg.norm(normal)
    floor = FloorPlane(normal, float(np.median(middles[members] @ normal)))
    return floor if all(floor.height_mm(camera.position_mm) > 0 for camera in cameras) else None


def find_mirrored(points_mm: FloatArray, floor: FloorPlane, *, tolerance_mm: float = 2 * TOLERANCE_MM) -> BoolArray:
    """Return which of (point, 3) mm lie below the floor where another point's mirror image is, (point,) bool."""
    if not len(points_mm):
        return np.zeros(0, dtype=np.bool_)
    below = floor.height_mm(points_mm) < 0
    gaps = np.linalg.norm(points_mm[:, None] - floor.mirror(points_mm)[None], axis=-1)
    return np.asarray(below & (gaps[:, ~below] < tolerance_mm).any(axis=1))


def _pairs(points_mm: Sequence[FloatArray], above_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return all pairs of simultaneous points as two (pair, 3) arrays, the one towards (3,) `above_mm` first."""
    firsts, seconds = [np.empty((0, 3))], [np.empty((0, 3))]
    for points in points_mm:
        first, second = np.triu_indices(len(points), 1)
        near = np.linalg.norm(points[first] - points[second], axis=1) < LONGEST_PAIR_MM
        firsts.append(points[first[near]])
        seconds.append(points[second[near]])
    upper, lower = np.concatenate(firsts), np.concatenate(seconds)
    apart = np.linalg.norm(upper - lower, axis=1) > TOLERANCE_MM
    # A floor's pairs agree whichever point came first, and whichever way the floor is tilted.
    flip = np.einsum("ni,ni->n", upper - lower, above_mm - (upper + lower) / 2) < 0
    upper[flip], lower[flip] = lower[flip], upper[flip].copy()
    return upper[apart], lower[apart]


def _agreeing(normals: FloatArray, offsets: FloatArray, row: int) -> BoolArray:
    near = np.abs(offsets - offsets[row]) < TOLERANCE_MM
    return np.asarray(near & (normals @ normals[row] > np.cos(np.deg2rad(TILT_DEG))))
