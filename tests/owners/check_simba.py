"""SimBA appends annotations to its features. Run with its python: ``check_simba.py FOLDER EXPECTED.json``."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pandas as pd
from simba.third_party_label_appenders.BORIS_appender import BorisAppender
from simba.utils.printing import SimbaTimer


def main(folder: str, expected_path: str) -> int:
    expected = json.loads(Path(expected_path).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as project:
        appender = object.__new__(BorisAppender)  # as in a project: what its configuration would have said
        appender.boris_dir = folder
        appender.boris_files_found = [str(path) for path in sorted(Path(folder).glob("*.csv"))]
        appender.file_type, appender.timer = "csv", SimbaTimer(start=True)
        appender.clf_names = sorted({bout["behavior"] for one in expected["recordings"] for bout in one["bouts"]})
        appender.targets_folder = f"{project}/targets_inserted"
        Path(appender.targets_folder).mkdir()
        appender.video_info_df = pd.DataFrame({"Video": [one["stem"] for one in expected["recordings"]]})
        appender.feature_file_paths = [features(one, project) for one in expected["recordings"]]
        appender.run()
        for one in expected["recordings"]:
            compare(pd.read_csv(f"{appender.targets_folder}/{one['stem']}.csv"), one, appender.clf_names)
    print(f"SimBA: {len(expected['recordings'])} videos agree")
    return 0


def features(one: dict, project: str) -> str:
    path = f"{project}/{one['stem']}.csv"
    pd.DataFrame({"Nose_x": 0.5, "Nose_y": 0.5, "Nose_p": 0.5}, index=range(one["n_frames"])).to_csv(path)
    return path


def compare(table: pd.DataFrame, one: dict, behaviors: list[str]) -> None:
    assert len(table) == one["n_frames"]
    for behavior in behaviors:
        wanted = [0] * one["n_frames"]
        for bout in one["bouts"]:
            if bout["behavior"] == behavior:
                wanted[bout["start_frame"] : bout["stop_frame"]] = [1] * (bout["stop_frame"] - bout["start_frame"])
        assert table[behavior].astype(int).tolist() == wanted, (one["name"], behavior)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
