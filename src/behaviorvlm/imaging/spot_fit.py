"""All dots of a picture fitted at once: round Gaussians, each seen after its neighbours are taken away.

Least squares for one Gaussian each (Thompson, Larson and Webb 2002); the neighbours' models are subtracted at every
step, as in crowded-field photometry (Stetson 1987), so that two dots that touch do not pull each other's centre.
"""

from __future__ import annotations

import numpy as np

from behaviorvlm.types.arrays import ByteArray, FloatArray, IntArray

PATCH_SCALE = 2.4
"""Half width of the fitted patch in dot widths: most of the dot, little of anything else."""
GROUND_SCALE = 4.0
GROUND_PERCENTILE = 25
"""The ground under a dot, from a patch of half width 4 dot widths: low enough to stay off dots."""
REACH_SCALE = 5.6
"""Dots nearer than this, in dot widths along rows and columns, see each other's light."""
MOST_STEPS = 15
SETTLED_SCALE = 0.004
STEP_LIMIT_SCALES = np.array([np.inf, 0.4, 0.4, 0.15])
CROWDED_STEP = 0.7
"""Neighbours move at the same time, so each goes only part of its way."""
RIDGE = 1e-3
MOST_SHIFT_SCALE = 1.2
SIZE_SCALES = 0.5, 2.0

_Neighbours = tuple[IntArray, IntArray, FloatArray]


def fit_spots(image: ByteArray, peaks: IntArray, *, spot_sd_px: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return centres, peaks and widths of the dots near the given pixels.

    Args:
        image: (height, width) uint8, dots bright.
        peaks: (dot, 2) int64 row and column each fit starts at; the centre stays within 1.2 dot widths of it.
        spot_sd_px: Expected standard deviation of a dot in px.

    Returns:
        (dot, 2) float64 x, y in px; (dot,) peak above the local ground in DN; (dot,) standard deviation in px,
        held within 0.5 to 2 times the expected.
    """
    if not len(peaks):
        return np.zeros((0, 2)), np.zeros(0), np.zeros(0)
    half = int(np.ceil(PATCH_SCALE * spot_sd_px))
    patches = _cut(image, peaks, half) - _ground(image, peaks, int(np.ceil(GROUND_SCALE * spot_sd_px)))
    neighbours = _neighbours(peaks, REACH_SCALE * spot_sd_px)
    # Columns: peak in DN, shift x, shift y, standard deviation in px.
    dots = np.zeros((len(peaks), 4))
    dots[:, 0], dots[:, 3] = np.maximum(patches[:, half, half], 1), spot_sd_px
    pace = np.where(np.isin(np.arange(len(peaks)), neighbours[0]), CROWDED_STEP, 1.0)[:, np.newaxis]
    for _ in range(MOST_STEPS):
        step = pace * np.clip(_newton_step(dots, patches, neighbours), *_step_limits(spot_sd_px))
        dots = _bounded(dots + step, spot_sd_px)
        if np.abs(step[:, 1:]).max() < SETTLED_SCALE * spot_sd_px:
            break
    return peaks[:, ::-1] + dots[:, 1:3], dots[:, 0], dots[:, 3]


def _newton_step(dots: FloatArray, patches: FloatArray, neighbours: _Neighbours) -> FloatArray:
    """Return the damped Gauss-Newton step of every dot, (dot, 4)."""
    count, side = patches.shape[:2]
    to_x, to_y = (np.arange(side) - side // 2 - dots[:, column, np.newaxis] for column in (1, 2))
    peak, sd = dots[:, 0, np.newaxis], dots[:, 3, np.newaxis]
    along_x, along_y = (np.exp(-(to**2) / (2 * sd**2)) for to in (to_x, to_y))
    shape = _outer(along_y, along_x)
    residual = patches - peak[:, :, np.newaxis] * shape
    _subtract_neighbours(residual, dots, neighbours)
    by_x = _outer(along_y, peak * along_x * to_x / sd**2)
    by_y = _outer(peak * along_y * to_y / sd**2, along_x)
    by_sd = (to_y[:, :, np.newaxis] * by_y + by_x * to_x[:, np.newaxis, :]) / sd[:, :, np.newaxis]
    slopes = np.stack([shape, by_x, by_y, by_sd], axis=1).reshape(count, 4, -1)
    curvature = slopes @ slopes.transpose(0, 2, 1)
    curvature += RIDGE * np.eye(4) * np.einsum("nii->ni", curvature)[:, np.newaxis, :] + 1e-9 * np.eye(4)
    return np.asarray(np.linalg.solve(curvature, slopes @ residual.reshape(count, -1, 1))[..., 0], dtype=np.float64)


def _subtract_neighbours(residual: FloatArray, dots: FloatArray, neighbours: _Neighbours) -> None:
    """Take the neighbours' light out of each (dot, row, column) patch, in place."""
    mine, theirs, apart = neighbours
    if not len(mine):
        return
    steps = np.arange(residual.shape[1]) - residual.shape[1] // 2
    centre, sd = apart + dots[theirs, 1:3], dots[theirs, 3, np.newaxis]
    along_x, along_y = (np.exp(-((steps - centre[:, axis, np.newaxis]) ** 2) / (2 * sd**2)) for axis in (0, 1))
    np.subtract.at(residual, mine, _outer(dots[theirs, 0, np.newaxis] * along_y, along_x))


def _neighbours(peaks: IntArray, reach_px: float) -> _Neighbours:
    """Return pairs of dots within reach, each both ways: their rows, and x, y from the first to the second in px."""
    apart = (peaks[np.newaxis] - peaks[:, np.newaxis])[:, :, ::-1].astype(np.float64)
    near = np.abs(apart).max(axis=2) <= reach_px
    np.fill_diagonal(near, False)
    mine, theirs = np.nonzero(near)
    return mine, theirs, apart[mine, theirs]


def _cut(image: ByteArray, peaks: IntArray, half: int) -> FloatArray:
    """Return the square of half width `half` around every pixel, (dot, row, column) float64; edges are repeated."""
    steps = np.arange(-half, half + 1)
    rows = np.clip(peaks[:, :1] + steps, 0, image.shape[0] - 1)
    columns = np.clip(peaks[:, 1:] + steps, 0, image.shape[1] - 1)
    return np.asarray(image[rows[:, :, np.newaxis], columns[:, np.newaxis, :]], dtype=np.float64)


def _ground(image: ByteArray, peaks: IntArray, half: int) -> FloatArray:
    around = _cut(image, peaks, half).reshape(len(peaks), -1)
    rank = around.shape[1] * GROUND_PERCENTILE // 100
    return np.asarray(np.partition(around, rank, axis=1)[:, rank, np.newaxis, np.newaxis], dtype=np.float64)


def _step_limits(spot_sd_px: float) -> tuple[FloatArray, FloatArray]:
    limit = STEP_LIMIT_SCALES * spot_sd_px
    return -limit, limit


def _bounded(dots: FloatArray, spot_sd_px: float) -> FloatArray:
    shift, (least, most) = MOST_SHIFT_SCALE * spot_sd_px, SIZE_SCALES
    low = np.array([0.5, -shift, -shift, least * spot_sd_px])
    high = np.array([np.inf, shift, shift, most * spot_sd_px])
    return np.clip(dots, low, high)


def _outer(rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Return the product of (dot, row) and (dot, column), (dot, row, column)."""
    return rows[:, :, np.newaxis] * columns[:, np.newaxis, :]
