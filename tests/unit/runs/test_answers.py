"""The journal of questions keeps what it was given, from many threads, through kills, full disks and damage."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.runs.answer_records import ATTEMPT, REFUSED, picture, record, refused

from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.record import AnswerRecord, AskedText, Attempt
from behaviorvlm.errors import RunCorruptError, RunError, RunMismatchError, RunStorageError, SettingsError
from behaviorvlm.runs.answers import ANSWERS_VERSION, PAGE, AnswerJournal
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "answers.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[AnswerJournal]:
    with AnswerJournal(path, writable=True) as opened:
        yield opened


def edit(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


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


def test_an_answer_keeps_the_order_the_model_wrote_it_in(journal: AnswerJournal) -> None:
    asked = record(1, answer={"tail": 1, "nose": 2, "ear": [{"b": 1, "a": 2}]})
    journal.save(asked)
    loaded = journal.load(asked.asked.key)
    assert loaded is not None
    assert list(loaded.answer) == ["tail", "nose", "ear"] and list(loaded.answer["ear"][0]) == ["b", "a"]


def test_what_a_model_may_write_is_kept(journal: AnswerJournal) -> None:
    odd = record(1, answer={"half": "\ud83d", "huge": 1e15, "whole": 10**30, "endless": float("inf")})
    journal.save(odd)
    assert journal.load(odd.asked.key) == odd


def test_what_was_not_saved_is_none(journal: AnswerJournal) -> None:
    assert journal.load(record(1).asked.key) is None
    assert journal.picture(picture(1).content_hash) is None


def test_another_process_sees_it_at_once(journal: AnswerJournal, path: Path) -> None:
    with AnswerJournal(path, writable=False) as reader:
        journal.save(record(1), [])
        assert reader.load(record(1).asked.key) == record(1)
        with pytest.raises(RunStorageError, match="look only"):
            reader.save(record(2), [])


def test_pictures_are_kept_once(journal: AnswerJournal, path: Path) -> None:
    shared, own = picture(0), [picture(number) for number in range(1, 4)]
    for number, view in enumerate(own):
        journal.save(record(number, shared, view), [shared, view, shared])
    assert sorted(journal.picture_hashes()) == sorted(each.content_hash for each in (shared, *own))
    assert journal.picture(shared.content_hash) == shared
    assert journal.has_picture(shared.content_hash) and not journal.has_picture(picture(9).content_hash)


def test_a_picture_keeps_its_kind(journal: AnswerJournal) -> None:
    photo = Picture(b"\xff\xd8\xff", "image/jpeg")
    journal.save(record(1, photo), [photo])
    assert journal.picture(photo.content_hash) == photo


def test_pictures_can_be_left_out(path: Path) -> None:
    with AnswerJournal(path, writable=True, keep_pictures=False) as journal:
        journal.save(record(1, picture(1)), [picture(1)])
        assert journal.picture(picture(1).content_hash) is None
        assert next(journal.records()).asked.picture_hashes == (picture(1).content_hash,)


def test_saving_it_again_changes_nothing(journal: AnswerJournal) -> None:
    slower = record(1, attempts=(ATTEMPT.model_copy(update={"seconds": 9.0}),))
    for asked in (record(1), record(1), slower):
        journal.save(asked)
    assert list(journal.records()) == [record(1)]


def test_another_answer_to_the_same_question_is_refused(journal: AnswerJournal) -> None:
    journal.save(record(1))
    for other in (record(1, answer={"nose": 5}), refused(1)):
        with pytest.raises(RunMismatchError, match="otherwise than before"):
            journal.save(other)
    journal.save(record(2))
    assert list(journal.records()) == [record(1), record(2)]


def test_every_commit_is_flushed_to_the_disk(journal: AnswerJournal) -> None:
    assert journal._writer is not None
    assert journal._writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._writer.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_many_threads_save_and_load(journal: AnswerJournal) -> None:
    def work(number: int) -> bool:
        asked = record(number, picture(number % 7))
        journal.save(asked, [picture(number % 7)])
        return journal.load(asked.asked.key) == asked

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(work, range(400)))
    assert journal.totals().questions == journal.count() == 400
    assert {each.asked.key for each in journal.records()} == {record(n, picture(n % 7)).asked.key for n in range(400)}
    assert len(list(journal.picture_hashes())) == 7


def test_threads_that_wait_share_a_commit(journal: AnswerJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, commit, started = [], journal._commit, threading.Event()

    def slow(items: Any) -> Any:
        sizes.append(len(items))
        started.set()
        time.sleep(0.1)
        return commit(items)

    monkeypatch.setattr(journal._group, "_commit", slow)
    with ThreadPoolExecutor(10) as pool:
        first = pool.submit(journal.save, record(0))
        started.wait()
        rest = [pool.submit(journal.save, record(number)) for number in range(1, 10)]
        for saved in (first, *rest):
            saved.result()
    assert sizes[0] == 1 and sum(sizes) == 10 and len(sizes) <= 3


def test_records_are_found_by_stage_role_and_what_they_are_about(journal: AnswerJournal) -> None:
    journal.save(record(1))
    journal.save(record(11))
    journal.save(record(12, about="timepoint=1 camera=side 2", stage="body_region_detection", role="region_detector"))
    assert [each.about for each in journal.records(about=["timepoint=1"])] == [
        "timepoint=1 camera=side region=paws",
        "timepoint=1 camera=side 2",
    ]
    assert journal.count(about=["timepoint=1", "camera=side 2"]) == 1
    assert journal.count(about=["timepoint=1", "region=paws"]) == 1
    assert journal.count(about=["time"]) == journal.count(about=["camera=%"]) == 0
    assert journal.count(stage="body_region_detection") == journal.count(role="region_detector") == 1
    assert journal.count(stage="body_region_detection", role="keypoint_assigner") == 0


def test_records_are_read_page_by_page_while_more_are_saved(journal: AnswerJournal) -> None:
    for number in range(PAGE + 1):
        journal.save(record(number))
    reading = journal.records()
    first = next(reading)
    journal.save(record(PAGE + 1))
    assert [first, *reading] == [record(number) for number in range(PAGE + 2)]


def test_a_record_is_found_by_the_beginning_of_its_key(journal: AnswerJournal) -> None:
    for number in range(40):
        journal.save(record(number))
    key = record(7).asked.key
    assert journal.record(key) == journal.record(key[:12]) == record(7)
    with pytest.raises(SettingsError, match="several questions") as several:
        journal.record(
            next(
                digit
                for digit in "0123456789abcdef"
                if sum(record(number).asked.key.startswith(digit) for number in range(40)) > 1
            )
        )
    assert "more digits" in several.value.expected
    for unknown in ("f" * 64, "", "nose", "%", "A"):
        with pytest.raises(SettingsError, match="no question has"):
            journal.record(unknown)


def test_the_ledger_sums_up(journal: AnswerJournal) -> None:
    priced = ATTEMPT.model_copy(update={"cost": 0.5})
    journal.save(record(1, attempts=(REFUSED, ATTEMPT)))
    journal.save(refused(2))
    journal.save(record(3, role="region_detector", stage="body_region_detection", attempts=(priced,)))
    journal.save(record(4, role="region_detector", stage="body_region_detection", attempts=(priced, ATTEMPT)))
    journal.save(record(5, model="gemma"))
    boxes, gemma, qwen = journal.ledger()
    assert (boxes.stage, boxes.role, boxes.model) == ("body_region_detection", "region_detector", "qwen")
    assert (boxes.questions, boxes.calls, boxes.cost, boxes.unpriced) == (2, 3, 1.0, 1)
    assert (gemma.model, gemma.questions, gemma.cost) == ("gemma", 1, None)
    assert (qwen.questions, qwen.calls, qwen.refused) == (2, 5, 1)
    assert (qwen.prompt_tokens, qwen.answer_tokens, qwen.seconds) == (5 * 900, 4 * 2 + 20, 4 * 0.5 + 0.25)
    totals = journal.totals()
    assert (totals.questions, totals.calls, totals.refused, totals.cost, totals.unpriced) == (5, 9, 1, 1.0, 7)
    assert totals.prompt_tokens == sum(row.prompt_tokens for row in journal.ledger())


def test_an_empty_journal_sums_to_nothing(journal: AnswerJournal) -> None:
    nothing = {"questions": 0, "calls": 0, "refused": 0, "prompt_tokens": 0, "answer_tokens": 0}
    assert journal.totals() == LedgerTotals(**nothing, seconds=0.0, cost=None, unpriced=0)
    assert journal.ledger() == list(journal.records()) == []


KILLED = """
import os, sys, threading
from pathlib import Path
from unit.runs.answer_records import picture, record
from behaviorvlm.runs.answers import AnswerJournal

journal = AnswerJournal(Path(sys.argv[1]), writable=True)
first = journal.count()

def work(thread):
    for number in range(first * 8 + thread, 10**9, 8):
        asked = record(number, picture(number), picture(0))
        journal.save(asked, [picture(number), picture(0)])
        os.write(1, f"{number}\\n".encode())

for thread in range(8):
    threading.Thread(target=work, args=(thread,)).start()
"""


def test_what_was_saved_survives_a_kill_at_any_moment(path: Path) -> None:
    saved: set[int] = set()
    tests = Path(__file__).parents[2]
    for seed in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(tests)},
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]  # it has begun
            time.sleep(random.Random(seed).uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        saved |= {int(line) for line in lines if line.endswith(b"\n")}
        with AnswerJournal(path, writable=False) as journal:
            held = {each.asked.key for each in journal.records()}
            expected = {record(number, picture(number), picture(0)).asked.key for number in saved}
            assert expected <= held
            hashes = {content_hash for each in journal.records() for content_hash in each.asked.picture_hashes}
            assert set(journal.picture_hashes()) == hashes
    assert len(saved) > 20


def fill_up(journal: AnswerJournal) -> None:
    assert journal._writer is not None
    pages = journal._writer.execute("PRAGMA page_count").fetchone()[0]
    journal._writer.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite then says what a full disk says


def test_a_full_disk_reaches_everybody_and_costs_nothing(path: Path) -> None:
    noise = [Picture(random.Random(number).randbytes(30_000)) for number in range(8)]
    with AnswerJournal(path, writable=True) as journal:
        journal.save(record(100))
        fill_up(journal)
        with ThreadPoolExecutor(8) as pool:
            tried = [pool.submit(journal.save, record(number), [each]) for number, each in enumerate(noise)]
        errors = [save.exception() for save in tried]
        assert all(isinstance(error, RunStorageError) and "the disk is full" in str(error) for error in errors)
        assert len({id(error) for error in errors}) == 8
        with pytest.raises(RunStorageError, match="nothing finished is lost"):
            journal.save(record(101))
        assert journal.load(record(100).asked.key) == record(100)
    with AnswerJournal(path, writable=True) as journal:
        assert list(journal.records()) == [record(100)]
        assert list(journal.picture_hashes()) == []
        journal.save(record(0), noise[:1])


def test_a_mistake_in_the_code_reaches_everybody_too(journal: AnswerJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(items: Any) -> Any:
        time.sleep(0.05)
        raise ZeroDivisionError

    monkeypatch.setattr(journal._group, "_commit", mistaken)
    with ThreadPoolExecutor(8) as pool:
        tried = [pool.submit(journal.save, record(number)) for number in range(8)]
    assert all(isinstance(save.exception(), ZeroDivisionError) for save in tried)


def test_ctrl_c_in_one_thread_does_not_lose_what_others_save(
    journal: AnswerJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, started = journal._commit, threading.Event()

    def stopped(items: Any) -> Any:
        monkeypatch.setattr(journal._group, "_commit", commit)
        started.set()
        time.sleep(0.1)
        raise KeyboardInterrupt

    monkeypatch.setattr(journal._group, "_commit", stopped)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(journal.save, record(0))
        started.wait()
        rest = [pool.submit(journal.save, record(number)) for number in range(1, 4)]
    assert isinstance(first.exception(), KeyboardInterrupt)
    assert [save.exception() for save in rest] == [None] * 3
    assert {each.about for each in journal.records()} >= {record(number).about for number in range(1, 4)}


def test_a_file_that_cannot_be_written_is_named(journal: AnswerJournal) -> None:
    assert journal._writer is not None
    journal._writer.execute("PRAGMA query_only = ON")
    with pytest.raises(RunStorageError, match="cannot be written") as error:
        journal.save(record(1))
    assert "--run" in error.value.remedy


def test_a_locked_file_is_named(journal: AnswerJournal, path: Path) -> None:
    assert journal._writer is not None
    journal._writer.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RunStorageError, match="locked"):
        journal.save(record(1))
    other.close()


def test_a_folder_that_cannot_hold_a_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunStorageError, match="cannot be written"):
        AnswerJournal(tmp_path / "missing" / "answers.sqlite", writable=True)
    with pytest.raises(RunStorageError, match="holds no journal"):
        AnswerJournal(tmp_path / "answers.sqlite", writable=False)


def test_after_closing_nothing_is_saved(path: Path) -> None:
    journal = AnswerJournal(path, writable=True)
    journal.save(record(1))
    journal.close()
    journal.close()
    with pytest.raises(RunError, match="closed"):
        journal.save(record(2))
    assert sorted(each.name for each in path.parent.iterdir()) == ["answers.sqlite"]


def test_a_record_that_was_tampered_with_is_found(path: Path) -> None:
    with AnswerJournal(path, writable=True) as journal:
        journal.save(record(1))
        journal.save(record(2))
    edit(path, "UPDATE answer SET packed = (SELECT packed FROM answer WHERE key = ?)", record(2).asked.key)
    with AnswerJournal(path, writable=False) as journal:
        assert journal.load(record(2).asked.key) == record(2)
        for look in (journal.load, journal.record):
            with pytest.raises(RunCorruptError, match="not what was written"):
                look(record(1).asked.key)
        with pytest.raises(RunCorruptError, match=record(1).asked.key[:12]):
            list(journal.records())


def test_a_picture_that_was_tampered_with_is_found(path: Path) -> None:
    with AnswerJournal(path, writable=True) as journal:
        journal.save(record(1, picture(1)), [picture(1)])
    edit(path, "UPDATE picture SET content = x'89504e47'")
    with AnswerJournal(path, writable=False) as journal, pytest.raises(RunCorruptError, match="stored picture"):
        journal.picture(picture(1).content_hash)


def test_a_record_of_another_package_is_named(path: Path) -> None:
    with AnswerJournal(path, writable=True) as journal:
        journal.save(record(1))
    row = StoredAnswer.of(record(1).model_copy(update={"status": "guessed"}), pictures_kept=True)
    edit(path, "UPDATE answer SET packed = ?, content_hash = ?", row.packed, row.content_hash)
    with AnswerJournal(path, writable=False) as journal, pytest.raises(RunCorruptError, match="cannot be understood"):
        journal.load(record(1).asked.key)


def test_a_file_that_is_no_journal_is_found(path: Path) -> None:
    path.write_bytes(b"this is a diary, not a journal. " * 200)
    for writable in (True, False):
        with pytest.raises(RunCorruptError, match="damaged"):
            AnswerJournal(path, writable=writable)


def test_damaged_pages_are_found(path: Path) -> None:
    with AnswerJournal(path, writable=True) as journal:
        for number in range(100):
            journal.save(record(number), [picture(number)])
    content = bytearray(path.read_bytes())
    content[4096:] = random.Random(0).randbytes(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(RunCorruptError, match="damaged"), AnswerJournal(path, writable=False) as journal:
        list(journal.records())


def test_a_journal_of_another_version_is_refused(path: Path) -> None:
    AnswerJournal(path, writable=True).close()
    edit(path, "PRAGMA user_version = 99")
    for writable in (True, False):
        with pytest.raises(RunMismatchError, match="version 99") as error:
            AnswerJournal(path, writable=writable)
        assert error.value.expected == f"version {ANSWERS_VERSION}"
