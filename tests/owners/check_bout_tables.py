"""pandas reads tables of bouts. Run with its python: ``check_bout_tables.py FILE EXPECTED.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

NAMES = {
    "recording": ("recording", "video_id", "Observation id"),
    "behavior": ("behavior", "action", "Behavior"),
    "start_frame": ("start_frame", "Image index start"),
    "stop_frame": ("stop_frame", "Image index stop"),
}


def main(path: str, expected_path: str) -> int:
    expected = json.loads(Path(expected_path).read_text(encoding="utf-8"))
    table = pd.read_parquet(path) if path.endswith(".parquet") else pd.read_csv(path, keep_default_na=False)
    columns = [next(name for name in names if name in table) for names in NAMES.values()]
    found = sorted(tuple(row) for row in table[columns].itertuples(index=False))
    wanted = sorted(
        (one["name"], bout["behavior"], bout["start_frame"], bout["stop_frame"])
        for one in expected["recordings"]
        for bout in one["bouts"]
    )
    assert found == wanted, [pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]][:3]
    if path.endswith(".parquet"):
        kinds = {name: str(kind) for name, kind in table.dtypes.items()}
        assert kinds["start_frame"] == "int64" and kinds["start_s"] == "float64" and kinds["confidence"] == "float64"
    print(f"pandas: {len(found)} bouts agree in {Path(path).name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
