"""A run folder, whichever pipeline made it: manifest, journal, answers, and the lock of who writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Generic, Self, TypeVar

from behaviorvlm.errors import BehaviorVLMError, RunStorageError
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.closing import Closing
from behaviorvlm.runs.correction_kinds import Correction
from behaviorvlm.runs.corrections import CORRECTIONS_FILE, CorrectionJournal, holding
from behaviorvlm.runs.journal import JOURNAL_FILE, Journal
from behaviorvlm.runs.lock import LOCK_FILE, WriterLock
from behaviorvlm.runs.manifest import MANIFEST_FILE, Manifest
from behaviorvlm.runs.storage import storage_errors

M = TypeVar("M", bound=Manifest)

BEGINNINGS = (LOCK_FILE, JOURNAL_FILE, ANSWERS_FILE, f"{MANIFEST_FILE}.partial")
"""How the names begin of what a run leaves that is killed before its ``run.toml`` stands."""


class RunFolder(Closing, Generic[M]):
    """One run on disk. A context manager; it also closes itself when nobody holds it any more.

    Attributes:
        folder: The run folder.
        manifest: What was asked.
        sink: The journal, where stage results go and are found again.
        describes: The manifest of this kind of run.
    """

    describes: ClassVar[type[Manifest]] = Manifest

    def __init__(self, folder: Path, manifest: M, *, journal: Journal, lock: WriterLock | None) -> None:
        self.folder = folder
        self.manifest = manifest
        self.sink = journal
        self._lock = lock
        self._answers: AnswerJournal | None = None
        self._corrections: CorrectionJournal | None = None

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open the run in `folder` to read, also while it is being written.

        Raises:
            RunStorageError: If no run is there.
            RunMismatchError: If another pipeline, or another version of the package, wrote it.
            RunCorruptError: If it is damaged.
        """
        folder = Path(folder)
        manifest = cls._manifest(folder)
        return cls(folder, manifest, journal=Journal(folder / JOURNAL_FILE, writable=False), lock=None)

    @classmethod
    def reopen(cls, folder: Path | str) -> Self:
        """Open the run in `folder` to write to it, without asking what it was made of.

        Raises:
            RunStorageError: If no run is there, it cannot be written, or another process writes it.
            RunMismatchError: If another pipeline, or another version of the package, wrote it.
            RunCorruptError: If it is damaged.
        """
        cls._manifest(Path(folder))  # before a folder is made where there is no run
        return cls._written(folder, lambda taken: (cls._manifest(taken), Journal(taken / JOURNAL_FILE, writable=True)))

    @classmethod
    def _written(cls, folder: Path | str, begin: Callable[[Path], tuple[M, Journal]]) -> Self:
        """Return the run in `folder`, to write to, once nobody else does; `begin` gives manifest and journal."""
        folder = Path(folder)
        lock = take_folder(folder)
        try:
            manifest, journal = begin(folder)
        except BaseException:
            lock.release()
            raise
        return cls(folder, manifest, journal=journal, lock=lock)

    @classmethod
    def _manifest(cls, folder: Path) -> M:
        return cls.describes.read(folder)  # type: ignore[return-value]  # each kind of run names its own

    @property
    def answers(self) -> AnswerJournal | None:
        """The questions that were put to a model, to look only; None if none ever was.

        Raises:
            RunStorageError: If they cannot be read.
            RunMismatchError: If another version of the package wrote them.
            RunCorruptError: If they are damaged.
        """
        path = self.folder / ANSWERS_FILE
        if self._answers is None and path.exists():
            self._answers = AnswerJournal(path, writable=False)
        return self._answers

    @property
    def corrections(self) -> CorrectionJournal | None:
        """What a person changed, to look only; None if nobody ever did. Looked for anew: it may come at any time.

        Raises:
            RunStorageError: If it cannot be read.
            RunMismatchError: If another version of the package wrote it.
            RunCorruptError: If it is damaged.
        """
        path = self.folder / CORRECTIONS_FILE
        if self._corrections is None and path.exists():
            self._corrections = CorrectionJournal(path, writable=False)
        return self._corrections

    @property
    def changes(self) -> tuple[Correction, ...]:
        """The corrections that hold, in the order they were made; errors as of `corrections`."""
        return () if self.corrections is None else holding(self.corrections.records())

    @property
    def model_calls(self) -> int:
        """How often a model was called, the calls after an answer that was no use included."""
        return 0 if self.answers is None else self.answers.totals().calls

    def record_facts(self) -> tuple[tuple[str, str], ...]:
        """Return name and value of what a card says of any run: model calls, corrections, when it was made."""
        calls = self.unless_closed(lambda: str(self.model_calls or ""))
        corrections = self.unless_closed(lambda: str(len(self.changes) or ""))
        made = f"{self.manifest.created_at} with behaviorvlm {self.manifest.versions['behaviorvlm']}"
        facts = (("model calls", calls), ("corrections", corrections), ("made", made))
        return tuple((name, value) for name, value in facts if value)

    def unless_closed(self, say: Callable[[], str]) -> str:
        """Return what `say` reads from the run, a word where it cannot be read: to look at a run never fails."""
        try:
            return say()
        except sqlite3.ProgrammingError:
            return "not known: the run is closed"
        except BehaviorVLMError as error:
            return str(error).splitlines()[0]

    def close(self) -> None:
        """Close the journals, and let the next writer in."""
        if self._answers is not None:
            self._answers.close()
        if self._corrections is not None:
            self._corrections.close()
        self.sink.close()
        if self._lock is not None:
            self._lock.release()


def take_folder(folder: Path) -> WriterLock:
    """Make a run folder where there is none, and be the one who writes it.

    Raises:
        RunStorageError: If it cannot be written, is in use, or holds something else.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    _refuse_foreign(folder)
    return WriterLock(folder)


def take_up(folder: Path, asked: M) -> tuple[M, Journal]:
    """Return manifest and journal of the run in a folder that is ours; begun with what is asked if there is none.

    Raises:
        RunMismatchError: If a run of other inputs or settings is there; it is not touched.
        RunStorageError: If it cannot be written.
        RunCorruptError: If what is there is damaged.
    """
    if (folder / MANIFEST_FILE).exists():
        held = type(asked).read(folder)
        held.refuse_other(asked, folder=folder)
        return held, Journal(folder / JOURNAL_FILE, writable=True)
    journal = Journal(folder / JOURNAL_FILE, writable=True)
    asked.write(folder)  # last, so that a folder with a manifest always has a journal
    return asked, journal


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something else: a slip of the hand must not scatter tables over a data folder."""
    with storage_errors(folder):
        names = sorted(path.name for path in folder.iterdir())
    if MANIFEST_FILE not in names and not all(name.startswith(BEGINNINGS) for name in names):
        raise RunStorageError(
            "the folder holds something that is no run",
            where=str(folder),
            expected="a new or empty folder, or one that holds a run",
            actual=", ".join(names[:5]) + (" ..." if len(names) > 5 else ""),
            remedy="name a new folder with --run",
        )
