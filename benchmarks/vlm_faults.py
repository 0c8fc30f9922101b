"""A server with every fault: the same tables as without, and no answer in the journal asked for or paid for twice.

5 % HTTP 500, 5 % 429 with Retry-After, 3 % stalls past the time-out, 5 % malformed (a body that is no JSON, prose, an
answer cut by the token limit), 2 % cut connections, and one restart that takes 20 s. The run without faults comes
first; points3d.csv, quality.csv and every points2d_*.csv must be the same bytes. Each run is then given again, which
must ask nothing.

A question gets six attempts here, not three: at 5 % malformed, three in a row come once in 8,000 questions, a refused
answer is a missing keypoint, and the tables would differ for good reason.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, measure, recordings
from _reader import MODEL, SIMULATED, ReaderServer, differing_tables

from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal

FAULTS = {
    "500": 0.05,
    "429": 0.05,
    "stall": 0.03,
    "malformed_body": 0.015,
    "prose": 0.02,
    "cut_answer": 0.015,
    "cut": 0.02,
}
PAID = ("prose", "cut_answer")
"""Faults that are sound replies with a useless answer: they cost, are journalled, and asked anew with a complaint."""
DOWN_S = 20
TIMEOUT_S = 4
ATTEMPTS = "6"
LATENCY_S = 0.05


def main() -> None:
    """Run without and with faults, compare, and count."""
    options = arguments(__doc__, _options)
    session = recordings(options.data, options.session)
    report = Report(f"vlm_faults[{options.session}]", SIMULATED)
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        folder = Path(temporary)
        report.add("without faults", run(session, folder / "clean", options.timepoints))
        restart = {"restart_after": options.restart_after, "down": DOWN_S}
        faults = {"fault": [f"{name}={share}" for name, share in FAULTS.items()], "fault_seed": options.fault_seed}
        figures = run(session, folder / "faulty", options.timepoints, **restart, **faults)
        figures["tables_that_differ"] = len(differing_tables(folder / "clean", folder / "faulty"))
        none = Goal("<=", 0)
        goals = dict.fromkeys(
            ("tables_that_differ", "paid_beside_the_journal", "asked_again_after_an_answer", "refused"), none
        )
        report.add("with faults", figures, {**goals, "asked_by_the_same_command_again": none})
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", default="arena_ring_small", help="a session with truth")
    parser.add_argument("--timepoints", default="0:16", metavar="A:B")
    parser.add_argument("--restart-after", type=int, default=200, help="answers before the restart")
    parser.add_argument("--fault-seed", type=int, default=1)


def run(session: Path, run_folder: Path, timepoints: str, **options: object) -> dict[str, object]:
    """Return what a run met, and whether its journal is what the server was paid for."""
    with ReaderServer(session, confusion="low", slots=32, latency=LATENCY_S, **options) as server:
        models = server.folder / "models.toml"
        models.write_text(f'[default]\nmodel = "{server.url}#{MODEL}"\ntimeout_s = {TIMEOUT_S}\n')
        command = server.command(session, run_folder, "--timepoints", timepoints, "--attempts", ATTEMPTS, models=models)
        cost = measure(command)
        before = server.seen()
        measure(command)
        server.end()
        seen = server.seen()
    with AnswerJournal(run_folder / ANSWERS_FILE, writable=False) as journal:
        totals = journal.totals()
    paid = seen.answered + sum(seen.faults[name] for name in PAID)
    return {
        "questions": totals.questions,
        "calls_in_journal": totals.calls,
        "refused": totals.refused,
        "requests": seen.asked,
        "paid_beside_the_journal": paid - totals.calls,
        "asked_again_after_an_answer": len(seen.repeated),
        "asked_by_the_same_command_again": seen.asked - before.asked,
        "wall_s": cost.wall_s,
        **{f"fault_{name}": seen.faults[name] for name in FAULTS},
    }


if __name__ == "__main__":
    main()
