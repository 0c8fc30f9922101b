"""Stage 1 from pictures over a whole run: every video looked at, then what was seen reduced alike for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.behavior.kept_results import KeptResults, Progress, left_over
from behaviorvlm.behavior.recording_kinematics import kinematics_of
from behaviorvlm.behavior.visual_features import over_frames, seen_frames, visual_blocks, visual_columns
from behaviorvlm.behavior.visual_reduction import VisualReduction, fit_reduction
from behaviorvlm.errors import InputError
from behaviorvlm.types import AnyArray, ColorFrameSource, Float32Array, Recording, VisualEncoder

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
        kept: What was found so far; what the encoder saw goes there.
        progress: Told how far it is.
        looking: Who looks.
    """

    kept: KeptResults
    progress: Progress
    looking: Looking

    def look(self, recordings: Recordings) -> None:
        """Look at every video that was not looked at yet.

        Raises:
            InputError: If a recording cannot be read, or has no video.
        """
        done = partial(self.kept.has_table, "visual")
        for name in left_over(recordings, done, stage="pictures seen", progress=self.progress):
            self._look(recordings[name]())

    def reduce(self, names: list[str], fitted: Mapping[str, AnyArray] | None) -> None:
        """Fit the reduction over all recordings, or take over that of another run; once per run.

        Args:
            names: The recordings.
            fitted: The reduction of another run; None = fitted here.
        """
        if not self.kept.has("reduction", "all"):
            chosen = fit_reduction(self._blocks(names)).arrays() if fitted is None else fitted
            self.kept.sink.save("reduction", "all", chosen)

    def columns(self) -> tuple[FeatureColumn, ...]:
        """Return what the reduced features are."""
        return visual_columns(self._reduction().components.shape[1], encoder=self.looking.encoder.name)

    def features(self, recording: Recording) -> Float32Array:
        """Return what was seen in each frame, (individual, timepoint, component) float32, NaN = missing."""
        seen = self.kept.table("visual", recording.name)
        frames = seen_frames(recording.times_s, rate_hz=self.looking.rate_hz)
        return over_frames(self._reduction().apply(seen), frames, recording.times_s)

    def _look(self, recording: Recording) -> None:
        source = self.looking.pictures(recording)
        if source is None:
            raise InputError("the recording has no video to look at", where=recording.name)
        kinematics = kinematics_of(recording)
        frames = seen_frames(recording.times_s, rate_hz=self.looking.rate_hz)
        shape = len(recording.individuals), len(frames), self.looking.encoder.n_features
        table = self.kept.rows.begin("visual", recording.name, shape)
        blocks = visual_blocks(
            source, frames, self.looking.encoder, kinematics=kinematics, n_timepoints=recording.n_timepoints
        )
        for start, block in blocks:
            table[:, start : start + block.shape[1]] = block
        self.kept.rows.finish("visual", recording.name)

    def _blocks(self, names: list[str]) -> Iterator[Float32Array]:
        for name in names:
            seen = self.kept.table("visual", name)
            for start in range(0, seen.shape[1], REDUCED_ROWS):
                yield seen[:, start : start + REDUCED_ROWS]

    def _reduction(self) -> VisualReduction:
        return VisualReduction.from_arrays(self.kept.record("reduction", "all"))
