"""Recordings of animals that meet on a line, 100 px to a body length, for tests of what is said of them."""

from __future__ import annotations

import numpy as np
from unit.behavior.moving_animals import ROLES, tracks_of, with_missing

from behaviorvlm.behavior.annotator import RecordingView
from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.types import KeypointRoles, Recording, Segment, Tracks


def two(
    *along_px: np.ndarray | float, headings: tuple[np.ndarray | float, ...], stretch: np.ndarray | float = 1.0
) -> Tracks:
    """Return animals at these (timepoint,) places along x and, where they are complex, y; as many as places."""
    n_frames = max(np.size(place) for place in along_px)
    center = np.stack([np.broadcast_to(np.asarray(place, complex), n_frames) for place in along_px], axis=1)
    heading = np.stack([np.broadcast_to(np.asarray(angle, float), n_frames) for angle in headings], axis=1)
    return tracks_of(center, heading, stretch=stretch)


def recorded(
    tracks: Tracks, *, missing: tuple[object, ...] | None = None, roles: KeypointRoles = ROLES, name: str = "pair"
) -> Recording:
    """Return a recording of tracks at 30 frames per second."""
    kept = tracks if missing is None else with_missing(tracks, missing)
    return Recording(name, kept.times_s, 30.0, kept, roles)


def viewed(recording: Recording) -> RecordingView:
    """Return what a describer may look at."""
    assert recording.tracks is not None
    kinematics = measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=recording.frame_rate_hz)
    features = np.zeros((len(recording.individuals), recording.n_timepoints, 1), np.float32)
    return RecordingView(recording, kinematics, features, None)


def whole(recording: Recording, *, individual: str = "animal0", cluster: int = 3) -> Segment:
    """Return one segment over all frames."""
    return Segment(recording.name, individual, 0, 0, recording.n_timepoints, cluster, 0.9)
