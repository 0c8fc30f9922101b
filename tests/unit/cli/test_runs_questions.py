"""``runs show --questions`` and ``--question``: what was asked of a model, and every reply."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.cli.conftest import Call
from unit.runs.answer_records import ATTEMPT, REFUSED, picture, record, refused
from unit.runs.scripted_pipeline import make_session

from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.store import PoseRun

SPOKEN = ATTEMPT.model_copy(update={"thinking": "dot 4 is in front", "cost": 0.25})
ASKED = record(7, picture(1), picture(2), attempts=(REFUSED, SPOKEN), answer={"nose": 4})


@pytest.fixture
def geometric(tmp_path: Path) -> Path:
    PoseRun.start(tmp_path / "run", make_session(tmp_path / "session"), settings=PoseSettings()).close()
    return tmp_path / "run"


@pytest.fixture
def asked(geometric: Path) -> Path:
    with AnswerJournal(geometric / ANSWERS_FILE, writable=True) as journal:
        journal.save(ASKED, [picture(1), picture(2)])
        journal.save(refused(17))
        boxes = {"stage": "body_region_detection", "role": "region_detector"}
        journal.save(record(7, model="gemma", about="timepoint=7 camera=top", **boxes))
    return geometric


def listed(call: Call, *words: object) -> list[str]:
    return [row["about"] for row in call("runs", "show", *words, "--questions", "--json").json["questions"]]


def test_questions_are_listed_in_the_order_they_were_answered(call: Call, asked: Path) -> None:
    out = call("runs", "show", asked, "--questions").out
    rows = [line for line in out.splitlines() if "timepoint=" in line]
    assert [name in row for row, name in zip(rows, ("answered", "refused", "gemma"), strict=True)] == [True] * 3
    assert ASKED.asked.key[:12] in rows[0] and "1,800 + 22" in rows[0]
    assert "3 of 3 questions." in out


def test_questions_can_be_chosen(call: Call, asked: Path) -> None:
    assert listed(call, asked, "--timepoint", 7) == ["timepoint=7 camera=side region=paws", "timepoint=7 camera=top"]
    assert listed(call, asked, "--view", "side") == [
        f"timepoint={timepoint} camera=side region=paws" for timepoint in (7, 17)
    ]
    assert listed(call, asked, "--timepoint", 7, "--view", "top") == ["timepoint=7 camera=top"]
    assert listed(call, asked, "--stage", "body_region_detection") == ["timepoint=7 camera=top"]
    assert listed(call, asked, "--role", "region_detector") == ["timepoint=7 camera=top"]
    assert listed(call, asked, "--role", "segment_merger") == []
    assert "0 of 0 questions" in call("runs", "show", asked, "--questions", "--role", "segment_merger").out


def test_a_list_ends_at_its_limit_and_says_so(call: Call, asked: Path) -> None:
    out = call("runs", "show", asked, "--questions", "--limit", 2).out
    assert "2 of 3 questions." in out and "See more with --limit" in out
    report = call("runs", "show", asked, "--questions", "--limit", 1, "--json").json
    assert (report["total"], len(report["questions"])) == (3, 1)


def test_one_question_is_told_whole(call: Call, asked: Path) -> None:
    out = call("runs", "show", asked, "--question", ASKED.asked.key[:10]).out
    for text in (
        ASKED.asked.key, "keypoint_assignment, of keypoint_assigner", "qwen at http://localhost:8000/v1",
        "Which dot is the nose? (7)", f"[image/png {picture(1).content_hash[:12]}: kept, see --pictures]",
        '"type": "integer"', "reply 1 of 2: 900 + 2 tokens", "refused: no JSON", "dot 4 is in front",
        "reply 2 of 2: 900 + 20 tokens, 0.25 s, ended by stop, served by qwen, cost 0.25", '"nose": 4',
    ):  # fmt: skip
        assert text in out


def test_its_pictures_are_written(call: Call, asked: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"
    out = call("runs", "show", asked, "--question", ASKED.asked.key, "--pictures", folder).out
    files = sorted(folder.iterdir())
    assert [file.read_bytes() for file in files] == [picture(1).content, picture(2).content]
    assert all(str(file) in out for file in files) and files[0].suffix == ".png"


def test_the_same_as_json(call: Call, asked: Path, tmp_path: Path) -> None:
    report = call("runs", "show", asked, "--question", ASKED.asked.key, "--json").json
    assert report["answer"] == {"nose": 4} and report["asked"]["model"] == "qwen"
    assert [attempt["complaint"] for attempt in report["attempts"]] == ["no JSON", ""]
    assert [shown["path"] for shown in report["pictures"]] == [None, None]
    written = call("runs", "show", asked, "--question", ASKED.asked.key, "--json", "--pictures", tmp_path / "p").json
    assert all(Path(shown["path"]).is_file() for shown in written["pictures"])


def test_pictures_that_were_not_kept_are_named(call: Call, geometric: Path, tmp_path: Path) -> None:
    with AnswerJournal(geometric / ANSWERS_FILE, writable=True, keep_pictures=False) as journal:
        journal.save(ASKED, [picture(1), picture(2)])
    for more in ((), ("--pictures", tmp_path / "none")):
        assert "not kept]" in call("runs", "show", geometric, "--question", ASKED.asked.key, *more).out
    assert not (tmp_path / "none").exists()


def test_a_reply_cannot_command_the_terminal(call: Call, geometric: Path) -> None:
    wild = ATTEMPT.model_copy(update={"reply": "\x1b[2J\rgone \ud83d[bold]\u202e", "complaint": "no JSON"})
    asked = record(1, attempts=(wild,), status="refused", answer=None)
    with AnswerJournal(geometric / ANSWERS_FILE, writable=True) as journal:
        journal.save(asked)
    out = call("runs", "show", geometric, "--question", asked.asked.key).out
    assert r"\x1b[2J\rgone \ud83d[bold]\u202e" in out
    report = call("runs", "show", geometric, "--question", asked.asked.key, "--json").json
    assert report["attempts"][0]["reply"] == wild.reply


def test_an_unknown_question_is_named(call: Call, asked: Path) -> None:
    answer = call("runs", "show", asked, "--question", "f" * 64)
    assert answer.code == 1 and "no question has a key that begins so" in answer.err


def test_a_run_that_asked_nobody_says_so(call: Call, geometric: Path) -> None:
    answer = call("runs", "show", geometric, "--questions")
    assert (answer.code, answer.out) == (0, "No model was asked in this run.\n")
    assert call("runs", "show", geometric, "--questions", "--json").json["total"] == 0
    answer = call("runs", "show", geometric, "--question", "ab")
    assert answer.code == 1 and "no model was asked in this run" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("--stage", "s"),
        ("--role", "r"),
        ("--limit", 3),
        ("--pictures", "p"),
        ("--timepoint", 7),
        ("--question", "ab", "--questions"),
        ("--question", "ab", "--timepoint", 7, "--view", "top"),
        ("--questions", "--limit", 0),
        ("--questions", "--pictures", "p"),
    ],
)
def test_options_that_do_not_fit_are_refused(call: Call, asked: Path, words: tuple[object, ...]) -> None:
    assert call("runs", "show", asked, *words).code == 2
