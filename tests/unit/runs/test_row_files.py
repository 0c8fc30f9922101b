from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import RunCorruptError, RunMismatchError, RunStorageError
from behaviorvlm.runs.journal import JOURNAL_FILE, Journal
from behaviorvlm.runs.row_files import RowFiles


def opened(folder: Path) -> tuple[Journal, RowFiles]:
    journal = Journal(folder / JOURNAL_FILE, writable=True)
    return journal, RowFiles(folder, journal)


@pytest.mark.parametrize("shape", [(3, 4), (2, 5, 3), (0, 3), (2, 0, 4)])
def test_a_finished_table_is_found_again(tmp_path: Path, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    journal, rows = opened(tmp_path)
    with journal:
        rows.begin("features", "one", shape)[...] = values
        rows.finish("features", "one")
    journal, rows = opened(tmp_path)
    with journal:
        found = rows.load("features", "one")
        assert found is not None and found.shape == shape and found.dtype == np.float32
        np.testing.assert_array_equal(found, values)
        assert list(rows.check()) == []


def test_a_table_that_was_not_finished_is_not_found(tmp_path: Path) -> None:
    journal, rows = opened(tmp_path)
    with journal:
        rows.begin("features", "one", (2, 2))[...] = 1
        assert rows.load("features", "one") is None
        rows.begin("features", "one", (2, 2))[...] = 2  # begun anew after a kill
        rows.finish("features", "one")
        found = rows.load("features", "one")
        assert found is not None and (found == 2).all()


def test_a_table_once_finished_stands(tmp_path: Path) -> None:
    journal, rows = opened(tmp_path)
    with journal:
        for value in (1, 1):  # the same again changes nothing
            rows.begin("features", "one", (2, 2))[...] = value
            rows.finish("features", "one")
        rows.begin("features", "one", (2, 2))[...] = 2
        with pytest.raises(RunMismatchError):
            rows.finish("features", "one")
        assert list(rows.check()) == []


def test_a_changed_or_missing_table_is_noticed(tmp_path: Path) -> None:
    journal, rows = opened(tmp_path)
    with journal:
        for name in ("one", "two"):
            rows.begin("features", name, (2, 2))[...] = 1
            rows.finish("features", name)
        np.save(rows.path("features", "one"), np.zeros((2, 2), np.float32))
        rows.path("features", "two").unlink()
        problems = sorted(rows.check())
        assert len(problems) == 2
        assert "one.npy is not what was written" in problems[0] and "two.npy is missing" in problems[1]
        with pytest.raises(RunCorruptError):
            rows.load("features", "two")


def test_a_large_table_is_mapped_and_not_read(tmp_path: Path) -> None:
    journal, rows = opened(tmp_path)
    with journal:
        rows.begin("features", "one", (5_000_000,))[7] = 7
        rows.finish("features", "one")
        found = rows.load("features", "one")
        assert isinstance(found, np.memmap) and found[7] == 7 and not found.flags.writeable


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    journal, rows = opened(tmp_path)
    with journal, pytest.raises(RunStorageError):
        rows.begin("features", name, (1, 1))
