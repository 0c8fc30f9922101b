"""How long bouts take to be written and read, and in how much memory, in every format of behavior.

By default 100 recordings of 36,000 frames with 1,000 bouts each, two animals, eight behaviors. Every format is written
and read in a process of its own; memory is that of the process above what it holds with the bouts alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _harness import Goal, Report, arguments

from behaviorvlm.io.behavior_formats import BEHAVIOR_FORMATS
from behaviorvlm.io.file_format import FileFormat, function
from behaviorvlm.types import Behavior, Bout, Ethogram
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

RATE_HZ, BEHAVIORS = 30.0, 8
BINARY = ("parquet", "nwb")
TEXT_S, BINARY_S, MEMORY_MB = Goal("<=", 10), Goal("<=", 3), Goal("<=", 200)


def main() -> None:
    """Write and read every format; report seconds and memory."""
    options = arguments(__doc__, _options)
    if options.format:
        print(json.dumps(_measure(options)))
        return
    report = Report("export_speed_behavior", "the bouts: drawn by chance")
    for one in BEHAVIOR_FORMATS:
        words = ["--format", one.name, "--recordings", str(options.recordings), "--frames", str(options.frames)]
        done = subprocess.run(
            [sys.executable, __file__, *words, "--bouts", str(options.bouts)],
            capture_output=True,
            text=True,
            check=True,
        )
        goals = {"write_s": BINARY_S if one.name in BINARY else TEXT_S, "memory_mb": MEMORY_MB}
        report.add(one.name, json.loads(done.stdout.splitlines()[-1]), goals)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recordings", type=int, default=100)
    parser.add_argument("--frames", type=int, default=36_000)
    parser.add_argument("--bouts", type=int, default=1_000, help="of each recording")
    parser.add_argument("--format", default="", help="measure this one, in this process")


def _measure(options: argparse.Namespace) -> dict[str, float]:
    one: FileFormat = next(each for each in BEHAVIOR_FORMATS if each.name == options.format)
    names = [f"recording {number}" for number in range(options.recordings)]
    ethogram = Ethogram(tuple(Behavior(f"behavior {number}") for number in range(BEHAVIORS)))
    table = BoutTable(tuple(_recording(name, options) for name in names), ethogram)
    write, read = function(one.write), function(one.read)
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as folder:
        ending = one.endings[0] if one.endings else ".csv"
        each = "a file for each" in one.title
        path = Path(folder) / ("out" if each else f"out{ending}")
        write(Path(folder) / ("first" if each else f"first{ending}"), BoutTable(table.recordings[:1], ethogram))
        before, start = _peak_mb(), time.perf_counter()
        files = write(path, table)
        wrote, memory = time.perf_counter() - start, _peak_mb() - before
        size = sum(file.stat().st_size for file in files) / 1e6
        start = time.perf_counter()
        found = read(path, frame_rate_hz=RATE_HZ)
        return {
            "write_s": wrote, "memory_mb": memory, "size_mb": size, "read_s": time.perf_counter() - start,
            "bouts_read": len(found.bouts),
        }  # fmt: skip


def _recording(name: str, options: argparse.Namespace) -> LabelledRecording:
    rng = np.random.default_rng(len(name))
    edges_s = np.arange(options.frames + 1) / RATE_HZ
    bouts = []
    for who in ("mouse1", "mouse2"):
        cuts = np.sort(rng.choice(options.frames, options.bouts // 2 + 1, replace=False))
        for start, stop in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
            behavior = f"behavior {int(rng.integers(BEHAVIORS))}"
            seconds = float(edges_s[start]), float(edges_s[stop])
            bouts.append(Bout(name, who, "", behavior, start, stop, *seconds, 0.5, (start,)))
    bouts.sort(key=lambda one: one.start_frame)
    return LabelledRecording(name, ("mouse1", "mouse2"), edges_s, RATE_HZ, tuple(bouts))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
