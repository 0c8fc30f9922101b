"""A behavior run under review: its recordings in memory, corrected here, and followed while it grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Self

from behaviorvlm.api.corrections import correct_behavior, undo_correction
from behaviorvlm.errors import BehaviorVLMError, SettingsError
from behaviorvlm.report.behavior_style import ordered_behaviors
from behaviorvlm.review.behavior_tables_writing import MergeUndo, write_apart
from behaviorvlm.review.behavior_tracks import TrackReader
from behaviorvlm.review.film_copies import FilmCopies
from behaviorvlm.review.filmed import Film, copy_place, find_film
from behaviorvlm.review.shown_recording import ShownRecording
from behaviorvlm.review.table_writing import TableWriting
from behaviorvlm.review.traces import Trace, known_traces, trace_table
from behaviorvlm.runs.behavior_corrections import corrected_bouts, corrected_ethogram
from behaviorvlm.runs.behavior_reader import BehaviorReader, Values
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.correction_kinds import BehaviorChange, Correction
from behaviorvlm.types import Bout, Ethogram, Float32Array

KEPT = 4
"""Recordings whose segments stay in memory, with all that was said of them; bouts of all of them do."""


class BehaviorWorkspace:
    """What all browser tabs share.

    Attributes:
        run: The run, open to read.
        names: Its recordings.
        revision: Counts what changed, so that a page knows when to draw anew.
        tables: The tables under way; merges are undone with them.
        tracks: Where animals are.
        copies: Copies of videos that browsers do not play.
    """

    def __init__(self, run: BehaviorRun) -> None:
        self.run = run
        self._reader = BehaviorReader(run)
        self.names = self._reader.names
        self.revision = 0
        self.tables = TableWriting(run.folder, write=self._write)
        self.tracks = TrackReader(run.manifest.inputs)
        self.copies = FilmCopies(self._copied)
        self._n_copied = 0
        self._waiting: list[MergeUndo] = []
        self._lock = Lock()
        self._seen: tuple[object, ...] = ()
        self._found: dict[str, tuple[Bout, ...]] = {}
        self._bouts: dict[str, tuple[Bout, ...]] = {}
        self._shown: dict[str, ShownRecording | None] = {}
        self._ethogram: Ethogram | None = None
        self._tables: dict[str, Float32Array] = {}
        self._films: dict[str, tuple[object, Film]] = {}
        self.follow()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a run, finished or going on.

        Raises:
            RunError: If there is no run, or it is damaged.
        """
        space = cls(BehaviorRun.open(folder))
        space.all_bouts()  # read before anybody waits for them
        space.recording(space.names[0])
        return space

    @property
    def finished(self) -> bool:
        """Whether the run came to its end, and can be corrected."""
        return self._reader.finished

    def follow(self) -> bool:
        """Take in what came since the last time, here or from another process; return whether anything did."""
        sink = self.run.sink
        stages = tuple(len(sink.keys(stage)) for stage in ("times", "segments", "descriptions", "undone"))
        seen = (*stages, self._n_copied, self.finished, len(self.records))
        if self._seen and self._seen[-2] and not self.finished:
            return False  # a merge is being taken apart: what was there before stays until that is done
        changed = seen != self._seen
        if changed:
            only_corrected = self._seen[:-1] == seen[:-1]
            self._seen = seen
            self._take_in(only_corrected=only_corrected)
        return changed

    def recording(self, name: str) -> ShownRecording | None:
        """Return a recording as it is now, None before it was measured."""
        if name not in self._shown:
            while len(self._shown) >= KEPT:
                self._shown.pop(next(iter(self._shown)))
            self._shown[name] = ShownRecording.read(self.run, name, bouts=self.bouts(name))
        return self._shown[name]

    def bouts(self, name: str) -> tuple[Bout, ...]:
        """Return the bouts of a recording, corrections included; none while the run goes on."""
        if name not in self._bouts:
            if not self.finished:
                return ()
            if name not in self._found:
                self._found[name] = tuple(self._reader.found_bouts(name))
            self._bouts[name] = self._corrected(name)
        return self._bouts[name]

    def all_bouts(self) -> list[Bout]:
        """Return the bouts of all recordings; none while the run goes on."""
        return [bout for name in self.names for bout in self.bouts(name)]

    @property
    def ethogram(self) -> Ethogram:
        """The behaviors, corrections included; none while the run goes on."""
        if self._ethogram is None:
            self._ethogram = self._read_ethogram() if self.finished else Ethogram(())
        return self._ethogram

    def _read_ethogram(self) -> Ethogram:
        found, changes = self._reader.found_ethogram(), self.run.changes
        seen = {bout.behavior for bout in self.all_bouts()}
        return corrected_ethogram(found, changes, seen=seen) if changes else found

    def behaviors(self) -> list[str]:
        """Return the names of behaviors in the order of all lists."""
        return ordered_behaviors(self.all_bouts())

    def film(self, name: str) -> Film:
        """Return the video of a recording; looked at again when its file, or the copy, comes, changes or goes."""
        video, copy = self.run.manifest.inputs.get(f"{name}/video"), self.copy_of(name)
        stamps = (_stamp(copy), None if video is None else _stamp(Path(video.path)))
        known = self._films.get(name)
        if known is None or known[0] != stamps:
            known = self._films[name] = (stamps, find_film(video, copy))
        return known[1]

    def copy_of(self, name: str) -> Path:
        """Return where a copy of a video for browsers would lie."""
        return copy_place(self.run.folder, self.names.index(name))

    def copy_film(self, name: str) -> None:
        """Have a copy made of a video that browsers do not play."""
        film = self.film(name)
        if film.source is not None and film.lacks:
            self.copies.ask(film.source, self.copy_of(name))

    def traces(self) -> tuple[Trace, ...]:
        """Return the features that are shown over time."""
        return known_traces(self.run)

    def features(self, name: str) -> Float32Array | None:
        """Return the features of a recording, (individual, timepoint, column) float32; None before it was measured."""
        if name not in self._tables:
            try:
                table = trace_table(self.run, name)
            except BehaviorVLMError:
                return None  # traces are an aid: the run is reviewed without them
            if table is None:
                return None
            self._tables[name] = table
        return self._tables[name]

    # Corrections --------------------------------------------------------------------------------------------------

    @property
    def records(self) -> tuple[Correction, ...]:
        """Every correction ever made."""
        return () if self.run.corrections is None else self.run.corrections.records()

    def lost_corrections(self) -> frozenset[int]:
        """Return the numbers of corrections that fit no bout any more."""
        return self._reader.lost_corrections() if self.finished and self.records else frozenset()

    def last_holding(self) -> Correction | None:
        """Return the correction that was made last and holds, None if there is none."""
        changes = self.run.changes
        return changes[-1] if changes else None

    def correct(self, changes: Sequence[BehaviorChange], *, author: str, reason: str = "") -> tuple[Correction, ...]:
        """Keep changes, take in what they change, and have the tables made.

        Raises:
            BehaviorVLMError: If they do not fit or cannot be kept.
        """
        made = correct_behavior(self.run.folder, changes, author=author, reason=reason)
        self._changed()
        return made

    def undo(self, number: int, *, author: str, reason: str = "") -> None:
        """Undo a correction; errors as of `correct`."""
        undo_correction(self.run.folder, number, author=author, reason=reason)
        self._changed()

    def merges(self) -> list[Values]:
        """Return the merges of two segments or more, each with its name and whether it was undone."""
        return self._reader.joined() if self.finished else []

    def undone_merges(self) -> list[Values]:
        """Return who undid which merge, when and why."""
        return self._reader.undone()

    def undo_merge(self, recording: str, number: int, *, author: str, reason: str = "") -> None:
        """Have a merge of the merger taken apart, soon; bouts and tables are made anew with it.

        Raises:
            SettingsError: If it was undone before, or is about to be.
        """
        with self._lock:
            asked = {(one.recording, one.number) for one in self._waiting}
            if (recording, number) in asked or number in self._reader.undone_places().get(recording, ()):
                raise SettingsError("the merge was undone before", where=f"{recording}:{number}")
            self._waiting.append(MergeUndo(recording, number, author, reason))
        self.tables.ask()

    def is_waiting(self, recording: str, number: int) -> bool:
        """Return whether a merge is about to be taken apart."""
        return any((one.recording, one.number) == (recording, number) for one in self._waiting)

    def _write(self, folder: Path) -> None:
        """Undo the merges that wait, and make the tables; in the thread of `TableWriting`."""
        with self._lock:
            taken = tuple(self._waiting)
        try:
            write_apart(folder, taken)
        finally:
            with self._lock:
                self._waiting = [one for one in self._waiting if one not in taken]

    def _copied(self) -> None:
        self._n_copied += 1

    def _changed(self) -> None:
        self.follow()
        self.tables.ask()

    def _corrected(self, name: str) -> tuple[Bout, ...]:
        found, changes = self._found[name], self.run.changes
        if not changes:
            return found
        return tuple(corrected_bouts(found, changes, recording=name, edges_s=self._reader.frame_edges_s(name))[0])

    def _take_in(self, *, only_corrected: bool) -> None:
        """Forget what changed: everything, or only what corrections change."""
        kept = {name: one for name, one in self._shown.items() if one is not None} if only_corrected else {}
        if not only_corrected:
            self._found.clear()
        self._bouts.clear()
        self._shown = {name: replace(one, bouts=self.bouts(name)) for name, one in kept.items()}
        self._ethogram = None
        self.revision += 1


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what tells whether a file is another one than before, None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
