"""World to picture and back: pinhole with skew, and OpenCV's k1 k2 p1 p2 k3 distortion (Brown 1971).

`cv2.projectPoints` drops skew, so the model is written out here; a test holds it to OpenCV's where skew is 0.
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import Camera, CameraGroup, FloatArray

UNDISTORT_ITERATIONS = 20
"""Fixed-point steps of the inverse distortion: within 25 degrees of the axis they end below 1e-9 px for lenses of |k1|
up to 0.4, within 35 degrees below 0.01 px; where the lens folds the picture they are slow."""
UNDISTORT_TOLERANCE = 1e-4
"""Where the steps end further than this from the pixel (0.1 px at a focal length of 1000 px), there is no inverse."""


def project(points_mm: FloatArray, camera: Camera) -> FloatArray:
    """Return where the camera sees world points.

    Args:
        points_mm: (..., 3) world frame, mm.
        camera: The camera.

    Returns:
        (..., 2) float64 px of the raw (distorted) image; NaN for points at or behind the camera.
    """
    seen = points_mm @ camera.rotation.T + camera.tvec
    depth = np.where(seen[..., 2:] > 0, seen[..., 2:], np.nan)
    return to_pixels(distort(seen[..., :2] / depth, camera.distortion), camera)


def project_all(points_mm: FloatArray, cameras: CameraGroup) -> FloatArray:
    """Return where every camera sees (..., 3) world points in mm: (camera, ..., 2) float64 px, NaN behind a camera."""
    return np.stack([project(points_mm, camera) for camera in cameras])


def to_pixels(normalized: FloatArray, camera: Camera) -> FloatArray:
    """Return the px of (..., 2) normalised (already distorted) coordinates, skew included."""
    matrix = camera.matrix
    x = matrix[0, 0] * normalized[..., 0] + matrix[0, 1] * normalized[..., 1] + matrix[0, 2]
    return np.stack([x, matrix[1, 1] * normalized[..., 1] + matrix[1, 2]], axis=-1)


def undistort(points_px: FloatArray, camera: Camera) -> FloatArray:
    """Return the ideal pinhole coordinates of raw pixels.

    Args:
        points_px: (..., 2) px of the raw image.
        camera: The camera.

    Returns:
        (..., 2) float64 normalised coordinates x/z, y/z in the camera frame; NaN where the lens model has no inverse:
        with strong barrel distortion no ray reaches the corners of the picture.
    """
    matrix = camera.matrix
    y = (points_px[..., 1] - matrix[1, 2]) / matrix[1, 1]
    x = (points_px[..., 0] - matrix[0, 2] - matrix[0, 1] * y) / matrix[0, 0]
    target = np.stack([x, y], axis=-1)
    if not camera.distortion.any():
        return target
    ideal = target.copy()
    with np.errstate(over="ignore", invalid="ignore"):  # without an inverse the steps run away
        for _ in range(UNDISTORT_ITERATIONS):
            ideal = ideal + target - distort(ideal, camera.distortion)
        missed = np.abs(distort(ideal, camera.distortion) - target).max(axis=-1, keepdims=True)
    return np.where(missed <= UNDISTORT_TOLERANCE, ideal, np.nan)


def distort(ideal: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Return (..., 2) normalised coordinates bent by the (5,) coefficients k1 k2 p1 p2 k3."""
    if not coefficients.any():
        return ideal
    k1, k2, p1, p2, k3 = coefficients
    x, y = ideal[..., 0], ideal[..., 1]
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    bent_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    bent_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.stack([bent_x, bent_y], axis=-1)
