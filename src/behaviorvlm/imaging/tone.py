"""Dark pictures made brighter: an infrared recording of a dark animal in a dark cage shows more than it seems to."""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import ByteArray

DARKEST_SHARE, BRIGHTEST_SHARE = 0.2, 99.8
"""Percentiles of grey levels that become black and white."""
LEAST_SPAN = 60.0
"""They are at least so far apart: noise must not look like something."""
MIDDLE = 0.38
"""A picture whose middle grey is darker than this share of white is lifted towards it ..."""
MOST_GAMMA = 0.45
"""... by no stronger a curve than this."""


def brightening(picture: ByteArray) -> ByteArray:
    """Return what each grey level of a (height, width[, 3]) uint8 picture is shown as, (256,) uint8; rising."""
    grey = picture if picture.ndim == 2 else picture.max(axis=2)
    dark, middle, bright = np.percentile(grey[::2, ::2], [DARKEST_SHARE, 50, BRIGHTEST_SHARE])
    bright = max(bright, dark + LEAST_SPAN)
    share = np.clip((np.arange(256) - dark) / (bright - dark), 0, 1)
    now = np.clip((middle - dark) / (bright - dark), 0.01, 0.99)
    gamma = np.clip(np.log(MIDDLE) / np.log(now), MOST_GAMMA, 1.0)
    return np.asarray(np.round(255 * share**gamma), dtype=np.uint8)
