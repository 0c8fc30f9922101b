"""What holds between an animal and another, frame by frame: touching, coming, going, behind, looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import Kinematics
from behaviorvlm.behavior.trunk import as_complex
from behaviorvlm.types import BoolArray, ComplexArray, FloatArray, Role

BACK_OF_HEAD = ((Role.NECK,), (Role.LEFT_EAR, Role.RIGHT_EAR), (Role.HEAD,))
"""From the first of these that is tracked to the nose runs the line of sight."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two animals of a recording; what is returned is (timepoint,), false or NaN where it cannot be said.

    Attributes:
        kinematics: Of the recording.
        first: Number of the one that acts.
        second: Number of the other.
        thresholds: Tell what is near and fast.
    """

    kinematics: Kinematics
    first: int
    second: int
    thresholds: KinematicThresholds

    @cached_property
    def apart_bl(self) -> FloatArray:
        """(timepoint,) distance of the bodies, mean lengths, of nearest points or, where less, of sides."""
        return np.fmin(self._nearest_points_bl, self._axes_bl - self.thresholds.body_width_bl)

    @cached_property
    def touching(self) -> BoolArray:
        """(timepoint,) bool, whether they touch: two points are near, or the midlines are as near as a body is wide."""
        near = self._nearest_points_bl <= self.thresholds.contact_bl
        return near | (self._axes_bl <= self.thresholds.body_width_bl)

    @cached_property
    def ahead(self) -> BoolArray:
        """(timepoint,) bool, whether the second is ahead of the first."""
        return self._off_deg <= self.thresholds.ahead_deg

    @cached_property
    def behind(self) -> BoolArray:
        """(timepoint,) bool, whether the first is behind the second."""
        return np.abs(self.kinematics.bearing_deg[:, self.second, self.first]) >= self.thresholds.behind_deg

    @cached_property
    def coming(self) -> BoolArray:
        """(timepoint,) bool, whether the first walks straight towards the second, which is ahead."""
        return self.ahead & self.walking & (self._directness >= self.thresholds.directness)

    @cached_property
    def leaving(self) -> BoolArray:
        """(timepoint,) bool, whether the first walks straight away from the second."""
        return self.walking & (self._directness <= -self.thresholds.directness)

    @cached_property
    def walking(self) -> BoolArray:
        """(timepoint,) bool, whether the first moves about."""
        return self._speed(self.first) >= self.thresholds.locomotion_speed_bl_s

    @cached_property
    def running(self) -> BoolArray:
        """(timepoint,) bool, whether the first moves fast."""
        return self._speed(self.first) >= self.thresholds.fast_speed_bl_s

    @cached_property
    def trailing(self) -> BoolArray:
        """(timepoint,) bool, whether the first walks behind the second, which walks."""
        other_walks = self._speed(self.second) >= self.thresholds.locomotion_speed_bl_s
        return self.walking & other_walks & self.ahead & self.behind

    @cached_property
    def both_rest(self) -> BoolArray:
        """(timepoint,) bool, whether neither moves."""
        slow = self.thresholds.rest_speed_bl_s
        return (self._speed(self.first) < slow) & (self._speed(self.second) < slow)

    @cached_property
    def beside(self) -> BoolArray:
        """(timepoint,) bool, whether each lies at the other's side, trunks parallel, the same way or opposite ways."""
        aside = self.thresholds.beside_deg
        mine, theirs = (
            np.abs(np.abs(self.kinematics.bearing_deg[:, one, other]) - 90) <= aside
            for one, other in ((self.first, self.second), (self.second, self.first))
        )
        return np.asarray(mine & theirs & (np.minimum(self._turned_deg, 180 - self._turned_deg) <= aside))

    @cached_property
    def level(self) -> BoolArray:
        """(timepoint,) bool, whether they lie side by side the same way, so that noses are near because bodies are."""
        return self.beside & (self._turned_deg <= self.thresholds.beside_deg)

    @cached_property
    def looking(self) -> BoolArray:
        """(timepoint,) bool, whether the first's head points at the second's center."""
        sight = self._sight
        target = as_complex(self.kinematics.center_px[:, self.second])
        off = np.degrees(np.angle((target - sight[0]) * np.conj(sight[1])))
        return np.abs(off) <= self.thresholds.gaze_deg

    def reach_bl(self, *roles: Role) -> FloatArray:
        """(timepoint,) distance of the first's foremost head point from the nearest of these parts of the second."""
        known = [self.kinematics.nose_to[role] for role in roles if role in self.kinematics.nose_to]
        if not known:
            return np.full(len(self.walking), np.nan)
        return np.asarray(np.fmin.reduce([reach[:, self.first, self.second] for reach in known]))

    def reach_trunk_bl(self, role: Role) -> FloatArray:
        """(timepoint,) distance of a part of the first from the midline of the second's trunk, first's lengths."""
        if role not in self.kinematics.parts_px:
            return np.full(len(self.walking), np.nan)
        part = as_complex(self.kinematics.parts_px[role][:, self.first])
        return np.asarray(_from_line(part, *self._axis(self.second)) / self.kinematics.body_length_px[self.first])

    def _speed(self, animal: int) -> FloatArray:
        return self.kinematics.speed_bl_s[:, animal]

    @cached_property
    def _turned_deg(self) -> FloatArray:
        """Angle between the headings, 0 = the same way, 180 = opposite ways."""
        heading = self.kinematics.heading_rad
        return np.asarray(np.abs(np.degrees(np.angle(np.exp(1j * (heading[:, self.first] - heading[:, self.second]))))))

    @cached_property
    def _off_deg(self) -> FloatArray:
        return np.abs(self.kinematics.bearing_deg[:, self.first, self.second])

    @cached_property
    def _directness(self) -> FloatArray:
        """Share of the first's speed that shortens the distance, -1 = straight away."""
        speed = self._speed(self.first)
        return self.kinematics.closing_bl_s[:, self.first, self.second] / np.where(speed > 0, speed, np.nan)

    @cached_property
    def mean_length_px(self) -> float:
        """Mean length of the two."""
        lengths = self.kinematics.body_length_px
        return float(lengths[self.first] + lengths[self.second]) / 2

    @cached_property
    def _nearest_points_bl(self) -> FloatArray:
        length = self.kinematics.body_length_px[self.first]
        return np.asarray(self.kinematics.gap_bl[:, self.first, self.second] * (length / self.mean_length_px))

    @cached_property
    def _axes_bl(self) -> FloatArray:
        """Distance of the midlines of the trunks, in mean lengths."""
        mine, theirs = self._axis(self.first), self._axis(self.second)
        ends = [_from_line(end, *theirs) for end in mine] + [_from_line(end, *mine) for end in theirs]
        apart = np.minimum.reduce(ends)
        return np.where(_cross(mine, theirs), 0.0, apart) / self.mean_length_px

    def _axis(self, animal: int) -> tuple[ComplexArray, ComplexArray]:
        """Return both ends of a trunk's midline, (timepoint,) complex px."""
        stretch = self.kinematics.elongation[:, animal]
        half = self.kinematics.body_length_px[animal] / 2 * np.where(np.isfinite(stretch), stretch, 1.0)
        along = half * np.exp(1j * self.kinematics.heading_rad[:, animal])
        center = as_complex(self.kinematics.center_px[:, animal])
        return center + along, center - along

    @cached_property
    def _sight(self) -> tuple[ComplexArray, ComplexArray]:
        """Return where the first looks from, and a vector along its head; of the trunk where the head is not told."""
        parts = {role: as_complex(place[:, self.first]) for role, place in self.kinematics.parts_px.items()}
        for group in BACK_OF_HEAD:
            if Role.NOSE in parts and all(role in parts for role in group):
                back = np.mean([parts[role] for role in group], axis=0)
                return back, parts[Role.NOSE] - back
        center = as_complex(self.kinematics.center_px[:, self.first])
        return center, np.exp(1j * self.kinematics.heading_rad[:, self.first])


def _from_line(point: ComplexArray, start: ComplexArray, stop: ComplexArray) -> FloatArray:
    """Return the distance of points from straight lines between two ends, px."""
    line = stop - start
    square = np.abs(line) ** 2
    along = ((point - start) * line.conj()).real / np.where(square > 0, square, 1.0)
    return np.abs(point - start - np.clip(along, 0, 1) * line)


def _cross(mine: tuple[ComplexArray, ComplexArray], theirs: tuple[ComplexArray, ComplexArray]) -> BoolArray:
    """Return where two lines cross between their ends."""

    def side(point: ComplexArray, line: tuple[ComplexArray, ComplexArray]) -> FloatArray:
        return ((line[1] - line[0]).conj() * (point - line[0])).imag

    apart = side(theirs[0], mine) * side(theirs[1], mine) < 0
    return apart & (side(mine[0], theirs) * side(mine[1], theirs) < 0)
