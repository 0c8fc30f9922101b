"""Stage 1 over a whole run: every recording measured, then all of them scaled alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from behaviorvlm.behavior.feature_scaling import FeatureScaling, fit_scaling
from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.behavior.features import feature_columns, features_in_blocks
from behaviorvlm.behavior.kept_results import KeptResults, Progress, left_over
from behaviorvlm.behavior.mapped_rows import let_go
from behaviorvlm.behavior.visual_stage import Recordings, VisualStage
from behaviorvlm.errors import InputError
from behaviorvlm.types import Float32Array, Recording, RecordingSummary
from behaviorvlm.types.packing import pack_json

SCALED_FRAMES = 20_000
"""Frames that are scaled at a time."""


@dataclass(frozen=True, eq=False)
class FeatureStage:
    """Stage 1 of one run.

    Attributes:
        kept: What was found so far; features go there.
        progress: Told how far it is.
    """

    kept: KeptResults
    progress: Progress

    def measure(self, recordings: Recordings, *, tracked: bool = True, visual: VisualStage | None = None) -> None:
        """Measure every recording that is not measured yet.

        Args:
            recordings: The recordings of the run.
            tracked: Whether their tracks are measured.
            visual: What was seen in their pictures, looked at and reduced; None = nothing.

        Raises:
            InputError: If a recording cannot be read, or has other keypoints than the ones before.
        """
        done = partial(self.kept.has_table, "features")
        for name in left_over(recordings, done, stage="features", progress=self.progress):
            recording = recordings[name]()
            self._keep_summary(recording)
            self._keep_columns(recording, _columns(recording, tracked=tracked, visual=visual))
            self._measure(recording, tracked=tracked, visual=visual)

    def scale(self, names: Sequence[str], fitted: FeatureScaling | None) -> None:
        """Scale every recording that is not scaled yet.

        Args:
            names: The recordings.
            fitted: The scaling of another run; None = fitted over all recordings of this one.

        Raises:
            InputError: If the other run has other features.
        """
        columns = self.columns()
        if not self.kept.has("scaling", "all"):
            if fitted is not None:
                _refuse_other_columns(fitted, columns)
            chosen = fitted or fit_scaling((rows for name in names for rows in self._blocks(name)), columns)
            self.kept.sink.save("scaling", "all", pack_json(chosen.to_dict()))
        scaling = FeatureScaling.from_dict(self.kept.value("scaling", "all", dict[str, Any]))
        for name in names:
            if not self.kept.has_table("scaled", name):
                self._scale(name, scaling)

    def columns(self) -> list[FeatureColumn]:
        """Return what the features are."""
        return self.kept.value("columns", "all", list[FeatureColumn])

    def _keep_summary(self, recording: Recording) -> None:
        self.kept.sink.save("recordings", recording.name, pack_json(RecordingSummary.of(recording)))
        seen = np.ones((recording.n_timepoints, 1), bool) if recording.tracks is None else recording.tracks.visible
        self.kept.sink.save("times", recording.name, {"times_s": recording.times_s, "visible": seen})

    def _keep_columns(self, recording: Recording, columns: Sequence[FeatureColumn]) -> None:
        if not self.kept.has("columns", "all"):
            self.kept.sink.save("columns", "all", pack_json([asdict(column) for column in columns]))
        kept = [column.name for column in self.columns()]
        if kept != [column.name for column in columns]:
            raise InputError(
                "the recordings of a run have different keypoints",
                where=recording.name,
                expected="the keypoints, and their roles, of the first recording",
                actual="no tracks" if recording.tracks is None else ", ".join(recording.tracks.keypoints),
                remedy="run recordings with other keypoints by themselves, or name their roles alike (--roles)",
            )

    def _measure(self, recording: Recording, *, tracked: bool, visual: VisualStage | None) -> None:
        n_columns, tracks = len(self.columns()), recording.tracks
        shape = (len(recording.individuals), recording.n_timepoints, n_columns)
        table = self.kept.rows.begin("features", recording.name, shape)
        if tracked and tracks is not None:
            blocks = features_in_blocks(tracks, recording.roles, frame_rate_hz=recording.frame_rate_hz)
            for start, block in blocks:
                table[:, start : start + block.shape[1], : block.shape[2]] = block
                let_go(table[:, start : start + block.shape[1]])
        if visual is not None:
            seen = visual.features(recording)
            table[:, :, n_columns - seen.shape[2] :] = seen
        self.kept.rows.finish("features", recording.name)

    def _blocks(self, name: str) -> Iterator[Float32Array]:
        table = self.kept.table("features", name)
        for start in range(0, table.shape[1], SCALED_FRAMES):
            block = table[:, start : start + SCALED_FRAMES]
            yield block
            let_go(block)

    def _scale(self, name: str, scaling: FeatureScaling) -> None:
        table = self.kept.rows.begin("scaled", name, self.kept.table("features", name).shape)
        for place, block in enumerate(self._blocks(name)):
            start = place * SCALED_FRAMES
            part = table[:, start : start + block.shape[1]]
            part[...] = scaling.apply(block)
            let_go(part)
        self.kept.rows.finish("scaled", name)


def _columns(recording: Recording, *, tracked: bool, visual: VisualStage | None) -> list[FeatureColumn]:
    columns: list[FeatureColumn] = []
    if tracked and recording.tracks is not None:
        columns += feature_columns(recording.tracks.keypoints, recording.roles)
    return columns + list(visual.columns() if visual is not None else ())


def _refuse_other_columns(fitted: FeatureScaling, columns: Sequence[FeatureColumn]) -> None:
    names = tuple(column.name for column in columns)
    if fitted.names != names:
        other = sorted(set(fitted.names) ^ set(names))
        raise InputError(
            "the fitted run has other features",
            expected=f"{len(fitted.names)} features",
            actual=f"{len(names)}; not in both: {', '.join(other[:5])}" + (" ..." if len(other) > 5 else ""),
            remedy="give recordings with the same keypoints, roles and --features",
        )
