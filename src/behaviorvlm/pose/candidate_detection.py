"""Before stage 1: dots in every fluorescence view, and what the whole video says about them.

Detection looks at one picture at a time. What is static, and where the floor is, only shows over the video; both are
learnt from the detected dots and flagged, never removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import VideoError
from behaviorvlm.geometry.correspondence import match_views
from behaviorvlm.geometry.mirror import FloorPlane, find_floor
from behaviorvlm.imaging.blobs import choose_threshold, detect_blobs, estimate_noise
from behaviorvlm.imaging.specks import StaticSpecks, find_static_points
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.types import CameraGroup, CandidateSet, FloatArray, FrameSource

NOISE_PLACES = 2
"""Places of the video at which its noise is measured ..."""
NOISE_PICTURES = 3
"""... on so many pictures each."""
FLOOR_TIMEPOINTS = 60
"""Timepoints whose points look for the floor; more find it no better on the simulated arena."""
FLOOR_VIEWS = 3
"""Points seen by fewer views do not vote on the floor: too many are chance."""


@dataclass(frozen=True, eq=False)
class Survey:
    """What the whole video says about its dots.

    Attributes:
        specks: One per camera.
        floor: The floor, if it mirrors dots.
    """

    specks: tuple[StaticSpecks, ...]
    floor: FloorPlane | None


def measure_threshold(source: FrameSource, camera: str, settings: PoseSettings) -> tuple[float, float]:
    """Return the noise of one camera's video and the least peak of a dot in it, both in DN.

    Raises:
        VideoError: If the camera did not record the channel, or its video cannot be read.
    """
    _refuse_missing_channel(source, camera, settings)
    last = max(source.n_timepoints - NOISE_PICTURES, 0)
    noise = []
    for start in np.unique(np.linspace(0, last, NOISE_PLACES).astype(np.int64)).tolist():
        stop = min(start + NOISE_PICTURES, source.n_timepoints)
        noise += [
            estimate_noise(image) for image in source.read(camera, channel=settings.channel, start=start, stop=stop)
        ]
    # The largest: where a camera is black for a while, quiet pictures must not open the door to noise.
    noise_dn = float(np.max(noise))
    return noise_dn, choose_threshold(noise_dn)


def detect_candidates(
    source: FrameSource, camera: str, settings: PoseSettings, *, threshold_dn: float, timepoints: tuple[int, int]
) -> list[CandidateSet]:
    """Return one camera's candidates at each timepoint from the first (included) to the last (excluded).

    Raises:
        VideoError: If the video ends early or cannot be decoded.
    """
    import cv2

    cv2.setNumThreads(1)
    start, stop = timepoints
    pictures = source.read(camera, channel=settings.channel, start=start, stop=stop)
    found = []
    for timepoint, image in enumerate(pictures, start):
        blobs = detect_blobs(image, threshold_dn=threshold_dn, dark=settings.dots == "dark")
        flags = np.zeros(len(blobs), dtype=np.int64)
        found.append(CandidateSet(timepoint, camera, blobs.points_px, blobs.brightness, blobs.size_px, flags))
    return found


def survey_candidates(sampled: Sequence[Sequence[CandidateSet]], cameras: CameraGroup, *, gate_px: float) -> Survey:
    """Learn specks and floor from the candidates of sampled timepoints, spread evenly over the video.

    Args:
        sampled: For each sampled timepoint one candidate set per camera.
        cameras: The rig.
        gate_px: The gate of correspondence.
    """
    specks = tuple(
        find_static_points([views[c].points_px for views in sampled], [views[c].brightness for views in sampled])
        for c in range(len(cameras))
    )
    rows = np.unique(np.linspace(0, len(sampled) - 1, FLOOR_TIMEPOINTS).astype(np.int64))
    points = [_firm_points(sampled[row], cameras, gate_px) for row in rows]
    return Survey(specks, find_floor(points, cameras))


def _firm_points(views: Sequence[CandidateSet], cameras: CameraGroup, gate_px: float) -> FloatArray:
    points = match_views(views, cameras, gate_px=gate_px)
    return np.asarray(points.points_mm[(points.numbers >= 0).sum(axis=1) >= FLOOR_VIEWS])


def _refuse_missing_channel(source: FrameSource, camera: str, settings: PoseSettings) -> None:
    channels = source.channels(camera)
    if settings.channel not in channels:
        raise VideoError(
            f"camera {camera} has no {settings.channel} video to look for dots in",
            expected=f"<session>_{camera}_{settings.channel}.mp4",
            actual=f"channels {', '.join(channels) or 'none'}",
            remedy="add the video, name another channel in the settings, or give candidate files in session.toml",
        )
