"""Which keypoints of a pose run are good enough, by thresholds: the same for a count, a button and an export."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from behaviorvlm.errors import SettingsError
from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.types import BoolArray, FloatArray


class MeasuredPoses(Protocol):
    """Poses and how sure they are: a chunk of a run, or all of it in memory."""

    @property
    def present(self) -> BoolArray:
        """Which keypoints have a position, (timepoint, keypoint) bool."""

    @property
    def error_px(self) -> FloatArray:
        """Root mean square reprojection errors, (timepoint, keypoint)."""

    @property
    def views_used(self) -> npt.NDArray[np.integer]:
        """On how many views each rests, (timepoint, keypoint) whole numbers."""

    @property
    def margin(self) -> FloatArray:
        """Nats to the best other reading, (timepoint, keypoint); NaN = a person said so, or missing."""

    @property
    def confidence(self) -> FloatArray:
        """The chance of being right, (timepoint, keypoint)."""

    @property
    def corrected(self) -> BoolArray:
        """Which ones a person corrected, (timepoint, keypoint) bool."""


@dataclass(frozen=True)
class QualityFilter:
    """Thresholds that a keypoint must meet to stay; None filters nothing, and what is missing never stays.

    Attributes:
        max_error_px: Root mean square reprojection error at most, px.
        min_views: Views at least.
        min_margin: Margin over the second-best reading at least, nats. What a person corrected has no margin and needs
            none.
        min_confidence: Chance of being right at least, in [0, 1].
        only_corrected: Keep only what a person corrected.

    Raises:
        SettingsError: If a threshold is not a number, or below 0.
    """

    max_error_px: float | None = None
    min_views: int | None = None
    min_margin: float | None = None
    min_confidence: float | None = None
    only_corrected: bool = False

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise SettingsError(
                    "a threshold cannot be used", where=one.name, expected="a number from 0 on", actual=repr(value)
                )

    @property
    def thresholds(self) -> dict[str, float | int | bool]:
        """The thresholds that filter anything, by name."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in given.items() if value is not None and value is not False}

    def mask(self, poses: MeasuredPoses) -> BoolArray:
        """Return which keypoints stay, (timepoint, keypoint) bool."""
        kept = np.array(poses.present, dtype=np.bool_)
        if self.max_error_px is not None:
            kept &= poses.error_px <= self.max_error_px
        if self.min_views is not None:
            kept &= poses.views_used >= self.min_views
        if self.min_margin is not None:
            kept &= poses.corrected | (poses.margin >= self.min_margin)
        if self.min_confidence is not None:
            kept &= poses.confidence >= self.min_confidence
        return kept & poses.corrected if self.only_corrected else kept

    def apply(self, chunk: PoseChunk) -> PoseChunk:
        """Return the chunk with what does not stay missing: no position, no views, confidence 0."""
        gone = chunk.present & ~self.mask(chunk)
        if not gone.any():
            return chunk
        return replace(
            chunk,
            points_mm=np.where(gone[..., None], np.nan, chunk.points_mm),
            numbers=np.where(gone[..., None], -1, chunk.numbers),
            points_px=np.where(gone[:, None, :, None], np.nan, chunk.points_px),
            error_px=np.where(gone, np.nan, chunk.error_px),
            margin=np.where(gone, np.nan, chunk.margin),
            runner_up_mm=np.where(gone[..., None], np.nan, chunk.runner_up_mm),
            confidence=np.where(gone, 0.0, chunk.confidence),
        )


EVERYTHING = QualityFilter()
"""Filters nothing."""
