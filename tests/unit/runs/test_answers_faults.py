"""The journal of questions through kills, full disks, locks and damage."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from unit.runs.answer_records import edit, picture, record

from behaviorvlm.chat.message import Picture
from behaviorvlm.errors import RunCorruptError, RunError, RunMismatchError, RunStorageError
from behaviorvlm.runs.answers import ANSWERS_VERSION, AnswerJournal
from behaviorvlm.runs.answers_rows import StoredAnswer

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


def test_what_was_saved_survives_a_kill_at_any_moment(answers_path: Path) -> None:
    saved: set[int] = set()
    tests = Path(__file__).parents[2]
    for seed in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(answers_path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(tests)},
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]  # it has begun
            time.sleep(random.Random(seed).uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        saved |= {int(line) for line in lines if line.endswith(b"\n")}
        with AnswerJournal(answers_path, writable=False) as journal:
            held = {each.asked.key for each in journal.records()}
            expected = {record(number, picture(number), picture(0)).asked.key for number in saved}
            assert expected <= held
            hashes = {content_hash for each in journal.records() for content_hash in each.asked.picture_hashes}
            assert set(journal.picture_hashes()) == hashes
    assert len(saved) > 20


def fill_up(answers: AnswerJournal) -> None:
    assert answers._writer is not None
    pages = answers._writer.execute("PRAGMA page_count").fetchone()[0]
    answers._writer.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite then says what a full disk says


def test_a_full_disk_reaches_everybody_and_costs_nothing(answers_path: Path) -> None:
    noise = [Picture(random.Random(number).randbytes(30_000)) for number in range(8)]
    with AnswerJournal(answers_path, writable=True) as journal:
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
    with AnswerJournal(answers_path, writable=True) as journal:
        assert list(journal.records()) == [record(100)]
        assert list(journal.picture_hashes()) == []
        journal.save(record(0), noise[:1])


def test_a_mistake_in_the_code_reaches_everybody_too(answers: AnswerJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(items: Any) -> Any:
        time.sleep(0.05)
        raise ZeroDivisionError

    monkeypatch.setattr(answers._group, "_commit", mistaken)
    with ThreadPoolExecutor(8) as pool:
        tried = [pool.submit(answers.save, record(number)) for number in range(8)]
    assert all(isinstance(save.exception(), ZeroDivisionError) for save in tried)


def test_ctrl_c_in_one_thread_does_not_lose_what_others_save(
    answers: AnswerJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, started = answers._commit, threading.Event()

    def stopped(items: Any) -> Any:
        monkeypatch.setattr(answers._group, "_commit", commit)
        started.set()
        time.sleep(0.1)
        raise KeyboardInterrupt

    monkeypatch.setattr(answers._group, "_commit", stopped)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(answers.save, record(0))
        started.wait()
        rest = [pool.submit(answers.save, record(number)) for number in range(1, 4)]
    assert isinstance(first.exception(), KeyboardInterrupt)
    assert [save.exception() for save in rest] == [None] * 3
    assert {each.about for each in answers.records()} >= {record(number).about for number in range(1, 4)}


def test_a_file_that_cannot_be_written_is_named(answers: AnswerJournal) -> None:
    assert answers._writer is not None
    answers._writer.execute("PRAGMA query_only = ON")
    with pytest.raises(RunStorageError, match="cannot be written") as error:
        answers.save(record(1))
    assert "--run" in error.value.remedy


def test_a_locked_file_is_named(answers: AnswerJournal, answers_path: Path) -> None:
    assert answers._writer is not None
    answers._writer.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(answers_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RunStorageError, match="locked"):
        answers.save(record(1))
    other.close()


def test_a_folder_that_cannot_hold_a_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunStorageError, match="cannot be written"):
        AnswerJournal(tmp_path / "missing" / "answers.sqlite", writable=True)
    with pytest.raises(RunStorageError, match="holds no journal"):
        AnswerJournal(tmp_path / "answers.sqlite", writable=False)


def test_after_closing_nothing_is_saved(answers_path: Path) -> None:
    journal = AnswerJournal(answers_path, writable=True)
    journal.save(record(1))
    journal.close()
    journal.close()
    with pytest.raises(RunError, match="closed"):
        journal.save(record(2))
    assert sorted(each.name for each in answers_path.parent.iterdir()) == ["answers.sqlite"]


def test_a_record_that_was_tampered_with_is_found(answers_path: Path) -> None:
    with AnswerJournal(answers_path, writable=True) as journal:
        journal.save(record(1))
        journal.save(record(2))
    edit(answers_path, "UPDATE answer SET packed = (SELECT packed FROM answer WHERE key = ?)", record(2).asked.key)
    with AnswerJournal(answers_path, writable=False) as journal:
        assert journal.load(record(2).asked.key) == record(2)
        for look in (journal.load, journal.record):
            with pytest.raises(RunCorruptError, match="not what was written"):
                look(record(1).asked.key)
        with pytest.raises(RunCorruptError, match=record(1).asked.key[:12]):
            list(journal.records())


def test_a_picture_that_was_tampered_with_is_found(answers_path: Path) -> None:
    with AnswerJournal(answers_path, writable=True) as journal:
        journal.save(record(1, picture(1)), [picture(1)])
    edit(answers_path, "UPDATE picture SET content = x'89504e47'")
    with AnswerJournal(answers_path, writable=False) as journal, pytest.raises(RunCorruptError, match="stored picture"):
        journal.picture(picture(1).content_hash)


def test_a_record_of_another_package_is_named(answers_path: Path) -> None:
    with AnswerJournal(answers_path, writable=True) as journal:
        journal.save(record(1))
    row = StoredAnswer.of(record(1).model_copy(update={"status": "guessed"}), pictures_kept=True)
    edit(answers_path, "UPDATE answer SET packed = ?, content_hash = ?", row.packed, row.content_hash)
    with (
        AnswerJournal(answers_path, writable=False) as journal,
        pytest.raises(RunCorruptError, match="cannot be understood"),
    ):
        journal.load(record(1).asked.key)


def test_a_file_that_is_no_journal_is_found(answers_path: Path) -> None:
    answers_path.write_bytes(b"this is a diary, not a journal. " * 200)
    for writable in (True, False):
        with pytest.raises(RunCorruptError, match="damaged"):
            AnswerJournal(answers_path, writable=writable)


def test_damaged_pages_are_found(answers_path: Path) -> None:
    with AnswerJournal(answers_path, writable=True) as journal:
        for number in range(100):
            journal.save(record(number), [picture(number)])
    content = bytearray(answers_path.read_bytes())
    content[4096:] = random.Random(0).randbytes(len(content) - 4096)
    answers_path.write_bytes(content)
    with pytest.raises(RunCorruptError, match="damaged"), AnswerJournal(answers_path, writable=False) as journal:
        list(journal.records())


def test_a_journal_of_another_version_is_refused(answers_path: Path) -> None:
    AnswerJournal(answers_path, writable=True).close()
    edit(answers_path, "PRAGMA user_version = 99")
    for writable in (True, False):
        with pytest.raises(RunMismatchError, match="version 99") as error:
            AnswerJournal(answers_path, writable=writable)
        assert error.value.expected == f"version {ANSWERS_VERSION}"
