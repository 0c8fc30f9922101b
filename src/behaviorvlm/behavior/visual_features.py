"""Stage 1 from pictures: what an encoder sees of each animal, a few times a second, and in between.

Where the animals are tracked it is shown each one by itself: a disk around its center, turned so that it looks to the
right. Where nobody is tracked it is shown the whole frame, and there is one stream, the scene.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from behaviorvlm.behavior.feature_signals import FeatureColumn
from behaviorvlm.behavior.kinematics import KinematicsSource
from behaviorvlm.imaging.turned_crops import TurnedCrop, letterbox
from behaviorvlm.types import ByteArray, ColorFrameSource, Float32Array, FloatArray, IntArray, VisualEncoder

CROP_RADIUS_BL = 1.2
"""Radius of what is shown of an animal, in its body lengths: all of it, and who touches it."""
PICTURES_AT_A_TIME = 32


def seen_frames(times_s: FloatArray, *, rate_hz: float) -> IntArray:
    """Return the frames that are looked at: the first, and each next one that is 1 / rate after the last, and the last.

    Args:
        times_s: (timepoint,) seconds, rising.
        rate_hz: Pictures per second.

    Returns:
        (sample,) rising frame indices; all frames where the rate is higher than the video's.
    """
    if not len(times_s):
        return np.empty(0, np.int64)
    wanted = np.arange(times_s[0], times_s[-1], 1 / rate_hz)
    frames = np.searchsorted(times_s, wanted - 1e-9)
    return np.unique([*frames.tolist(), len(times_s) - 1]).astype(np.int64)


def visual_blocks(
    source: ColorFrameSource,
    frames: IntArray,
    encoder: VisualEncoder,
    *,
    kinematics: KinematicsSource | None,
    n_timepoints: int,
) -> Iterator[tuple[int, Float32Array]]:
    """Yield the place of a first frame and (individual, sample, feature) float32 features of it and some after it.

    Missing (an animal whose place or size is not known) is NaN. Memory holds a few pictures.

    Args:
        source: The pictures.
        frames: (sample,) rising frames to look at, of `seen_frames`.
        encoder: Who looks.
        kinematics: Where the animals are; None = the whole frame.
        n_timepoints: Frames of the recording.

    Raises:
        VideoError: If the video ends early or cannot be decoded.
    """
    individuals = 1 if kinematics is None else len(kinematics.individuals)
    unknown = np.ones((1, individuals), bool) if kinematics is None else np.isnan(kinematics.heading_rad)
    turned = ~np.asarray(unknown.all(axis=0))
    per_block = max(1, PICTURES_AT_A_TIME // individuals)
    looks = _looks(source, frames, n_timepoints if encoder.sees_motion else 0)
    for start in range(0, len(frames), per_block):
        block = frames[start : start + per_block]
        features = np.full((individuals, len(block), encoder.n_features), np.nan, np.float32)
        places, shown, after = [], [], []
        for sample, frame in enumerate(block.tolist()):
            picture, next_picture = next(looks)
            for individual in range(individuals):
                crop = None
                if kinematics is not None:
                    crop = animal_crop(kinematics, frame, individual, turned=bool(turned[individual]))
                    if crop is None:
                        continue
                places.append((individual, sample))
                shown.append(_shown(picture, crop, encoder.side_px))
                if encoder.sees_motion:
                    after.append(_shown(next_picture, crop, encoder.side_px))
        if places:
            features[tuple(np.transpose(places))] = encoder.encode(np.stack(shown), np.stack(after) if after else None)
        yield start, features


def animal_crop(kinematics: KinematicsSource, frame: int, individual: int, *, turned: bool = True) -> TurnedCrop | None:
    """Return what is shown of an animal in a frame; None if its place, size or heading is not known.

    Args:
        kinematics: Where the animals are.
        frame: The frame.
        individual: The animal.
        turned: Whether the crop is turned along the heading; one that is never known (one keypoint) is no reason to
            leave the animal out.
    """
    x, y = kinematics.center_px[frame, individual]
    heading = kinematics.heading_rad[frame, individual] if turned else 0.0
    radius = CROP_RADIUS_BL * kinematics.body_length_px[individual]
    if not np.isfinite([x, y, heading, radius]).all() or radius <= 0:
        return None
    return TurnedCrop(float(x), float(y), float(radius), float(heading))


def over_frames(samples: Float32Array, frames: IntArray, times_s: FloatArray) -> Float32Array:
    """Return samples spread over all frames, in a straight line over time, (individual, timepoint, component) float32.

    Between a sample that is known and a missing one the nearer one counts.

    Args:
        samples: (individual, sample, component) float32, NaN = missing.
        frames: (sample,) rising frames that they were taken at, the first and the last frame among them.
        times_s: (timepoint,) seconds of all frames.
    """
    behind = np.clip(np.searchsorted(frames, np.arange(len(times_s))), 1, max(len(frames) - 1, 1))
    behind = np.minimum(behind, len(frames) - 1)
    ahead = np.maximum(behind - 1, 0)
    length = np.maximum(times_s[frames[behind]] - times_s[frames[ahead]], 1e-12)
    share = ((times_s - times_s[frames[ahead]]) / length).astype(np.float32)[:, None]
    left, right = samples[:, ahead], samples[:, behind]
    between = (1 - share) * left + share * right
    nearer = np.where(share < 0.5, left, right)
    return np.asarray(np.where(np.isnan(between), nearer, between), np.float32)


def visual_columns(components: int, *, encoder: str) -> tuple[FeatureColumn, ...]:
    """Return what the reduced visual features are."""
    definition = "Component {} of what the encoder {} sees of the animal, or of the scene where nobody is tracked."
    return tuple(
        FeatureColumn(f"visual {number}", "", "visual", definition.format(number, encoder))
        for number in range(1, components + 1)
    )


def _looks(source: ColorFrameSource, frames: IntArray, n_timepoints: int) -> Iterator[tuple[ByteArray, ByteArray]]:
    """Yield the picture of each frame with that of the frame after it; with itself where there is, or need be, none."""
    with_next = np.unique([*frames, *np.minimum(frames + 1, n_timepoints - 1)]) if n_timepoints else frames
    wanted = set(frames.tolist())
    pictures = source.pick(with_next.tolist())
    numbered = zip(with_next.tolist(), pictures, strict=True)
    if not n_timepoints:
        yield from ((picture, picture) for _, picture in numbered)
        return
    last: tuple[int, ByteArray] | None = None
    for frame, picture in numbered:
        if last is not None and last[0] in wanted:
            yield last[1], picture
        last = frame, picture
    if last is not None and last[0] in wanted:
        yield last[1], last[1]


def _shown(picture: ByteArray, crop: TurnedCrop | None, side_px: int) -> ByteArray:
    return letterbox(picture, side_px) if crop is None else crop.cut(picture, side_px)
