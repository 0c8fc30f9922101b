"""A pose run under review: the run, its session, its curves in memory; corrected here, and followed while it grows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from behaviorvlm.api import open_run, open_session
from behaviorvlm.api.corrections import correct_pose, undo_correction
from behaviorvlm.errors import InputError
from behaviorvlm.report.drawing_style import keypoint_styles
from behaviorvlm.review.curves import MEASURES, Curves, Measure
from behaviorvlm.review.film_copies import FilmCopies, write_grey_apart
from behaviorvlm.review.near_videos import FarVideo, far_videos
from behaviorvlm.review.pictures import Pictures
from behaviorvlm.review.table_writing import TableWriting
from behaviorvlm.review.timeline import draw_timeline
from behaviorvlm.review.timepoint import Timepoint, TimepointReader
from behaviorvlm.runs.correction_kinds import ClearPoint, Correction, PoseChange, SetPoint, SwapSides
from behaviorvlm.runs.pose_corrections import span
from behaviorvlm.runs.refined_rig import refined_cameras
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import CameraGroup, RecordingSession

N_WORST = 40


class PoseWorkspace:
    """What all browser tabs share.

    Attributes:
        run: The run, open to read.
        session: What was filmed, None where it is gone.
        problem: Why pictures are missing or nothing can be corrected, in words; "" = all is well.
        pictures: The session's pictures.
        curves: The run in memory.
        revision: Counts what changed, so that a page knows when to draw anew.
        tables: The tables under way.
        copies: Copies of videos in which travelling takes long.
    """

    def __init__(self, run: PoseRun, session: RecordingSession | None, problem: str) -> None:
        self.run, self.session, self.problem = run, session, problem
        record = run.manifest.session
        self.skeleton = record.skeleton
        self.cameras = tuple(record.cameras)
        self.image_sizes = dict(record.cameras)
        self.regions = tuple(record.regions)
        self.styles = keypoint_styles(self.skeleton)
        self._far = {} if session is None else far_videos(session, run.folder)
        self.copies = FilmCopies(lambda: None, write=write_grey_apart)
        self.pictures = Pictures(session, self.image_sizes, self._far)
        self.curves = Curves.empty(run.asked_timepoints, len(self.skeleton))
        self.tables = TableWriting(run.folder)
        self.revision = 0
        self._reader = TimepointReader(run)
        self._taken: set[str] = set()
        self._n_records = 0
        self._worst_of: tuple[Measure, int] | None = None
        self._worst: list[tuple[int, int, float]] = []
        self.follow()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a run and the session it names.

        Raises:
            RunError: If there is no run, or it is damaged.
        """
        run = open_run(folder)
        try:
            return cls(run, open_session(run.manifest.session.folder), "")
        except InputError as error:
            lost = f"No pictures, and nothing can be corrected: {error.message} ({error.where})."
            return cls(run, None, lost)

    @property
    def rig(self) -> CameraGroup | None:
        """The cameras that positions come from, None where they are not known."""
        kept = None if self.run.corrections is None else self.run.corrections.rig(self.image_sizes)
        return refined_cameras(self.run) or kept or (None if self.session is None else self.session.cameras)

    @property
    def records(self) -> tuple[Correction, ...]:
        """All corrections, those that were undone included."""
        return () if self.run.corrections is None else self.run.corrections.records()

    def follow(self) -> bool:
        """Take in what was settled or corrected since; return whether there was anything."""
        keys = [key for key in self.run.sink.keys("poses") if key not in self._taken]
        records = self.records
        changed = bool(keys) or len(records) != self._n_records
        if len(records) != self._n_records:
            keys = self.run.sink.keys("poses")
        for key in keys:
            chunk = self.run.poses_at(int(key.split("-")[0]))
            if chunk is not None:
                self.curves.add([chunk])
        for key in {*keys} - self._taken:
            decisions = self.run.decisions_at(int(key.split("-")[0]))
            if decisions is not None:
                self.curves.add_audits(decisions)
        self._taken.update(keys)
        self._n_records = len(records)
        self.revision += changed
        return changed

    def at(self, timepoint: int) -> Timepoint:
        """Return all there is to show of a timepoint."""
        return self._reader.read(timepoint, self.rig)

    def uncopied(self, channel: str) -> list[FarVideo]:
        """Return the videos of a channel in which travelling takes long, and that have no copy yet."""
        return [one for (_, each), one in self._far.items() if each == channel and not one.copy.is_file()]

    def copy_videos(self, channel: str) -> None:
        """Have copies made of a channel's videos in which travelling takes long."""
        for one in self.uncopied(channel):
            self.copies.ask(one.source, one.copy)

    def correct(self, changes: Sequence[PoseChange], *, author: str, reason: str = "") -> tuple[Correction, ...]:
        """Keep changes, take in what they change, and have the tables made.

        Raises:
            BehaviorVLMError: If they do not fit or cannot be kept.
        """
        made = correct_pose(self.run.folder, changes, author=author, reason=reason)
        self._take_in(made)
        return made

    def undo(self, number: int, *, author: str, reason: str = "") -> None:
        """Undo a correction; errors as of `correct`."""
        undone = next((one for one in self.records if one.number == number), None)
        made = undo_correction(self.run.folder, number, author=author, reason=reason)
        self._take_in((made,) if undone is None else (made, undone))

    def last_holding(self) -> Correction | None:
        """Return the correction that was made last and holds, None if there is none."""
        changes = self.run.changes
        return changes[-1] if changes else None

    @property
    def measures(self) -> dict[Measure, str]:
        """By what the worst timepoints may be listed, and how it is called; an audit only where there is one."""
        audited = bool(self.run.manifest.settings.get("audit"))
        return {name: words for name, words in MEASURES.items() if audited or name != "audit"}

    def worst(self, measure: Measure) -> list[tuple[int, int, float]]:
        """Return the worst timepoints: timepoint, keypoint, how bad."""
        if self._worst_of != (measure, self.revision):
            self._worst_of = measure, self.revision
            self._worst = self.curves.worst(measure, self.skeleton.edge_indices, limit=N_WORST)
        return self._worst

    def timeline_png(self, measure: Measure) -> bytes:
        """Return the timeline as PNG."""
        import cv2

        edges = self.skeleton.edge_indices
        missing = self.curves.badness("missing", edges)
        picture = draw_timeline(self.curves.badness(measure, edges), missing)
        return bytes(cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1])

    def _take_in(self, records: Sequence[Correction]) -> None:
        for one in records:
            if isinstance(one.change, SetPoint | ClearPoint | SwapSides):
                self._reread(*span(one.change))
        self._n_records = len(self.records)
        self.revision += 1
        self.tables.ask()

    def _reread(self, start: int, stop: int) -> None:
        for key in self.run.sink.keys_between("poses", start, stop):
            chunk = self.run.poses_at(int(key.split("-")[0]))
            if chunk is not None:
                self.curves.add([chunk])
