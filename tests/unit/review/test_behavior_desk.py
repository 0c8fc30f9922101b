"""What a key means in a behavior review, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from unit.review.behavior_runs import CHASE, REST, SNIFF, make_reviewed_run

from behaviorvlm.io.bouts import read_bouts
from behaviorvlm.review.behavior_cards import NO_BOUT, bout_words, card_of, exact_clock
from behaviorvlm.review.behavior_desk import READ_ONLY, BehaviorDesk
from behaviorvlm.review.behavior_workspace import BehaviorWorkspace
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types.packing import pack_json


def opened(folder: Path) -> BehaviorDesk:
    space = BehaviorWorkspace.open(folder)
    space.tables.ask = lambda: None  # tables have tests of their own
    return BehaviorDesk(space, "ada")


@pytest.fixture
def desk(tmp_path: Path) -> BehaviorDesk:
    return opened(make_reviewed_run(tmp_path / "run"))


def own(desk: BehaviorDesk, animal: str = "left") -> list[tuple[str, str, int, int]]:
    bouts = desk.shown.own_bouts[animal]
    return [(one.behavior, one.target, one.start_frame, one.stop_frame) for one in bouts]


def test_it_looks_within_the_recording_and_at_a_known_animal(desk: BehaviorDesk) -> None:
    desk.look(-5, 7)
    assert (desk.frame, desk.individual) == (0, "right")
    desk.look(9999, -1)
    assert (desk.frame, desk.individual) == (199, "left")
    desk.open("day2", 30, "right")
    assert (desk.recording, desk.frame, desk.individual, desk.bout.behavior) == ("day2", 30, "right", REST)
    desk.open("../../etc/passwd")
    assert desk.recording == "day1"


def test_a_bout_is_named_by_word_or_number_and_undone(desk: BehaviorDesk) -> None:
    desk.look(25, 0)
    desk.relabel("groom")
    assert own(desk)[1] == ("groom", "", 20, 40) and desk.bout.confidence == 1.0
    assert "groom" in desk.space.behaviors() and desk.said == "correction 1 kept; u undoes it"
    desk.relabel_as(desk.space.behaviors().index(CHASE) + 1)
    assert own(desk)[1][0] == CHASE
    desk.relabel_as(9)
    assert "there are" in desk.said
    desk.undo()
    desk.undo()
    assert own(desk)[1][0] == REST
    desk.undo()
    assert desk.said == "nothing to undo"
    records = desk.space.records
    assert [one.number for one in records] == [1, 2, 3, 4] and {one.author for one in records} == {"ada"}


@pytest.mark.parametrize("name", ["", "=HYPERLINK(1)", "a\nb", "  "])
def test_what_is_no_name_is_refused_in_words(desk: BehaviorDesk, name: str) -> None:
    desk.relabel(name)
    assert "a name has letters" in desk.said and not desk.space.records


def test_bouts_are_split_and_merged(desk: BehaviorDesk) -> None:
    desk.look(10)
    desk.split()
    assert own(desk)[:2] == [(CHASE, "right", 0, 10), (CHASE, "right", 10, 20)]
    desk.look(5)
    desk.merge_next()
    assert own(desk)[0] == (CHASE, "right", 0, 20)
    desk.look(0)
    desk.split()
    assert "does not fit" in desk.said
    desk.look(50)
    desk.merge_next()
    assert desk.said == "left has no bout after this one"
    desk.look(150)
    desk.split()
    assert desk.said == "left has no bout here: n goes to the next one"


def test_boundaries_move_to_this_frame_and_by_dragging(desk: BehaviorDesk) -> None:
    desk.look(25)
    desk.start_here()
    assert own(desk)[:2] == [(CHASE, "right", 0, 25), (REST, "", 25, 40)]
    desk.look(34)
    desk.stop_here()
    assert own(desk)[1:] == [(REST, "", 25, 35), (SNIFF, "right", 35, 60)]
    desk.look(69)
    desk.stop_here()
    assert own(desk)[-1] == (SNIFF, "right", 35, 70)
    desk.move_boundary(1, 10, 3)
    assert own(desk, "right") == [(REST, "", 3, 70)] and desk.individual == "right"
    desk.move_boundary(1, 3, 500)
    assert "expected" not in desk.said and "so that no bout is lost" in desk.said
    desk.look(1, 1)
    desk.stop_here()
    assert "has no bout whose boundary" in desk.said


def test_who_did_it_is_said_anew(desk: BehaviorDesk) -> None:
    desk.look(5, 0)
    desk.exchange()
    assert (CHASE, "left", 0, 20) in own(desk, "right") and desk.individual == "right"
    desk.reassign("right", "right")
    assert "nobody does it to itself" in desk.said
    desk.reassign("right", "")
    assert (CHASE, "", 0, 20) in own(desk, "right")
    desk.exchange()
    assert "done to nobody" in desk.said


def test_behaviors_are_renamed_and_defined_anew(desk: BehaviorDesk) -> None:
    assert desk.rename(SNIFF, "smell") and desk.redefine("smell", " puts its nose to another ")
    assert {one.name: one.definition for one in desk.space.ethogram.behaviors}["smell"] == "puts its nose to another"
    assert not desk.rename("flight", "x") and "does not fit" in desk.said
    assert desk.rename(REST, CHASE)
    assert REST not in desk.space.behaviors()


def test_the_memory_of_bouts_is_what_a_reader_reads(desk: BehaviorDesk) -> None:
    desk.look(25)
    desk.split("groom")
    desk.rename(CHASE, "pursue")
    desk.redefine("pursue", "runs")
    desk.undo(2)
    with BehaviorRun.open(desk.space.run.folder) as run:
        reader = BehaviorReader(run)
        assert desk.space.all_bouts() == [bout for name in reader.names for bout in reader.bouts(name)]
        assert desk.space.ethogram == reader.ethogram()


def test_cards_say_what_an_animal_does_and_why(desk: BehaviorDesk) -> None:
    desk.look(5)
    card = card_of(desk, "left")
    assert card.title == "chase → right" and card.when == "0:00.00 to 0:02.00 (2.00 s), confidence 0.90"
    assert ("definition", "runs behind another") in card.said and ("cluster", "0, confidence 0.90") in card.said
    desk.look(190)
    assert card_of(desk, "right").title == NO_BOUT
    assert bout_words(replace(desk.space.all_bouts()[0], target="")) == CHASE


@pytest.mark.parametrize(("second", "words"), [(0.0, "0:00.00"), (59.999, "1:00.00"), (3723.5, "1:02:03.50")])
def test_times_are_read_as_on_a_clock(second: float, words: str) -> None:
    assert exact_clock(second) == words


def test_a_filter_counts_and_exports_exactly_what_stays(desk: BehaviorDesk) -> None:
    assert desk.passing_words().startswith("8 of 8 bouts stay, 24.0 of 24.0 s (100.0%)")
    desk.limit(min_confidence=0.5, max_s=2.0)
    assert desk.passing_words().startswith("6 of 8 bouts stay, 12.0 of 24.0 s (50.0%)")
    path = desk.export()
    assert read_bouts(path) == [one for one in desk.space.all_bouts() if one.individual == "left"]
    desk.limit(min_confidence=None, max_s=None, min_s=99.0)
    assert "0 of 8" in desk.passing_words() and read_bouts(desk.export()) == []


def test_a_merge_is_undone_once(desk: BehaviorDesk) -> None:
    desk.undo_merge("day1", 0)
    assert "is being taken apart" in desk.said and desk.space.is_waiting("day1", 0)
    desk.undo_merge("day1", 0)
    assert desk.said == "the merge was undone before"


def test_a_run_that_goes_on_is_read_only_and_followed(tmp_path: Path) -> None:
    desk = opened(make_reviewed_run(tmp_path / "run", finished=False))
    assert desk.shown.segments and not desk.shown.bouts and desk.passing_words() == "there are no bouts yet"
    desk.look(5)
    desk.relabel(CHASE)
    assert "has no bout here" in desk.said
    assert not desk.rename(CHASE, "x") and desk.said == READ_ONLY
    assert desk.export() is None and "has not come to its" in desk.said
    revision = desk.space.revision
    assert not desk.space.follow()
    other = make_reviewed_run(tmp_path / "done")
    with BehaviorRun.open(other) as done, BehaviorRun.reopen(tmp_path / "run") as run:
        for name in ("day1", "day2"):
            run.sink.save("bouts", name, done.sink.load("bouts", name))
        run.sink.save("ethogram", "", done.sink.load("ethogram", ""))
    assert desk.space.follow() and desk.space.revision > revision and len(desk.space.all_bouts()) == 8


def test_while_a_merge_is_taken_apart_what_was_there_stays(desk: BehaviorDesk) -> None:
    before = desk.space.all_bouts()
    with BehaviorRun.reopen(desk.space.run.folder) as run:
        change = {"recording": "day1", "merge": 0, "author": "eve", "reason": "", "at": "now"}
        run.sink.save("undone", "000000", pack_json(change))
        assert not desk.space.follow() and desk.space.all_bouts() == before
        for name in ("day1", "day2"):
            run.sink.save("bouts-r1", name, run.sink.load("bouts", name))
        run.sink.save("ethogram", "-r1", run.sink.load("ethogram", ""))
    assert desk.space.follow() and desk.space.all_bouts() == before
    assert desk.space.merges()[0]["undone"] and desk.space.undone_merges()[0]["author"] == "eve"
