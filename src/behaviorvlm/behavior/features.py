"""Stage 1: what the tracks say of each animal in each frame, in numbers that any animal and camera can share.

Lengths are in body lengths, directions relative to the animal, so neither size nor place nor heading matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from behaviorvlm.behavior.feature_signals import FeatureColumn, Scene, Signal
from behaviorvlm.behavior.individual_features import motion_signals, pose_signals
from behaviorvlm.behavior.kinematics import Kinematics, measure_kinematics
from behaviorvlm.behavior.motion import gap_frames, slope_frames
from behaviorvlm.behavior.social_features import social_signals
from behaviorvlm.behavior.time_scales import running_mean_and_spread
from behaviorvlm.behavior.trunk import measure_trunk
from behaviorvlm.types import Float32Array, KeypointRoles, Tracks

WINDOWS_S = (0.2, 0.5, 2.0)
"""Windows over which slowly changing quantities are averaged, from a twitch to a bout."""
BLOCK_FRAMES = 20_000
"""Frames measured at a time."""


def keypoint_features(
    kinematics: Kinematics, tracks: Tracks, roles: KeypointRoles, *, windows_s: Sequence[float] = WINDOWS_S
) -> Float32Array:
    """Return the features of all animals, (individual, timepoint, feature) float32, NaN = missing.

    The columns are `feature_columns`. A quantity that is averaged over windows may be told where the frame itself
    shows nothing; the columns ``missing`` say how much of the window was seen.
    """
    scene = Scene.of(kinematics, tracks, roles)
    values = [values for signal in _signals(scene) for _, values in _over_windows(signal, scene, windows_s)]
    return np.stack(values, axis=-1).transpose(1, 0, 2)


def feature_columns(
    keypoints: Sequence[str], roles: KeypointRoles, *, windows_s: Sequence[float] = WINDOWS_S
) -> tuple[FeatureColumn, ...]:
    """Return what the features mean: the same for all recordings with these keypoints, whatever animals are in them.

    Without keypoints there are none.
    """
    if not keypoints:
        return ()
    shape = (0, 1, len(keypoints))
    empty = Tracks(("nobody",), tuple(keypoints), np.empty((*shape, 2)), np.empty(shape), np.empty(0))
    scene = Scene.of(measure_kinematics(empty, roles, frame_rate_hz=1.0), empty, roles)
    return tuple(column for signal in _signals(scene) for column, _ in _over_windows(signal, scene, windows_s))


def features_in_blocks(
    tracks: Tracks,
    roles: KeypointRoles,
    *,
    frame_rate_hz: float,
    windows_s: Sequence[float] = WINDOWS_S,
    block_frames: int = BLOCK_FRAMES,
) -> Iterator[tuple[int, Float32Array]]:
    """Yield first frame and features of one block of frames after the other, so that memory is bounded.

    Each block is measured with enough frames around it that it equals the same part of the whole.
    """
    trunk = measure_trunk(tracks, roles)
    around = context_frames(frame_rate_hz, windows_s=windows_s)
    for start in range(0, len(tracks.times_s), block_frames):
        first = max(0, start - around)
        piece = tracks.part(first, start + block_frames + around)
        kinematics = measure_kinematics(piece, roles, frame_rate_hz=frame_rate_hz, trunk=trunk)
        features = keypoint_features(kinematics, piece, roles, windows_s=windows_s)
        yield start, features[:, start - first : start - first + block_frames]


def context_frames(frame_rate_hz: float, *, windows_s: Sequence[float] = WINDOWS_S) -> int:
    """Return how many frames to either side a frame's features depend on."""
    gap, slope = gap_frames(frame_rate_hz) + 1, slope_frames(frame_rate_hz)
    return gap + slope + max((_half_window(window, frame_rate_hz) for window in windows_s), default=0)


def _signals(scene: Scene) -> Iterator[Signal]:
    yield from pose_signals(scene)
    yield from motion_signals(scene)
    yield from social_signals(scene)


def _over_windows(
    signal: Signal, scene: Scene, windows_s: Sequence[float]
) -> Iterator[tuple[FeatureColumn, Float32Array]]:
    """Yield the signal itself, then its mean and spread over each window if it is to have them."""
    column = signal.column
    yield column, signal.values.astype(np.float32)
    for window_s in windows_s if signal.over_windows else ():
        half_window = _half_window(window_s, scene.kinematics.frame_rate_hz)
        measured = running_mean_and_spread(signal.values, half_window=half_window)
        for word, values in zip(("mean", "spread"), measured, strict=True):
            name = f"{column.name}, {word} of {window_s:g} s"
            definition = f"{column.definition} {word.capitalize()} over {window_s:g} s around the frame."
            yield FeatureColumn(name, column.unit, column.block, definition), values.astype(np.float32)


def _half_window(window_s: float, frame_rate_hz: float) -> int:
    return max(1, round(window_s / 2 * frame_rate_hz))
