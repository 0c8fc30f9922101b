"""A pose run, opened: to go on with, or to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
from pydantic import BaseModel

from behaviorvlm.runs.chunks import CandidateBlock, CandidateFlags, DecisionChunk, PoseChunk, ViewChunk, record
from behaviorvlm.runs.manifest import RunManifest
from behaviorvlm.runs.pose_corrections import PoseCorrections
from behaviorvlm.runs.refined_rig import refined_cameras
from behaviorvlm.runs.run_folder import RunFolder, take_up
from behaviorvlm.types import BoolArray, RecordingSession
from behaviorvlm.types.body_limits import BodyLimits
from behaviorvlm.types.card import Card, Shown, named

if TYPE_CHECKING:
    import pandas
    import xarray

_Record = TypeVar("_Record")

RECALIBRATED = "poses_recalibrated"


class PoseRun(Shown, RunFolder[RunManifest]):
    """One pose run on disk."""

    describes = RunManifest

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
        return cls._written(folder, lambda taken: take_up(taken, RunManifest.of(session, settings, workers=workers)))

    @property
    def asked_timepoints(self) -> range:
        """The timepoints the run was asked for."""
        return range(*(self.manifest.settings.get("timepoints") or (0, self.manifest.session.n_timepoints)))

    @property
    def timepoints_done(self) -> int:
        """Number of timepoints with final poses."""
        return sum(stop - start for start, stop in (map(int, key.split("-")) for key in self.sink.keys("poses")))

    @property
    def model_calls_per_timepoint(self) -> float | None:
        """The same for each timepoint with final poses, None while there is none."""
        return self.model_calls / self.timepoints_done if self.timepoints_done else None

    @property
    def corrected(self) -> PoseCorrections | None:
        """What the corrections that hold make of this run, None where nobody corrected anything."""
        changes, kept = self.changes, self.corrections
        if not changes or kept is None:
            return None
        session = self.manifest.session
        limits = self.sink.load("limits", "all")
        return PoseCorrections(
            session,
            refined_cameras(self) or kept.rig(session.cameras),
            changes,
            limits=None if limits is None else BodyLimits.unpacked(limits),
        )

    @property
    def sideless(self) -> BoolArray:
        """Which keypoints geometry cannot name, (keypoint,) bool: no seed places them or their left/right partner."""
        kept = self.sink.load("limits", "sideless")
        nobody = np.zeros(len(self.manifest.session.keypoints), dtype=np.bool_)
        return nobody if kept is None else np.asarray(kept["sideless"], dtype=np.bool_)

    def card(self) -> Card:
        """Return what is shown of it."""
        session, settings = self.manifest.session, self.manifest.settings
        return Card(
            f"Pose run {self.folder}",
            (
                ("session", session.folder),
                (
                    "timepoints",
                    self.unless_closed(lambda: f"{self.timepoints_done} of {len(self.asked_timepoints)} done"),
                ),
                ("annotator", str(settings.get("annotator", ""))),
                ("keypoints", named(session.keypoints)),
                ("cameras", named(session.cameras)),
                *self.record_facts(),
            ),
        )

    def to_xarray(self) -> xarray.Dataset:
        """Return the final poses, corrections included, with names and units on every axis.

        Variables: ``position`` (time, individual, keypoint, space) in mm; ``confidence``, ``error_px``, ``margin``,
        ``n_views`` and ``flags`` (time, individual, keypoint); ``position_px`` (time, camera, individual, keypoint,
        plane). NaN = missing. ``timepoint`` is a second name of each time. movement 0.16 and later takes it as its own.

        Raises:
            SettingsError: If xarray is not installed.
            RunStorageError: If no timepoint is finished yet.
            RunCorruptError: If a result is not what was saved.
        """
        from behaviorvlm.runs.pose_arrays import pose_dataset

        return pose_dataset(self.manifest, self.poses(), folder=str(self.folder))

    def to_pandas(self) -> pandas.DataFrame:
        """Return the same as a table, a row for each keypoint at each timepoint, without the points of each view.

        Raises:
            SettingsError: If pandas is not installed.
            RunStorageError: If no timepoint is finished yet.
            RunCorruptError: If a result is not what was saved.
        """
        from behaviorvlm.runs.pose_arrays import pose_frame

        return pose_frame(self.manifest, self.poses(), folder=str(self.folder))

    def poses(self) -> Iterator[PoseChunk]:
        """Yield the final poses, corrections included, in order of time, a chunk in memory at once."""
        corrected = self.corrected
        for key in self.sink.keys("poses"):
            chunk = self._pose(key)
            yield chunk if corrected is None else corrected.poses(chunk)

    def views(self) -> Iterator[ViewChunk]:
        """Yield what stages 1 to 3 said, in order of time, a chunk in memory at once."""
        corrected = self.corrected
        for chunk in self._each("views", ViewChunk):
            yield chunk if corrected is None else corrected.boxes(chunk)

    def decisions(self) -> Iterator[DecisionChunk]:
        """Yield what ``auto`` asked a model, in order of time, a chunk in memory at once; nothing for the others."""
        return self._each("decisions", DecisionChunk)

    def candidates(self) -> Iterator[CandidateBlock]:
        """Yield the candidates in order of time, a block in memory at once."""
        return self._each("candidates", CandidateBlock)

    def poses_at(self, timepoint: int) -> PoseChunk | None:
        """Return the chunk of final poses, corrections included, that holds `timepoint`, None while it is not done."""
        chunk, corrected = self.found_at(timepoint), self.corrected
        return chunk if chunk is None or corrected is None else corrected.poses(chunk)

    def found_at(self, timepoint: int) -> PoseChunk | None:
        """Return the chunk of poses that holds `timepoint` as the pipeline found them, None while it is not done."""
        keys = self.sink.keys_between("poses", timepoint, timepoint + 1)
        return self._pose(keys[0]) if keys else None

    def views_at(self, timepoint: int) -> ViewChunk | None:
        """Return the chunk of what stages 1 to 3 said that holds `timepoint`, None while it is not done."""
        chunk, corrected = self.answers_at(timepoint), self.corrected
        return chunk if chunk is None or corrected is None else corrected.boxes(chunk)

    def answers_at(self, timepoint: int) -> ViewChunk | None:
        """Return the same as the annotator answered it, boxes that a person moved included where they were."""
        return self._at("views", ViewChunk, timepoint)

    def candidates_at(self, timepoint: int) -> CandidateBlock | None:
        """Return the block of candidates that holds `timepoint`, None while it is not done."""
        return self._at("candidates", CandidateBlock, timepoint)

    def flags_at(self, timepoint: int) -> CandidateFlags | None:
        """Return the block of candidate flags that holds `timepoint`, None while it is not done."""
        return self._at("flags", CandidateFlags, timepoint)

    def decisions_at(self, timepoint: int) -> DecisionChunk | None:
        """Return what ``auto`` asked a model of the stretch that holds `timepoint`, None where nothing was."""
        return self._at("decisions", DecisionChunk, timepoint)

    def candidates_between(self, start: int, stop: int) -> Iterator[CandidateBlock]:
        """Yield the blocks of candidates that hold any timepoint from `start` (included) to `stop` (excluded)."""
        for key in self.sink.keys_between("candidates", start, stop):
            yield self._record("candidates", CandidateBlock, key)

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
