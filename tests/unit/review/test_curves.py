"""Which timepoints are the worst, what a filter keeps, and what keys mean."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import RunStorageError
from behaviorvlm.review.curves import LARGE_MARGIN, Curves, Measure
from behaviorvlm.review.keys import POSE_KEYS, action_of
from behaviorvlm.review.table_writing import TableWriting
from behaviorvlm.runs.chunks import DecisionChunk
from behaviorvlm.runs.quality_filter import QualityFilter

EDGES = np.array([[0, 1]])


@pytest.fixture
def curves() -> Curves:
    """Return 10 timepoints from 100 on, of two keypoints that stand still 10 mm apart; the last one is not settled."""
    made = Curves.empty(range(100, 110), 2)
    made.points_mm[:9] = [[0, 0, 0], [10, 0, 0]]
    made.error_px[:9], made.margin[:9], made.confidence[:9] = 1.0, 10.0, 0.9
    made.views_used[:9], made.settled[:9] = 3, True
    return made


@pytest.mark.parametrize(
    ("measure", "timepoint", "keypoint"), [("error", 103, 1), ("margin", 104, 0), ("missing", 105, 1), ("jump", 106, 0)]
)
def test_each_measure_finds_what_it_is_for(curves: Curves, measure: Measure, timepoint: int, keypoint: int) -> None:
    curves.error_px[3, 1], curves.margin[4, 0] = 9.0, 0.5
    curves.points_mm[5, 1] = np.nan
    curves.points_mm[6, 0] = 0, 7, 0
    found = curves.worst(measure, EDGES, limit=3)
    assert found[0][:2] == (timepoint, keypoint)
    assert [value for *_, value in found] == sorted((value for *_, value in found), reverse=True)


def test_odd_bones_are_measured_against_their_median(curves: Curves) -> None:
    curves.points_mm[2, 1] = 15, 0, 0
    assert curves.worst("bone", EDGES, limit=9) == [(102, 0, pytest.approx(0.5))]


def test_good_and_unknown_and_corrected_ones_are_not_listed(curves: Curves) -> None:
    curves.margin[:9] = LARGE_MARGIN + 1
    assert curves.worst("margin", EDGES, limit=9) == [] and curves.worst("missing", EDGES, limit=9) == []
    curves.margin[4, 0] = 0.5
    curves.corrected[4, 0] = True
    assert curves.worst("margin", EDGES, limit=9) == []


def test_an_audit_lists_what_the_model_denied_by_its_own_confidence(curves: Curves) -> None:
    asked = {
        "timepoint": np.array([101, 102, 103, 104, 105, 106]), "camera": np.zeros(6, dtype=int),
        "kind": np.array([2, 2, 2, 2, 1, 2]), "about": np.array([1, 0, 1, 0, 0, 0]),
        "reading": np.array([0, 1, -1, -2, 1, 1]), "confidence": np.array([0.9, 0.6, 0.8, 0.0, 0.9, 0.0]),
        "readings": np.full((6, 2, 2), -1),
    }  # fmt: skip
    curves.add_audits(DecisionChunk(**asked))
    found = [(timepoint, keypoint) for timepoint, keypoint, _ in curves.worst("audit", EDGES, limit=9)]
    assert found == [(103, 1), (102, 0), (106, 0)]
    agreed, silent = curves.badness("audit", EDGES)[[1, 4], [1, 0]]
    assert agreed == 0 and np.isnan(silent)


def test_a_filter_takes_a_whole_run_as_it_takes_a_chunk(curves: Curves) -> None:
    curves.error_px[0], curves.views_used[1], curves.margin[2], curves.confidence[3] = 3, 2, 1, 0.1
    assert QualityFilter().mask(curves).sum() == 18
    kept = QualityFilter(max_error_px=2, min_views=3, min_margin=5, min_confidence=0.5).mask(curves)
    assert np.flatnonzero(kept.all(axis=1)).tolist() == [4, 5, 6, 7, 8]


def test_keys_are_unique_and_held_ones_repeat_only_where_they_may() -> None:
    assert len({key.name for key in POSE_KEYS}) == len(POSE_KEYS)
    assert action_of(POSE_KEYS, "ArrowLeft", shift=True, repeat=True) == "back_ten"
    assert action_of(POSE_KEYS, "u", shift=False, repeat=True) is None
    assert action_of(POSE_KEYS, "u", shift=False, repeat=False) == "undo"
    assert action_of(POSE_KEYS, "?", shift=True, repeat=False) == "help"
    assert action_of(POSE_KEYS, "q", shift=False, repeat=False) is None
    assert all(key.words and key.shown for key in POSE_KEYS)


def finished(tables: TableWriting) -> TableWriting:
    until = threading.Event()
    for _ in range(500):
        if not tables.busy:
            return tables
        until.wait(0.01)
    raise AssertionError("tables are still being written")


def test_many_corrections_in_a_row_write_tables_once_more_at_the_end(tmp_path: Path) -> None:
    begun, let_go, written = threading.Event(), threading.Event(), []

    def write(folder: Path) -> None:
        written.append(folder)
        begun.set()
        let_go.wait(5)

    tables = TableWriting(tmp_path, write=write, wait_s=0.0)
    tables.ask()
    begun.wait(5)
    for _ in range(5):
        tables.ask()
    let_go.set()
    assert len(finished(tables)._folder.parts) and len(written) == 2 and "tables written" in tables.said


def test_tables_that_cannot_be_written_say_why_and_are_tried_again(tmp_path: Path) -> None:
    faults = [RunStorageError("another process is writing this run")]

    def write(folder: Path) -> None:
        if faults:
            raise faults.pop()

    tables = TableWriting(tmp_path, write=write, wait_s=0.0)
    tables.ask()
    assert finished(tables).said == "tables not written: another process is writing this run"
    tables.ask()
    assert "tables written" in finished(tables).said
