"""pynwb, its validator and nwbinspector open bouts. With their python: ``check_nwb_ethogram.py FOLDER EXPECTED``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import ndx_ethogram  # noqa: F401 -- makes its types known
from nwbinspector import Importance, inspect_nwbfile
from pynwb import NWBHDF5IO, validate

SEVERE = {Importance.ERROR, Importance.PYNWB_VALIDATION, Importance.CRITICAL}

ACCEPTED = {"check_image_series_external_file_valid", "check_subject_exists"}
"""The video of the test does not exist; which animal it was, its species, age and sex a run does not know."""


def main(folder: str, expected_path: str) -> int:
    expected = json.loads(Path(expected_path).read_text(encoding="utf-8"))
    for one in expected["recordings"]:
        path = Path(folder) / f"{one['stem']}.nwb"
        found = validate(path=str(path))
        faults = found[0] if isinstance(found, tuple) else found
        assert not faults, faults
        findings = list(inspect_nwbfile(nwbfile_path=str(path)))
        severe = [finding for finding in findings if finding.importance in SEVERE]
        severe = [finding for finding in severe if finding.check_function_name not in ACCEPTED]
        assert not severe, severe
        print("\n".join(f"  {finding.importance.name}: {finding.message}" for finding in findings))
        with NWBHDF5IO(str(path), "r") as stream:
            check(stream.read(), one, expected["behaviors"])
    print(f"pynwb: {len(expected['recordings'])} files agree")
    return 0


def check(content: object, one: dict, behaviors: list[dict]) -> None:
    module = content.processing["behavior"]
    catalogue = module["ethogram"].to_dataframe()
    rows = {row["behavior"]: row for _, row in catalogue.iterrows()}
    for behavior in behaviors:
        row, clusters = rows[behavior["name"]], behavior["clusters"]
        assert row["definition"] == (behavior["definition"] or "not defined")
        assert row["native_code"] == (clusters[0] if len(clusters) == 1 else -1)
        inner = catalogue[catalogue["category"] == behavior["name"]]
        assert sorted(inner["native_code"]) == (sorted(clusters) if len(clusters) > 1 else []), behavior
    tables = [table for name, table in module.data_interfaces.items() if type(table).__name__ == "EthogramBouts"]
    assert {table.labeling_method for table in tables} == {"automated"}
    assert all(table.ethogram is module["ethogram"] for table in tables)
    found = []
    for table in tables:
        frame = table.to_dataframe()
        columns = ["individual", "target", "label", "start_frame", "stop_frame", "start_time", "stop_time"]
        found += [tuple(row) for row in frame[columns].itertuples(index=False)]
    keys = ["individual", "target", "behavior", "start_frame", "stop_frame", "start_s", "stop_s"]
    assert sorted(found) == sorted(tuple(bout[key] for key in keys) for bout in one["bouts"])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
