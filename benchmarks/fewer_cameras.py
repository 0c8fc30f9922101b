"""Fewer cameras, more mistakes: arena_ring (simulated pictures, recorded motion) with 5, 4 and 3 of its 6 cameras.

With all six nothing is wrong, so whether margin and flags find what is wrong cannot be read there. Here it can. What is
supported, and how good one could be at best, is counted over the cameras that are left.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, recordings
from arena_ring import run

CAMERAS = ((0, 1, 2, 3, 4), (0, 1, 3, 4), (0, 2, 4))
GOALS = {"auroc_5mm": Goal(">=", 0.95), "auroc_paws_5mm": Goal(">=", 0.95)}


def main() -> None:
    """Run every choice of cameras."""
    options = arguments(__doc__, _options)
    session = recordings(options.data, "arena_ring")
    report = Report("fewer_cameras", "pictures; the motion is recorded")
    for numbers in CAMERAS:
        with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
            part = keep_cameras(session, Path(temporary) / "arena_ring", [f"cam{number}" for number in numbers])
            report.add(f"{len(numbers)} cameras", run(part, [], workers=options.workers), GOALS)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=2)


def keep_cameras(session: Path, folder: Path, names: list[str]) -> Path:
    """Copy a session with some of its cameras only; its truth too, so that the others support nothing."""
    shutil.copytree(session, folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    for path in folder.rglob("*_cam*"):
        if not any(re.search(rf"_{name}[_.]", path.name) for name in names):
            path.unlink()
    calibration = folder / "calibration.toml"
    tables = calibration.read_text().split("\n\n")
    kept = [one for one in tables if "[metadata]" in one or any(f'name = "{name}"' in one for name in names)]
    calibration.write_text("\n\n".join(kept))
    return folder


if __name__ == "__main__":
    main()
