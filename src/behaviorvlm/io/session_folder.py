"""A session folder, opened: paths and records, all checked, no pixels yet."""

from __future__ import annotations

from pathlib import Path

from behaviorvlm.errors import SessionError
from behaviorvlm.io.candidates import read_candidates
from behaviorvlm.io.seeds import exemplars
from behaviorvlm.io.session_inventory import SessionInventory, take_inventory
from behaviorvlm.types import CandidateSet, RecordingSession


def open_session(folder: Path) -> RecordingSession:
    """Return the session in a folder.

    The usual layout is ``calibration.toml``, ``skeleton.toml``, ``videos/<session>_<camera>_<channel>.mp4`` and
    ``seeds/CollectedData_<camera>.csv``; ``session.toml`` may name other places. Instead of videos there may be
    ``candidates/candidates_<camera>.csv``. See ``docs/formats.md``.

    Raises:
        InputError: The first thing that is wrong with it: `SessionError`, `CalibrationError`, `SkeletonError`,
            `VideoError`, `SeedError` or `FormatError`. ``behaviorvlm check`` lists all of them.
    """
    return session_from(take_inventory(Path(folder)))


def session_from(found: SessionInventory) -> RecordingSession:
    """Return the session an inventory found.

    Raises:
        InputError: The first of its problems, if it has any.
    """
    if found.problems:
        raise found.problems[0]
    if not (found.skeleton and found.cameras and found.n_timepoints and found.frame_rate_hz):
        raise SessionError("the session is empty", where=str(found.folder), expected="timepoints", actual="none")
    return RecordingSession(
        name=found.name,
        folder=str(found.folder),
        skeleton=found.skeleton,
        cameras=found.cameras,
        seeds=exemplars(found.seed_files),
        videos={
            camera: {channel: str(path) for channel, path in found.videos[camera].items()}
            for camera in found.camera_names
            if camera in found.videos
        },
        n_timepoints=found.n_timepoints,
        frame_rate_hz=found.frame_rate_hz,
        frame_offsets=dict(found.settings.frame_offsets),
        candidate_files={camera: str(path) for camera, path in found.candidate_files.items()},
        source_files=found.source_files,
    )


def read_session_candidates(session: RecordingSession) -> dict[str, list[CandidateSet]]:
    """Return the candidates that come from files: camera name to one set per timepoint; empty if there are none.

    Raises:
        FormatError: If a file is no file of candidates.
    """
    return {
        camera: read_candidates(
            Path(path),
            camera=camera,
            n_timepoints=session.n_timepoints,
            frame_offset=session.frame_offsets.get(camera, 0),
        )
        for camera, path in session.candidate_files.items()
    }
