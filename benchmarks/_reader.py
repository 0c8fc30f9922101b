"""Runs with the simulated reader of tests/: its server, the watched command line, and what the server saw."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from _harness import REPOSITORY

SERVER, WATCH = REPOSITORY / "tests" / "reader_server.py", REPOSITORY / "tests" / "reader_watch.py"
MODEL = "reader"
SIMULATED = "the reader (tests/reader_confusion.py says how it errs), and the pictures; the motion is recorded"


@dataclass
class Seen:
    """What the server saw, from its log.

    Attributes:
        asked: Requests that arrived, each fault counted, too.
        answered: Answers of the reader that went out.
        first_s, last_s: Time of the first request and of the last answer.
        faults: Name of each fault to how often it struck.
        repeated: Requests that came again after they had been answered: (when, how many seconds after the answer).
        most_in_flight: Most requests at the server at once.
        cpu_s: Processor seconds of the server.
        tally: How often the reader was right, and how it was wrong.
    """

    asked: int = 0
    answered: int = 0
    first_s: float = float("nan")
    last_s: float = float("nan")
    faults: Counter[str] = field(default_factory=Counter)
    repeated: list[float] = field(default_factory=list)
    most_in_flight: int = 0
    cpu_s: float = float("nan")
    tally: dict[str, int] = field(default_factory=dict)

    @property
    def answers_per_s(self) -> float:
        """Answers per second of the asking phase: from the first request to the last answer."""
        return self.answered / (self.last_s - self.first_s)


class ReaderServer:
    """The server in a process of its own; a context manager.

    Args:
        session: The session it knows the truth of.
        confusion: How confused the reader is: low, middle, high or a number.
        options: As tests/reader_server.py takes them; a list gives an option several times.
    """

    def __init__(self, session: Path, *, confusion: object = "middle", **options: object) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="behaviorvlm-reader-"))
        words: list[object] = ["--truth", session / "truth", "--manifest", self._manifest, "--log", self._log]
        words += ["--confusion", confusion]
        for name, value in options.items():
            for one in value if isinstance(value, list) else [value]:
                words += [f"--{name.replace('_', '-')}", one]
        command = [sys.executable, str(SERVER), *map(str, words)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self._stdout.readline().strip()

    def __enter__(self) -> ReaderServer:
        """Return it; it listens."""
        return self

    def __exit__(self, *error: object) -> None:
        """End it and remove what it kept."""
        self.end()
        shutil.rmtree(self.folder)

    def command(
        self, session: Path, run: Path, *words: str | Path, annotator: str = "vlm", models: Path | None = None
    ) -> list[str]:
        """Return the command line of a pose run that is watched for this reader; `models` as a file may say more."""
        bound = ["--models", models] if models else ["--model", f"{self.url}#{MODEL}"]
        told = [session, "--run", run, "--annotator", annotator, *bound, *words]
        return [sys.executable, str(WATCH), str(self._manifest), "pose", "run", *map(str, told)]

    def end(self) -> None:
        """End it; after that `seen` tells everything."""
        self._process.communicate("")

    def seen(self) -> Seen:
        """Return what it saw so far."""
        return read_log(self._log)

    @property
    def _manifest(self) -> Path:
        return self.folder / "manifest.jsonl"

    @property
    def _log(self) -> Path:
        return self.folder / "log.jsonl"

    @property
    def _stdout(self) -> IO[str]:
        if self._process.stdout is None:
            raise RuntimeError("it was opened with a pipe")
        return self._process.stdout


def differing_tables(run: Path, other: Path) -> list[str]:
    """Return the names of the tables that are not the same bytes in two runs, or are in one of them only."""
    names = {path.name for folder in (run, other) for path in folder.glob("*.csv")}
    if not names:
        raise FileNotFoundError(f"no tables in {run}")
    return sorted(name for name in names if _content(run / name) != _content(other / name))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def read_log(path: Path) -> Seen:
    """Return what a server's log says."""
    seen, answered = Seen(), {}
    for line in path.read_text().splitlines():
        _take(json.loads(line), seen, answered)
    return seen


def _take(row: dict[str, Any], seen: Seen, answered: dict[int, float]) -> None:
    what = row.pop("what")
    if what == "end":
        vars(seen).update(row)
        return
    if what == "unknown":
        sys.exit("a picture came to the reader that is not in its manifest")
    if what == "answered":
        seen.answered += 1
        seen.last_s = answered[row["request"]] = row["s"]
        return
    seen.asked += 1
    seen.first_s = min(row["s"], seen.first_s) if seen.asked > 1 else row["s"]
    if what != "asked":
        seen.faults[what] += 1
    if row["request"] in answered:
        seen.repeated.append(row["s"] - answered[row["request"]])
