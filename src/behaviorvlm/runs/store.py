"""A run folder, opened: to go on with, or to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from pydantic import BaseModel

from behaviorvlm.errors import RunStorageError
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.chunks import CandidateBlock, CandidateFlags, DecisionChunk, PoseChunk, ViewChunk, record
from behaviorvlm.runs.journal import JOURNAL_FILE, Journal
from behaviorvlm.runs.lock import LOCK_FILE, WriterLock
from behaviorvlm.runs.manifest import MANIFEST_FILE, RunManifest
from behaviorvlm.runs.storage import storage_errors
from behaviorvlm.types import RecordingSession

_Record = TypeVar("_Record")

RECALIBRATED = "poses_recalibrated"
BEGINNINGS = (LOCK_FILE, JOURNAL_FILE, ANSWERS_FILE, f"{MANIFEST_FILE}.partial")
"""How the names begin of what a run leaves that is killed before its ``run.toml`` stands."""


class PoseRun:
    """One pose run on disk. A context manager; it also closes itself when nobody holds it any more.

    Attributes:
        folder: The run folder.
        manifest: What was asked.
        sink: The journal, where stage results go and are found again.
    """

    def __init__(self, folder: Path, manifest: RunManifest, *, journal: Journal, lock: WriterLock | None) -> None:
        self.folder = folder
        self.manifest = manifest
        self.sink = journal
        self._lock = lock
        self._answers: AnswerJournal | None = None

    @classmethod
    def start(cls, folder: Path | str, session: RecordingSession, *, settings: BaseModel, workers: int = 1) -> Self:
        """Begin a run in `folder`, or take up the one that is there.

        Args:
            folder: The run folder; made if missing.
            session: What to work on; every source file is read and hashed.
            settings: What is asked.
            workers: On record only.

        Raises:
            RunMismatchError: If a run of other inputs or settings is there; it is not touched.
            RunStorageError: If the folder cannot be written, is in use, or holds something else.
            RunCorruptError: If what is there is damaged.
        """
        folder = Path(folder)
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(folder)
        lock = WriterLock(folder)
        try:
            asked = RunManifest.of(session, settings, workers=workers)
            if (folder / MANIFEST_FILE).exists():
                manifest = RunManifest.read(folder)
                manifest.refuse_other(asked, folder=folder)
                journal = Journal(folder / JOURNAL_FILE, writable=True)
            else:
                manifest = asked
                journal = Journal(folder / JOURNAL_FILE, writable=True)
                asked.write(folder)  # last, so that a folder with a manifest always has a journal
        except BaseException:
            lock.release()
            raise
        return cls(folder, manifest, journal=journal, lock=lock)

    @classmethod
    def open(cls, folder: Path | str) -> Self:
        """Open the run in `folder` to read, also while it is being written.

        Raises:
            RunStorageError: If no run is there.
            RunMismatchError: If another version of the package wrote it.
            RunCorruptError: If it is damaged.
        """
        folder = Path(folder)
        manifest = RunManifest.read(folder)
        return cls(folder, manifest, journal=Journal(folder / JOURNAL_FILE, writable=False), lock=None)

    @property
    def asked_timepoints(self) -> range:
        """The timepoints the run was asked for."""
        return range(*(self.manifest.settings.get("timepoints") or (0, self.manifest.session.n_timepoints)))

    @property
    def timepoints_done(self) -> int:
        """Number of timepoints with final poses."""
        return sum(stop - start for start, stop in (map(int, key.split("-")) for key in self.sink.keys("poses")))

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
    def model_calls(self) -> int:
        """How often a model was called, the calls after an answer that was no use included."""
        return 0 if self.answers is None else self.answers.totals().calls

    @property
    def model_calls_per_timepoint(self) -> float | None:
        """The same for each timepoint with final poses, None while there is none."""
        return self.model_calls / self.timepoints_done if self.timepoints_done else None

    def poses(self) -> Iterator[PoseChunk]:
        """Yield the final poses in order of time, a chunk in memory at once."""
        for key in self.sink.keys("poses"):
            yield self._pose(key)

    def views(self) -> Iterator[ViewChunk]:
        """Yield what stages 1 to 3 said, in order of time, a chunk in memory at once."""
        return self._each("views", ViewChunk)

    def decisions(self) -> Iterator[DecisionChunk]:
        """Yield what ``auto`` asked a model, in order of time, a chunk in memory at once; nothing for the others."""
        return self._each("decisions", DecisionChunk)

    def candidates(self) -> Iterator[CandidateBlock]:
        """Yield the candidates in order of time, a block in memory at once."""
        return self._each("candidates", CandidateBlock)

    def poses_at(self, timepoint: int) -> PoseChunk | None:
        """Return the chunk of final poses that holds `timepoint`, None while it is not done."""
        keys = self.sink.keys_between("poses", timepoint, timepoint + 1)
        return self._pose(keys[0]) if keys else None

    def views_at(self, timepoint: int) -> ViewChunk | None:
        """Return the chunk of what stages 1 to 3 said that holds `timepoint`, None while it is not done."""
        return self._at("views", ViewChunk, timepoint)

    def candidates_at(self, timepoint: int) -> CandidateBlock | None:
        """Return the block of candidates that holds `timepoint`, None while it is not done."""
        return self._at("candidates", CandidateBlock, timepoint)

    def flags_at(self, timepoint: int) -> CandidateFlags | None:
        """Return the block of candidate flags that holds `timepoint`, None while it is not done."""
        return self._at("flags", CandidateFlags, timepoint)

    def candidates_between(self, start: int, stop: int) -> Iterator[CandidateBlock]:
        """Yield the blocks of candidates that hold any timepoint from `start` (included) to `stop` (excluded)."""
        for key in self.sink.keys_between("candidates", start, stop):
            yield self._record("candidates", CandidateBlock, key)

    def close(self) -> None:
        """Close the journals, and let the next writer in."""
        if self._answers is not None:
            self._answers.close()
        self.sink.close()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        """Return the run."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the run."""
        self.close()

    def _pose(self, key: str) -> PoseChunk:
        """Return a chunk of poses, as triangulated with the refined rig where that was done."""
        again = self.sink.load(RECALIBRATED, key)
        if again is not None:
            return record(PoseChunk, again, where=f"{self.folder}, {RECALIBRATED} {key}")
        return self._record("poses", PoseChunk, key)

    def _each(self, stage: str, kind: type[_Record]) -> Iterator[_Record]:
        return (self._record(stage, kind, key) for key in self.sink.keys(stage))

    def _at(self, stage: str, kind: type[_Record], timepoint: int) -> _Record | None:
        keys = self.sink.keys_between(stage, timepoint, timepoint + 1)
        return self._record(stage, kind, keys[0]) if keys else None

    def _record(self, stage: str, kind: type[_Record], key: str) -> _Record:
        return record(kind, self.sink.load(stage, key) or {}, where=f"{self.folder}, {stage} {key}")


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
