import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from bout_tables import keys, recording, two_recordings

from behaviorvlm.errors import FormatError
from behaviorvlm.io import nwb_bouts
from behaviorvlm.io.nwb_catalogue import behaviors_of_rows, catalogue_rows
from behaviorvlm.types import Behavior, Bout, Ethogram
from behaviorvlm.types.bout_table import BoutTable


def test_clusters_are_rows_where_several_became_one_behavior() -> None:
    behaviors = (
        Behavior("chase", "runs", clusters=(3,)),
        Behavior("rear", clusters=(1, 2)),
        Behavior("bite", kind="point"),
    )
    rows = catalogue_rows(behaviors)
    assert [(row.name, row.cluster, row.category) for row in rows] == [
        ("chase", 3, ""), ("rear", -1, ""), ("rear (cluster 1)", 1, "rear"), ("rear (cluster 2)", 2, "rear"),
        ("bite", -1, ""),
    ]  # fmt: skip
    assert behaviors_of_rows(rows) == behaviors


def test_everything_of_a_run_comes_back(tmp_path: Path) -> None:
    pytest.importorskip("ndx_ethogram")
    from behaviorvlm.io import nwb_ethogram

    table = two_recordings()
    one = table.recordings[0]
    bouts = tuple(replace(bout, confidence=0.25, segments=(at, at + 1)) for at, bout in enumerate(one.bouts))
    one = replace(one, bouts=bouts, video="videos/day 1.mp4", individuals=("m2", "m1", "m/3: who"))
    table = BoutTable((one,), table.ethogram, {"software": "behaviorvlm", "version": "9", "labeling_method": "curated"})
    (path,) = nwb_ethogram.write(tmp_path / "x.nwb", table)
    found = nwb_bouts.read(path)
    assert keys(found, "individual", "target", "behavior", "start_frame", "confidence", "segments") == keys(
        table, "individual", "target", "behavior", "start_frame", "confidence", "segments"
    )
    assert found.ethogram.behaviors == table.ethogram.behaviors
    assert found.recordings[0].individuals == one.individuals
    assert found.recordings[0].video == one.video
    with h5py.File(path) as file:
        tables = file["processing/behavior"]
        assert {tables[name].attrs["labeling_method"] for name in tables if name.startswith("bouts")} == {"curated"}


@pytest.mark.parametrize(
    ("provenance", "method"),
    [
        ({}, "manual"),
        ({"software": "x"}, "automated"),
        ({"software": "x", "corrections": "0"}, "automated"),
        ({"software": "x", "corrections": "2"}, "curated"),
        ({"labeling_method": "manual", "software": "x"}, "manual"),
    ],
)
def test_how_labels_came_about(provenance: dict[str, str], method: str) -> None:
    from behaviorvlm.io.nwb_ethogram import labeling_method

    assert labeling_method(BoutTable((), Ethogram(()), provenance)) == method


def test_uneven_frames_keep_their_times(tmp_path: Path) -> None:
    pytest.importorskip("ndx_ethogram")
    from behaviorvlm.io import nwb_ethogram

    edges_s = np.array([0.0, 0.1, 0.4, 0.5])
    bout = Bout("day", "", "", "rest", 1, 2, 0.1, 0.4, float("nan"))
    one = replace(recording("day", [], individuals=(), video="a.mp4"), edges_s=edges_s, bouts=(bout,))
    (path,) = nwb_ethogram.write(tmp_path / "x.nwb", BoutTable((one,), Ethogram(())))
    with h5py.File(path) as file:
        assert file["acquisition/video/timestamps"][()].tolist() == [0.0, 0.1, 0.4]


def test_bouts_of_other_producers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "other.nwb"
    with h5py.File(path, "w") as file:
        table = file.create_group("processing/behavior/motifs")
        table.attrs["neurodata_type"], table.attrs["labeling_method"] = "EthogramBouts", "automated"
        table.attrs["parameters"] = "no json"
        table["label"] = np.array(["7", "12"], dtype=h5py.string_dtype())
        table["start_time"], table["stop_time"] = [0.0, 1.0], [1.0, 2.5]
        file["identifier"] = "session-001"
    assert nwb_bouts.is_ethogram(path)
    found = nwb_bouts.read(path, frame_rate_hz=10.0)
    assert keys(found) == [("session-001", "motifs", "", "12", 10, 25), ("session-001", "motifs", "", "7", 0, 10)]


def test_a_file_without_bouts(tmp_path: Path) -> None:
    path = tmp_path / "x.nwb"
    with h5py.File(path, "w") as file:
        file["identifier"] = json.dumps("x")
    assert not nwb_bouts.is_ethogram(path)
    with pytest.raises(FormatError, match="holds no bouts"):
        nwb_bouts.read(path)
