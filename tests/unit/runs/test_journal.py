"""The journal keeps what it was given, through kills, full disks and damage; and says so where it cannot."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import RunCorruptError, RunMismatchError, RunStorageError
from behaviorvlm.runs.journal import JOURNAL_VERSION, Journal

ARRAYS = {"points_mm": np.array([[1.0, np.nan, 3.0]]), "flags": np.array([1, 2])}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal(path, writable=True) as opened:
        yield opened


def edit(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_what_was_saved_comes_back(journal: Journal) -> None:
    journal.save("poses", "000000-000010", ARRAYS)
    loaded = journal.load("poses", "000000-000010")
    assert loaded is not None
    assert loaded.keys() == ARRAYS.keys()
    np.testing.assert_array_equal(loaded["points_mm"], ARRAYS["points_mm"])


def test_what_was_not_saved_is_none(journal: Journal) -> None:
    journal.save("poses", "000000-000010", ARRAYS)
    assert journal.load("poses", "000010-000020") is None
    assert journal.load("views", "000000-000010") is None


def test_another_process_sees_it_at_once(journal: Journal, path: Path) -> None:
    journal.save("poses", "000000-000010", ARRAYS)
    with Journal(path, writable=False) as reader:
        assert reader.load("poses", "000000-000010") is not None
        journal.save("poses", "000010-000020", ARRAYS)
        assert reader.keys("poses") == ["000000-000010", "000010-000020"]


def test_keys_come_in_order_of_time_whatever_their_length(journal: Journal) -> None:
    for key in ("1000000-1000200", "000200-000400", "999800-1000000", "000000-000200"):
        journal.save("poses", key, ARRAYS)
    assert journal.keys("poses") == ["000000-000200", "000200-000400", "999800-1000000", "1000000-1000200"]


def test_blocks_that_hold_some_timepoints_are_found(journal: Journal) -> None:
    for key in ("000000-000004", "000004-000008", "000008-000012"):
        journal.save("candidates", key, ARRAYS)
    assert journal.keys_between("candidates", 3, 5) == ["000000-000004", "000004-000008"]
    assert journal.keys_between("candidates", 4, 8) == ["000004-000008"]
    assert journal.keys_between("candidates", 12, 99) == []


def test_saving_the_same_again_changes_nothing(journal: Journal, path: Path) -> None:
    journal.save("poses", "000000-000010", ARRAYS)
    journal.save("poses", "000000-000010", {name: array.copy() for name, array in ARRAYS.items()})
    assert journal.keys("poses") == ["000000-000010"]


def test_another_answer_to_the_same_question_is_refused(journal: Journal) -> None:
    journal.save("poses", "000000-000010", ARRAYS)
    with pytest.raises(RunMismatchError, match="poses 000000-000010"):
        journal.save("poses", "000000-000010", {"flags": np.array([1, 3])})
    loaded = journal.load("poses", "000000-000010")
    assert loaded is not None
    assert loaded["flags"].tolist() == [1, 2]


def test_every_commit_is_flushed_to_the_disk(journal: Journal) -> None:
    assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_full_disk_is_named_and_costs_nothing(path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=40_000)
    with Journal(path, writable=True) as journal:
        journal.save("poses", "000000-000010", ARRAYS)
        pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 2}")  # SQLite then says what a full disk says
        with pytest.raises(RunStorageError, match="the disk is full") as error:
            journal.save("poses", "000010-000020", {"noise": noise})
    assert "free some space" in error.value.remedy
    assert "nothing finished is lost" in error.value.remedy
    with Journal(path, writable=True) as journal:
        assert journal.load("poses", "000000-000010") is not None
        assert journal.load("poses", "000010-000020") is None
        journal.save("poses", "000010-000020", {"noise": noise})


def test_a_file_that_cannot_be_written_is_named(path: Path) -> None:
    with Journal(path, writable=True) as journal:
        journal._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(RunStorageError, match="cannot be written") as error:
            journal.save("poses", "000000-000010", ARRAYS)
    assert "--run" in error.value.remedy


def test_a_folder_that_cannot_hold_a_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunStorageError, match="cannot be written"):
        Journal(tmp_path / "missing" / "journal.sqlite", writable=True)


def test_no_journal_to_read_is_named(path: Path) -> None:
    with pytest.raises(RunStorageError, match="holds no journal"):
        Journal(path, writable=False)
    assert not path.exists()


def test_reading_does_not_write(path: Path) -> None:
    Journal(path, writable=True).close()
    with Journal(path, writable=False) as reader, pytest.raises(RunStorageError):
        reader.save("poses", "000000-000010", ARRAYS)


def test_a_journal_in_a_read_only_folder_can_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal(path, writable=True) as journal:
        journal.save("poses", "000000-000010", ARRAYS)
    connect = sqlite3.connect

    def connect_on_a_read_only_disk(name: object, **options: object) -> sqlite3.Connection:
        return connect(name if "immutable" in str(name) else "/nowhere/journal.sqlite", **options)

    monkeypatch.setattr(sqlite3, "connect", connect_on_a_read_only_disk)
    with Journal(path, writable=False) as journal:
        assert journal.keys("poses") == ["000000-000010"]
    with pytest.raises(RunStorageError, match="cannot be written"):
        Journal(path, writable=True)


def test_a_result_that_was_tampered_with_is_found(path: Path) -> None:
    with Journal(path, writable=True) as journal:
        journal.save("poses", "000000-000010", ARRAYS)
        journal.save("poses", "000010-000020", {"flags": np.zeros(3)})
    edit(path, "UPDATE result SET packed = (SELECT packed FROM result WHERE key = '000010-000020')")
    with Journal(path, writable=False) as journal, pytest.raises(RunCorruptError, match="not what was written"):
        journal.load("poses", "000000-000010")


def test_a_file_that_is_no_journal_is_found(path: Path) -> None:
    path.write_bytes(b"this is a diary, not a journal. " * 200)
    for writable in (True, False):
        with pytest.raises(RunCorruptError, match="damaged"):
            Journal(path, writable=writable)


def test_damaged_pages_are_found(path: Path) -> None:
    with Journal(path, writable=True) as journal:
        for start in range(0, 200, 10):
            journal.save("poses", f"{start:06d}-{start + 10:06d}", {"a": np.random.default_rng(start).normal(size=900)})
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(RunCorruptError, match="damaged"), Journal(path, writable=False) as journal:
        journal.keys("poses")


def test_a_journal_of_another_version_is_refused(path: Path) -> None:
    Journal(path, writable=True).close()
    edit(path, "PRAGMA user_version = 99")
    with pytest.raises(RunMismatchError, match="version 99") as error:
        Journal(path, writable=True)
    assert error.value.expected == f"version {JOURNAL_VERSION}"


def test_mistakes_in_code_are_not_blamed_on_the_disk(path: Path) -> None:
    journal = Journal(path, writable=True)
    journal.close()
    with pytest.raises(sqlite3.ProgrammingError):
        journal.keys("poses")
