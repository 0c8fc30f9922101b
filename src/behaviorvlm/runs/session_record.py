"""What a run remembers of its session, so that a run folder stands by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.runs.blobs import pack
from behaviorvlm.types import BodyRegion, CameraGroup, RecordingSession, Skeleton


class SessionRecord(BaseModel):
    """What the tables and the readers of a run need to know of its session.

    Attributes:
        name: Session name.
        folder: Where the session was.
        n_timepoints: Number of synchronised instants.
        frame_rate_hz: Instants per second.
        keypoints: Names, in keypoint-axis order.
        edges: Pairs of names that a viewer draws as bones.
        symmetries: (left, right) pairs of names.
        regions: Region name to keypoints.
        cameras: Camera name to (width, height) px, in camera-axis order.
        frame_offsets: Camera name to the frame that shows timepoint 0.
        calibration: SHA-256 of the cameras' numbers, as the run was given them.
        seeds: SHA-256 of the hand-labelled points, likewise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    folder: str
    n_timepoints: int
    frame_rate_hz: float
    keypoints: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    symmetries: tuple[tuple[str, str], ...]
    regions: dict[str, tuple[str, ...]]
    cameras: dict[str, tuple[int, int]]
    frame_offsets: dict[str, int]
    calibration: str
    seeds: str

    @classmethod
    def of(cls, session: RecordingSession) -> Self:
        """Return the record of `session`."""
        skeleton = session.skeleton
        return cls(
            name=session.name,
            folder=str(Path(session.folder).absolute()),
            n_timepoints=session.n_timepoints,
            frame_rate_hz=session.frame_rate_hz,
            keypoints=skeleton.keypoints,
            edges=skeleton.edges,
            symmetries=skeleton.symmetries,
            regions={region.name: region.keypoints for region in skeleton.regions},
            cameras={camera.name: camera.image_size for camera in session.cameras},
            frame_offsets=dict(session.frame_offsets),
            calibration=calibration_hash(session.cameras),
            seeds=_seeds_hash(session),
        )

    @property
    def skeleton(self) -> Skeleton:
        """The body plan."""
        regions = tuple(BodyRegion(name, keypoints) for name, keypoints in self.regions.items())
        return Skeleton(self.keypoints, self.edges, self.symmetries, regions)


def calibration_hash(cameras: CameraGroup) -> str:
    """Return the SHA-256 of the cameras' numbers."""
    fields = ("matrix", "distortion", "rvec", "tvec")
    return pack(
        {f"{camera.name} {field}": getattr(camera, field) for camera in cameras for field in fields}
    ).content_hash


def _seeds_hash(session: RecordingSession) -> str:
    """Hash the labels themselves: a session need not come from files, and files can be read in more than one way."""
    return pack(
        {f"{seed.camera} {seed.timepoint}": np.nan_to_num(seed.points_px, nan=-1.0) for seed in session.seeds}
    ).content_hash
