"""BORIS opens a project and exports it again. Run with its python: ``check_boris.py PROJECT EXPECTED.json``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from boris import behavior_binary_table, export_observation, project_functions
from boris import config as cfg

HALF_MILLISECOND = 0.00051


def main(project: str, expected_path: str) -> int:
    expected = json.loads(Path(expected_path).read_text(encoding="utf-8"))
    _, changed, content, message = project_functions.open_project_json(project)
    assert "error" not in content, content["error"]
    assert not changed and not message, f"BORIS changed the project while opening it: {message}"
    found = project_functions.check_project_integrity(content, cfg.S, project, media_file_available=False)
    assert not found.replace("<br>", ""), found
    assert set(content[cfg.OBSERVATIONS]) == {one["name"] for one in expected["recordings"]}
    for one in expected["recordings"]:
        parameters = {
            cfg.SELECTED_SUBJECTS: [*one["individuals"], cfg.NO_FOCAL_SUBJECT],
            cfg.SELECTED_BEHAVIORS: [code["code"] for code in content[cfg.ETHOGRAM].values()],
            "time": cfg.TIME_ARBITRARY_INTERVAL,
            cfg.START_TIME: Decimal("0.000"),
            cfg.END_TIME: Decimal(str(one["n_frames"] / one["frame_rate_hz"])),
            cfg.INCLUDE_MODIFIERS: False,
            cfg.EXCLUDE_BEHAVIORS: False,
        }
        check_aggregated(content, parameters, one)
        check_tabular(content, parameters, one)
        if 1000 % one["frame_rate_hz"] == 0:  # BORIS's milliseconds fall on frames
            check_binary(content, parameters, one)
    print(f"BORIS: {len(expected['recordings'])} observations agree")
    return 0


def check_aggregated(content: dict, parameters: dict, one: dict) -> None:
    data, _ = export_observation.export_aggregated_events(content, parameters, one["name"])
    labels = len(content[cfg.INDEPENDENT_VARIABLES]) + (9 if len(data[0]) else 0)
    rows = sorted((row[labels], row[labels + 2], *_times(row)) for row in data)
    wanted = sorted(
        (bout["individual"], bout["behavior"], bout["start_s"], bout["stop_s"])
        for bout in one["bouts"]
        if bout["behavior"] not in one["points"]
    )
    states = [row for row in rows if row[1] not in one["points"]]
    assert len(states) == len(wanted), (len(states), len(wanted))
    for row, want in zip(states, wanted, strict=True):
        assert row[:2] == want[:2], (row, want)
        assert all(abs(a - b) < HALF_MILLISECOND for a, b in zip(row[2:], want[2:], strict=True)), (row, want)
    wanted_points = [bout for bout in one["bouts"] if bout["behavior"] in one["points"]]
    assert len(rows) - len(states) == len(wanted_points)


def _times(row: tuple) -> tuple[float, float]:
    at = max(place for place, cell in enumerate(row) if cell in ("STATE", "POINT"))
    return float(row[at + 1]), float(row[at + 2])


def check_tabular(content: dict, parameters: dict, one: dict) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.tsv"
        observation = content[cfg.OBSERVATIONS][one["name"]]
        ok, message = export_observation.export_tabular_events(
            content, parameters, one["name"], observation, content[cfg.ETHOGRAM], str(path), "tsv"
        )
        assert ok, message
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    header, rows = lines[0], lines[1:]
    column = {name: header.index(name) for name in ("Subject", "Behavior", "Behavior type", "Time")}
    found = sorted((row[column["Behavior type"]], row[column["Behavior"]], float(row[column["Time"]])) for row in rows)
    wanted = []
    for bout in one["bouts"]:
        if bout["behavior"] in one["points"]:
            wanted.append(("POINT", bout["behavior"], bout["start_s"]))
        else:
            wanted += [("START", bout["behavior"], bout["start_s"]), ("STOP", bout["behavior"], bout["stop_s"])]
    assert len(found) == len(wanted)
    for row, want in zip(found, sorted(wanted), strict=True):
        assert row[:2] == want[:2] and abs(row[2] - want[2]) < HALF_MILLISECOND, (row, want)


def check_binary(content: dict, parameters: dict, one: dict) -> None:
    step = Decimal("1") / Decimal(str(one["frame_rate_hz"]))
    tables = behavior_binary_table.create_behavior_binary_table(content, [one["name"]], parameters, step)[one["name"]]
    for who in one["individuals"]:
        table = tables[who]
        for behavior in parameters[cfg.SELECTED_BEHAVIORS]:
            if behavior in one["points"]:
                continue
            marks = [int(mark) for mark in table[behavior]][: one["n_frames"]]
            wanted = [0] * one["n_frames"]
            for bout in one["bouts"]:
                if (bout["individual"], bout["behavior"]) == (who, behavior):
                    wanted[bout["start_frame"] : bout["stop_frame"]] = [1] * (bout["stop_frame"] - bout["start_frame"])
            assert marks == wanted, (who, behavior)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
