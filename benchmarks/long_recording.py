"""Is memory bounded for long recordings? A clip of three mice, tiled to 1 h and to 4 h, each in one run, no model.

Tiling repeats a minute of mice over and over: what is asked is what an hour of tracks costs, not what is found in it.
Tracks alone are 16 bytes for each keypoint of each animal in each frame. Training holds a fixed amount, more than what
grows in the first hours: what an hour adds in the end, longer recordings say (``--hours 12 24``).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings

from behaviorvlm.io.tracks_file import read_tracks

CLIP = "mabe22_mouse_triplet"
FRAME_RATE_HZ = 30
AN_HOUR = Goal("<=", 0.125)
"""GB; a day of it is 3 GB."""
FLAT = Goal("<=", 1.15)
"""Long over short in seconds per frame; training costs both the same, so it is below 1 if nothing else grows."""


def main() -> None:
    """Run every length; report each, what an hour adds, and what a day would take."""
    options = arguments(__doc__, _options)
    clip = next(recordings(options.data, CLIP).glob("*.h5"))
    report = Report("long_recording", "a clip of a minute, tiled")
    costs: dict[float, dict[str, float]] = {}
    for hours in sorted(options.hours):
        costs[hours] = run(clip, hours, workers=options.workers)
        report.add(f"{hours:g} h of 3 animals, 12 keypoints, {FRAME_RATE_HZ} frames per second", costs[hours])
    short, long = min(costs), max(costs)
    if long > short:
        grown = costs[long]["peak_process_gb"] - costs[short]["peak_process_gb"]
        an_hour = grown / (long - short)
        figures = {
            "gb_more_for_each_hour": an_hour,
            "tracks_gb_for_each_hour": costs[long]["tracks_gb"] / long,
            "s_per_frame_long_over_short": costs[long]["s_per_frame"] / costs[short]["s_per_frame"],
        }
        goals = {"gb_more_for_each_hour": AN_HOUR, "s_per_frame_long_over_short": FLAT}
        report.add(f"{long:g} h beside {short:g} h", figures, goals)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hours", type=float, nargs="+", default=[1, 4])
    parser.add_argument("--workers", type=int, default=1)


def run(clip: Path, hours: float, *, workers: int) -> dict[str, float]:
    """Return the cost of a clip tiled to this length."""
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        tracks, n_frames = Path(temporary) / "tiled.npy", round(hours * 3600 * FRAME_RATE_HZ)
        shape = tile(clip, tracks, n_frames=n_frames)
        words = ["--fps", str(FRAME_RATE_HZ), "--run", Path(temporary) / "run", "--workers", str(workers)]
        cost = measure(behaviorvlm("behavior", "run", tracks, *words))
    return {
        "frames": n_frames,
        "s_per_frame": cost.cpu_s / n_frames,
        "tracks_gb": np.prod(shape) * 8 / 1e9,
        **vars(cost),
    }


def tile(clip: Path, path: Path, *, n_frames: int) -> tuple[int, ...]:
    """Write the clip over and over, as MABe22 has it (missing = 0, 0), and return the shape of the points."""
    points = np.nan_to_num(read_tracks(clip).points_px).astype(np.float32)
    tiled = np.tile(points, (-(-n_frames // len(points)), 1, 1, 1))[:n_frames]
    np.save(path, {"sequences": {"tiled": {"keypoints": tiled}}}, allow_pickle=True)
    return tiled.shape


if __name__ == "__main__":
    main()
