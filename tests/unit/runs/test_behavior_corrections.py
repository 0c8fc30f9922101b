"""A person's corrections of an ethogram: what they make of bouts, definitions and tables; undone; refused."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError
from unit.runs.correctable_behavior import BOUTS, RATE_HZ, write_behavior_run

from behaviorvlm.api.corrections import correct_behavior, rerun, undo_correction
from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.correction_kinds import (
    BehaviorChange,
    MergeBouts,
    MoveBoundary,
    ReassignBout,
    RedefineBehavior,
    RelabelBout,
    RenameBehavior,
    SplitBout,
)
from behaviorvlm.runs.verify import verify_run

BLACK = {"recording": "meeting", "individual": "black"}
Row = tuple[str, str, str, int, int]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_behavior_run(tmp_path / "run")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def corrected(run: Path, *changes: BehaviorChange) -> list[Row]:
    """Return individual, target, behavior, start and stop of each row of bouts.csv after the changes."""
    correct_behavior(run, changes, author="ada", reason="seen")
    rerun(run)
    with BehaviorRun.open(run) as opened:
        assert verify_run(opened).problems == ()
    return bouts(run)


def bouts(run: Path) -> list[Row]:
    found = rows(run / "bouts.csv")
    for one in found:
        assert float(one["start_s"]) == pytest.approx(int(one["start_frame"]) / RATE_HZ)
    return [
        (one["individual"], one["target"], one["behavior"], int(one["start_frame"]), int(one["stop_frame"]))
        for one in found
    ]


def behaviors(run: Path) -> dict[str, dict[str, object]]:
    return dict(tomllib.loads((run / "ethogram.toml").read_text("utf-8"))["behaviors"])


def test_a_renamed_behavior_is_called_so_everywhere(run: Path) -> None:
    found = corrected(run, RenameBehavior(behavior="rest", name="immobile"))
    assert [row[2] for row in found] == ["immobile", "follow", "immobile", "walk"]
    assert behaviors(run)["immobile"]["definition"] == "It does rest." and "rest" not in behaviors(run)
    labels = rows(run / "frame_labels" / "meeting.csv")
    assert labels[0]["black_behavior"] == "immobile"


def test_renamed_to_another_behavior_the_two_are_one(run: Path) -> None:
    found = corrected(run, RenameBehavior(behavior="rest", name="walk"))
    assert [row[2] for row in found] == ["walk", "follow", "walk", "walk"]
    assert behaviors(run)["walk"]["clusters"] == [0, 2] and behaviors(run)["walk"]["definition"] == "It does walk."


def test_a_behavior_is_defined_anew(run: Path) -> None:
    corrected(run, RedefineBehavior(behavior="walk", definition="All four paws\nmove."))
    assert behaviors(run)["walk"]["definition"] == "All four paws\nmove."


def test_a_bout_is_split_and_its_second_half_named(run: Path) -> None:
    found = corrected(run, SplitBout(**BLACK, start_frame=0, stop_frame=40, frame=15, behavior="groom"))
    assert found[:2] == [("black", "", "rest", 0, 15), ("black", "", "groom", 15, 40)]
    assert behaviors(run)["groom"]["definition"] == ""


def test_bouts_are_merged_with_what_lies_between(run: Path) -> None:
    found = corrected(run, MergeBouts(**BLACK, start_frame=40, stop_frame=100, behavior="rest"))
    assert found == [("black", "", "rest", 0, 40), ("black", "white", "rest", 40, 100), ("white", "", "walk", 0, 100)]
    assert "follow" not in behaviors(run)


def test_a_boundary_moves_on_both_sides_and_into_free_time(run: Path) -> None:
    found = corrected(
        run,
        MoveBoundary(**BLACK, frame=40, to_frame=33),
        MoveBoundary(**BLACK, frame=60, to_frame=70),
    )
    assert found[:2] == [("black", "", "rest", 0, 33), ("black", "white", "follow", 33, 70)]


@pytest.mark.parametrize("to_frame", [0, 60, 61, 100])
def test_a_boundary_swallows_no_bout(run: Path, to_frame: int) -> None:
    with pytest.raises(SettingsError, match="does not fit"):
        corrected(run, MoveBoundary(**BLACK, frame=40, to_frame=to_frame))


def test_who_did_it_to_whom_is_reassigned(run: Path) -> None:
    found = corrected(run, ReassignBout(**BLACK, start_frame=40, stop_frame=60, actor="white", target="black"))
    assert found == [
        ("black", "", "rest", 0, 40),
        ("black", "", "rest", 70, 100),
        ("white", "", "walk", 0, 40),
        ("white", "black", "follow", 40, 60),
        ("white", "", "walk", 60, 100),
    ]


def test_one_bout_is_another_behavior(run: Path) -> None:
    found = corrected(run, RelabelBout(**BLACK, start_frame=70, stop_frame=100, behavior="walk"))
    assert found[2] == ("black", "", "walk", 70, 100)
    assert rows(run / "bouts.csv")[2]["confidence"].startswith("1.0")


def test_changes_build_on_each_other_and_are_undone_one_by_one(run: Path) -> None:
    before = {path.name: path.read_bytes() for path in run.rglob("*.csv")}
    found = corrected(
        run,
        SplitBout(**BLACK, start_frame=0, stop_frame=40, frame=15),
        RelabelBout(**BLACK, start_frame=15, stop_frame=40, behavior="groom"),
    )
    assert found[1] == ("black", "", "groom", 15, 40)
    undo_correction(run, 1, author="ada")
    rerun(run)
    with BehaviorRun.open(run) as opened:
        reader = BehaviorReader(opened)
        assert reader.lost_corrections() == {2}  # what it speaks of is gone with the split
        assert len(reader.bouts("meeting")) == len(BOUTS)
    undo_correction(run, 2, author="ada")
    made = {path.name: path.read_bytes() for path in rerun(run) if path.suffix == ".csv"}
    assert made.pop("corrections.csv").count(b"\n") == 5
    assert made == before


@pytest.mark.parametrize(
    "change",
    [
        RenameBehavior(behavior="fly", name="walk"),
        RedefineBehavior(behavior="fly", definition="x"),
        RelabelBout(recording="other", individual="black", start_frame=0, stop_frame=40, behavior="walk"),
        RelabelBout(**BLACK, start_frame=0, stop_frame=41, behavior="walk"),
        SplitBout(**BLACK, start_frame=0, stop_frame=40, frame=40),
        MergeBouts(**BLACK, start_frame=0, stop_frame=59, behavior="walk"),
        MoveBoundary(**BLACK, frame=41, to_frame=42),
        ReassignBout(**BLACK, start_frame=0, stop_frame=40, actor="grey"),
        ReassignBout(**BLACK, start_frame=0, stop_frame=40, actor="white", target="grey"),
    ],
)
def test_what_does_not_fit_is_refused(run: Path, change: BehaviorChange) -> None:
    with pytest.raises(SettingsError, match="does not fit the run"):
        correct_behavior(run, [change], author="ada")
    assert not (run / "corrections.sqlite").exists()


@pytest.mark.parametrize("name", ["=cmd()", "@x", "-1", "+1", " ", "two\nlines", "x" * 81])
def test_a_name_that_would_be_a_formula_or_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        RenameBehavior(behavior="rest", name=name)
