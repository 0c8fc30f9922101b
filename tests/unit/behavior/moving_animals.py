"""Rigid animals on known paths, as tracks."""

from __future__ import annotations

import numpy as np

from behaviorvlm.types import KeypointRoles, Role, Tracks

BODY = {
    "snout": 50 + 0j,
    "ear_l": 30 - 12j,
    "ear_r": 30 + 12j,
    "back": 0 + 0j,
    "rump": -50 + 0j,
    "tail": -90 + 5j,
}
"""Keypoint to its place in px, x to the front, y to the right as the picture shows it; 100 px from snout to rump."""
ROLES = KeypointRoles(
    {
        Role.NOSE: "snout",
        Role.LEFT_EAR: "ear_l",
        Role.RIGHT_EAR: "ear_r",
        Role.BODY_CENTER: "back",
        Role.TAIL_BASE: "rump",
        Role.TAIL_MIDDLE: "tail",
    }
)


def tracks_of(
    center: np.ndarray, heading_rad: np.ndarray, *, rate_hz: float = 30.0, stretch: np.ndarray | float = 1.0
) -> Tracks:
    """Return tracks of (timepoint, individual) complex px middles and headings."""
    body = np.array(list(BODY.values()))
    along = np.broadcast_to(stretch, center.shape)[..., None]
    points = center[..., None] + np.exp(1j * heading_rad)[..., None] * (body.real * along + 1j * body.imag)
    names = tuple(f"animal{number}" for number in range(center.shape[1]))
    pairs = np.stack([points.real, points.imag], axis=-1)
    return Tracks(names, tuple(BODY), pairs, np.full(points.shape, np.nan), np.arange(len(center)) / rate_hz)


def with_missing(tracks: Tracks, where: tuple[object, ...]) -> Tracks:
    """Return the tracks without the points at an index of (timepoint, individual, keypoint)."""
    points = tracks.points_px.copy()
    points[where] = np.nan
    return Tracks(tracks.individuals, tracks.keypoints, points, tracks.confidence, tracks.times_s)


def wandering(n_frames: int, *, individuals: int = 2, seed: int = 0, rate_hz: float = 30.0) -> Tracks:
    """Return animals that walk about at random, smoothly."""
    rng = np.random.default_rng(seed)
    turning = np.cumsum(rng.normal(0, 0.02, (n_frames, individuals)), axis=0)
    heading = rng.uniform(-3, 3, individuals) + np.cumsum(turning / rate_hz * 5, axis=0)
    pace = np.abs(np.cumsum(rng.normal(0, 5, (n_frames, individuals)), axis=0))
    center = rng.uniform(200, 400, individuals) * (1 + 1j) + np.cumsum(pace * np.exp(1j * heading) / rate_hz, axis=0)
    return tracks_of(center, heading, rate_hz=rate_hz)
