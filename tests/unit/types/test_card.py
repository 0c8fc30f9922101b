"""What nouns show of themselves: short, one line a fact, and nobody's markup but ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_files import make_rig
from unit.report.made_runs import HOSTILE, made_bouts, made_session, make_behavior_run
from unit.report.page_reader import Reader
from unit.runs.correctable import write_run

from behaviorvlm.errors import RunCorruptError
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import Behavior, Ethogram, Tracks
from behaviorvlm.types.card import MOST_LETTERS, MOST_NAMES, MOST_ROWS, Card, named

OURS = {"div", "strong", "table", "tbody", "thead", "tr", "th", "td", "p"}


@given(st.text(), st.lists(st.tuples(st.text(), st.text()), max_size=4), st.lists(st.tuples(st.text(), st.text())))
def test_words_stay_words(title: str, facts: list[tuple[str, str]], rows: list[tuple[str, str]]) -> None:
    card = Card(title, tuple(facts), ("one", "two"), tuple(rows))
    page = Reader(str(card.html()))
    assert {tag for tag, _ in page.elements} <= OURS
    assert all(set(attributes) <= {"style"} for _, attributes in page.elements)
    lines = card.text().split("\n")
    assert len(lines) <= 1 + len(facts) + 1 + MOST_ROWS + 1
    assert all(line.isprintable() for line in lines)


def test_what_is_long_is_cut() -> None:
    rows = tuple((str(number),) for number in range(MOST_ROWS + 5))
    card = Card("x" * 1000, columns=("number",), rows=rows)
    assert len(card.text().split("\n")[0]) == MOST_LETTERS
    assert card.text().endswith("and 5 more") and "and 5 more" in card.html()
    assert named(str(number) for number in range(MOST_NAMES + 3)).endswith(", and 3 more")
    assert named([]) == "none"


def test_hostile_names_of_nouns(tmp_path: Path) -> None:
    run = make_behavior_run(tmp_path / "run", {"r": made_bouts("r", (HOSTILE, "rest"))})
    with BehaviorRun.open(run) as opened:
        shown = opened._repr_html_() + opened.ethogram()._repr_html_()
    assert "taken" in shown and not {tag for tag, _ in Reader(shown).elements} - OURS


def test_nouns_show_numbers_not_arrays(tmp_path: Path) -> None:
    points = np.full((50, 2, 1, 2), 3.25)
    points[:25, 0] = np.nan
    tracks = Tracks(("a", "b"), ("nose",), points, np.ones((50, 2, 1)), np.arange(50) / 10)
    assert repr(tracks) == (
        "Tracks of 2 animals\n  individuals          2: a, b\n  keypoints            1: nose\n"
        "  timepoints           50 from 0.0 to 4.9 s\n  points with a place  75.0%"
    )
    shown = repr(made_session(tmp_path)) + repr(make_rig()) + repr(tracks)
    assert "array" not in shown and "3.25" not in shown
    assert "Rig of 4 cameras" in shown and "64 x 48" in shown
    empty = Tracks((), (), np.zeros((0, 0, 0, 2)), np.zeros((0, 0, 0)), np.zeros(0))
    assert "none" in repr(empty)
    assert repr(Ethogram((Behavior("rest", "It rests."),), {"groom": "no paws"})).split("\n") == [
        "Ethogram of 1 behavior",
        "  behavior  definition",
        "  rest      It rests.",
        "  groom     could not be told: no paws",
    ]


def test_a_run_can_be_looked_at_open_going_on_and_closed(tmp_path: Path) -> None:
    with PoseRun.open(write_run(tmp_path / "run", until=7)) as run:
        assert "7 of 12 done" in repr(run) and "geometric" in run._repr_html_()
        assert "corrections" not in repr(run)
    assert "the run is closed" in repr(run)


def test_what_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RunCorruptError("the journal is damaged", where="journal.sqlite")

    with PoseRun.open(write_run(tmp_path / "run")) as run:
        monkeypatch.setattr(run.sink, "keys", refuse)
        assert "timepoints  the journal is damaged" in repr(run)
