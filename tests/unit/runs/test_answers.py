"""The journal of questions keeps what it was given, from many threads, and finds it again."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.runs.answer_records import ATTEMPT, REFUSED, picture, record, refused

from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.record import AnswerRecord, AskedText, Attempt
from behaviorvlm.errors import RunMismatchError, RunStorageError, SettingsError
from behaviorvlm.runs.answers import PAGE, AnswerJournal
from behaviorvlm.runs.answers_rows import LedgerTotals, StoredAnswer

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ATTEMPTS = st.builds(
    Attempt,
    reply=TEXTS,
    thinking=TEXTS,
    complaint=TEXTS,
    prompt_tokens=st.integers(0, 10**6),
    answer_tokens=st.integers(0, 10**6),
    seconds=st.floats(0, 1e6),
    cost=st.none() | st.floats(0, 100),
)
RECORDS = st.builds(
    AnswerRecord,
    asked=st.builds(
        AskedText,
        model=TEXTS,
        messages=st.lists(st.builds(lambda text: {"role": "user", "parts": [{"text": text}]}, TEXTS)).map(tuple),
        answer_schema=st.dictionaries(TEXTS, JSON, max_size=3),
        temperature=st.floats(0, 2),
        seed=st.none() | st.integers(0, 9),
        max_tokens=st.integers(1, 9999),
    ),
    role=TEXTS,
    stage=TEXTS,
    about=TEXTS,
    url=TEXTS,
    attempts=st.lists(ATTEMPTS, max_size=3).map(tuple),
    status=st.sampled_from(["answered", "refused"]),
    answer=JSON,
)


@given(RECORDS)
def test_a_record_comes_back_as_it_was(original: AnswerRecord) -> None:
    row = StoredAnswer.of(original, pictures_kept=True)
    assert row.record(where="here") == original
    assert StoredAnswer.of(row.record(where="here"), pictures_kept=True) == row
    assert row.calls == len(original.attempts) and row.key == original.asked.key


@given(st.lists(RECORDS, max_size=5, unique_by=lambda record: record.asked.key))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_records_come_back_from_the_disk(tmp_path: Path, originals: list[AnswerRecord]) -> None:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite"
    with AnswerJournal(path, writable=True) as journal:
        for original in originals:
            journal.save(original)
    with AnswerJournal(path, writable=False) as journal:
        assert list(journal.records()) == originals
        assert [journal.load(original.asked.key) for original in originals] == originals
        assert journal.totals().calls == sum(len(original.attempts) for original in originals)


def test_an_answer_keeps_the_order_the_model_wrote_it_in(answers: AnswerJournal) -> None:
    asked = record(1, answer={"tail": 1, "nose": 2, "ear": [{"b": 1, "a": 2}]})
    answers.save(asked)
    loaded = answers.load(asked.asked.key)
    assert loaded is not None
    assert list(loaded.answer) == ["tail", "nose", "ear"] and list(loaded.answer["ear"][0]) == ["b", "a"]


def test_what_a_model_may_write_is_kept(answers: AnswerJournal) -> None:
    odd = record(1, answer={"half": "\ud83d", "huge": 1e15, "whole": 10**30, "endless": float("inf")})
    answers.save(odd)
    assert answers.load(odd.asked.key) == odd


def test_what_was_not_saved_is_none(answers: AnswerJournal) -> None:
    assert answers.load(record(1).asked.key) is None
    assert answers.picture(picture(1).content_hash) is None


def test_another_process_sees_it_at_once(answers: AnswerJournal, answers_path: Path) -> None:
    with AnswerJournal(answers_path, writable=False) as reader:
        answers.save(record(1), [])
        assert reader.load(record(1).asked.key) == record(1)
        with pytest.raises(RunStorageError, match="look only"):
            reader.save(record(2), [])


def test_pictures_are_kept_once(answers: AnswerJournal, answers_path: Path) -> None:
    shared, own = picture(0), [picture(number) for number in range(1, 4)]
    for number, view in enumerate(own):
        answers.save(record(number, shared, view), [shared, view, shared])
    assert sorted(answers.picture_hashes()) == sorted(each.content_hash for each in (shared, *own))
    assert answers.picture(shared.content_hash) == shared
    assert answers.has_picture(shared.content_hash) and not answers.has_picture(picture(9).content_hash)


def test_a_picture_keeps_its_kind(answers: AnswerJournal) -> None:
    photo = Picture(b"\xff\xd8\xff", "image/jpeg")
    answers.save(record(1, photo), [photo])
    assert answers.picture(photo.content_hash) == photo


def test_pictures_can_be_left_out(answers_path: Path) -> None:
    with AnswerJournal(answers_path, writable=True, keep_pictures=False) as journal:
        journal.save(record(1, picture(1)), [picture(1)])
        assert journal.picture(picture(1).content_hash) is None
        assert next(journal.records()).asked.picture_hashes == (picture(1).content_hash,)


def test_saving_it_again_changes_nothing(answers: AnswerJournal) -> None:
    slower = record(1, attempts=(ATTEMPT.model_copy(update={"seconds": 9.0}),))
    for asked in (record(1), record(1), slower):
        answers.save(asked)
    assert list(answers.records()) == [record(1)]


def test_another_answer_to_the_same_question_is_refused(answers: AnswerJournal) -> None:
    answers.save(record(1))
    for other in (record(1, answer={"nose": 5}), refused(1)):
        with pytest.raises(RunMismatchError, match="otherwise than before"):
            answers.save(other)
    answers.save(record(2))
    assert list(answers.records()) == [record(1), record(2)]


def test_every_commit_is_flushed_to_the_disk(answers: AnswerJournal) -> None:
    assert answers._writer is not None
    assert answers._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert answers._writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_many_threads_save_and_load(answers: AnswerJournal) -> None:
    def work(number: int) -> bool:
        asked = record(number, picture(number % 7))
        answers.save(asked, [picture(number % 7)])
        return answers.load(asked.asked.key) == asked

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(work, range(400)))
    assert answers.totals().questions == answers.count() == 400
    assert {each.asked.key for each in answers.records()} == {record(n, picture(n % 7)).asked.key for n in range(400)}
    assert len(list(answers.picture_hashes())) == 7


def test_threads_that_wait_share_a_commit(answers: AnswerJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, commit, started = [], answers._commit, threading.Event()

    def slow(items: Any) -> Any:
        sizes.append(len(items))
        started.set()
        time.sleep(0.1)
        return commit(items)

    monkeypatch.setattr(answers._group, "_commit", slow)
    with ThreadPoolExecutor(10) as pool:
        first = pool.submit(answers.save, record(0))
        started.wait()
        rest = [pool.submit(answers.save, record(number)) for number in range(1, 10)]
        for saved in (first, *rest):
            saved.result()
    assert sizes[0] == 1 and sum(sizes) == 10 and len(sizes) <= 3


def test_records_are_found_by_stage_role_and_what_they_are_about(answers: AnswerJournal) -> None:
    answers.save(record(1))
    answers.save(record(11))
    answers.save(record(12, about="timepoint=1 camera=side 2", stage="body_region_detection", role="region_detector"))
    assert [each.about for each in answers.records(about=["timepoint=1"])] == [
        "timepoint=1 camera=side region=paws",
        "timepoint=1 camera=side 2",
    ]
    assert answers.count(about=["timepoint=1", "camera=side 2"]) == 1
    assert answers.count(about=["timepoint=1", "region=paws"]) == 1
    assert answers.count(about=["time"]) == answers.count(about=["camera=%"]) == 0
    assert answers.count(stage="body_region_detection") == answers.count(role="region_detector") == 1
    assert answers.count(stage="body_region_detection", role="keypoint_assigner") == 0


def test_records_are_read_page_by_page_while_more_are_saved(answers: AnswerJournal) -> None:
    for number in range(PAGE + 1):
        answers.save(record(number))
    reading = answers.records()
    first = next(reading)
    answers.save(record(PAGE + 1))
    assert [first, *reading] == [record(number) for number in range(PAGE + 2)]


def test_a_record_is_found_by_the_beginning_of_its_key(answers: AnswerJournal) -> None:
    for number in range(40):
        answers.save(record(number))
    key = record(7).asked.key
    assert answers.record(key) == answers.record(key[:12]) == record(7)
    with pytest.raises(SettingsError, match="several questions") as several:
        answers.record(
            next(
                digit
                for digit in "0123456789abcdef"
                if sum(record(number).asked.key.startswith(digit) for number in range(40)) > 1
            )
        )
    assert "more digits" in several.value.expected
    for unknown in ("f" * 64, "", "nose", "%", "A"):
        with pytest.raises(SettingsError, match="no question has"):
            answers.record(unknown)


def test_the_ledger_sums_up(answers: AnswerJournal) -> None:
    priced = ATTEMPT.model_copy(update={"cost": 0.5})
    answers.save(record(1, attempts=(REFUSED, ATTEMPT)))
    answers.save(refused(2))
    answers.save(record(3, role="region_detector", stage="body_region_detection", attempts=(priced,)))
    answers.save(record(4, role="region_detector", stage="body_region_detection", attempts=(priced, ATTEMPT)))
    answers.save(record(5, model="gemma"))
    boxes, gemma, qwen = answers.ledger()
    assert (boxes.stage, boxes.role, boxes.model) == ("body_region_detection", "region_detector", "qwen")
    assert (boxes.questions, boxes.calls, boxes.cost, boxes.unpriced) == (2, 3, 1.0, 1)
    assert (gemma.model, gemma.questions, gemma.cost) == ("gemma", 1, None)
    assert (qwen.questions, qwen.calls, qwen.refused) == (2, 5, 1)
    assert (qwen.prompt_tokens, qwen.answer_tokens, qwen.seconds) == (5 * 900, 4 * 2 + 20, 4 * 0.5 + 0.25)
    totals = answers.totals()
    assert (totals.questions, totals.calls, totals.refused, totals.cost, totals.unpriced) == (5, 9, 1, 1.0, 7)
    assert totals.prompt_tokens == sum(row.prompt_tokens for row in answers.ledger())


def test_an_empty_journal_sums_to_nothing(answers: AnswerJournal) -> None:
    nothing = {"questions": 0, "calls": 0, "refused": 0, "prompt_tokens": 0, "answer_tokens": 0}
    assert answers.totals() == LedgerTotals(**nothing, seconds=0.0, cost=None, unpriced=0)
    assert answers.ledger() == list(answers.records()) == []
