"""What every benchmark needs: the recordings, a table with goals beside it, one line of JSON, the cost of a command."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLE_S = 0.05
"""How often a command's memory is looked at. Peaks shorter than this can be missed."""

VERDICTS = {True: "met", False: "MISSED", None: "nothing to measure"}


@dataclass(frozen=True)
class Goal:
    """A limit a figure must keep: `sense` is ``<=`` or ``>=``."""

    sense: str
    limit: float

    def met(self, value: float | None) -> bool | None:
        """Return whether `value` keeps the limit; None if there was nothing to measure."""
        if value is None:
            return None
        return value <= self.limit if self.sense == "<=" else value >= self.limit

    def __str__(self) -> str:
        return f"{self.sense} {self.limit:g}"


@dataclass
class Report:
    """The figures of one benchmark: a table while it runs, one line of JSON at the end.

    Attributes:
        benchmark: Name of the script.
        simulated: What is simulated in it, in words; empty if everything is real. It stands in table and JSON.
    """

    benchmark: str
    simulated: str
    figures: dict[str, object] = field(default_factory=dict)
    goals: dict[str, dict[str, object]] = field(default_factory=dict)

    def add(self, title: str, figures: Mapping[str, object], goals: Mapping[str, Goal] | None = None) -> None:
        """Keep the figures of one configuration under `title` and print them, goals beside."""
        self.figures[title] = dict(figures)
        print(f"\n{title}" + (f"  (simulated: {self.simulated})" if self.simulated else ""))
        for name, value in figures.items():
            if isinstance(value, (dict, list)):
                continue  # detail for the JSON line
            goal = (goals or {}).get(name)
            verdict = "" if goal is None else f"{goal!s:>12}  {VERDICTS[goal.met(_number(value))]}"
            print(f"  {name:<40}{_text(value):>14}{verdict}", flush=True)
            if goal is not None:
                self.goals[f"{title}: {name}"] = {"value": value, "goal": str(goal), "met": goal.met(_number(value))}

    def finish(self) -> None:
        """Print everything as one line of JSON, the last line."""
        print()
        print(
            json.dumps(
                {"benchmark": self.benchmark, "simulated": self.simulated, "goals": self.goals, "figures": self.figures}
            )
        )


@dataclass(frozen=True)
class Cost:
    """What a command took, with all its child processes.

    Attributes:
        wall_s: Seconds from start to end.
        cpu_s: Processor seconds of the whole process tree.
        peak_tree_gb: Largest sum of resident memory over the tree, sampled; pages shared by processes count each time.
        peak_process_gb: Largest resident memory of any one process.
    """

    wall_s: float
    cpu_s: float
    peak_tree_gb: float
    peak_process_gb: float


def arguments(
    description: str | None, add: Callable[[argparse.ArgumentParser], object] | None = None
) -> argparse.Namespace:
    """Parse the command line: ``--data`` and what `add` adds."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=None, help="folder of recordings (default: ../shared/data)")
    if add is not None:
        add(parser)
    return parser.parse_args()


def recordings(given: Path | None, name: str) -> Path:
    """Return the folder `name` of the recordings, or leave with a message that says where it was looked for."""
    root = given or Path(os.environ.get("BEHAVIORVLM_SHARED_DATA") or REPOSITORY.parent / "shared" / "data")
    if not (root / name).is_dir():
        sys.exit(f"no recordings at {root / name}: name the folder that holds {name}/ with --data")
    return root / name


def behaviorvlm(*words: str | Path) -> list[str]:
    """Return the command line of the installed ``behaviorvlm`` beside this Python."""
    return [str(Path(sys.executable).with_name("behaviorvlm")), *map(str, words)]


def measure(command: Sequence[str]) -> Cost:
    """Run `command` in a process session of its own and return what it cost; leave with its words if it fails."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    peaks = [0.0, 0.0]
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, done, peaks))
    watcher.start()
    try:
        words = process.communicate()[1]
    finally:  # stopped by hand, too: leave nothing running
        done.set()
        watcher.join()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    wall_s = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{words[-4000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall_s, cpu_s, peaks[0] / 1e9, peaks[1] / 1e9)


def _watch(session: int, done: threading.Event, peaks: list[float]) -> None:
    """Keep the largest tree sum and the largest process (bytes) in `peaks` until `done`."""
    while not done.wait(SAMPLE_S):
        sizes = _resident_bytes(session)
        peaks[0] = max(peaks[0], sum(sizes))
        peaks[1] = max(peaks[1], *sizes, 0)


def _resident_bytes(session: int) -> list[int]:
    """Return the resident size of every process of a session; grandchildren stay in it, so none is missed."""
    page, sizes = os.sysconf("SC_PAGE_SIZE"), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                sizes.append(int(fields[21]) * page)
        except (OSError, IndexError):
            continue  # it ended while we looked
    return sizes


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
