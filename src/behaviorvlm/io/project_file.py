"""A project: a TOML file that lists recordings with the groups they belong to. Paths are relative to it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from behaviorvlm.errors import InputError
from behaviorvlm.io.toml_file import read_model


class ProjectRecording(BaseModel):
    """One ``[[recordings]]`` of a project; what it leaves out is as the project says.

    Attributes:
        name: Else from the name of its file.
        tracks: File of tracks.
        video: Video; one of the two is needed.
        sequence: Which of the recordings in the file of tracks, where it holds several.
        format: Kind of the file of tracks; else told by its content.
        fps: Frames per second; needed where there is no video.
        px_per_mm: Scale.
        min_confidence: Below it a point is missing.
        roles: File of roles.
        groups: Column name to value.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(default=None, min_length=1)
    tracks: str | None = None
    video: str | None = None
    sequence: str = ""
    format: str | None = None
    fps: float | None = Field(default=None, gt=0)
    px_per_mm: float | None = Field(default=None, gt=0)
    min_confidence: float | None = None
    roles: str | None = None
    groups: dict[str, str | bool | int | float] = Field(default_factory=dict)


class Project(BaseModel):
    """A project file: settings for all recordings, and the recordings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fps: float | None = Field(default=None, gt=0)
    px_per_mm: float | None = Field(default=None, gt=0)
    min_confidence: float | None = None
    format: str | None = None
    roles: str | None = None
    recordings: tuple[ProjectRecording, ...] = Field(min_length=1)


def read_project(path: Path) -> Project:
    """Return a project; its recordings hold what the project says for all.

    Raises:
        FormatError: If it is no TOML.
        InputError: If a key is unknown, a recording has neither tracks nor video, or two have the same name.
    """
    project = read_model(path, Project, error=InputError)
    shared = project.model_dump(exclude={"recordings"}, exclude_none=True)
    recordings = tuple(
        ProjectRecording.model_validate({**shared, **recording.model_dump(exclude_none=True)})
        for recording in project.recordings
    )
    for number, recording in enumerate(recordings, start=1):
        if recording.tracks is None and recording.video is None:
            raise InputError(
                "a recording has neither tracks nor video",
                where=f"{path}, recording {number}",
                expected='tracks = "...", video = "..." or both',
                actual=recording.name or "neither",
            )
    repeated = [name for name, count in Counter(r.name for r in recordings if r.name).items() if count > 1]
    if repeated:
        raise InputError(
            "recordings have the same name", where=str(path), expected="each name once", actual=", ".join(repeated)
        )
    return project.model_copy(update={"recordings": recordings})
