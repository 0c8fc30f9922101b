"""Stage 1 from pictures over a whole run: every video looked at, then what was seen reduced alike for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.behavior.visual_features import over_frames, seen_frames, visual_blocks, visual_columns
from behaviorvlm.behavior.visual_reduction import VisualReduction, fit_reduction
from behaviorvlm.errors import InputError
from behaviorvlm.types import AnyArray, ColorFrameSource, Float32Array, Recording, ResultSink, RowStore, VisualEncoder

Progress = Callable[[str, int, int], None]
Recordings = Mapping[str, Callable[[], Recording]]
"""Name of a recording to what reads it when its turn comes, so that one at a time is in memory."""
REDUCED_ROWS = 4096
"""Samples that are reduced at a time."""


@dataclass(frozen=True, eq=False)
class Looking:
    """How pictures become features.

    Attributes:
        encoder: Turns crops into numbers.
        rate_hz: Pictures per second.
        pictures: Opens the video of a recording.
    """

    encoder: VisualEncoder
    rate_hz: float
    pictures: Callable[[Recording], ColorFrameSource | None]


@dataclass(frozen=True, eq=False)
class VisualStage:
    """The pictures' part of stage 1 of one run.

    Attributes:
        sink: Where results go and are found again.
        rows: Where what the encoder saw goes.
        progress: Told how far it is.
        looking: Who looks.
    """

    sink: ResultSink
    rows: RowStore
    progress: Progress
    looking: Looking

    def look(self, recordings: Recordings) -> None:
        """Look at every video that was not looked at yet.

        Raises:
            InputError: If a recording cannot be read, or has no video.
        """
        left = [name for name in recordings if self.rows.load("visual", name) is None]
        self.progress("pictures seen", len(recordings) - len(left), len(recordings))
        for number, name in enumerate(left, 1):
            self._look(recordings[name]())
            self.progress("pictures seen", len(recordings) - len(left) + number, len(recordings))

    def reduce(self, names: list[str], fitted: Mapping[str, AnyArray] | None) -> None:
        """Fit the reduction over all recordings, or take over that of another run; once per run.

        Args:
            names: The recordings.
            fitted: The reduction of another run; None = fitted here.
        """
        if self.sink.load("reduction", "all") is None:
            chosen = fit_reduction(self._blocks(names)).arrays() if fitted is None else fitted
            self.sink.save("reduction", "all", chosen)

    def columns(self) -> tuple[FeatureColumn, ...]:
        """Return what the reduced features are."""
        return visual_columns(self._reduction().components.shape[1], encoder=self.looking.encoder.name)

    def features(self, recording: Recording) -> Float32Array:
        """Return what was seen in each frame, (individual, timepoint, component) float32, NaN = missing."""
        seen = self.rows.load("visual", recording.name)
        if seen is None:
            raise InputError("the video has not been looked at", where=recording.name)
        frames = seen_frames(recording.times_s, rate_hz=self.looking.rate_hz)
        return over_frames(self._reduction().apply(seen), frames, recording.times_s)

    def _look(self, recording: Recording) -> None:
        source = self.looking.pictures(recording)
        if source is None:
            raise InputError("the recording has no video to look at", where=recording.name)
        kinematics = None
        if recording.tracks is not None:
            rate = recording.frame_rate_hz
            kinematics = measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=rate)
        frames = seen_frames(recording.times_s, rate_hz=self.looking.rate_hz)
        shape = len(recording.individuals), len(frames), self.looking.encoder.n_features
        table = self.rows.begin("visual", recording.name, shape)
        blocks = visual_blocks(
            source, frames, self.looking.encoder, kinematics=kinematics, n_timepoints=recording.n_timepoints
        )
        for start, block in blocks:
            table[:, start : start + block.shape[1]] = block
        self.rows.finish("visual", recording.name)

    def _blocks(self, names: list[str]) -> Iterator[Float32Array]:
        for name in names:
            seen = self.rows.load("visual", name)
            for start in range(0, 0 if seen is None else seen.shape[1], REDUCED_ROWS):
                yield np.asarray(seen)[:, start : start + REDUCED_ROWS]

    def _reduction(self) -> VisualReduction:
        return VisualReduction.from_arrays(self.sink.load("reduction", "all") or {})
