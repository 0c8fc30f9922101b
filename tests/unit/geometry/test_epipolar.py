"""The epipolar line of a pixel passes through wherever else its point is seen, bent by the lens as the picture is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from session_files import make_rig

from behaviorvlm.geometry.epipolar import depth_mm, epipolar_line
from behaviorvlm.geometry.projection import project
from behaviorvlm.geometry.triangulation import triangulate_with_error

POINT = np.array([12.0, -7.0, 15.0])


@pytest.mark.parametrize("k1", [0.0, -0.2])
def test_the_line_passes_through_the_point_in_the_other_view(k1: float) -> None:
    one, other = (replace(camera, distortion=np.array([k1, 0, 0, 0, 0])) for camera in list(make_rig(2)))
    away = float(depth_mm(POINT, one))
    line = epipolar_line(project(POINT, one), one, other, near_mm=away * 0.5, far_mm=away * 2, steps=2001)
    assert np.nanmin(np.linalg.norm(line - project(POINT, other), axis=1)) < 0.1
    at = epipolar_line(project(POINT, one), one, other, near_mm=away, far_mm=away, steps=1)
    np.testing.assert_allclose(at[0], project(POINT, other), atol=1e-6)


def test_depth_is_measured_along_the_axis() -> None:
    camera = make_rig(2).cameras[0]
    assert depth_mm(camera.position_mm + 30 * camera.rotation[2], camera) == pytest.approx(30)


def test_all_views_are_believed_and_their_error_told() -> None:
    rig = make_rig(4)
    seen = np.stack([project(POINT, camera) for camera in rig])[:, None]
    exact = triangulate_with_error(seen, rig)
    np.testing.assert_allclose(exact.points_mm[0], POINT, atol=1e-9)
    assert exact.error_px[0] < 1e-9 and exact.inliers.all()
    seen[2] += 10
    off = triangulate_with_error(seen, rig)
    assert off.error_px[0] > 2 and off.inliers.sum() == 4
    seen[1:] = np.nan
    assert np.isnan(triangulate_with_error(seen, rig).points_mm).all()
