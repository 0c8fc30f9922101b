"""Run every benchmark, show what it prints, and end with one table of all goals; the JSON lines go to a file if asked.

`make bench` calls this. ``--only arena_ring`` picks some; whatever follows ``--`` is handed to each script.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Return 0 if every script ran, whether or not its goals are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", help="name of a script without .py; may be repeated")
    parser.add_argument("--json", type=Path, help="file for the JSON lines, one a benchmark")
    parser.add_argument("words", nargs="*", help="handed to each script")
    options = parser.parse_args()
    names = sorted(path.stem for path in HERE.glob("[!_]*.py"))
    results = {name: run(name, options.words) for name in names if not options.only or name in options.only}
    for name, result in results.items():
        show(name, result)
    if options.json:
        options.json.write_text("".join(f"{json.dumps(result)}\n" for result in results.values() if result))
    return 0 if all(results.values()) else 1


def run(name: str, words: Sequence[str]) -> dict[str, Any] | None:
    """Run one script, passing its words on as they come, and return its JSON line; None if it failed."""
    print(f"\n== {name}", flush=True)
    last = ""
    with subprocess.Popen([sys.executable, HERE / f"{name}.py", *words], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            last = line
            if not line.startswith("{"):
                print(line, end="", flush=True)
    return json.loads(last) if process.returncode == 0 else None


def show(name: str, result: dict[str, Any] | None) -> None:
    """Print a row for each goal of one benchmark."""
    print(f"\n{name}: " + (result["simulated"] and f"simulated: {result['simulated']}" if result else "FAILED"))
    for title, goal in (result["goals"] if result else {}).items():
        value = "-" if goal["value"] is None else f"{goal['value']:.4g}"
        verdict = {True: "met", False: "MISSED", None: "nothing to measure"}[goal["met"]]
        print(f"  {title:<64}{value:>10}{goal['goal']:>12}  {verdict}")


if __name__ == "__main__":
    sys.exit(main())
