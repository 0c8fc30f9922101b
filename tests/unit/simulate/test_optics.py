"""Lines through ellipsoids, outlines and emission, against shapes whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from behaviorvlm.geometry.projection import project
from behaviorvlm.simulate.animal import PARTS, Body, pose_body
from behaviorvlm.simulate.motion import plan_motion
from behaviorvlm.simulate.optics import emission, outlines_px, tissue_mm
from behaviorvlm.simulate.rig import ring_of_cameras
from behaviorvlm.simulate.settings import ArenaSettings

SETTINGS = ArenaSettings()


def ball(radius: float) -> Body:
    """One ball at the origin; all other parts are dust far away."""
    centers = np.full((1, len(PARTS), 3), 1e4)
    axes = np.tile(np.eye(3) * 1e-3, (1, len(PARTS), 1, 1))
    centers[0, 0], axes[0, 0] = 0, radius * np.eye(3)
    return Body(centers, axes, np.zeros((1, 1, 3)), np.zeros((1, 1, 3)))


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        ((-100, 0, 0), (100, 0, 0), 10.0),
        ((-100, 3, 0), (100, 3, 0), 8.0),
        ((-100, 6, 0), (100, 6, 0), 0.0),
        ((0, 0, 0), (100, 0, 0), 5.0),
        ((10, 0, 0), (100, 0, 0), 0.0),
        ((-100, 0, 0), (-10, 0, 0), 0.0),
        ((-1, 0, 0), (2, 0, 0), 3.0),
    ],
)
def test_a_line_through_a_ball(start: tuple[float, ...], stop: tuple[float, ...], expected: float) -> None:
    through = tissue_mm(ball(5.0), np.array([[start]], dtype=float), np.array([[stop]], dtype=float))
    assert through.shape == (1, 1)
    assert through[0, 0] == pytest.approx(expected, abs=1e-6)


def test_thin_parts_dim_less() -> None:
    body = ball(5.0)
    paw = PARTS.index("left_hindpaw")
    body.centers_mm[0, [0, paw]], body.axes_mm[0, [0, paw]] = body.centers_mm[0, [paw, 0]], body.axes_mm[0, [paw, 0]]
    through = tissue_mm(body, np.array([[[-100.0, 0, 0]]]), np.array([[[100.0, 0, 0]]]))
    assert 0 < through[0, 0] < 5


def test_outlines_hold_the_whole_part_and_no_more() -> None:
    camera = ring_of_cameras(3, image_size=(640, 640), settings=SETTINGS, seed=0).cameras[1]
    body = pose_body(plan_motion(20, seed=0, settings=SETTINGS), 7, 8)
    outlines = outlines_px(body, camera, n_points=60)[0]
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(4000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    for part in range(len(PARTS)):
        skin = project(body.centers_mm[0, part] + directions @ body.axes_mm[0, part].T, camera)
        polygon = outlines[part].astype(np.float32)
        outside = [-cv2.pointPolygonTest(polygon, point, True) for point in skin.tolist()]
        assert max(outside) < 0.35, PARTS[part]
        assert np.abs(polygon.min(axis=0) - skin.min(axis=0)).max() < 0.6
        assert np.abs(polygon.max(axis=0) - skin.max(axis=0)).max() < 0.6


def test_dots_shine_most_along_their_normal_and_never_stop() -> None:
    normal = np.array([0.0, 0.0, 1.0])
    angles = np.deg2rad([0, 30, 60, 90, 180])
    seen = emission(normal, np.stack([np.sin(angles), np.zeros(5), np.cos(angles)], axis=1) * 7)
    assert seen[0] == pytest.approx(1)
    assert (np.diff(seen[:4]) < 0).all()
    assert seen[-1] == pytest.approx(seen[-2])
    assert seen[-1] > 0.1
