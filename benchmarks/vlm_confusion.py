"""The paper's annotator with a simulated reader: what each part is worth, at three levels of confusion.

On arena_ring, with a server that answers from the truth and errs as tests/reader_confusion.py states. The table: naive
(stage 2 on the whole view), without stage 4 (stages 1, 2, 3), and all four stages with stage 4 as the paper does it
(each keypoint by itself) and as this package does it (all at once). The curve: regions (1, 2, 3) against naive (2) over
the strength of the confusion, on the first timepoints only.

The paper's mean errors, on its own recordings with a 27B model: naive 14.29 mm, without stage 4 9.16, full 6.59. They
stand beside for orientation; nothing here says what a real model would reach.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from _harness import Goal, Report, arguments, measure, recordings
from _reader import SIMULATED, ReaderServer, Seen

from behaviorvlm.evaluate.keypoint_error import evaluate_pose

READERS: dict[str, dict[str, object]] = {
    "low": {"confusion": "low"},
    "middle": {"confusion": "middle"},
    "high": {"confusion": "high"},
    "middle, lasting": {"confusion": "middle", "lasting": 10},
}
"""The last one makes the same mistakes for 10 timepoints on end, as a real model may."""
WAYS: dict[str, list[str]] = {
    "naive (2)": ["--stages", "2"],
    "without stage 4 (1,2,3)": ["--stages", "1,2,3"],
    "full, per keypoint (1,2,3,4)": ["--refine", "per_keypoint"],
    "full, joint (1,2,3,4)": [],
}
NAIVE, REGIONS, PAPERS, FULL = WAYS
PAPER_MM = {NAIVE: 14.29, REGIONS: 9.16, PAPERS: 6.59, FULL: 6.59}
STRENGTHS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
HELPS = Goal(">=", 0.0)


def main() -> None:
    """Run the table and the curve."""
    options = arguments(__doc__, _options)
    session = recordings(options.data, options.session)
    report = Report(f"vlm_confusion[{options.session}]", SIMULATED)
    for reader in () if options.no_table else options.reader or READERS:
        errors = {way: _row(report, session, reader, way, timepoints=options.timepoints) for way in WAYS}
        gains = {f"mm that stage 4 takes off, {way}": errors[REGIONS] - errors[way] for way in (PAPERS, FULL)}
        report.add(f"{reader}: what stage 4 is worth", gains, dict.fromkeys(gains, HELPS))
    if not options.no_curve:
        curve = [_point(session, strength, timepoints=options.curve_timepoints) for strength in STRENGTHS]
        _report_curve(report, curve)
        if options.plot:
            plot(curve, options.plot)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", default="arena_ring", help="a session with truth: arena_ring or arena_ring_small")
    parser.add_argument("--reader", action="append", choices=list(READERS), help="may be repeated; all if not given")
    parser.add_argument("--timepoints", default=None, metavar="A:B", help="of the table; all if not given")
    parser.add_argument("--no-table", action="store_true")
    parser.add_argument("--no-curve", action="store_true")
    parser.add_argument("--curve-timepoints", default="0:40", metavar="A:B")
    parser.add_argument("--plot", type=Path, default=None, help="PNG of the curve")


def _row(report: Report, session: Path, reader: str, way: str, *, timepoints: str | None) -> float:
    """Run one cell of the table and return its mean error in mm."""
    figures = run(session, WAYS[way], timepoints=timepoints, **READERS[reader])
    report.add(f"{reader}: {way}", {"paper_mean_error_mm": PAPER_MM[way], **figures})
    return float(str(figures["mean_error_mm"]))


def run(session: Path, words: list[str], *, timepoints: str | None, **reader: object) -> dict[str, object]:
    """Return how well one way of asking does with one reader, described by options of tests/reader_server.py."""
    folder = Path(tempfile.mkdtemp(prefix="behaviorvlm-benchmark-"))
    words = [*words, "--no-keep-pictures", *(["--timepoints", timepoints] if timepoints else [])]
    try:
        with ReaderServer(session, slots=64, **reader) as server:
            cost = measure(server.command(session, folder / "run", *words))
            server.end()
            seen = server.seen()
        scores = evaluate_pose(folder / "run", session / "truth")
    finally:
        shutil.rmtree(folder)
    kept = ("mean_error_mm", "median_error_mm", "p95_error_mm", "share_over_10mm", "identity_accuracy", "coverage")
    figures = {name: getattr(scores, name) for name in (*kept, "swap_rate", "model_calls_per_timepoint")}
    return {**figures, **_reading(seen), "wall_s": cost.wall_s, "tally": seen.tally}


def _reading(seen: Seen) -> dict[str, object]:
    """Return how often the reader itself was right, stage by stage."""
    found: dict[str, object] = {}
    for stage in ("stage 2", "stage 3"):
        counts = {name: count for name, count in seen.tally.items() if name.startswith(stage)}
        if counts:
            found[f"reader_right_{stage.replace(' ', '_')}"] = counts.get(f"{stage}: right", 0) / sum(counts.values())
    return found


def _point(session: Path, strength: float, *, timepoints: str) -> dict[str, float]:
    """Return a point of the curve."""
    point = {"strength": strength}
    for name, way in (("naive", NAIVE), ("regions", REGIONS)):
        figures = run(session, WAYS[way], timepoints=timepoints, confusion=strength)
        point |= {f"{name}_{key}": float(str(figures[key])) for key in ("mean_error_mm", "identity_accuracy")}
    return point


def _report_curve(report: Report, curve: list[dict[str, float]]) -> None:
    for point in curve:
        rest: Mapping[str, float] = {name: value for name, value in point.items() if name != "strength"}
        report.add(f"curve, confusion {point['strength']:g}", rest)


def plot(curve: list[dict[str, float]], path: Path) -> None:
    """Draw the curve."""
    import matplotlib.pyplot as plt

    figure, (errors, names) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    places = [point["strength"] for point in curve]
    for name, title, color, marker in (
        ("naive", "naive (2)", "#D55E00", "o"),
        ("regions", "regions (1, 2, 3)", "#0072B2", "s"),
    ):
        for axes, key in ((errors, "mean_error_mm"), (names, "identity_accuracy")):
            axes.plot(places, [point[f"{name}_{key}"] for point in curve], color=color, marker=marker, label=title)
    errors.set_ylabel("mean error, mm")
    names.set_ylabel("keypoints with the right name")
    for axes in (errors, names):
        axes.set_xlabel("strength of the confusion (low 0.5, middle 1, high 2)")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    errors.legend(frameon=False)
    figure.suptitle("Regions against naive, without stage 4 (simulated reader and pictures)")
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
