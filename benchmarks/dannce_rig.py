"""Correspondence and naming over the real DANNCE m1 rig (distortion, skew), with simulated dots of recorded animals.

Every view gets 1 px of noise, 30 % of its dots hidden (in gaps of 5 timepoints on average), and 4 false dots.

(a) The moving mouse of rodent_mocap, levelled and centered in the rig, 12 keypoints, frames 0-1399 and 1700-3599: the
whole pipeline from candidate files, 3 seed timepoints spread over each stretch. The calibration is exact, so the oracle
is what the noisy dots with their right names triangulate to.

(b) The rig's 81 hand-labelled poses of 22 keypoints, each by itself (gaps last one timepoint): which dots are one
point, and which keypoint is it? An unnamed 3D point is right if it pairs, one to one, with a true keypoint within 3 mm;
recall is over keypoints with dots in 2 views or more. Naming: 3 poses, spread over the 81, keep their names as seeds; a
name is right if the keypoint lies within 3 mm of its true place; the share is over keypoints with dots in 2 views or
more in the other poses.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from _candidate_session import named_pixels, seed_views, spread, write_session
from _dannce import MOVING_MOUSE, moving_mouse, read_rig
from _harness import Goal, Report, arguments, recordings
from _still_poses import score_correspondence, score_naming

from behaviorvlm import api
from behaviorvlm.evaluate.ceiling import oracle_points
from behaviorvlm.evaluate.error_detection import detect_errors
from behaviorvlm.evaluate.keypoint_error import score_pose
from behaviorvlm.evaluate.pose_truth import PoseTruth
from behaviorvlm.evaluate.quality_table import read_quality
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.simulate.dots import simulate_candidates
from behaviorvlm.types import CameraGroup, FloatArray

STRETCHES = ((0, 1400), (1700, 3600))
FRAME_RATE_HZ = 60.0
"""Of the recorded motion; guessed from the gait."""
MOVING_GOALS = {"mean_error_mm": Goal("<=", 0.6), "identity_accuracy": Goal(">=", 0.99)}
CORRESPONDENCE_GOALS = {"precision": Goal(">=", 0.95), "recall": Goal(">=", 0.95)}
NAMING_GOALS = {"share_right": Goal(">=", 0.8)}


def main() -> None:
    """Run (a) on both stretches, then (b), for every draw."""
    options = arguments(__doc__, _options)
    rig = read_rig(recordings(options.data, "dannce_mouse_m1"))
    mocap = recordings(options.data, "rodent_mocap")
    report = Report("dannce_rig", "dots over recorded or labelled poses in a real rig")
    for draw in range(options.draws):
        for start, stop in STRETCHES if options.part in ("a", "both") else ():
            points_mm = moving_mouse(mocap, rig=rig, start=start, stop=stop)[: options.timepoints]
            figures = name_moving(points_mm, rig.cameras, draw=draw, workers=options.workers)
            report.add(f"(a) frames {start}-{stop - 1}, draw {draw}", figures, MOVING_GOALS)
        if options.part in ("b", "both"):
            dots = simulate_candidates(rig.poses_mm, rig.cameras, hidden_run_timepoints=1, seed=draw)
            matched = score_correspondence(rig.poses_mm, dots, rig.cameras, skeleton=rig.skeleton)
            report.add(f"(b) correspondence alone, draw {draw}", matched, CORRESPONDENCE_GOALS)
            named = score_naming(rig.poses_mm, dots, rig.cameras, skeleton=rig.skeleton)
            report.add(f"(b) naming from 3 poses, draw {draw}", named, NAMING_GOALS)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", choices=("a", "b", "both"), default="both")
    parser.add_argument("--draws", type=int, default=1, help="how often noise, gaps and false dots are drawn anew")
    parser.add_argument("--timepoints", type=int, default=None, help="only so many of each stretch")
    parser.add_argument("--workers", type=int, default=2)


def name_moving(points_mm: FloatArray, cameras: CameraGroup, *, draw: int, workers: int) -> dict[str, object]:
    """Return the scores of the whole pipeline over simulated dots of (timepoint, keypoint, 3) mm."""
    dots = simulate_candidates(points_mm, cameras, seed=draw)
    named_px = named_pixels(dots, cameras)
    seen = dots.numbers >= 0
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        session = write_session(
            Path(temporary) / "mouse",
            cameras=cameras,
            skeleton=MOVING_MOUSE,
            seeds=seed_views(named_px, spread(len(points_mm), 3), cameras=cameras),
            candidates=[dots.candidates[name] for name in cameras.names],
            frame_rate_hz=FRAME_RATE_HZ,
        )
        run = Path(temporary) / "run"
        api.estimate_pose(api.open_session(session), run=run, workers=workers).close()
        table = read_points3d(run / "points3d.csv")
        quality = read_quality(run / "quality.csv", timepoints=table.timepoints, keypoints=table.keypoints)
    truth = PoseTruth(points_mm, seen.sum(axis=1) >= 2, oracle_points(named_px, seen, cameras=cameras))
    scores = score_pose(table.points_mm, truth=truth, skeleton=MOVING_MOUSE)
    found = detect_errors(table.points_mm, truth=truth, quality=quality)
    return {**scores.model_dump(exclude={"model_calls_per_timepoint"}), "auroc": found.auroc, "wrong": found.wrong}


if __name__ == "__main__":
    main()
