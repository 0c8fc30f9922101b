"""The session of a pose run, where it is still at hand and still the same; else why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.runs.refined_rig import refined_cameras
from behaviorvlm.runs.session_record import SessionRecord
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import CameraGroup, FrameSource, RecordingSession


@dataclass(frozen=True, eq=False)
class OpenedSession:
    """What can still be had of a session.

    Attributes:
        session: It, None = not at hand.
        source: Its pictures, None = not at hand.
        cameras: The rig that poses were placed with: as refined in the run, else the session's. None = not at hand.
        lacking: Why something is not at hand, "" = everything is.
    """

    session: RecordingSession | None
    source: FrameSource | None
    cameras: CameraGroup | None
    lacking: str


def open_session_of(run: PoseRun) -> OpenedSession:
    """Return the session of a run, as far as it is at hand.

    Raises:
        RunCorruptError: If the run's refined rig is not what was saved.
    """
    from behaviorvlm.io.session_folder import open_session
    from behaviorvlm.io.video import VideoFrameSource

    record, refined = run.manifest.session, refined_cameras(run)
    try:
        session = open_session(Path(record.folder))
    except BehaviorVLMError as error:
        why = f"The session is not at {record.folder} any more, or cannot be read: {error.message}."
        return OpenedSession(None, None, refined, why)
    changed = _changed(SessionRecord.of(session), record)
    if changed:
        why = f"The session at {record.folder} has changed since the run: other {changed}."
        return OpenedSession(None, None, refined, why)
    cameras = refined or session.cameras
    if not session.videos:
        return OpenedSession(session, None, cameras, "The session has no videos.")
    return OpenedSession(session, VideoFrameSource(session), cameras, "")


def _changed(now: SessionRecord, then: SessionRecord) -> str:
    names = ("calibration", "keypoints", "cameras", "n_timepoints", "frame_offsets")
    return ", ".join(name for name in names if getattr(now, name) != getattr(then, name))
