"""The whole run as one picture: a row for each keypoint, time to the right, color for how bad."""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import ByteArray, FloatArray

WIDTH, ROW_PX = 1200, 12
RAMP = np.array([(0, 34, 78), (65, 77, 107), (125, 124, 120), (188, 175, 111), (254, 232, 56)], dtype=np.float64)
"""Dark blue to yellow, in steps of equal lightness: the cividis scale (Nunez et al. 2018), told apart by any eye."""
UNKNOWN = (255, 255, 255)
MISSING = (213, 94, 0)
TOP_QUANTILE = 0.98


def columns_of(n_timepoints: int) -> int:
    """Return how many columns so many timepoints take: one each, as far as there is room."""
    return max(min(n_timepoints, WIDTH), 1)


def span_of(x: float, n_timepoints: int) -> tuple[int, int]:
    """Return the rows of a curve that lie under a place of the picture, first (included) and last (excluded).

    Args:
        x: From the left, in px of a picture `WIDTH` wide.
        n_timepoints: Length of the run.
    """
    n_columns = columns_of(n_timepoints)
    column = int(np.clip(x / WIDTH * n_columns, 0, n_columns - 1))
    edges = column_edges(n_timepoints)
    return int(edges[column]), int(edges[column + 1])


def column_edges(n_timepoints: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows at which columns begin, and where the last one ends, (column + 1,) int64."""
    return np.linspace(0, n_timepoints, columns_of(n_timepoints) + 1).round().astype(np.int64)


def place_of(row: int, n_timepoints: int) -> float:
    """Return where in a picture `WIDTH` wide a row of the curves lies."""
    column = int(np.searchsorted(column_edges(n_timepoints), row, side="right")) - 1
    return (column + 0.5) / columns_of(n_timepoints) * WIDTH


def worst_in(badness: FloatArray, span: tuple[int, int], keypoint: int) -> int:
    """Return the row of a span at which a keypoint is worst; the first where nothing is known.

    Args:
        badness: (timepoint, keypoint) float64, NaN = not known.
        span: Rows, first (included) and last (excluded).
        keypoint: Which.
    """
    inside = np.nan_to_num(badness[span[0] : span[1], keypoint], nan=-1.0)
    return span[0] + int(inside.argmax()) if len(inside) else span[0]


def draw_timeline(badness: FloatArray, missing: FloatArray) -> ByteArray:
    """Return the picture, (ROW_PX * keypoint, WIDTH, 3) uint8 RGB.

    Args:
        badness: (timepoint, keypoint) float64, 0 = good, NaN = not known.
        missing: (timepoint, keypoint) float64, 1 = settled without this keypoint, 0 = with, NaN = unsettled.
    """
    edges = column_edges(len(badness))[:-1]
    worst = np.fmax.reduceat(badness, edges, axis=0)
    gone = np.fmax.reduceat(missing, edges, axis=0)
    known = worst[np.isfinite(worst)]
    top = (float(np.quantile(known, TOP_QUANTILE)) or float(known.max()) or 1.0) if len(known) else 1.0
    shade = np.clip(np.nan_to_num(worst / top, nan=0.0), 0, 1) * (len(RAMP) - 1)
    low = np.minimum(shade.astype(int), len(RAMP) - 2)
    part = (shade - low)[..., None]
    colors = RAMP[low] * (1 - part) + RAMP[low + 1] * part
    colors[~np.isfinite(worst)] = UNKNOWN
    colors[gone > 0] = MISSING
    wide = np.repeat(colors, -(-WIDTH // len(colors)), axis=0)
    picked = wide[np.linspace(0, len(wide) - 1, WIDTH).round().astype(int)]
    rows = np.repeat(picked.transpose(1, 0, 2), ROW_PX, axis=0)
    rows[ROW_PX - 1 :: ROW_PX] = rows[ROW_PX - 1 :: ROW_PX] * 0.6 + 60
    return np.asarray(rows.round(), dtype=np.uint8)
