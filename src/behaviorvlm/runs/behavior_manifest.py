"""``run.toml`` of a behavior run: which recordings, with which settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict

from behaviorvlm.runs.manifest import BEHAVIOR, Manifest, begun, input_files


class RecordingPaths(Protocol):
    """What a manifest needs to know of a recording; nothing is read for it."""

    @property
    def name(self) -> str:
        """Its name, unique in the run."""
        ...

    @property
    def groups(self) -> Mapping[str, str]:
        """Column to value."""
        ...

    @property
    def source_files(self) -> Mapping[str, str]:
        """Its files, path by role."""
        ...

    @property
    def stated(self) -> Mapping[str, object]:
        """What the user says of how its files are read, by name; the fields of `RecordingEntry`."""
        ...


class RecordingEntry(BaseModel):
    """One recording as the run was given it, and how its files are read as far as the user said so.

    Attributes:
        groups: Column to value, as a project states them.
        frame_rate_hz: Frames per second, None = as the video or the file of tracks says.
        px_per_mm: Scale, None = as the file of tracks says.
        min_confidence: Below it a point is missing, None = usual for the kind of file.
        sequence: Which of the recordings in the file of tracks, None = the only one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: dict[str, str]
    frame_rate_hz: float | None = None
    px_per_mm: float | None = None
    min_confidence: float | None = None
    sequence: str | None = None


class BehaviorManifest(Manifest):
    """The ``run.toml`` of a behavior run.

    Attributes:
        pipeline: Tells it from a pose run.
        recordings: Name to entry, in the order given.
    """

    kind: ClassVar[str] = BEHAVIOR

    pipeline: Literal["behavior"] = "behavior"
    recordings: dict[str, RecordingEntry]

    @classmethod
    def of(
        cls,
        recordings: Sequence[RecordingPaths],
        settings: BaseModel,
        *,
        workers: int,
        inputs: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the manifest of a run that begins now; reads and hashes every input file.

        Args:
            recordings: What is to be labelled.
            settings: What is asked.
            workers: On record only.
            inputs: Further files the result depends on, path by role: vocabulary, exemplars.

        Raises:
            SessionError: If an input file cannot be read.
        """
        files = {f"{one.name}/{role}": path for one in recordings for role, path in one.source_files.items()}
        return cls(
            **begun(settings, asked={"workers": workers}, room=BEHAVIOR),
            recordings={
                one.name: RecordingEntry.model_validate({"groups": one.groups, **one.stated}) for one in recordings
            },
            inputs=input_files(files | dict(inputs or {})),
        )
