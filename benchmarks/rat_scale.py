"""48 real encounters of two rats, 690,000 frames: features, clusters and labels of all of them in one run, no model."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings

from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun

FRAME_RATE_HZ = 30
"""Assumed: the recordings do not state it."""


def main() -> None:
    """Run all recordings, or the first few, and report time and memory."""
    options = arguments(__doc__, _options)
    tracks = sorted((recordings(options.data, "rat_dyad") / "dlc_csv").glob("*.csv.gz"))[: options.recordings]
    report = Report("rat_scale", "")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        run = Path(temporary) / "run"
        words = ["--fps", str(FRAME_RATE_HZ), "--run", run, "--no-pictures", "--workers", str(options.workers)]
        cost = measure(behaviorvlm("behavior", "run", *tracks, *words))
        with BehaviorRun.open(run) as opened:
            reader = BehaviorReader(opened)
            frames = sum(reader.summary(name).n_timepoints for name in reader.names)
            segments = sum(len(reader.segments(name)) for name in reader.names)
            bouts = sum(len(reader.bouts(name)) for name in reader.names)
    figures = {
        "recordings": len(tracks),
        "frames": frames,
        "segments": segments,
        "bouts": bouts,
        "wall_min": cost.wall_s / 60,
        "cpu_min": cost.cpu_s / 60,
        "peak_process_gb": cost.peak_process_gb,
        "peak_tree_gb": cost.peak_tree_gb,
    }
    report.add("two rats, all stages", figures, {"wall_min": Goal("<=", 10.0), "peak_tree_gb": Goal("<=", 3.0)})
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recordings", type=int, default=None, help="the first so many; all if not given")
    parser.add_argument("--workers", type=int, default=1)


if __name__ == "__main__":
    main()
