from pathlib import Path

import pytest
from bout_tables import keys, recording

from behaviorvlm.errors import FormatError
from behaviorvlm.io import mabe
from behaviorvlm.types import Ethogram
from behaviorvlm.types.bout_table import BoutTable


def test_animals_are_numbered_and_listed(tmp_path: Path) -> None:
    said = [("anna", "bob", "chase", 0, 1), ("bob", "", "rest", 4, 50)]
    table = BoutTable((recording("day", said, individuals=("anna", "bob")),), Ethogram(()))
    path, names = mabe.write(tmp_path / "x.csv", table)
    assert path.read_text().splitlines() == [
        "row_id,video_id,agent_id,target_id,action,start_frame,stop_frame",
        "0,day,mouse1,mouse2,chase,0,1", "1,day,mouse2,self,rest,4,50",
    ]  # fmt: skip
    assert names.read_text().splitlines()[1:] == ["day,individual,mouse1,anna", "day,individual,mouse2,bob"]


def test_mice_keep_their_names_and_numbers_become_them(tmp_path: Path) -> None:
    said = [("mouse2", "mouse1", "chase", 0, 1)]
    table = BoutTable((recording("day", said, individuals=("mouse1", "mouse2")),), Ethogram(()))
    assert mabe.write(tmp_path / "x.csv", table) == (tmp_path / "x.csv",)
    assert keys(mabe.read(tmp_path / "x.csv", frame_rate_hz=30.0)) == keys(table)
    (tmp_path / "annotation.csv").write_text(
        "agent_id,target_id,action,start_frame,stop_frame\n1,1,rear,3,5\n1,2,sniff,5,9\n"
    )
    found = mabe.read_intervals(tmp_path / "annotation.csv").intervals
    assert [(one.individual, one.target, one.start) for one in found] == [("mouse1", "", 3), ("mouse1", "mouse2", 5)]


@pytest.mark.parametrize(
    "row", ["0,day,mouse1,self,rest,9,9", "0,day,mouse1,self,,1,2", "0,day,mouse1,self,rest,x,2", "0,day"]
)
def test_a_row_that_is_no_bout(tmp_path: Path, row: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("row_id,video_id,agent_id,target_id,action,start_frame,stop_frame\n" + row + "\n")
    with pytest.raises(FormatError, match="line 2"):
        mabe.read_intervals(path)
