"""Writing 100,000 timepoints of 12 keypoints in 6 cameras, in the formats of points in pictures that hold every frame.

Each format is written by a process of its own: its time, and the most memory that it held. A tenth of the timepoints
shows whether memory grows with time. Points are handed over from memory, so that only writing is timed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from _harness import Goal, Report, arguments

CAMERAS = tuple(f"cam{number}" for number in range(6))
KEYPOINTS = tuple(f"keypoint_{number}" for number in range(12))
TIMEPOINTS = 100_000
BLOCK = 1024
FORMATS = {
    "deeplabcut .csv": ("deeplabcut", "out.csv", 10.0),
    "deeplabcut .h5": ("deeplabcut", "out.h5", 3.0),
    "sleap analysis.h5": ("sleap", "out.analysis.h5", 3.0),
}
"""Title to name, file, and the seconds that it may take: 10 for text, 3 for binary."""


def main() -> None:
    """Measure every format."""
    arguments(__doc__)
    report = Report("export_speed", "random points")
    for title, (name, file, limit_s) in FORMATS.items():
        long, short = measured(name, file, TIMEPOINTS), measured(name, file, TIMEPOINTS // 10)
        found = {
            "wall_s": long["wall_s"],
            "cpu_s": long["cpu_s"],
            "peak_mb": long["peak_mb"],
            "growth_mb": long["peak_mb"] - short["peak_mb"],
            "written_mb": long["written_mb"],
        }
        goals = {"wall_s": Goal("<=", limit_s), "growth_mb": Goal("<=", 50.0)}
        report.add(f"{title}, {TIMEPOINTS} timepoints x 12 keypoints x 6 cameras", found, goals)
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
    import resource

    from behaviorvlm.io.file_format import ExportOptions, function
    from behaviorvlm.io.registry import find_format
    from behaviorvlm.types import Skeleton
    from behaviorvlm.types.pose_table import PoseTable

    poses = PoseTable("made", Skeleton(KEYPOINTS), ("animal",), CAMERAS, timepoints, lambda: blocks(timepoints))
    writer = function(find_format(name, "pose", to="write").write)
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        start, cpu_start = time.perf_counter(), time.process_time()
        files = writer(Path(temporary) / file, poses, ExportOptions())
        wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
        written = sum(path.stat().st_size for path in files)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak_mb, "written_mb": written / 1e6}


def blocks(timepoints: int) -> Iterator[object]:
    """Yield random points, a tenth of them missing, the same block again and again."""
    from behaviorvlm.types.pose_table import PoseBlock

    random = np.random.default_rng(0)
    shape = (BLOCK, len(CAMERAS), 1, len(KEYPOINTS))
    points, confidence = random.uniform(0, 1024, (*shape, 2)), random.random(shape)
    missing = random.random(shape) < 0.1
    points[missing], confidence[missing] = np.nan, np.nan
    for start in range(0, timepoints, BLOCK):
        count = min(BLOCK, timepoints - start)
        yield PoseBlock.of_points_px(np.arange(start, start + count), points[:count], confidence[:count])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        print(json.dumps(write(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
    else:
        main()
