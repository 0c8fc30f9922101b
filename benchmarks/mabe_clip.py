"""A real clip of three mice, tracks and video, no model: the whole command with every output, pictures and all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings

from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun

CLIP = "EGS8X2MN4SSUGFWAV976"


def main() -> None:
    """Run the command that the README shows and count what it left."""
    options = arguments(__doc__)
    folder = recordings(options.data, "mabe22_mouse_triplet")
    report = Report("mabe_clip", "")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        run = Path(temporary) / "run"
        files = [folder / f"{CLIP}.h5", "--video", folder / f"{CLIP}.mp4"]
        cost = measure(behaviorvlm("behavior", "run", *files, "--run", run))
        with BehaviorRun.open(run) as opened:
            reader = BehaviorReader(opened)
            found = {"segments": len(reader.segments(CLIP)), "bouts": len(reader.bouts(CLIP))}
            found["behaviors"] = len(reader.ethogram().behaviors)
        found["pictures"] = sum(1 for path in (run / "pictures").rglob("*") if path.is_file())
    figures = {"wall_s": cost.wall_s, "cpu_s": cost.cpu_s, "peak_process_gb": cost.peak_process_gb, **found}
    report.add("three mice, 1800 frames, every output", figures, {"wall_s": Goal("<=", 60.0)})
    report.finish()


if __name__ == "__main__":
    main()
