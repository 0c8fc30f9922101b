"""Robust triangulation beside aniposelib, in one run: 6 views, 6,000 points, 1 px noise, 10 % of pixels wrong.

Everything is simulated: the simulated arena's ring of six 1024 x 1024 cameras, and points in 200 x 200 x 60 mm. A wrong
pixel lies anywhere in the picture. aniposelib's `triangulate_ransac` takes its points one by one, so it gets the first
``--ransac-points`` of them; every method is also scored on those. aniposelib comes with the extra `bench`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from _harness import Goal, Report, arguments

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate, triangulate_robust
from behaviorvlm.simulate.rig import ring_of_cameras
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.types import CameraGroup, FloatArray

SIZE_PX = 1024


def main() -> None:
    """Time and score every method on the same points."""
    options = arguments(__doc__, _options)
    cameras = ring_of_cameras(6, image_size=(SIZE_PX, SIZE_PX), settings=ArenaSettings(), seed=0)
    true_mm, points_px = noisy_points(cameras, count=options.points, seed=options.seed)
    report = Report("robust_triangulation", "rig, points, noise and outliers")
    few = options.ransac_points
    ours = timed(lambda px: triangulate_robust(px, cameras).points_mm, points_px, repeats=options.repeats)
    report.add("triangulate_robust", figures(ours, true_mm, few))
    plain = timed(lambda px: triangulate(px, cameras), points_px, repeats=options.repeats)
    report.add("triangulate, not robust", figures(plain, true_mm, few))
    theirs = anipose_group(cameras)
    if theirs is None:
        print("\naniposelib is not installed: install the extra `bench` to compare")
        report.finish()
        return
    fast = timed(theirs.triangulate, points_px, repeats=options.repeats)
    report.add("aniposelib triangulate", figures(fast, true_mm, few))
    ransac = timed(lambda px: theirs.triangulate_ransac(px)[0], points_px[:, :few], repeats=3)
    report.add("aniposelib triangulate_ransac", figures(ransac, true_mm[:few], few))
    compare(report, ours, ransac, true_mm=true_mm)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--points", type=int, default=6000)
    parser.add_argument("--ransac-points", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=9, help="the median of so many timings counts")
    parser.add_argument("--seed", type=int, default=0)


def noisy_points(
    cameras: CameraGroup, *, count: int, seed: int, noise_px: float = 1.0, wrong: float = 0.1
) -> tuple[FloatArray, FloatArray]:
    """Return (point, 3) mm and their (camera, point, 2) px with noise and a share of wrong pixels."""
    rng = np.random.default_rng(seed)
    true_mm = rng.uniform([-100, -100, 0], [100, 100, 60], (count, 3))
    points_px = project_all(true_mm, cameras)
    points_px += rng.normal(0, noise_px, points_px.shape)
    is_wrong = rng.random(points_px.shape[:2]) < wrong
    points_px[is_wrong] = rng.uniform(0, SIZE_PX, (int(is_wrong.sum()), 2))
    return true_mm, points_px


def timed(method: Callable[[FloatArray], Any], points_px: FloatArray, *, repeats: int) -> tuple[FloatArray, float]:
    """Return the points of `method` and its points per second (median), after a warm-up on the same points."""
    method(points_px)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        points_mm = method(points_px)
        seconds.append(time.perf_counter() - start)
    return np.asarray(points_mm, dtype=np.float64), points_px.shape[1] / float(np.median(seconds))


def figures(result: tuple[FloatArray, float], true_mm: FloatArray, few: int) -> dict[str, object]:
    """Return speed and errors over all points and over the few that ransac was given."""
    points_mm, per_second = result
    error_mm = np.linalg.norm(points_mm - true_mm, axis=1)
    return {
        "points_per_s": per_second,
        "mean_error_mm": float(np.nanmean(error_mm)),
        "p95_error_mm": float(np.nanpercentile(error_mm, 95)),
        "share_found": float(np.isfinite(error_mm).mean()),
        f"mean_error_mm_first_{few}": float(np.nanmean(error_mm[:few])),
    }


def compare(
    report: Report, ours: tuple[FloatArray, float], ransac: tuple[FloatArray, float], *, true_mm: FloatArray
) -> None:
    """Report the ratio of speeds, and of errors over the points both were given and both found."""
    few = len(ransac[0])
    ours_mm, ransac_mm = ours[0][:few], ransac[0]
    both = np.isfinite(ours_mm).all(axis=1) & np.isfinite(ransac_mm).all(axis=1)
    errors = [float(np.linalg.norm(points - true_mm[:few], axis=1)[both].mean()) for points in (ours_mm, ransac_mm)]
    ratios = {"speed_ratio": ours[1] / ransac[1], "error_ratio_same_points": errors[0] / errors[1]}
    goals = {"speed_ratio": Goal(">=", 5000), "error_ratio_same_points": Goal("<=", 1)}
    report.add("triangulate_robust over triangulate_ransac", ratios, goals)


def anipose_group(cameras: CameraGroup) -> Any | None:  # noqa: ANN401 - it ships no types
    """Return aniposelib's group of the same cameras, or None if it is not installed."""
    try:
        from aniposelib import cameras as anipose
    except ImportError:
        return None
    return anipose.CameraGroup([
        anipose.Camera(
            matrix=camera.matrix.copy(), dist=camera.distortion.copy(), size=camera.image_size,
            rvec=camera.rvec.copy(), tvec=camera.tvec.copy(), name=camera.name,
        )
        for camera in cameras
    ])  # fmt: skip


if __name__ == "__main__":
    main()
