from pathlib import Path

import pytest
from bout_tables import recording

from behaviorvlm.errors import FormatError
from behaviorvlm.io import binary_tables
from behaviorvlm.types import Behavior, Ethogram
from behaviorvlm.types.bout_table import BoutTable


def test_a_state_lasts_from_its_start_to_before_its_stop(tmp_path: Path) -> None:
    table = BoutTable((recording("day", [("m1", "m2", "chase", 1, 3)], n_frames=4),), Ethogram((Behavior("rest"),)))
    first, second = binary_tables.write_boris(tmp_path / "out", table)
    assert (first.name, second.name) == ("day_m1.csv", "day_m2.csv")
    assert first.read_text().splitlines() == [
        "time,rest,chase", "0.000000,0,0", "0.033333,0,1", "0.066667,0,1", "0.100000,0,0",
    ]  # fmt: skip
    assert set("".join(second.read_text().splitlines()[1:])) <= set("0123456789.,")


@pytest.mark.parametrize("rate_hz", [3.0, 23.976, 25.0, 29.97, 30.0, 59.94, 120.0, 333.0])
def test_no_step_of_a_soid_is_shorter_than_a_frame(tmp_path: Path, rate_hz: float) -> None:
    table = BoutTable(
        (recording("day", [("m1", "", "rest", 0, 5)], rate_hz=rate_hz, individuals=("m1",)),), Ethogram(())
    )
    (path,) = binary_tables.write_asoid(tmp_path / "day.csv", table)
    times = [float(line.split(",")[0]) for line in path.read_text().splitlines()[1:]]
    assert int((times[1] - times[0]) / (1 / rate_hz)) == 1
    found = binary_tables.read(path)
    assert found.recordings[0].frame_rate_hz == pytest.approx(rate_hz, rel=1e-4)
    assert found.recordings[0].n_frames == 50


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("time,rest\n0,1\n", "no times"), ("time,rest\n0,1\n1,2\n", "line 3, rest"),
        ("time,rest\na,1\nb,0\n", "no times"),
    ],
)  # fmt: skip
def test_damaged_tables(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "day.csv"
    path.write_text(text)
    with pytest.raises(FormatError, match=what):
        binary_tables.read(path)
