"""A real rig and a real mouse (sleap_anipose_minimal): does the board keep its size, do keypoints get their names back?

The board: 70 corners x 21 pictures x 4 cameras, triangulated with the given calibration; neighboring corners are
24.0 mm apart (median: corners at the rim of these wide lenses lie where the lens model folds back, and stretch the
mean).

The mouse: hand-corrected 2D points of 15 keypoints over 120 timepoints go in as unnamed candidates in random order;
three timepoints keep their names as seeds. No truth in 3D exists, so names are checked against the labels: a keypoint
is right if it is nearest to the triangulated labels of its own name.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from _candidate_session import seed_views, unnamed, write_session
from _harness import Goal, Report, arguments, recordings

from behaviorvlm import api
from behaviorvlm.evaluate.ceiling import oracle_points
from behaviorvlm.evaluate.keypoint_error import score_pose
from behaviorvlm.evaluate.pose_truth import PoseTruth
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate
from behaviorvlm.io.anipose import read_calibration
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.io.skeleton import symmetries_by_name
from behaviorvlm.types import BodyRegion, CameraGroup, FloatArray, Skeleton

SQUARE_MM = 24.0
CORNERS_A_ROW = 7
SEEDS = (20, 60, 100)
"""Spread over the session, chosen without looking."""
FRAME_RATE_HZ = 30.0
REGIONS = (
    BodyRegion("head", ("Nose", "Ear_R", "Ear_L", "Head", "Neck")),
    BodyRegion("trunk", ("Trunk", "Shoulder_left", "Shoulder_right", "Haunch_left", "Haunch_right")),
    BodyRegion("tail", ("TTI", "Tail_0", "Tail_1", "Tail_2", "TailTip")),
)


def main() -> None:
    """Check the board, then name the mouse's points."""
    options = arguments(__doc__)
    folder = recordings(options.data, "sleap_anipose_minimal")
    cameras = read_calibration(folder / "calibration_GOOD_fd57457.toml", units="mm")
    report = Report("sleap_minimal", "")
    report.add("board", board(folder, cameras), {"off_size_mm": Goal("<=", 0.1), "median_error_px": Goal("<=", 0.3)})
    report.add("mouse keypoints, unnamed", mouse(folder, cameras))
    report.finish()


def board(folder: Path, cameras: CameraGroup) -> dict[str, object]:
    """Return size and reprojection error of the triangulated board."""
    import h5py

    with h5py.File(folder / "calibration.metadata.h5") as file:
        corners_px = np.asarray(file["detected_corners"], dtype=np.float64)
    corners_mm = triangulate(corners_px, cameras)
    error_px = np.linalg.norm(project_all(corners_mm, cameras) - corners_px, axis=-1)
    grid = corners_mm.reshape(len(corners_mm), -1, CORNERS_A_ROW, 3)
    sides = np.concatenate([np.linalg.norm(np.diff(grid, axis=axis), axis=-1).ravel() for axis in (1, 2)])
    median = float(np.nanmedian(sides))
    return {
        "median_neighbor_distance_mm": median,
        "off_size_mm": abs(median - SQUARE_MM),
        "mean_neighbor_distance_mm": float(np.nanmean(sides)),
        "median_error_px": float(np.nanmedian(error_px)),
        "p95_error_px": float(np.nanpercentile(error_px, 95)),
    }


def mouse(folder: Path, cameras: CameraGroup) -> dict[str, object]:
    """Return how many of the unnamed keypoints come back with their names."""
    labels_px, skeleton = labels(folder, cameras)
    seen = np.asarray(np.isfinite(labels_px).all(axis=-1))
    truth_mm = oracle_points(labels_px, seen, cameras=cameras)
    truth = PoseTruth(truth_mm, seen.sum(axis=1) >= 2, truth_mm)
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        session = write_session(
            Path(temporary) / "minimal",
            cameras=cameras,
            skeleton=skeleton,
            seeds=seed_views(labels_px, SEEDS, cameras=cameras),
            candidates=unnamed(labels_px, cameras=cameras, rng=np.random.default_rng(0)),
            frame_rate_hz=FRAME_RATE_HZ,
        )
        run = Path(temporary) / "run"
        api.estimate_pose(api.open_session(session), run=run).close()
        table = read_points3d(run / "points3d.csv")
    scores = score_pose(table.points_mm, truth=truth, skeleton=skeleton)
    return scores.model_dump(exclude={"oracle_mean_mm", "model_calls_per_timepoint"})


def labels(folder: Path, cameras: CameraGroup) -> tuple[FloatArray, Skeleton]:
    """Return the hand-corrected (timepoint, camera, keypoint, 2) px and the labelled body."""
    import h5py

    views = []
    for camera in cameras:
        with h5py.File(folder / camera.name / f"minimal_{camera.name}_proofread.analysis.h5") as file:
            names = tuple(name.decode() for name in file["node_names"])
            edges = tuple((a.decode(), b.decode()) for a, b in file["edge_names"])
            views.append(np.asarray(file["tracks"], dtype=np.float64)[0].transpose(2, 1, 0))
    return np.stack(views, axis=1), Skeleton(names, edges, symmetries_by_name(names), REGIONS)


if __name__ == "__main__":
    main()
