"""Killed with SIGKILL at random moments while a model is asked, then given again: the same bytes each time.

Each of the runs starts from nothing, is killed when the server has seen a random share of the questions (and a random
moment later), and is finished by the same command. Its tables must be those of a run that nobody killed. What the
server answered and the journal does not hold is lost and asked again: that may befall only questions in flight.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from _harness import Goal, Report, arguments, behaviorvlm, measure
from _reader import ReaderServer, differing_tables

from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal

CAMERAS, TIMEPOINTS = 3, 8
LATENCY_S, SLOTS = 0.1, 32
MAX_IN_FLIGHT = 64
"""At one server, unless a file of models says otherwise."""
LATER_S = 0.1
"""The kill comes up to so long after the question that was picked."""
LONGEST_WAIT_S = 120.0


def main() -> None:
    """Make a session, run it once in peace, then kill and resume."""
    options = arguments(__doc__, _options)
    dice = random.Random(options.seed)
    report = Report("vlm_kill", "session and reader")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        folder = Path(temporary)
        session = folder / "session"
        words = ["--cameras", str(CAMERAS), "--timepoints", str(TIMEPOINTS), "--seed", "4"]
        measure(behaviorvlm("simulate", "arena", session, *words))
        questions = peaceful(session, folder / "peaceful")
        report.add("nobody killed it", {"questions": questions})
        kills = [(dice.randrange(questions), dice.uniform(0, LATER_S)) for _ in range(options.kills)]
        rows = [
            killed(session, folder / f"killed{number}", after=after, later_s=later_s, whole=folder / "peaceful")
            for number, (after, later_s) in enumerate(kills)
        ]
    goals = dict.fromkeys(("runs_that_differ", "journalled_and_asked_again"), Goal("<=", 0))
    goals["most_lost_answers"] = Goal("<=", MAX_IN_FLIGHT)
    report.add(f"killed {options.kills} times", _summary(rows), goals)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")


def peaceful(session: Path, run: Path) -> int:
    """Return how many questions a run asks that nobody kills."""
    with ReaderServer(session, confusion="low", slots=SLOTS, latency=LATENCY_S) as server:
        measure(server.command(session, run, "--workers", "1"))
        return server.seen().answered


def killed(session: Path, run: Path, *, after: int, later_s: float, whole: Path) -> dict[str, int]:
    """Kill a run when the server has seen so many questions, finish it, and return what that cost.

    Args:
        session: The session.
        run: The run folder; made here.
        after: Questions at the server before the kill.
        later_s: How much later the kill comes.
        whole: A finished run to compare with.
    """
    with ReaderServer(session, confusion="low", slots=SLOTS, latency=LATENCY_S) as server:
        command = server.command(session, run, "--workers", "1")
        begun = kill_when(command, lambda: server.seen().asked > after, later_s=later_s)
        time.sleep(2 * LATENCY_S)  # the server does not know yet that nobody waits for its last answers
        paid, journalled = server.seen().answered, _calls(run)
        measure(command)
        seen = server.seen()
    return {
        "killed": begun,
        "paid_before": paid,
        "lost_answers": paid - journalled,
        "asked_again": len(seen.repeated),
        "paid_twice": seen.answered - _calls(run),
        "tables_that_differ": len(differing_tables(whole, run)),
    }


def kill_when(command: Sequence[str], moment: Callable[[], bool], *, later_s: float) -> bool:
    """Start a command in a process group of its own, kill that at a moment; return whether it still ran."""
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        last_s = time.monotonic() + LONGEST_WAIT_S
        while process.poll() is None and time.monotonic() < last_s and not moment():
            time.sleep(0.02)
        time.sleep(later_s)
        return process.poll() is None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _calls(run: Path) -> int:
    if not (run / ANSWERS_FILE).exists():
        return 0
    with AnswerJournal(run / ANSWERS_FILE, writable=False) as journal:
        return journal.totals().calls


def _summary(rows: Sequence[dict[str, int]]) -> dict[str, object]:
    return {
        "killed_while_it_ran": sum(row["killed"] for row in rows),
        "runs_that_differ": sum(row["tables_that_differ"] > 0 for row in rows),
        "mean_answers_before_the_kill": statistics.mean(row["paid_before"] for row in rows),
        "most_lost_answers": max(row["lost_answers"] for row in rows),
        "mean_lost_answers": statistics.mean(row["lost_answers"] for row in rows),
        "journalled_and_asked_again": sum(max(row["asked_again"] - row["lost_answers"], 0) for row in rows),
        "kills": list(rows),
    }


if __name__ == "__main__":
    main()
