"""What the tracks say of one animal in one segment, as numbers and as sentences that a person or a model can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.fact_sentences import other_sentences, own_sentences
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import Kinematics, KinematicsSource
from behaviorvlm.behavior.trunk import FOREMOST
from behaviorvlm.types import FloatArray, Recording, Role, Segment

ENDS_S = 0.2
"""How much at either end of a segment is its start and its end."""
EARS = (Role.LEFT_EAR, Role.RIGHT_EAR)


@dataclass(frozen=True)
class SegmentFacts:
    """Measured facts of one animal in one segment; what cannot be said is left out.

    Attributes:
        values: Name with its unit to value: duration, share of frames seen, speed, path, turning, elongation.
        others: Other animal to the same of what is between the two: distances, bearing, closing speed, contact.
        sentences: The same in plain words, about the animal first, then about each other animal, nearest first.
    """

    values: Mapping[str, float]
    others: Mapping[str, Mapping[str, float]]
    sentences: tuple[str, ...]


def measure_segment(
    kinematics: KinematicsSource,
    recording: Recording,
    segment: Segment,
    *,
    thresholds: KinematicThresholds | None = None,
    called: Sequence[str] = (),
) -> SegmentFacts:
    """Return what the tracks say of the animal of a segment.

    Values that end in ``_start``, ``_end`` are medians over `ENDS_S` at either end; the others without a further word
    are medians over the segment.

    Args:
        kinematics: Of the recording.
        recording: Gives the times.
        segment: The animal and its frames.
        thresholds: Tell words such as "fast" and "touches"; None = ours.
        called: What the animals are called; () = by their names.
    """
    chosen = thresholds or KinematicThresholds()
    animal, names = kinematics.individuals.index(segment.individual), called or kinematics.individuals
    told_of = kinematics.over(segment.start_frame, segment.stop_frame)
    ends = max(1, round(ENDS_S * recording.frame_rate_hz))
    values = _own_values(told_of, animal)
    values["duration_s"] = segment.n_frames / recording.frame_rate_hz
    others = {
        name: told
        for other, name in enumerate(names)
        if other != animal and (told := _pair_values(told_of, (animal, other), ends=ends, chosen=chosen))
    }
    nearest_first = dict(sorted(others.items(), key=lambda one: one[1].get("gap_bl_least", np.inf)))
    sentences = own_sentences(names[animal], values, chosen)
    for name, told in nearest_first.items():
        sentences += other_sentences((names[animal], name), told, chosen)
    return SegmentFacts(values, nearest_first, tuple(sentences))


def _own_values(kinematics: Kinematics, animal: int) -> dict[str, float]:
    """Return what one animal does by itself."""
    rate = kinematics.frame_rate_hz
    speed, turning = kinematics.speed_bl_s[:, animal], kinematics.turning_deg_s[:, animal]
    center = kinematics.center_px[:, animal]
    seen = np.isfinite(center[:, 0])
    told = {
        "seen_share": float(seen.mean()),
        "speed_bl_s": _median(speed),
        "speed_bl_s_highest": _quantile(speed, 0.95),
        "path_bl": _sum(speed) / rate,
        "forward_bl_s": _median(kinematics.forward_bl_s[:, animal]),
        "turned_deg": _sum(turning) / rate,
        "turning_deg_s": _median(np.abs(turning)),
        "elongation": _median(kinematics.elongation[:, animal]),
        "elongation_least": _quantile(kinematics.elongation[:, animal], 0.05),
    }
    if seen.sum() >= 2:
        ends = center[np.flatnonzero(seen)[[0, -1]]]
        told["displacement_bl"] = float(np.linalg.norm(ends[1] - ends[0]) / kinematics.body_length_px[animal])
    return _said(told.items())


def _pair_values(
    kinematics: Kinematics, pair: tuple[int, int], *, ends: int, chosen: KinematicThresholds
) -> dict[str, float]:
    """Return what is between an animal and another; empty where they are never both seen."""
    mine, theirs = (slice(None), *pair), (slice(None), *pair[::-1])
    distance, gap, bearing = (
        array[mine] for array in (kinematics.distance_bl, kinematics.gap_bl, kinematics.bearing_deg)
    )
    if not np.isfinite(distance).any():
        return {}
    told = {
        "distance_bl": _median(distance),
        "distance_bl_start": _median(distance[:ends]),
        "distance_bl_end": _median(distance[-ends:]),
        "gap_bl": _median(gap),
        "gap_bl_least": _quantile(gap, 0.0),
        "touching_share": _share(gap < chosen.contact_bl, gap),
        "bearing_deg": _median_direction(bearing),
        "ahead_share": _share(np.abs(bearing) <= chosen.ahead_deg, bearing),
        "its_bearing_deg": _median_direction(kinematics.bearing_deg[theirs]),
        "closing_bl_s": _median(kinematics.closing_bl_s[mine]),
        "its_closing_bl_s": _median(kinematics.closing_bl_s[theirs]),
        "its_speed_bl_s": _median(kinematics.speed_bl_s[:, pair[1]]),
    }
    reaches = [("", mine), ("its_", theirs)]
    for whose, place in reaches:
        for part, reach in _reaches(kinematics, place).items():
            told[f"{whose}{part}_bl_least"] = _quantile(reach, 0.0)
    return _said(told.items())


def _reaches(kinematics: Kinematics, place: tuple[slice, int, int]) -> dict[str, FloatArray]:
    """Return how far the front of the first is from parts of the second: nose, ear, tail base; named by what it is."""
    front = next((role for role in FOREMOST if role in kinematics.parts_px), None)
    if front is None:
        return {}
    found = {
        f"{front}_to_{part}": kinematics.nose_to[part][place]
        for part in (Role.NOSE, Role.HEAD, Role.TAIL_BASE)
        if part in kinematics.nose_to
    }
    ears = [kinematics.nose_to[ear][place] for ear in EARS if ear in kinematics.nose_to]
    return found | ({f"{front}_to_ear": np.fmin.reduce(ears)} if ears else {})


def _said(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {name: float(value) for name, value in values if np.isfinite(value)}


def _median(values: FloatArray) -> float:
    return _quantile(values, 0.5)


def _quantile(values: FloatArray, share: float) -> float:
    """Return a quantile of the finite values, NaN where there is none."""
    seen = np.sort(values[np.isfinite(values)])
    if not len(seen):
        return np.nan
    place = share * (len(seen) - 1)
    low = int(place)
    return float(seen[low] + (place - low) * (seen[min(low + 1, len(seen) - 1)] - seen[low]))


def _sum(values: FloatArray) -> float:
    seen = values[np.isfinite(values)]
    return float(seen.sum()) if len(seen) else np.nan


def _share(holds: np.ndarray, values: FloatArray) -> float:
    """Return the share of the frames with a value in which something holds."""
    known = np.isfinite(values)
    return float((holds & known).sum() / known.sum()) if known.any() else np.nan


def _median_direction(angle_deg: FloatArray) -> float:
    """Return the middle of angles that may lie around +-180: the median of what each is off from their mean."""
    seen = np.radians(angle_deg[np.isfinite(angle_deg)])
    if not len(seen):
        return np.nan
    mean = np.angle(np.exp(1j * seen).sum())
    off = np.angle(np.exp(1j * (seen - mean)))
    return float(np.degrees(np.angle(np.exp(1j * (mean + np.median(off))))))
