"""Named points over time, as files of the field hold them: of a run to be exported, or of a file to be converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from behaviorvlm.errors import SettingsError, ShapeError
from behaviorvlm.types.arrays import BoolArray, FloatArray, IntArray, all_finite, frozen_floats, frozen_ints
from behaviorvlm.types.camera import CameraGroup
from behaviorvlm.types.skeleton import Skeleton

ONE_ANIMAL = "animal"
"""Name of the only individual, where nobody gave it one."""


@dataclass(frozen=True, eq=False)
class PoseBlock:
    """Named points of some timepoints. An axis may be of size 0: no cameras where there is 3D alone.

    Attributes:
        timepoint: (timepoint,) int64, rising.
        points_px: (timepoint, camera, individual, keypoint, 2) float64 px of the raw picture, NaN = missing.
        confidence: (timepoint, camera, individual, keypoint) float64 in [0, 1], NaN = not stated.
        points_mm: (timepoint, individual, keypoint, 3) float64 world frame, mm; NaN = missing.
        error_px: (timepoint, individual, keypoint) float64 reprojection error, NaN = not known.
        n_views: (timepoint, individual, keypoint) int64 views the position rests on, -1 = not known.
        score: (timepoint, individual, keypoint) float64 in [0, 1], chance that the position is right; NaN = not known.
    """

    timepoint: IntArray
    points_px: FloatArray
    confidence: FloatArray
    points_mm: FloatArray
    error_px: FloatArray
    n_views: IntArray
    score: FloatArray

    def __post_init__(self) -> None:
        if np.ndim(self.points_px) != 5:
            raise ShapeError(
                "points_px has the wrong shape", expected="5 axes", actual=str(np.asarray(self.points_px).shape)
            )
        count = len(self.timepoint)
        cameras, individuals, keypoints = self.points_px.shape[1:4]
        each = (count, individuals, keypoints)
        object.__setattr__(self, "timepoint", frozen_ints(self.timepoint, (count,), name="timepoint"))
        object.__setattr__(self, "n_views", frozen_ints(self.n_views, each, name="n_views"))
        for name, shape in (
            ("points_px", (count, cameras, individuals, keypoints, 2)),
            ("confidence", (count, cameras, individuals, keypoints)),
            ("points_mm", (*each, 3)),
            ("error_px", each),
            ("score", each),
        ):
            object.__setattr__(self, name, frozen_floats(getattr(self, name), shape, name=name))

    @classmethod
    def of_points_px(cls, timepoint: IntArray, points_px: FloatArray, confidence: FloatArray) -> Self:
        """Return a block of 2D points without positions.

        Args:
            timepoint: (timepoint,) int64.
            points_px: (timepoint, camera, individual, keypoint, 2) float64 px.
            confidence: (timepoint, camera, individual, keypoint) float64.
        """
        each = (len(timepoint), *np.shape(points_px)[2:4])
        unknown = np.full(each, np.nan)
        return cls(timepoint, points_px, confidence, np.full((*each, 3), np.nan), unknown, np.full(each, -1), unknown)

    @classmethod
    def of_points_mm(cls, timepoint: IntArray, points_mm: FloatArray) -> Self:
        """Return a block of positions without views.

        Args:
            timepoint: (timepoint,) int64.
            points_mm: (timepoint, individual, keypoint, 3) float64 world frame, mm.
        """
        each = np.shape(points_mm)[:3]
        unknown, none = np.full(each, np.nan), (each[0], 0, *each[1:])
        return cls(timepoint, np.empty((*none, 2)), np.empty(none), points_mm, unknown, np.full(each, -1), unknown)

    @property
    def seen(self) -> BoolArray:
        """Which points each view shows, (timepoint, camera, individual, keypoint) bool."""
        return all_finite(self.points_px)

    @property
    def present(self) -> BoolArray:
        """Which points have a position, (timepoint, individual, keypoint) bool."""
        return all_finite(self.points_mm)


@dataclass(frozen=True, eq=False)
class PoseTable:
    """Named points over time, read in blocks as often as somebody asks, so that memory does not grow with time.

    Attributes:
        name: Of the session or the file.
        skeleton: Keypoints, edges, left/right pairs.
        individuals: Names, the individual axis.
        cameras: Names, the camera axis; may be empty.
        n_timepoints: Number of timepoints of the recording, those without points included.
        blocks: Returns the blocks, rising in time; timepoints that no block holds have no points.
        frame_rate_hz: Timepoints per second, None = not known.
        image_sizes: Camera name to (width, height) px, where known.
        rig: The calibrated cameras, None = not known.
        videos: Camera name, then channel, to the path of its video.
        frame_offsets: Camera name to the frame of its videos that shows timepoint 0; 0 where left out.
        provenance: What the points rest on (``software``, ``version``, ``annotator``, ``created``, ``filter`` ...).
        notes: What a person should know: of how a file was read, or of what is not at hand any more.
    """

    name: str
    skeleton: Skeleton
    individuals: tuple[str, ...]
    cameras: tuple[str, ...]
    n_timepoints: int
    blocks: Callable[[], Iterator[PoseBlock]]
    frame_rate_hz: float | None = None
    image_sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    rig: CameraGroup | None = None
    videos: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    frame_offsets: Mapping[str, int] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def keypoints(self) -> tuple[str, ...]:
        """Names, the keypoint axis."""
        return self.skeleton.keypoints

    def frame_of(self, timepoint: int, camera: str) -> int:
        """Return the frame of a camera's video that shows a timepoint."""
        return timepoint + self.frame_offsets.get(camera, 0)

    def require_one_individual(self, *, where: str) -> None:
        """Refuse several individuals, for formats that hold one.

        Args:
            where: What was to be written.

        Raises:
            SettingsError: If there is not exactly one.
        """
        if len(self.individuals) != 1:
            raise SettingsError(
                "the format holds one animal",
                where=where,
                expected="one individual",
                actual=", ".join(self.individuals),
            )
