"""``runs cost``: the ledger, as a table and as JSON, with the run's own prices or others."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.cli.conftest import Call
from unit.runs.answer_records import ATTEMPT, record, refused
from unit.runs.scripted_pipeline import make_session, scripted_run_pose

from behaviorvlm.cli.question_tables import duration, money
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.store import PoseRun

PRICED = ATTEMPT.model_copy(update={"cost": 0.5, "seconds": 5400.0})


@pytest.fixture
def geometric(tmp_path: Path) -> Path:
    session = make_session(tmp_path / "session")
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings()) as run:
        scripted_run_pose(session, sink=run.sink, settings=PoseSettings())
    return tmp_path / "run"


@pytest.fixture
def asked(geometric: Path) -> Path:
    with AnswerJournal(geometric / ANSWERS_FILE, writable=True) as journal:
        journal.save(record(1))
        journal.save(refused(2))
        boxes = {"stage": "body_region_detection", "role": "region_detector", "attempts": (PRICED, PRICED)}
        journal.save(record(3, model="gemma", **boxes))
    return geometric


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    (tmp_path / "prices.toml").write_text('currency = "EUR"\n[models.qwen]\nprompt = 1000\nanswer = 2000\n')
    return tmp_path / "prices.toml"


def row_of(out: str, name: str) -> list[str]:
    (line,) = [line for line in out.splitlines() if name in line]
    return [cell.strip() for cell in line.replace("┃", "│").split("│")[1:-1]]


def test_the_ledger_has_a_row_for_each_stage_role_and_model_and_one_for_all(call: Call, asked: Path) -> None:
    out = call("runs", "cost", asked).out
    assert row_of(out, "region_detector") == [
        "body_region_detection", "region_detector", "gemma", "1", "2", "0", "1,800", "40", "3.0 h", "1.00",
    ]  # fmt: skip
    assert row_of(out, "qwen")[3:] == ["2", "4", "1", "3,600", "26", "1.8 s", "-"]
    assert row_of(out, "all ")[3:] == ["3", "6", "1", "5,400", "66", "3.0 h", "1.00"]
    assert "3.00 hours" in out and "0.13 calls for each of 47 timepoints done" in out
    assert "4 calls have no price" in out


def test_the_same_as_json(call: Call, asked: Path) -> None:
    report = call("runs", "cost", asked, "--json").json
    assert report["totals"] == {
        "questions": 3, "calls": 6, "refused": 1, "prompt_tokens": 5400, "answer_tokens": 66,
        "seconds": pytest.approx(10801.75), "cost": 1.0, "unpriced": 4,
    }  # fmt: skip
    assert [row["model"] for row in report["ledger"]] == ["gemma", "qwen"]
    assert report["calls_per_timepoint"] == pytest.approx(6 / 47)
    assert report["server_hours"] == pytest.approx(10801.75 / 3600)
    assert report["currency"] == ""


def test_other_prices_can_be_tried(call: Call, asked: Path, prices: Path) -> None:
    out = call("runs", "cost", asked, "--prices", prices).out
    assert "cost EUR" in out
    assert row_of(out, "qwen")[-1] == "3.65"  # 3,600 and 26 tokens at 1,000 and 2,000 a million
    assert row_of(out, "gemma")[-1] == "-"
    report = call("runs", "cost", asked, "--prices", prices, "--json").json
    assert (report["currency"], report["totals"]["unpriced"]) == ("EUR", 2)
    assert report["totals"]["cost"] == pytest.approx(3.652)


def test_a_bad_price_table_is_named(call: Call, asked: Path, prices: Path) -> None:
    prices.write_text("[models.qwen]\nprompt = -1\nanswer = 0\n")
    answer = call("runs", "cost", asked, "--prices", prices)
    assert answer.code == 1 and "models.qwen.prompt cannot be used" in answer.err


def test_a_run_that_asked_nobody_says_so(call: Call, geometric: Path) -> None:
    answer = call("runs", "cost", geometric)
    assert (answer.code, answer.out, answer.err) == (0, "No model was asked in this run.\n", "")
    report = call("runs", "cost", geometric, "--json").json
    assert (report["ledger"], report["totals"]["questions"], report["calls_per_timepoint"]) == ([], 0, 0)


def test_no_run_is_named(call: Call, tmp_path: Path) -> None:
    assert "this folder holds no run" in call("runs", "cost", tmp_path).err


def test_verify_counts_answers(call: Call, asked: Path) -> None:
    assert ", 3 answers of models, 0 pictures and" in call("runs", "verify", asked).out


def test_the_summary_tells_of_calls(call: Call, asked: Path, geometric: Path) -> None:
    assert "0.13 calls to a model for each timepoint" in call("runs", "show", asked).out


def test_times_and_amounts_are_short() -> None:
    assert [duration(seconds) for seconds in (0, 59.94, 90, 3600)] == ["0.0 s", "59.9 s", "1.5 min", "1.0 h"]
    assert [money(amount) for amount in (None, 0, 0.001234567, 1234.5)] == ["-", "0.00", "0.001235", "1,234.50"]
