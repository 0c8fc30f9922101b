"""How much one bad seed of three costs: arena_ring (simulated pictures, recorded motion) with labels corrupted.

Each of the three seed timepoints in turn is corrupted in every view: left and right paws swapped, ears swapped, or 5 px
(standard deviation per axis) of jitter on top. Identity is taken from timepoint 10 on, so that a run may recover.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings

from behaviorvlm.evaluate.keypoint_error import evaluate_pose

SETTLED_FROM = 10
JITTER_PX = 5.0
PAWS = (("left_forepaw", "right_forepaw"), ("left_hindpaw", "right_hindpaw"))
EARS = (("left_ear", "right_ear"),)
Labels = dict[str, list[str]]
"""Keypoint to its x and y cells in one row of a seed file."""


def main() -> None:
    """Run the clean session and every corrupted one."""
    options = arguments(__doc__, _options)
    session = recordings(options.data, options.session)
    report = Report("seed_corruption", "pictures; the motion is recorded")
    clean = identity(session, None, workers=options.workers)
    report.add("clean", {"identity_accuracy": clean})
    goals = {"difference_from_clean": Goal(">=", -0.005)}
    for title, corrupt in corruptions().items():
        for row in range(options.seeds):
            value = identity(session, (row, corrupt), workers=options.workers)
            figures = {"identity_accuracy": value, "difference_from_clean": value - clean}
            report.add(f"{title}, seed {row + 1}", figures, goals)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", default="arena_ring", help="a session with truth: arena_ring or arena_ring_small")
    parser.add_argument("--seeds", type=int, default=3, help="corrupt the first so many seed timepoints, each in turn")
    parser.add_argument("--workers", type=int, default=2)


def corruptions() -> dict[str, Callable[[Labels], Labels]]:
    """Return what can be done to the labels of one view at one seed timepoint, by title."""
    rng = np.random.default_rng(0)

    def jitter(labels: Labels) -> Labels:
        return {
            name: [f"{float(cell) + rng.normal(0, JITTER_PX):.1f}" if cell else "" for cell in cells]
            for name, cells in labels.items()
        }

    return {
        "paws swapped": lambda labels: swap(labels, PAWS),
        "ears swapped": lambda labels: swap(labels, EARS),
        "5 px jitter": jitter,
    }


def swap(labels: Labels, pairs: tuple[tuple[str, str], ...]) -> Labels:
    """Return the labels with the partners of each pair exchanged."""
    partner = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    return {name: labels[partner.get(name, name)] for name in labels}


def identity(session: Path, change: tuple[int, Callable[[Labels], Labels]] | None, *, workers: int) -> float:
    """Return the identity accuracy of a run over a copy of `session` with one seed row of every view changed."""
    folder = Path(tempfile.mkdtemp(prefix="behaviorvlm-benchmark-"))
    try:
        copy = folder / session.name
        shutil.copytree(session, copy, ignore=shutil.ignore_patterns("truth"))
        if change is not None:
            for file in sorted((copy / "seeds").glob("*.csv")):
                corrupt_file(file, row=change[0], corrupt=change[1])
        measure(behaviorvlm("pose", "run", copy, "--run", folder / "run", "--workers", str(workers)))
        scores = evaluate_pose(folder / "run", session / "truth", first_timepoint=SETTLED_FROM)
    finally:
        shutil.rmtree(folder)
    return scores.identity_accuracy or 0.0


def corrupt_file(path: Path, *, row: int, corrupt: Callable[[Labels], Labels]) -> None:
    """Change the labels of seed number `row` in a DeepLabCut label file: three header lines, then a line a seed."""
    with path.open(newline="") as stream:
        lines = list(csv.reader(stream))
    names, cells = lines[1][1::2], lines[3 + row]
    labels = {name: cells[1 + 2 * number : 3 + 2 * number] for number, name in enumerate(names)}
    cells[1:] = [cell for pair in corrupt(labels).values() for cell in pair]
    path.chmod(0o644)
    with path.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(lines)


if __name__ == "__main__":
    main()
