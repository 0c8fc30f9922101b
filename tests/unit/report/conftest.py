"""A rig of three cameras around a small animal, without files."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.types import BodyRegion, Camera, CameraGroup, RecordingSession, Skeleton
from behaviorvlm.types.exemplar import Exemplar


def look_at(name: str, position_mm, target_mm=(0, 0, 0)) -> Camera:
    """Return a camera at a place that looks at another, z of the world up."""
    from scipy.spatial.transform import Rotation

    forward = np.subtract(target_mm, position_mm) / np.linalg.norm(np.subtract(target_mm, position_mm))
    right = np.cross(forward, (0, 0, 1.0))
    right = right / np.linalg.norm(right) if np.linalg.norm(right) > 1e-9 else np.array([1.0, 0, 0])
    rotation = np.array([right, np.cross(forward, right), forward])
    matrix = np.array([[600.0, 0, 160], [0, 600, 120], [0, 0, 1]])
    tvec = -rotation @ np.array(position_mm, dtype=float)
    return Camera(name, (320, 240), matrix, np.zeros(5), Rotation.from_matrix(rotation).as_rotvec(), tvec)


class PaintedFrames:
    """A FrameSource of even pictures: visible ones are 100 grey, fluorescence ones 10 with one dot."""

    n_timepoints = 10

    def __init__(self, *channels: str) -> None:
        self._channels = channels

    def channels(self, camera: str) -> tuple[str, ...]:
        return self._channels

    def read(self, camera: str, *, channel: str, start: int, stop: int):
        image = np.full((240, 320), 100 if channel == "visible" else 10, dtype=np.uint8)
        if channel != "visible":
            image[100, 50] = 60
        yield from [image] * (stop - start)


@pytest.fixture
def skeleton() -> Skeleton:
    return Skeleton(
        keypoints=("left_ear", "right_ear", "nose", "tail_base", "tail_bend"),
        edges=(("left_ear", "nose"), ("right_ear", "nose"), ("nose", "tail_base"), ("tail_base", "tail_bend")),
        symmetries=(("left_ear", "right_ear"),),
        regions=(BodyRegion("ears", ("left_ear", "right_ear")), BodyRegion("tail", ("tail_base", "tail_bend"))),
    )


@pytest.fixture
def cameras() -> CameraGroup:
    return CameraGroup(
        tuple(
            look_at(name, place)
            for name, place in (("a", (300, 0, 200)), ("b", (-150, 260, 200)), ("c", (-150, -260, 200)))
        )
    )


@pytest.fixture
def points_mm() -> np.ndarray:
    return np.array([(20, 8, 20), (20, -8, 20), (32, 0, 12), (-20, 0, 10), (-45, 8, 3)], dtype=float)


@pytest.fixture
def session(skeleton, cameras, points_mm) -> RecordingSession:
    from behaviorvlm.geometry.projection import project

    seeds = tuple(Exemplar(time, camera.name, project(points_mm, camera)) for time in (2, 5) for camera in cameras)
    return RecordingSession("drawn", "nowhere", skeleton, cameras, seeds, {}, 10, 30.0)


@pytest.fixture
def frames() -> type[PaintedFrames]:
    return PaintedFrames
