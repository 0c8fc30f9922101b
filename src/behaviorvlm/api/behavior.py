"""The behavior pipeline joined with files, models and the run on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.behavior.settings import BehaviorSettings
    from behaviorvlm.io.recordings import RecordingFile
    from behaviorvlm.runs.behavior_store import BehaviorRun

Progress = Callable[[str, int, int], None]
ASKED_ROLES = ("clip_describer", "segment_merger")
"""The roles that the annotator ``vlm`` asks."""


@dataclass(frozen=True)
class BehaviorFiles:
    """The files a user names for a behavior run.

    Attributes:
        inputs: Files of tracks, videos, or a project.
        videos: Videos of the tracks, in their order.
        frame_rate_hz: Frames per second, None = from the video.
        px_per_mm: Scale, None = unknown.
        roles: What keypoints are for, None = guessed by name.
        vocabulary: The behaviors to tell, None = any.
        exemplars: Bouts a person named.
        thresholds: Of the kinematic annotator, None = ours.
        fitted: A run whose scales and clusters are taken.
    """

    inputs: tuple[Path, ...]
    videos: tuple[Path, ...] = ()
    frame_rate_hz: float | None = None
    px_per_mm: float | None = None
    roles: Path | None = None
    vocabulary: Path | None = None
    exemplars: Path | None = None
    thresholds: Path | None = None
    fitted: Path | None = None


def find_recordings(files: BehaviorFiles) -> list[RecordingFile]:
    """Return the recordings that the files hold, without reading them.

    Raises:
        InputError: If a file cannot be used; the message says which and why.
    """
    from behaviorvlm.io import recordings

    return recordings.find_recordings(
        files.inputs,
        videos=files.videos,
        frame_rate_hz=files.frame_rate_hz,
        px_per_mm=files.px_per_mm,
        roles=files.roles,
    )
