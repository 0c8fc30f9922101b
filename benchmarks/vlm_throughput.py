"""How much of a model server's capacity a run uses: arena_ring, 200 ms per answer, 32 slots, queues beyond.

The server can answer 160 questions a second. With an exemplar lag of 4 so many timepoints overlap that it is the limit;
with a lag of 1 every timepoint waits for the one before and asks in three rounds, one after the other, so that 36
questions take 0.6 s and 60 questions a second is the limit.

The share is that of the asking phase, from the first question to the last answer, as the server saw them; the whole run
with reading videos, finding dots and writing tables is ``wall_s``. Server and client share this machine's processors.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, measure, recordings
from _reader import SIMULATED, ReaderServer

from behaviorvlm.evaluate.keypoint_error import evaluate_pose

SLOTS, LATENCY_S = 32, 0.2
QUESTIONS, ROUNDS = 36, 3
"""Of a timepoint with six views: each a box, four regions and an agreement; and how many wait for one another."""
LIMITS = {4: SLOTS / LATENCY_S, 1: QUESTIONS / (ROUNDS * LATENCY_S)}
"""Exemplar lag to answers per second at most."""
SHARE = Goal(">=", 0.85)


def main() -> None:
    """Run once with each lag."""
    options = arguments(__doc__, _options)
    session = recordings(options.data, options.session)
    report = Report(f"vlm_throughput[{options.session}]", SIMULATED)
    for lag in options.lag or LIMITS:
        figures = run(session, lag, options.level, timepoints=options.timepoints)
        report.add(f"exemplar lag {lag}, at most {LIMITS[lag]:g} answers/s", figures, {"share_of_limit": SHARE})
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", default="arena_ring", help="a session with truth: arena_ring or arena_ring_small")
    parser.add_argument(
        "--lag", action="append", type=int, choices=list(LIMITS), help="may be repeated; both if not given"
    )
    parser.add_argument("--level", default="low", help="confusion of the reader: low, middle, high or a number")
    parser.add_argument("--timepoints", default=None, metavar="A:B", help="all if not given")


def run(session: Path, lag: int, level: str, *, timepoints: str | None) -> dict[str, object]:
    """Return rate, cost and accuracy of a run."""
    folder = Path(tempfile.mkdtemp(prefix="behaviorvlm-benchmark-"))
    words = ["--exemplar-lag", str(lag), *(["--timepoints", timepoints] if timepoints else [])]
    try:
        with ReaderServer(session, confusion=level, slots=SLOTS, latency=LATENCY_S) as server:
            cost = measure(server.command(session, folder / "run", *words))
            server.end()
            seen = server.seen()
        scores = evaluate_pose(folder / "run", session / "truth")
    finally:
        shutil.rmtree(folder)
    return {
        "answers": seen.answered,
        "answers_per_s": seen.answers_per_s,
        "share_of_limit": seen.answers_per_s / LIMITS[lag],
        "asking_s": seen.last_s - seen.first_s,
        "wall_s": cost.wall_s,
        "client_cpu_ms_per_answer": cost.cpu_s / seen.answered * 1e3,
        "server_cpu_ms_per_answer": seen.cpu_s / seen.answered * 1e3,
        "cores": os.cpu_count(),
        "most_at_the_server": seen.most_in_flight,
        "peak_process_gb": cost.peak_process_gb,
        "mean_error_mm": scores.mean_error_mm,
        "identity_accuracy": scores.identity_accuracy,
        "coverage": scores.coverage,
    }


if __name__ == "__main__":
    main()
