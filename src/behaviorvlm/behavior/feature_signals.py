"""What a feature is: a number per animal and frame, with a name, a unit and a definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.gaps import bridge_short_gaps
from behaviorvlm.behavior.kinematics import Kinematics
from behaviorvlm.behavior.motion import gap_frames
from behaviorvlm.types import BoolArray, ComplexArray, FloatArray, KeypointRoles, Role, Tracks


@dataclass(frozen=True)
class FeatureColumn:
    """One feature.

    Attributes:
        name: Unique among the features of a run.
        unit: ``bl`` (body lengths), ``bl/s``, ``deg/s``, ``share`` ...; "" = a pure number.
        block: ``pose``, ``motion``, ``social`` or ``visual``: blocks weigh alike.
        definition: What it measures.
    """

    name: str
    unit: str
    block: str
    definition: str


@dataclass(frozen=True, eq=False)
class Signal:
    """The values of a feature.

    Attributes:
        column: What it is.
        values: (timepoint, individual) float64, NaN = missing.
        over_windows: Whether its mean and spread over windows are features too.
    """

    column: FeatureColumn
    values: FloatArray
    over_windows: bool = False


@dataclass(frozen=True, eq=False)
class Scene:
    """What features are measured from.

    Attributes:
        kinematics: How the animals stand and move.
        tracks: Their points.
        roles: What the keypoints are for.
        points: (timepoint, individual, keypoint) complex128 px, short gaps filled as in the kinematics.
    """

    kinematics: Kinematics
    tracks: Tracks
    roles: KeypointRoles
    points: ComplexArray

    @classmethod
    def of(cls, kinematics: Kinematics, tracks: Tracks, roles: KeypointRoles) -> Scene:
        """Return the scene of a recording."""
        points = np.asarray(tracks.points_px[..., 0] + 1j * tracks.points_px[..., 1], np.complex128)
        longest = gap_frames(kinematics.frame_rate_hz)
        return cls(kinematics, tracks, roles, bridge_short_gaps(points, longest=longest))

    @property
    def center(self) -> ComplexArray:
        """Middles of the trunks, (timepoint, individual) complex128 px."""
        return np.asarray(self.kinematics.center_px[..., 0] + 1j * self.kinematics.center_px[..., 1], np.complex128)

    @property
    def unseen(self) -> BoolArray:
        """Which points the tracker did not place, (timepoint, individual, keypoint) bool; filled ones count."""
        return ~self.tracks.present


def circular(column: FeatureColumn, angle_rad: FloatArray) -> Iterator[Signal]:
    """Yield the sine and cosine of a (timepoint, individual) angle, which have no jump where the angle has one."""
    for name, function in (("sine", np.sin), ("cosine", np.cos)):
        yield Signal(
            FeatureColumn(f"{column.name} {name}", "", column.block, f"{name.capitalize()} of {column.definition}"),
            function(angle_rad),
            over_windows=name == "cosine",
        )


def nearest_of(pairs: FloatArray, nearest: FloatArray) -> FloatArray:
    """Return (timepoint, individual) the values of (timepoint, individual, individual) pairs for the nearest other.

    Args:
        pairs: From the first to the second.
        nearest: (timepoint, individual) number of the nearest other, NaN = nobody is seen.
    """
    chosen = np.nan_to_num(nearest).astype(np.int64)[:, :, None]
    return np.where(np.isnan(nearest), np.nan, np.take_along_axis(pairs, chosen, axis=2)[:, :, 0])


def smallest_of(parts: Mapping[Role, FloatArray], roles: tuple[Role, ...]) -> FloatArray | None:
    """Return the smallest (timepoint, individual, individual) value of several parts; None = none is tracked."""
    present = [parts[role] for role in roles if role in parts]
    return np.fmin.reduce(present) if present else None
