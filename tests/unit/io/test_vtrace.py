from pathlib import Path

import numpy as np
import pytest
from bout_tables import recording

from behaviorvlm.io import vtrace
from behaviorvlm.types import Bout, Ethogram
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording


def frames_taken(path: Path, times_s: np.ndarray) -> list[list[int]]:
    """Return the frames that begin from timestamp to endTimestamp, both included, as V-TRACE takes them."""
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    return [np.flatnonzero((times_s >= float(start)) & (times_s <= float(end))).tolist() for _, start, end in rows]


@pytest.mark.parametrize("rate_hz", [7.5, 29.97, 30.0, 500.0])
def test_the_same_frames_are_taken(tmp_path: Path, rate_hz: float) -> None:
    spans = [(0, 1), (1, 2), (5, 49), (49, 50)]
    one = recording("day", [("m1", "", "rest", start, stop) for start, stop in spans], rate_hz=rate_hz)
    (path,) = vtrace.write(tmp_path / "day.csv", BoutTable((one,), Ethogram(())))
    for times_s in (one.edges_s[:-1], one.edges_s[:-1].astype(np.float32)):
        assert frames_taken(path, times_s) == [list(range(start, stop)) for start, stop in spans]


def test_frames_of_uneven_length(tmp_path: Path) -> None:
    edges_s = np.array([0.0, 0.03, 0.2, 0.21, 0.5])
    bout = Bout("day", "m1", "", "rest", 1, 3, 0.03, 0.21, float("nan"))
    one = LabelledRecording("day", ("m1",), edges_s, 10.0, (bout,))
    (path,) = vtrace.write(tmp_path / "day.csv", BoutTable((one,), Ethogram(())))
    assert frames_taken(path, edges_s[:-1]) == [[1, 2]]


def test_comments_spaces_and_rejected_rows(tmp_path: Path) -> None:
    path = tmp_path / "day.csv"
    path.write_text(
        "# trace-meta: fps=30\nlabelId,  timestamp,  endTimestamp, review\nrest, 0.1, 0.5,\nrun,1,2,rejected\n"
    )
    file = vtrace.read_intervals(path)
    assert [(one.behavior, one.start, one.stop) for one in file.intervals] == [("rest", 0.1, 0.5)]
    assert file.notes == ("1 rejected labels were left out",)
