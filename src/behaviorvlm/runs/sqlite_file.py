"""Opening the SQLite files of a run: one that keeps what it was given, or one to look only."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from behaviorvlm.errors import RunMismatchError, RunStorageError


def open_writer(path: Path, *, schema: str, version: int, any_thread: bool = False) -> sqlite3.Connection:
    """Return a connection in WAL mode with ``synchronous=FULL``: what is committed survives a kill and a power cut.

    Args:
        path: The file; made if it is missing.
        schema: The statements that make its tables.
        version: Of the tables.
        any_thread: Whether threads other than this one may use the connection, one at a time.

    Raises:
        RunMismatchError: If the file has tables of another version.
        sqlite3.Error: If it cannot be opened; `storage_errors` puts it into words.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=not any_thread)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            # one transaction, so that a kill in between never leaves tables without a version
            connection.executescript(f"BEGIN; {schema}; PRAGMA user_version = {version}; COMMIT")
        _refuse_other_version(connection, path, version)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path, *, version: int, any_thread: bool = False) -> sqlite3.Connection:
    """Return a connection to look only, also while another process writes the file or its folder is read-only.

    Args:
        path: The file.
        version: Of its tables.
        any_thread: Whether threads other than this one may use the connection, one at a time.

    Raises:
        RunStorageError: If there is no such file.
        RunMismatchError: If it has tables of another version.
        sqlite3.Error: If it cannot be opened; `storage_errors` puts it into words.
    """
    if not path.exists():
        raise RunStorageError(
            "this folder holds no journal", where=str(path), remedy="name the folder that was given to --run"
        )
    connection = _connect_somehow(path.absolute().as_uri(), any_thread=any_thread)
    try:
        _refuse_other_version(connection, path, version)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_somehow(uri: str, *, any_thread: bool) -> sqlite3.Connection:
    """A folder that cannot be written takes no shared-memory file, which WAL otherwise needs."""
    for options in ("mode=rw", "mode=ro"):
        with suppress(sqlite3.OperationalError):
            return _connect_to_look(f"{uri}?{options}", any_thread=any_thread)
    return _connect_to_look(f"{uri}?mode=ro&immutable=1", any_thread=any_thread)


def _connect_to_look(uri: str, *, any_thread: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=not any_thread)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_other_version(connection: sqlite3.Connection, path: Path, version: int) -> None:
    (held,) = connection.execute("PRAGMA user_version").fetchone()
    if held != version:
        raise RunMismatchError(
            "the journal is of another version",
            where=str(path),
            expected=f"version {version}",
            actual=f"version {held}",
            remedy="read it with the version of behaviorvlm that run.toml names",
        )
