"""``session.toml``: where a session departs from the usual layout. Everything in it is optional."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from behaviorvlm.errors import SessionError
from behaviorvlm.io.toml_file import read_model

SETTINGS_FILE = "session.toml"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CalibrationSettings(_Table):
    """Table ``[calibration]``.

    Attributes:
        path: Calibration: anipose ``.toml``, DANNCE / Label3D ``.mat``, sleap-io ``.json`` or ``.slp``, OpenCV
            ``.yaml`` or ``.xml``, or a folder with a file of each camera (JARVIS, OpenCV).
        units: Units of its lengths; overrides what the file says.
        image_size: (width, height) in px, where neither the calibration nor a video says it.
    """

    path: str | None = None
    units: Literal["mm", "cm", "m"] | None = None
    image_size: tuple[int, int] | None = None


class SessionSettings(_Table):
    """What ``session.toml`` may hold. Paths are relative to the session folder.

    Attributes:
        name: Session name; else the one in the names of the videos, else the folder's.
        n_timepoints: Number of timepoints to use; needed where videos differ in length or there are none.
        frame_rate_hz: Timepoints per second; overrides the videos', and is needed where there are none.
        skeleton: Path of the skeleton file.
        calibration: Table ``[calibration]``.
        seeds: Camera name to the path of its seeds.
        videos: Camera name, then channel, to the path of a video.
        candidates: Camera name to the path of its candidates.
        frame_offsets: Camera name to the frame index that shows timepoint 0.
    """

    name: str | None = None
    n_timepoints: int | None = Field(default=None, ge=1)
    frame_rate_hz: float | None = Field(default=None, gt=0)
    skeleton: str = "skeleton.toml"
    calibration: CalibrationSettings = CalibrationSettings()
    seeds: dict[str, str] = {}
    videos: dict[str, dict[str, str]] = {}
    candidates: dict[str, str] = {}
    frame_offsets: dict[str, int] = {}

    @property
    def cameras_named(self) -> dict[str, str]:
        """Camera names this file uses, and the table each is used in first."""
        tables = ("frame_offsets", "candidates", "videos", "seeds")
        return {camera: table for table in tables for camera in getattr(self, table)}


def read_settings(folder: Path) -> SessionSettings:
    """Return the ``session.toml`` of a session folder, or the defaults where there is none.

    Raises:
        FormatError: If it is no TOML.
        SessionError: On unknown keys or values of the wrong kind; the message suggests the right key.
    """
    path = folder / SETTINGS_FILE
    return read_model(path, SessionSettings, error=SessionError) if path.exists() else SessionSettings()
