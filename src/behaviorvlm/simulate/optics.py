"""What light does between dots, body, floor and cameras: lines through ellipsoids, and their outlines."""

from __future__ import annotations

import numpy as np

from behaviorvlm.geometry.projection import project
from behaviorvlm.simulate.animal import PARTS, TRANSLUCENT, Body
from behaviorvlm.types import Camera, FloatArray

_DENSITY = np.array([TRANSLUCENT.get(part.split("_")[-1], 1.0) for part in PARTS])


def tissue_mm(body: Body, start_mm: FloatArray, stop_mm: FloatArray) -> FloatArray:
    """Return how much of the animal lies on straight lines.

    Args:
        body: The animal at some timepoints.
        start_mm: (timepoint, line, 3).
        stop_mm: Broadcasts to (timepoint, line, 3).

    Returns:
        (timepoint, line) float64 mm inside parts, summed over them; thin parts count less, overlaps twice.
    """
    inverse = np.linalg.inv(body.axes_mm)
    along = stop_mm - start_mm
    length = np.linalg.norm(along, axis=-1)
    # with the part squeezed to the unit sphere: |origin + s * step| = 1, s in [0, 1] on the line
    origin = np.einsum("tpij,tlpj->tlpi", inverse, start_mm[:, :, None] - body.centers_mm[:, None])
    step = np.einsum("tpij,tlj->tlpi", inverse, np.broadcast_to(along, start_mm.shape))
    a = np.einsum("tlpi,tlpi->tlp", step, step)
    b = np.einsum("tlpi,tlpi->tlp", origin, step)
    c = np.einsum("tlpi,tlpi->tlp", origin, origin) - 1
    half = np.sqrt(np.maximum(b * b - a * c, 0))
    inside = np.clip((half - b) / a, 0, 1) - np.clip((-half - b) / a, 0, 1)
    return np.asarray(inside @ _DENSITY * length)


def outlines_px(body: Body, camera: Camera, *, n_points: int = 20) -> FloatArray:
    """Return the exact outline of every part in the picture.

    The rays that touch a sphere from outside do so along a circle; here in the frame in which the part is one.

    Returns:
        (timepoint, part, point, 2) float64 px; NaN behind the camera.
    """
    inverse = np.linalg.inv(body.axes_mm)
    eye = np.einsum("tpij,tpj->tpi", inverse, camera.position_mm - body.centers_mm)
    distance = np.linalg.norm(eye, axis=-1, keepdims=True)
    toward = eye / distance
    helper = np.where(np.abs(toward[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    first = np.cross(toward, helper)
    first /= np.linalg.norm(first, axis=-1, keepdims=True)
    second = np.cross(toward, first)
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)[:, None]
    circle = np.cos(angle) * first[..., None, :] + np.sin(angle) * second[..., None, :]
    radius = np.sqrt(np.maximum(1 - 1 / distance**2, 0))
    rim = (toward / distance)[..., None, :] + radius[..., None, :] * circle
    return project(body.centers_mm[..., None, :] + np.einsum("tpij,tpnj->tpni", body.axes_mm, rim), camera)


def emission(normals: FloatArray, directions: FloatArray) -> FloatArray:
    """Return how bright a dot looks from `directions` (..., 3; any length), 1 = along its normal, never dark.

    The lobe is guessed: a third in all directions, the rest by the cosine.
    """
    unit = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
    facing = np.einsum("...i,...i->...", normals, unit)
    return np.asarray(0.33 + 0.67 * np.maximum(facing, 0))
