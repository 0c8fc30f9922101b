from pathlib import Path

import pytest
from bout_tables import recording

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io import simba
from behaviorvlm.types import Ethogram
from behaviorvlm.types.bout_table import BoutTable

HEADER = "frame,Nose_x,Nose_y,Nose_p,Movement,Low_prob_detections_0.1"


def written(folder: Path, header: str, rows: list[str]) -> Path:
    path = folder / "video1.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_the_last_frame_is_included_and_animals_are_joined(tmp_path: Path) -> None:
    said = [
        ("m1", "m2", "sniff", 0, 1),
        ("m1", "", "sniff", 5, 9),
        ("m2", "", "sniff", 7, 12),
        ("m2", "", "sniff", 12, 13),
    ]
    table = BoutTable((recording("day", said, video="C:\\videos\\trial 1.avi"),), Ethogram(()))
    (path,) = simba.write(tmp_path / "out", table)
    assert path.name == "trial 1.csv"
    rows = [dict(zip(simba.TABULAR, line.split(","), strict=True)) for line in path.read_text().splitlines()[1:]]
    events = [(row["Behavior type"], int(row["Image index"])) for row in rows]
    assert events == [("START", 0), ("STOP", 0), ("START", 5), ("STOP", 11), ("START", 12), ("STOP", 12)]
    assert {row["Media file name"] for row in rows} == {"trial 1.avi"}


def test_labels_inserted_into_features(tmp_path: Path) -> None:
    rows = [f"{at},1.5,2.5,0.9,{at / 3},0,{int(at in (1, 2))},{int(at == 3)}.0" for at in range(5)]
    path = written(tmp_path, f"{HEADER},attack,sniff", rows)
    file = simba.read_intervals(path)
    assert [(one.behavior, one.start, one.stop) for one in file.intervals] == [("attack", 1, 3), ("sniff", 3, 4)]
    assert file.notes == ("read as classifiers: attack, sniff",)
    with pytest.raises(SettingsError, match="frames there are in a second"):
        simba.read(path)


def test_machine_results_name_their_classifiers(tmp_path: Path) -> None:
    rows = [f"{at},1,1,0,1,0,0.{at},{int(at > 2)}" for at in range(5)]
    path = written(tmp_path, f"{HEADER},Probability_attack,attack", rows)
    assert [(one.behavior, one.start, one.stop) for one in simba.read_intervals(path).intervals] == [("attack", 3, 5)]


@pytest.mark.parametrize(("rows", "what"), [(["0,1,1,1,1.5,0"], "no column is a classifier"), (["0,1"], "line 2")])
def test_what_holds_no_labels(tmp_path: Path, rows: list[str], what: str) -> None:
    with pytest.raises(FormatError, match=what):
        simba.read_intervals(written(tmp_path, HEADER, rows))
