"""What a check says: findings, and figures per camera; all of it JSON."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import BehaviorVLMError


class Finding(BaseModel):
    """One thing a check noticed, in the words of an error.

    Attributes:
        level: ``error``: a run refuses the session, or could only be wrong. ``warning``: something in it will likely be
            wrong. ``note``: good to know.
        what: What is the matter, in one sentence.
        where: File, camera, line or frame.
        expected: What would have been right.
        actual: What was there instead.
        remedy: What to do about it.
    """

    model_config = ConfigDict(frozen=True)

    level: Literal["error", "warning", "note"]
    what: str
    where: str = ""
    expected: str = ""
    actual: str = ""
    remedy: str = ""

    @classmethod
    def from_error(cls, error: BehaviorVLMError) -> Finding:
        """Return an error as a finding."""
        return cls(
            level="error",
            what=error.message,
            where=error.where,
            expected=error.expected,
            actual=error.actual,
            remedy=error.remedy,
        )


class CameraCheck(BaseModel):
    """Figures of one camera; None where they could not be had.

    Attributes:
        name: Camera name.
        image_size: (width, height) in px, from its videos, else from the calibration.
        channels: Its channels.
        n_frames: Number of frames, by channel.
        frame_rate_hz: From the timestamps in the file.
        dropped_frames: Frames missing between the timestamps, by channel.
        starts_s: Time of timepoint 0 on the file's own clock, in seconds.
        seed_labels: Number of hand-labelled points.
        seed_error_median_px: Median distance between a label and the reprojection of its keypoint, triangulated from
            all views that label it; px.
        seed_error_max_px: The largest.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    image_size: tuple[int, int] | None = None
    channels: tuple[str, ...] = ()
    n_frames: dict[str, int] = {}
    frame_rate_hz: float | None = None
    dropped_frames: dict[str, int] = {}
    starts_s: float | None = None
    seed_labels: int | None = None
    seed_error_median_px: float | None = None
    seed_error_max_px: float | None = None


class SessionCheck(BaseModel):
    """Everything a check of a session folder found.

    Attributes:
        session: Session name.
        folder: Session folder.
        ok: Whether there is no finding of level ``error``.
        n_timepoints: Number of synchronised instants.
        frame_rate_hz: Instants per second.
        seed_timepoints: The labelled timepoints.
        cameras: Figures per camera, in the calibration's order.
        findings: Errors, then warnings, then notes.
    """

    model_config = ConfigDict(frozen=True)

    session: str
    folder: str
    ok: bool
    n_timepoints: int | None = None
    frame_rate_hz: float | None = None
    seed_timepoints: tuple[int, ...] = ()
    cameras: tuple[CameraCheck, ...] = ()
    findings: tuple[Finding, ...] = ()
