"""Is the cost flat? The built-in simulation with 6 cameras, 500 timepoints (the paper's size) and many more.

Both videos show the same scene, so the short one is the beginning of the long one. Each is run by the installed command
and its whole process tree is watched. Pictures are small, so that simulating the long one does not take hours: what is
asked is whether seconds per timepoint and memory stay the same, not what they are at full size (see arena_ring).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, behaviorvlm, measure

from behaviorvlm.evaluate.keypoint_error import evaluate_pose
from behaviorvlm.simulate.arena import simulate_arena
from behaviorvlm.simulate.settings import ArenaSettings

FLAT = Goal("<=", 1.15)
"""Long over short; processes take a moment to start, so a little above 1 may be noise."""


def main() -> None:
    """Simulate, run and measure every length; report the ratios of the longest to the shortest."""
    options = arguments(__doc__, _options)
    report = Report("scaling", "everything")
    costs = {}
    for count in options.timepoints:
        costs[count] = run(count, size=options.size, cameras=options.cameras, workers=options.workers)
        report.add(f"{count} timepoints x {options.cameras} views", costs[count])
    short, long = costs[min(costs)], costs[max(costs)]
    ratios = {name: long[name] / short[name] for name in ("s_per_timepoint", "peak_tree_gb", "peak_process_gb")}
    report.add(f"{max(costs)} over {min(costs)} timepoints", ratios, dict.fromkeys(ratios, FLAT))
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--timepoints", type=int, nargs="+", default=[500, 10000])
    parser.add_argument("--size", type=int, default=384, help="width and height of the pictures in px")
    parser.add_argument("--cameras", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)


def run(n_timepoints: int, *, size: int, cameras: int, workers: int) -> dict[str, float]:
    """Return cost and scores of one length."""
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        session = simulate_arena(
            Path(temporary) / "arena",
            n_cameras=cameras,
            n_timepoints=n_timepoints,
            image_size=(size, size),
            settings=ArenaSettings(channels=("fluorescence",)),
        )
        run_folder = Path(temporary) / "run"
        cost = measure(behaviorvlm("pose", "run", session, "--run", run_folder, "--workers", str(workers)))
        scores = evaluate_pose(run_folder, session / "truth").model_dump()
    kept = ("mean_error_mm", "p95_error_mm", "coverage", "identity_accuracy", "swap_rate")
    return {"s_per_timepoint": cost.wall_s / n_timepoints, **vars(cost), **{name: scores[name] for name in kept}}


if __name__ == "__main__":
    main()
