"""srt and pysrt read subtitles. Run with their python: ``check_srt.py FOLDER EXPECTED.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pysrt
import srt


def main(folder: str, expected_path: str) -> int:
    expected = json.loads(Path(expected_path).read_text(encoding="utf-8"))
    for one in expected["recordings"]:
        path = Path(folder) / f"{one['stem']}.srt"
        parsed = list(srt.parse(path.read_text(encoding="utf-8"), ignore_errors=False))
        cues = sorted((cue.start.total_seconds(), cue.end.total_seconds(), cue.content) for cue in parsed)
        compare(cues, one)
        again = pysrt.open(str(path), encoding="utf-8")
        compare(sorted((cue.start.ordinal / 1000, cue.end.ordinal / 1000, cue.text) for cue in again), one)
    print(f"srt, pysrt: {len(expected['recordings'])} files agree")
    return 0


def compare(cues: list[tuple[float, float, str]], one: dict) -> None:
    wanted = sorted((round(bout["start_s"], 3), round(bout["stop_s"], 3), text(bout)) for bout in one["bouts"])
    assert len(cues) == len(wanted)
    for cue, want in zip(cues, wanted, strict=True):
        assert cue[2] == want[2] and abs(cue[0] - want[0]) < 0.0011 and abs(cue[1] - want[1]) < 0.0011, (cue, want)


def text(bout: dict) -> str:
    whom = f" → {bout['target']}" if bout["target"] else ""
    return f"{bout['individual']}: {bout['behavior']}{whom}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
