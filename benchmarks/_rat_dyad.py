"""The 48 encounters of two rats with a person's labels (stream S1): features once, labels once, one label for the pair.

`base` is what nobody scored: it is masked. Settings are chosen on recordings with even numbers and figures are of those
with odd ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behaviorvlm.behavior.feature_scaling import FeatureScaling, fit_scaling
from behaviorvlm.behavior.features import feature_columns, features_in_blocks
from behaviorvlm.io.behavior_labels import read_labels
from behaviorvlm.io.recordings import find_recordings
from behaviorvlm.types import BoolArray, Float32Array, IntArray, Recording

FRAME_RATE_HZ = 30.0
"""Not stated with the data; the code that came with it assumes 30."""
NAMES = ("social", "nonsocial", "aggression")
UNSCORED = -1


@dataclass(frozen=True, eq=False)
class Encounter:
    """One recording.

    Attributes:
        number: As its file is called.
        truth: (frame,) int64 place in `NAMES`, -1 = not scored.
        visible: (individual, frame) bool.
        scaled: (individual, frame, feature) float32 on disk.
    """

    number: int
    truth: IntArray
    visible: BoolArray
    scaled: Float32Array

    @property
    def odd(self) -> bool:
        """Whether figures are of it; on the others settings were chosen."""
        return self.number % 2 == 1


def measured(data: Path, scratch: Path) -> list[Encounter]:
    """Return all encounters, their features scaled together and kept in `scratch`."""
    paths = sorted((data / "dlc_csv").glob("*.csv.gz"), key=_number)
    parts: list[tuple[int, IntArray, BoolArray, Path]] = []
    for path in paths:
        recording = find_recordings([path], frame_rate_hz=FRAME_RATE_HZ)[0].open()
        file = scratch / f"{_number(path)}.npy"
        np.save(file, _features(recording))
        truth = read_truth(data / "annotations" / f"{_number(path)}_annot.txt", recording)
        parts.append((_number(path), truth, _visible(recording), file))
    columns = feature_columns(recording.tracks.keypoints, recording.roles)
    scaling = fit_scaling((np.load(file, mmap_mode="r") for *_, file in parts), columns)
    return [Encounter(number, truth, seen, _scaled(file, scaling)) for number, truth, seen, file in parts]


def read_truth(path: Path, recording: Recording) -> IntArray:
    """Return (frame,) int64 labels of the stream S1; `base` is not scored, nor what no label covers."""
    truth = np.full(recording.n_timepoints, UNSCORED)
    for bout in read_labels(path, stream="S1", times_s=recording.times_s).bouts:
        if bout.behavior in NAMES:
            truth[bout.start_frame : bout.stop_frame] = NAMES.index(bout.behavior)
    return truth


def pair_states(first: IntArray, second: IntArray, *, n_states: int) -> IntArray:
    """Return (frame,) int64 states of the pair: which two states are there, not who is in which.

    The label is of the pair, and identities are not guaranteed: who is individual1 means nothing.
    """
    return np.minimum(first, second) * n_states + np.maximum(first, second)


def of_pairs(states: Sequence[IntArray], *, n_states: int) -> list[IntArray]:
    """Return the pair's states of each (individual, frame) array."""
    return [pair_states(*both, n_states=n_states) for both in states]


def _number(path: Path) -> int:
    return int(path.name.split("DLC")[0])


def _features(recording: Recording) -> Float32Array:
    blocks = features_in_blocks(recording.tracks, recording.roles, frame_rate_hz=FRAME_RATE_HZ)
    return np.concatenate([block for _, block in blocks], axis=1)


def _visible(recording: Recording) -> BoolArray:
    return recording.tracks.visible.T.copy()


def _scaled(file: Path, scaling: FeatureScaling) -> Float32Array:
    """Scale a file where it is, and return it without reading it."""
    np.save(file, scaling.apply(np.load(file)))
    return np.load(file, mmap_mode="r")
