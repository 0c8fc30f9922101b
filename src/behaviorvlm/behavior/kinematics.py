"""How animals stand and move, measured from their tracks, in body lengths, degrees and seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from behaviorvlm.types import BoolArray, FloatArray, Role


@dataclass(frozen=True, eq=False)
class Kinematics:
    """What the tracks of one recording say of every animal, frame by frame. NaN = cannot be said.

    Attributes:
        individuals: The individual axis.
        frame_rate_hz: Frames per second.
        body_length_px: (individual,) float64 usual length of the trunk: the unit "bl".
        parts_px: Role to (timepoint, individual, 2) float64 px, short gaps filled.
        filled: (timepoint, individual) bool where a gap was filled rather than seen.
        center_px: (timepoint, individual, 2) float64 middle of the trunk.
        heading_rad: (timepoint, individual) float64 from rear to front, 0 = +x, towards +y (down in the picture).
        elongation: (timepoint, individual) float64 length of the trunk now over its usual one.
        speed_bl_s: (timepoint, individual) float64 of the center.
        forward_bl_s: (timepoint, individual) float64 part of the speed along the heading, below 0 = backwards.
        turning_deg_s: (timepoint, individual) float64 change of heading, over 0 = clockwise as seen in the picture.
        distance_bl: (timepoint, individual, individual) float64 between centers, in lengths of the first.
        gap_bl: (timepoint, individual, individual) float64 smallest distance of any two points of the bodies.
        bearing_deg: (timepoint, individual, individual) float64 where the first sees the second: 0 = straight ahead, in
            [-180, 180].
        closing_bl_s: (timepoint, individual, individual) float64 how fast the first's own motion shortens that.
        nose_to: Role to (timepoint, individual, individual) float64 from the first's foremost head point to that
            part of the second, in lengths of the first.
    """

    individuals: tuple[str, ...]
    frame_rate_hz: float
    body_length_px: FloatArray
    parts_px: Mapping[Role, FloatArray]
    filled: BoolArray
    center_px: FloatArray
    heading_rad: FloatArray
    elongation: FloatArray
    speed_bl_s: FloatArray
    forward_bl_s: FloatArray
    turning_deg_s: FloatArray
    distance_bl: FloatArray
    gap_bl: FloatArray
    bearing_deg: FloatArray
    closing_bl_s: FloatArray
    nose_to: Mapping[Role, FloatArray]
