"""Writing 100,000 timepoints of 12 keypoints in 6 cameras, in every format of points that needs no pictures.

Each format is written by a process of its own: its time, that of a processor, and the most memory it held. A tenth of
the timepoints shows whether memory grows with time. Points are handed over from memory, so that only writing is timed;
what a format needs to import is loaded before.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from _harness import Goal, Report, arguments

from behaviorvlm.io.file_format import function
from behaviorvlm.io.registry import find_format
from behaviorvlm.types import Camera, CameraGroup, Skeleton
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

CAMERAS = tuple(f"cam{number}" for number in range(6))
KEYPOINTS = tuple(f"keypoint_{number}" for number in range(12))
TIMEPOINTS, BLOCK = 100_000, 1024
TEXT_S, BINARY_S, GROWTH_MB = Goal("<=", 10.0), Goal("<=", 3.0), Goal("<=", 50.0)
FORMATS = {
    "deeplabcut .csv": ("deeplabcut", "out.csv", TEXT_S),
    "deeplabcut .h5": ("deeplabcut", "out.h5", BINARY_S),
    "sleap analysis.h5": ("sleap", "out.analysis.h5", BINARY_S),
    "anipose": ("anipose", "out_points3d.csv", TEXT_S),
    "csv": ("csv", "out.csv", TEXT_S),
    "jarvis": ("jarvis", "out", TEXT_S),
    "dannce": ("dannce", "out", BINARY_S),
    "movement": ("movement", "out.nc", BINARY_S),
    "nwb": ("nwb", "out.nwb", BINARY_S),
    "parquet": ("parquet", "out.parquet", BINARY_S),
}
"""Title to name, file (without an ending: folder) and the seconds it may take."""


def main() -> None:
    """Measure every format."""
    arguments(__doc__)
    report = Report("export_speed", "random points")
    for title, (name, file, limit) in FORMATS.items():
        long, short = measured(name, file, TIMEPOINTS), measured(name, file, TIMEPOINTS // 10)
        growth = long["peak_mb"] - short["peak_mb"]
        goals = {"wall_s": limit, "growth_mb": GROWTH_MB}
        report.add(f"{title}, {TIMEPOINTS} timepoints x 12 keypoints x 6 cameras", {**long, "growth_mb": growth}, goals)
    report.finish()


def measured(name: str, file: str, timepoints: int) -> dict[str, float]:
    """Return what one export cost in a process of its own."""
    command = [sys.executable, __file__, "--write", name, file, str(timepoints)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return dict(json.loads(done.stdout))


def write(name: str, file: str, timepoints: int) -> dict[str, float]:
    """Write points in one format into a folder that is removed, and return what it cost."""
    writer = function(find_format(name, "pose", to="write").write)
    poses = table(timepoints)
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        writer(Path(temporary) / "first" / file, replace(poses, n_timepoints=9, blocks=lambda: blocks(9)))
        start, cpu_start = time.perf_counter(), time.process_time()
        files = writer(Path(temporary) / file, poses)
        wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
        written = sum(path.stat().st_size for path in files)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak_mb, "written_mb": written / 1e6}


def table(timepoints: int) -> PoseTable:
    """Return random points as seen by six cameras that stand in a row."""
    matrix = np.array([[1500.0, 0, 511.5], [0, 1500.0, 511.5], [0, 0, 1]])
    rig = [Camera(one, (1024, 1024), matrix, np.zeros(5), np.zeros(3), np.array([100.0 * place, 0, 800]))
           for place, one in enumerate(CAMERAS)]  # fmt: skip
    return PoseTable(
        "made", Skeleton(KEYPOINTS), ("animal",), CAMERAS, timepoints, lambda: blocks(timepoints),
        frame_rate_hz=30.0, image_sizes=dict.fromkeys(CAMERAS, (1024, 1024)), rig=CameraGroup(tuple(rig)),
    )  # fmt: skip


def blocks(timepoints: int) -> Iterator[PoseBlock]:
    """Yield random points, a tenth of them missing, the same block again and again."""
    random = np.random.default_rng(0)
    shape, seen = (BLOCK, 1, len(KEYPOINTS)), (BLOCK, len(CAMERAS), 1, len(KEYPOINTS))
    points_px, confidence = random.uniform(0, 1024, (*seen, 2)), random.random(seen)
    points_mm, error, score = random.normal(0, 100, (*shape, 3)), random.random(shape), random.random(shape)
    blind, gone = random.random(seen) < 0.1, random.random(shape) < 0.1
    points_px[blind], confidence[blind] = np.nan, np.nan
    points_mm[gone], error[gone], score[gone] = np.nan, np.nan, np.nan
    views = np.where(gone, -1, random.integers(2, 7, shape))
    for start in range(0, timepoints, BLOCK):
        part = slice(0, min(BLOCK, timepoints - start))
        yield PoseBlock(
            start + np.arange(part.stop), points_px[part], confidence[part], points_mm[part], error[part],
            views[part], score[part],
        )  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        print(json.dumps(write(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
    else:
        main()
