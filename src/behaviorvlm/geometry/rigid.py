"""Where the rest of a body says one of its points should be.

A template pose is laid rigidly over the other points, nearer and steadier neighbours counting more, and read off at the
point in question. Rotations are proper, so left and right cannot be exchanged. Vectorised over many poses at once.

Method: weighted absolute orientation with unit quaternions (Horn 1987); the quaternion is the leading eigenvector of a
4 x 4 matrix, found by repeated squaring, which batches better than an eigensolver.
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import FloatArray, all_finite

SQUARINGS = 7
"""The matrix is raised to the power 2**7; an eigenvalue ratio of 0.96 leaves 0.5 % of the wrong direction."""


def predict_from_neighbors(points_mm: FloatArray, template_mm: FloatArray, weights: FloatArray) -> FloatArray:
    """Return where the template puts each point when it is laid over the other points.

    Args:
        points_mm: (pose, keypoint, 3) float64 mm, NaN = missing.
        template_mm: (keypoint, 3) or, one for each pose, (pose, keypoint, 3) float64 mm in any frame, NaN = unknown.
        weights: (keypoint, keypoint) float64; row k says how much each other point counts for k, diagonal 0.

    Returns:
        (pose, keypoint, 3) float64 mm; NaN where fewer than 3 other points are known.
    """
    known = all_finite(points_mm) & all_finite(template_mm)
    present = known.astype(np.float64)
    points = np.where(known[..., None], points_mm, 0.0)
    template = np.nan_to_num(template_mm)
    totals = present @ weights.T
    with np.errstate(divide="ignore", invalid="ignore"):
        point_centres = np.matmul(weights, points) / totals[..., None]
        template_centres = np.matmul(weights, present[..., None] * template) / totals[..., None]
        products = (points[..., :, None] * template[..., None, :]).reshape(*points.shape[:2], 9)
        spread = np.matmul(weights, products) / totals[..., None]
        spread = spread.reshape(*points.shape[:2], 3, 3) - point_centres[..., :, None] * template_centres[..., None, :]
        arm = template_mm - template_centres
        turned = _rotate(_leading_quaternion(spread), arm)
    others = np.asarray(present.sum(axis=1))[:, None] - present
    return np.where((others >= 3)[..., None], point_centres + turned, np.nan)


def lay_over(template_mm: FloatArray, corners_mm: FloatArray, targets_mm: FloatArray) -> FloatArray:
    """Return a template moved rigidly so that its corners lie best on their targets; never mirrored.

    Args:
        template_mm: (keypoint, 3) float64 mm.
        corners_mm: (find, corner, 3) float64 points of the template.
        targets_mm: (find, corner, 3) float64 where they should come to lie.

    Returns:
        (find, keypoint, 3) float64 mm.
    """
    centres, goals = corners_mm.mean(axis=1), targets_mm.mean(axis=1)
    spread = np.einsum("nci,ncj->nij", targets_mm - goals[:, None], corners_mm - centres[:, None])
    turn = _leading_quaternion(spread)[:, None]
    return np.asarray(goals[:, None] + _rotate(turn, template_mm - centres[:, None]))


def _leading_quaternion(spread: FloatArray) -> FloatArray:
    """Return the unit quaternion (w, x, y, z) that best turns the template, from (..., 3, 3) point x template sums."""
    xx, xy, xz = spread[..., 0, 0], spread[..., 0, 1], spread[..., 0, 2]
    yx, yy, yz = spread[..., 1, 0], spread[..., 1, 1], spread[..., 1, 2]
    zx, zy, zz = spread[..., 2, 0], spread[..., 2, 1], spread[..., 2, 2]
    matrix = np.empty((*spread.shape[:-2], 4, 4))
    matrix[..., 0, 0], matrix[..., 1, 1] = xx + yy + zz, xx - yy - zz
    matrix[..., 2, 2], matrix[..., 3, 3] = yy - xx - zz, zz - xx - yy
    upper = ((0, 1, zy - yz), (0, 2, xz - zx), (0, 3, yx - xy), (1, 2, xy + yx), (1, 3, xz + zx), (2, 3, yz + zy))
    for first, second, value in upper:
        matrix[..., first, second] = matrix[..., second, first] = value
    # The shift makes every eigenvalue positive, so the leading one is also the largest in size.
    scale = np.sqrt((matrix**2).sum(axis=(-2, -1), keepdims=True))
    power = matrix / np.where(scale > 0, scale, 1.0) + np.eye(4)
    for _ in range(SQUARINGS):
        power = power @ power
        power /= np.einsum("...ii->...", power)[..., None, None]
    strongest = np.diagonal(power, axis1=-2, axis2=-1).argmax(axis=-1)
    column = np.take_along_axis(power, strongest[..., None, None], axis=-1)[..., 0]
    return np.asarray(column / np.linalg.norm(column, axis=-1, keepdims=True))


def _rotate(quaternions: FloatArray, vectors: FloatArray) -> FloatArray:
    real, axis = quaternions[..., :1], quaternions[..., 1:]
    once = 2 * _cross(axis, vectors)
    return np.asarray(vectors + real * once + _cross(axis, once))


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the cross product of (..., 3) vectors; numpy's own spends most of its time on moving axes."""
    product = np.empty(np.broadcast_shapes(a.shape, b.shape))
    product[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    product[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    product[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product
