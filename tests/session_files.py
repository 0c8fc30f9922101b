"""A tiny recording session with known truth, written as a lab would keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.anipose import write_calibration
from behaviorvlm.io.seeds import write_seeds
from behaviorvlm.io.session_layout import calibration_path, skeleton_path, video_path
from behaviorvlm.io.skeleton import write_skeleton
from behaviorvlm.io.video import write_video
from behaviorvlm.types import Camera, CameraGroup, Exemplar, Skeleton

SIZE = (64, 48)
N_FRAMES = 12
SEED_TIMEPOINTS = (1, 5, 9)
SKELETON = Skeleton(
    ("nose", "left_ear", "right_ear", "left_paw", "right_paw", "back", "tail"),
    edges=(("nose", "back"), ("back", "tail")),
    symmetries=(("left_ear", "right_ear"), ("left_paw", "right_paw")),
)
BODY_MM = np.array(
    [[40, 0, 12], [30, 12, 22], [30, -12, 22], [25, 14, 0], [25, -14, 0], [0, 0, 25], [-40, 0, 8]], dtype=np.float64
)


def make_rig(n_cameras: int = 4, *, size: tuple[int, int] = SIZE, uneven_mm: float = 10.0) -> CameraGroup:
    """Return cameras about 400 mm out and 250 mm up that look at the middle, each a bit further out than the last."""
    cameras = []
    for number in range(n_cameras):
        angle = 2 * np.pi * number / n_cameras + 0.3
        out = 400 + uneven_mm * number
        place = np.array([out * np.cos(angle), out * np.sin(angle), 250.0 + uneven_mm * number])
        forward = -place / np.linalg.norm(place)
        right = np.cross(forward, [0, 0, 1.0])
        right /= np.linalg.norm(right)
        rotation = np.stack([right, np.cross(forward, right), forward])
        focal = 2.2 * size[0]
        matrix = np.array([[focal, 0, size[0] / 2 - 0.5], [0, focal, size[1] / 2 - 0.5], [0, 0, 1]])
        rvec = Rotation.from_matrix(rotation).as_rotvec()
        cameras.append(Camera(f"cam{number}", size, matrix, np.zeros(5), rvec, -rotation @ place))
    return CameraGroup(tuple(cameras))


def make_poses(timepoints: Sequence[int] = SEED_TIMEPOINTS) -> np.ndarray:
    """Return (timepoint, keypoint, 3) mm: the body, walking and turning."""
    turns = [Rotation.from_euler("z", 0.2 * t).as_matrix() for t in timepoints]
    return np.stack([BODY_MM @ turn.T + [t, -t, 0] for t, turn in zip(timepoints, turns, strict=True)])


def make_seeds(rig: CameraGroup, timepoints: Sequence[int] = SEED_TIMEPOINTS) -> list[Exemplar]:
    """Return every keypoint labelled in every view."""
    pixels = project_all(make_poses(timepoints), rig)
    return [
        Exemplar(timepoint, camera.name, pixels[index, row])
        for row, timepoint in enumerate(timepoints)
        for index, camera in enumerate(rig)
    ]


def make_pictures(n_frames: int = N_FRAMES, size: tuple[int, int] = SIZE) -> Iterator[np.ndarray]:
    """Yield pictures that tell their number: a bright bar whose column is 4 times the frame."""
    for frame in range(n_frames):
        picture = np.full((size[1], size[0]), 10, dtype=np.uint8)
        picture[:, bar_column(frame, size[0]) : bar_column(frame, size[0]) + 4] = 230
        yield picture


def bar_column(frame: int, width: int = SIZE[0]) -> int:
    """Return where the bar of a frame begins."""
    return 4 * frame % (width - 4)


def frame_shown(picture: np.ndarray) -> int:
    """Return the number a picture of `make_pictures` tells (for the first 15)."""
    return round((float(np.flatnonzero(picture.mean(axis=0) > 120).mean()) - 1.5) / 4)


def make_session(
    folder: Path, *, n_cameras: int = 4, channels: Sequence[str] = ("fluorescence",), name: str = "walk"
) -> CameraGroup:
    """Write a whole session folder and return its rig."""
    rig = make_rig(n_cameras)
    write_calibration(calibration_path(folder), rig)
    write_skeleton(skeleton_path(folder), SKELETON)
    write_seeds(folder, make_seeds(rig), skeleton=SKELETON, session=name)
    for camera in rig.names:
        for channel in channels:
            path = video_path(folder, name, camera=camera, channel=channel)
            write_video(path, make_pictures(), frame_rate_hz=25)
    return rig


def edit(path: Path, old: str, new: str) -> None:
    """Replace text in a file; fail if it is not there."""
    text = path.read_text()
    if old not in text:
        raise ValueError(f"{old!r} is not in {path}")
    path.write_text(text.replace(old, new))
