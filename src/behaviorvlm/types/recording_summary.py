"""What is left to know of a recording once it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from behaviorvlm.types.recording import Recording


@dataclass(frozen=True)
class RecordingSummary:
    """What later stages and readers need to know of a recording without opening it again.

    Attributes:
        name: Of the recording.
        individuals: Its streams.
        keypoints: Of its tracks; empty for video alone.
        roles: Role to keypoint.
        roles_guessed: Whether nobody stated them.
        n_timepoints: Number of frames.
        frame_rate_hz: Median frames per second.
        video: Path of the video, "" = none.
        frame_size: (width, height) px.
        px_per_mm: Scale, None = unknown.
        groups: Column to value.
        notes: What a person should know of how it was read.
        visible: For each individual, the share of frames in which it has any point; 1 for the scene.
    """

    name: str
    individuals: tuple[str, ...]
    keypoints: tuple[str, ...]
    roles: Mapping[str, str]
    roles_guessed: bool
    n_timepoints: int
    frame_rate_hz: float
    video: str
    frame_size: tuple[int, int]
    px_per_mm: float | None
    groups: Mapping[str, str]
    notes: tuple[str, ...]
    visible: tuple[float, ...]

    @classmethod
    def of(cls, recording: Recording) -> RecordingSummary:
        """Return the summary of a recording."""
        tracks = recording.tracks
        shares = (1.0,) if tracks is None else tuple(tracks.visible.mean(axis=0).tolist())
        return cls(
            name=recording.name,
            individuals=recording.individuals,
            keypoints=() if tracks is None else tracks.keypoints,
            roles={str(role): name for role, name in recording.roles.names.items()},
            roles_guessed=recording.roles.guessed,
            n_timepoints=recording.n_timepoints,
            frame_rate_hz=recording.frame_rate_hz,
            video=recording.video,
            frame_size=recording.frame_size,
            px_per_mm=recording.px_per_mm,
            groups=dict(recording.groups),
            notes=recording.notes,
            visible=shares,
        )
