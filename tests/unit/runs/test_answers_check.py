"""Verify, the summary and an opened run also know what was asked of a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.runs.answer_records import edit, picture, record, refused

from behaviorvlm.errors import RunStorageError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.answers_rows import StoredAnswer
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.summary import summarize
from behaviorvlm.runs.verify import VerifyReport, verify_run
from behaviorvlm.types import RecordingSession


@pytest.fixture
def asked(finished: Path) -> Path:
    """Return a finished run in which a model was asked."""
    with AnswerJournal(finished / ANSWERS_FILE, writable=True) as journal:
        for number in range(3):
            journal.save(record(number, picture(0), picture(number)), [picture(0), picture(number)])
        journal.save(refused(9))
    return finished


def verify(folder: Path) -> VerifyReport:
    with PoseRun.open(folder) as run:
        return verify_run(run)


def test_sound_answers_have_no_problems(asked: Path) -> None:
    report = verify(asked)
    assert (report.problems, report.answers, report.pictures) == ((), 4, 3)


def test_a_run_without_questions_has_none_to_check(finished: Path) -> None:
    report = verify(finished)
    assert (report.problems, report.answers, report.pictures) == ((), 0, 0)


def test_pictures_that_were_never_kept_are_not_missed(finished: Path) -> None:
    with AnswerJournal(finished / ANSWERS_FILE, writable=True, keep_pictures=False) as journal:
        journal.save(record(1, picture(1)), [picture(1)])
    assert verify(finished).problems == ()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE answer SET packed = x'00' WHERE status = 'refused'", "a stored result is not what was written"),
        ("UPDATE answer SET packed = substr(packed, 1, 50) WHERE status = 'refused'", "is not what was written"),
        ("UPDATE answer SET content_hash = 'aa' WHERE status = 'refused'", "is not what was written"),
        ("UPDATE answer SET key = 'ab' WHERE status = 'refused'", "under the key of another question"),
        ("UPDATE answer SET prompt_tokens = 1 WHERE status = 'refused'", "the ledger's columns"),
        ("UPDATE answer SET status = 'answered' WHERE status = 'refused'", "the ledger's columns"),
        ("UPDATE picture SET content = x'00' WHERE rowid = 2", "a stored picture is not what was written"),
        ("DELETE FROM picture WHERE rowid = 2", "is missing"),
    ],
)
def test_whatever_was_changed_is_found(asked: Path, change: str, problem: str) -> None:
    edit(asked / ANSWERS_FILE, change)
    (found,) = verify(asked).problems
    assert problem in found


def test_an_answer_that_was_rewritten_with_its_hash_is_found_by_its_ledger_or_key(asked: Path) -> None:
    other = StoredAnswer.of(record(77), pictures_kept=True)
    edit(
        asked / ANSWERS_FILE,
        "UPDATE answer SET packed = ?, content_hash = ? WHERE rowid = 1",
        other.packed,
        other.content_hash,
    )
    (found,) = verify(asked).problems
    assert "under the key of another question" in found


def test_a_file_that_is_no_journal_is_a_problem_and_no_trace(asked: Path) -> None:
    (asked / ANSWERS_FILE).write_bytes(b"a diary, not a journal " * 300)
    (found,) = verify(asked).problems
    assert found.startswith("answers.sqlite: the journal is damaged")


def test_the_summary_counts_calls(asked: Path, finished: Path) -> None:
    with PoseRun.open(asked) as run:
        summary = summarize(run)
        assert run.timepoints_done == summary.timepoints_done == 47
    assert summary.model_calls == 3 + 3
    assert summary.model_calls_per_timepoint == pytest.approx(6 / 47)


def test_a_run_that_asked_nobody_has_no_answers(finished: Path) -> None:
    with PoseRun.open(finished) as run:
        assert run.answers is None
        assert run.model_calls == run.model_calls_per_timepoint == 0


def test_a_run_that_goes_on_shows_its_answers_as_they_come(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings()) as run:
        assert run.answers is None
        with AnswerJournal(run.folder / ANSWERS_FILE, writable=True) as journal:
            journal.save(record(1))
            assert run.answers is not None and run.answers.count() == 1
            with pytest.raises(RunStorageError):
                run.answers.save(record(2))
            assert run.model_calls_per_timepoint is None


def test_a_run_killed_before_it_had_a_manifest_can_be_begun_again(session: RecordingSession, tmp_path: Path) -> None:
    with AnswerJournal(tmp_path / ANSWERS_FILE, writable=True) as journal:
        journal.save(record(1))
    (tmp_path / "run").mkdir()
    (tmp_path / ANSWERS_FILE).rename(tmp_path / "run" / ANSWERS_FILE)
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings()) as run:
        assert run.answers is not None and run.answers.count() == 1


def test_an_answer_taken_over_without_its_pictures_does_not_miss_them(finished: Path) -> None:
    with AnswerJournal(finished / ANSWERS_FILE, writable=True) as journal:
        journal.save(record(1, picture(1)), [])
    assert verify(finished).problems == ()
