"""Pixels that no ray reaches have no inverse: they are missing, not garbage."""

from __future__ import annotations

import numpy as np

from behaviorvlm.geometry.projection import project, undistort
from behaviorvlm.types import Camera

MATRIX = np.array([[770.0, 0, 640], [0, 770, 512], [0, 0, 1]])
WIDE = Camera("wide", (1280, 1024), MATRIX, np.array([-0.285, 0, 0, 0, 0]), np.zeros(3), np.zeros(3))


def test_a_pixel_beyond_the_lens_is_missing_and_its_neighbors_are_not() -> None:
    pixels = np.array([[640.0, 512.0], [1000.0, 700.0], [1270.0, 1010.0], [2.0, 3.0], [np.nan, 5.0]])
    ideal = undistort(pixels, WIDE)
    assert np.isnan(ideal[2:]).all()
    seen = np.concatenate([ideal[:2], np.ones((2, 1))], axis=1)
    np.testing.assert_allclose(project(seen, WIDE), pixels[:2], atol=1e-6)
