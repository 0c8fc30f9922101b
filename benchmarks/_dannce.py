"""The real DANNCE mouse-1 rig, its 81 hand-labelled poses, and the moving mouse of rodent_mocap stood upright in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from behaviorvlm.io import dannce
from behaviorvlm.types import BodyRegion, CameraGroup, FloatArray, Skeleton

IMAGE_SIZE = (1152, 1024)
MOUSE_UP = np.array([0.02, -0.99, -0.14])
"""Up in rodent_mocap, measured there from the plane of the feet."""
STILL_PAWS = ("ForepawL", "ForepawR", "HindpawL", "HindpawR")
MOVING_MOUSE = Skeleton(
    keypoints=(
        "Ear_L", "Ear_R", "Neck", "Spine", "Trunk", "Forepaw_L", "Forepaw_R", "MTP_L", "MTP_R",
        "TTI", "Tail_2", "TailTip",
    ),
    edges=(
        ("Ear_L", "Ear_R"), ("Ear_L", "Neck"), ("Ear_R", "Neck"),
        ("Neck", "Trunk"), ("Trunk", "Spine"), ("Spine", "TTI"), ("TTI", "Tail_2"), ("Tail_2", "TailTip"),
        ("Trunk", "Forepaw_L"), ("Trunk", "Forepaw_R"), ("Spine", "MTP_L"), ("Spine", "MTP_R"),
    ),
    symmetries=(("Ear_L", "Ear_R"), ("Forepaw_L", "Forepaw_R"), ("MTP_L", "MTP_R")),
    regions=(
        BodyRegion("ears", ("Ear_L", "Ear_R")),
        BodyRegion("back", ("Neck", "Spine", "Trunk")),
        BodyRegion("paws", ("Forepaw_L", "Forepaw_R", "MTP_L", "MTP_R")),
        BodyRegion("tail", ("TTI", "Tail_2", "TailTip")),
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rig:
    """The rig and what was labelled in it.

    Attributes:
        cameras: Six real cameras, with distortion and skew.
        poses_mm: (81, 22, 3) float64 hand-labelled, NaN = not labelled.
        skeleton: The 22 keypoints.
        middle_mm: The mean labelled keypoint, laid on the floor: where the animal was.
        up: Unit vector away from the floor.
    """

    cameras: CameraGroup
    poses_mm: FloatArray
    skeleton: Skeleton
    middle_mm: FloatArray
    up: FloatArray


def read_rig(folder: Path) -> Rig:
    """Return the rig in the recordings of dannce_mouse_m1."""
    path = folder / "m1" / "label3d_dannce.mat"
    cameras = dannce.read_calibration(path, image_size=IMAGE_SIZE)
    poses_mm = dannce.read_poses(path).points_mm
    skeleton = dannce.read_skeleton(folder / "mouse22.mat")
    on_floor, up = _floor(poses_mm, [skeleton.index(name) for name in STILL_PAWS])
    middle = np.nanmean(poses_mm, axis=(0, 1))
    return Rig(cameras, poses_mm, skeleton, middle - ((middle - on_floor) @ up) * up, up)


def moving_mouse(folder: Path, *, rig: Rig, start: int, stop: int) -> FloatArray:
    """Return the recorded mouse in the rig: turned upright, paws on the floor, its mean place at the rig's middle.

    Args:
        folder: The recordings of rodent_mocap.
        rig: Where to put it.
        start: First frame.
        stop: Last frame, excluded.

    Returns:
        (timepoint, 12, 3) float64 mm, keypoints as in `MOVING_MOUSE`.
    """
    import h5py
    from scipy.spatial.transform import Rotation

    names = _mouse_names(folder / "mouse_kp_names.yaml")
    with h5py.File(folder / "test_mouse_mocap_3600_frames.h5") as file:
        tracks = file["tracks"][start:stop, 0][:, [names.index(name) for name in MOVING_MOUSE.keypoints]]
    turn, _ = Rotation.align_vectors(rig.up[None], MOUSE_UP[None])
    upright = tracks @ turn.as_matrix().T
    middle = upright.mean(axis=(0, 1))
    lift = np.median((upright[:, MOVING_MOUSE.region_indices["paws"]] - middle) @ rig.up)
    return np.asarray(upright - middle - lift * rig.up + rig.middle_mm, dtype=np.float64)


def _floor(poses_mm: FloatArray, paws: list[int]) -> tuple[FloatArray, FloatArray]:
    """Return a point on the plane most labelled paws stand on, and the unit vector to the side the animal is on.

    Some paws are lifted, so the plane is fitted again and again to those near it.
    """
    points = poses_mm[:, paws].reshape(-1, 3)
    points = points[np.isfinite(points).all(axis=1)]
    standing = np.ones(len(points), dtype=bool)
    for _ in range(10):
        on_floor = points[standing].mean(axis=0)
        up = np.linalg.svd(points[standing] - on_floor)[2][2]
        height = (points - on_floor) @ up
        off = np.abs(height - np.median(height))
        standing = off < 3 * 1.4826 * np.median(off)
    return on_floor, up * np.sign(np.nanmean((poses_mm - on_floor) @ up))


def _mouse_names(path: Path) -> list[str]:
    """Return the list under KP_NAMES; the file's other keys are not needed, so nor is a YAML reader."""
    lines = path.read_text().splitlines()
    names = []
    for line in lines[lines.index("KP_NAMES:") + 1 :]:
        if not line.startswith("  - "):
            break
        names.append(line[4:].strip())
    return names
