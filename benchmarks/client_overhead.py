"""What asking costs beside the model: answers per second of client and journal, and whether memory stays flat.

The server answers at once, in a process of its own, so what is measured is asking, sending, checking and journalling.
Every question is different. Each thread asks as a stage does: it waits for its answer before it asks the next.
Everything runs on this machine, so the server takes part of its processors.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _harness import REPOSITORY, Goal, Report, arguments

from behaviorvlm.chat.asker import ModelAsker
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.message import Message
from behaviorvlm.chat.openai_compatible import models_at_servers
from behaviorvlm.chat.question import Question
from behaviorvlm.runs.answers import AnswerJournal

ROLE = "keypoint_assigner"
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "integer", "minimum": 0, "maximum": 99}},
    "required": ["number"],
    "additionalProperties": False,
}
PROMPT = "Which of the numbered dots is the left hindpaw? Answer with its number. " * 6
WARM_UP = 10_000
"""Answers before memory is looked at for the first time: allocators and caches have their size by then."""

RATE = Goal(">=", 400)
GROWTH = Goal("<=", 5)
"""MB of resident memory between the first look and the end."""


def main() -> None:
    """Ask, then ask the same again of the journal alone; report rates and memory."""
    options = arguments(__doc__, _options)
    report = Report("client_overhead", "the server: it answers at once, and always the same")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary, _server(options.latency) as url:
        path = Path(temporary) / "answers.sqlite"
        asked = ask_all(path, url, n=options.answers, threads=options.threads)
        goals = {"answers_per_s": RATE, "memory_growth_mb": GROWTH}
        report.add(f"{options.answers} answers, {options.threads} threads, {os.cpu_count()} cores", asked, goals)
        size_mb = sum(file.stat().st_size for file in Path(temporary).iterdir()) / 1e6
        again = ask_all(path, url, n=min(options.answers, 10_000), threads=options.threads)
        report.add("the same again, from the journal", {**again, "journal_mb": size_mb})
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds the server takes for an answer")


@contextmanager
def _server(latency_s: float) -> Iterator[str]:
    """Run the tests' server in a process of its own and yield its address."""
    command = [sys.executable, str(REPOSITORY / "tests" / "chat_server.py"), "--latency", str(latency_s)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def ask_all(path: Path, url: str, *, n: int, threads: int) -> dict[str, Any]:
    """Ask `n` questions from so many threads and return what it took."""
    bindings = {ROLE: ModelBinding(url=url, name="simulated")}
    numbers, lock, memory = iter(range(n)), threading.Lock(), {}

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            if asker.ask(_question(number)).value != 3:
                raise SystemExit("a wrong answer came back")
            if number == min(WARM_UP, n // 2):
                memory["before"] = _resident_mb()

    start_s, start_cpu_s = time.perf_counter(), _cpu_s()
    journal = AnswerJournal(path, writable=True)
    with ModelAsker(models_at_servers(bindings, {}), bindings, store=journal) as asker:
        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        counts = asker.counts
    memory["after"] = _resident_mb()
    journal.close()
    wall_s = time.perf_counter() - start_s
    return {
        "answers_per_s": n / wall_s,
        "cpu_ms_per_answer": (_cpu_s() - start_cpu_s) / n * 1e3,
        "memory_mb": memory["after"],
        "memory_growth_mb": memory["after"] - memory["before"],
        "asked": counts.asked,
        "from_journal": counts.from_journal,
    }


def _question(number: int) -> Question[int]:
    return Question(
        role=ROLE,
        stage="keypoint_assignment",
        about=f"timepoint={number} camera=cam0",
        messages=(Message.of("system", PROMPT), Message.of("user", f"Timepoint {number}.")),
        schema=SCHEMA,
        understand=lambda answer: int(answer["number"]),
    )


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
