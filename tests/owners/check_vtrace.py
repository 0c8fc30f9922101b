"""V-TRACE reads annotations and counts their frames. Run with its python: ``check_vtrace.py FOLDER EXPECTED.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from vtrace.data_prep import _read_annotation_rows
from vtrace.demo import _frame_labels, _read_bouts


def main(folder: str, expected_path: str) -> int:
    expected = json.loads(Path(expected_path).read_text(encoding="utf-8"))
    for one in expected["recordings"]:
        path = Path(folder) / f"{one['stem']}.csv"
        times_s = np.array(one["times_s"])
        for pts in (times_s, times_s.astype(np.float32).astype(np.float64)):  # decord gives single precision
            masks = _frame_labels(_read_bouts(path), pts)
            for behavior in {bout["behavior"] for bout in one["bouts"]}:
                wanted = np.zeros(one["n_frames"], dtype=bool)
                for bout in one["bouts"]:
                    if bout["behavior"] == behavior:
                        wanted[bout["start_frame"] : bout["stop_frame"]] = True
                assert np.array_equal(masks[behavior], wanted), (one["name"], behavior)
        assert len(_read_annotation_rows(str(path))) == len(one["bouts"])
    print(f"V-TRACE: {len(expected['recordings'])} videos agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
