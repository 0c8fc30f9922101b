"""A-SOiD loads labels. Run with its python: ``check_asoid.py FOLDER EXPECTED.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import asoid

sys.path.insert(0, str(Path(asoid.__file__).parent))
from utils.import_data import load_labels  # of A-SOiD


def main(folder: str, expected_path: str) -> int:
    expected = json.loads(Path(expected_path).read_text(encoding="utf-8"))
    for one in expected["recordings"]:
        for who in one["individuals"]:
            stem = f"{one['stem']}_{who}" if len(one["individuals"]) > 1 else one["stem"]
            # A-SOiD keeps whole frames a second
            labels = load_labels(Path(folder) / f"{stem}.csv", "BORIS", round(one["frame_rate_hz"] + 0.49))
            assert len(labels) == one["n_frames"], (len(labels), one["n_frames"])
            seen = [0] * one["n_frames"]
            for behavior in (behavior["name"] for behavior in expected["behaviors"]):
                wanted = [0] * one["n_frames"]
                for bout in one["bouts"]:
                    if (bout["individual"], bout["behavior"]) == (who, behavior):
                        wanted[bout["start_frame"] : bout["stop_frame"]] = [1] * (
                            bout["stop_frame"] - bout["start_frame"]
                        )
                assert labels[behavior].tolist() == wanted, (stem, behavior)
                seen = [max(pair) for pair in zip(seen, wanted, strict=True)]
            assert labels["other"].tolist() == [1 - mark for mark in seen]
    print(f"A-SOiD: {len(expected['recordings'])} recordings agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
