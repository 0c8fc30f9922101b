"""The oracle: exact pixels and exact cameras give the exact points."""

from __future__ import annotations

import numpy as np

from behaviorvlm.evaluate.ceiling import oracle_points
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.types import Camera, CameraGroup


def rig() -> CameraGroup:
    """Return three cameras side by side, 600 mm from the origin."""
    matrix = np.array([[1000.0, 0, 500], [0, 1000, 500], [0, 0, 1]])
    return CameraGroup(
        tuple(
            Camera(
                f"cam{x}", (1000, 1000), matrix, np.zeros(5), np.array([0, x / 1000, 0.0]), np.array([x, 0.0, 600.0])
            )
            for x in (-150.0, 0.0, 150.0)
        )
    )


def test_exact_pixels_give_exact_points_and_one_view_gives_none() -> None:
    points = np.random.default_rng(0).uniform(-50, 50, (4, 5, 3))
    pixels = np.moveaxis(project_all(points, rig()), 0, 1)
    seen = np.ones(pixels.shape[:3], dtype=bool)
    seen[0, 1:, 0] = False
    pixels[1, 0, 1] += 100
    seen[1, 0, 1] = False
    oracle = oracle_points(pixels, seen, cameras=rig())
    assert np.isnan(oracle[0, 0]).all()
    oracle[0, 0] = points[0, 0]
    np.testing.assert_allclose(oracle, points, atol=1e-6)
