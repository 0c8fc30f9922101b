"""The pose pipeline on arena_ring (simulated pictures, recorded motion), given calibration, 3 seed timepoints.

Every configuration is run by the installed command, `behaviorvlm pose run`, as a user would, and its whole process tree
is watched. ``--all`` adds the paper's ablations and the calibration refined over the run's own points.

``auroc`` tells how well margin and flags of quality.csv find wrong keypoints: nearest to another keypoint's true place,
or more than 10 mm off; ``_5mm`` draws that line at 5 mm.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings

from behaviorvlm.evaluate.error_detection import evaluate_error_detection
from behaviorvlm.evaluate.keypoint_error import evaluate_pose

CONFIGURATIONS: dict[str, list[str]] = {
    "default": [],
    "refine per_keypoint": ["--refine", "per_keypoint"],
    "refined calibration": ["--refine-calibration"],
    "no stage 4 (1,2,3)": ["--stages", "1,2,3"],
    "no stage 3 (1,2,4)": ["--stages", "1,2,4"],
    "no boxes (2,3,4)": ["--stages", "2,3,4"],
    "naive (2)": ["--stages", "2"],
}
GOALS = {
    "mean_error_mm": Goal("<=", 0.8),
    "p95_error_mm": Goal("<=", 2.0),
    "share_over_10mm": Goal("<=", 0.003),
    "coverage": Goal(">=", 0.95),
    "identity_accuracy": Goal(">=", 0.99),
    "swap_rate": Goal("<=", 0.002),
    "auroc": Goal(">=", 0.95),
    "auroc_paws": Goal(">=", 0.95),
    "wall_s": Goal("<=", 25),
    "peak_tree_gb": Goal("<=", 1.5),
}


def main() -> None:
    """Run the chosen configurations, evaluate each, print goals beside the default's figures."""
    options = arguments(__doc__, _options)
    session = recordings(options.data, options.session)
    report = Report(f"arena_ring[{options.session}]", "pictures; the motion is recorded")
    names = list(CONFIGURATIONS) if options.all else options.only or ["default"]
    for name in names:
        report.add(
            name, run(session, CONFIGURATIONS[name], workers=options.workers), GOALS if name == "default" else {}
        )
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", default="arena_ring", help="a session with truth: arena_ring or arena_ring_small")
    parser.add_argument("--all", action="store_true", help="every configuration")
    parser.add_argument("--only", action="append", choices=list(CONFIGURATIONS), help="may be repeated")
    parser.add_argument("--workers", type=int, default=2)


def run(session: Path, words: list[str], *, workers: int) -> dict[str, object]:
    """Return scores, error detection and cost of one configuration."""
    folder = Path(tempfile.mkdtemp(prefix="behaviorvlm-benchmark-"))
    try:
        command = behaviorvlm("pose", "run", session, "--run", folder / "run", "--workers", str(workers), *words)
        cost = measure(command)
        scores = evaluate_pose(folder / "run", session / "truth")
        paws = [name for name in scores.per_keypoint if "paw" in name]
        found: dict[str, object] = {}
        for title, keypoints, far_mm in (
            ("", None, 10),
            ("_paws", paws, 10),
            ("_5mm", None, 5),
            ("_paws_5mm", paws, 5),
        ):
            detection = evaluate_error_detection(folder / "run", session / "truth", keypoints=keypoints, far_mm=far_mm)
            found |= {f"auroc{title}": detection.auroc, f"wrong{title}": detection.wrong}
    finally:
        shutil.rmtree(folder)
    return {**scores.model_dump(), **found, **vars(cost)}


if __name__ == "__main__":
    main()
