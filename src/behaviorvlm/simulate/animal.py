"""An articulated mouse made of ellipsoids, in motion; its dots sit on the skin of named parts.

Body about 80 mm, tail 75 mm. World frame: x, y on the floor, z up, mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.simulate.gait import Paws, hips_and_front, place_paws
from behaviorvlm.simulate.motion import MotionPlan
from behaviorvlm.simulate.signals import ease
from behaviorvlm.types import FloatArray, IntArray

SPINE_STEP_MM = 9.0
"""Length of each of the four joints from hips to neck."""
HIP_HEIGHT_MM = 17.0
TAIL_STEP_MM = 18.7
"""Length of each of the four tail joints: 75 mm in all."""
PARTS = (
    "rump",
    "waist",
    "chest",
    "neck",
    "head",
    "snout",
    "left_ear",
    "right_ear",
    "left_eye",
    "right_eye",
    "left_thigh",
    "right_thigh",
    "left_shin",
    "right_shin",
    "left_arm",
    "right_arm",
    "left_forepaw",
    "right_forepaw",
    "left_hindpaw",
    "right_hindpaw",
    "tail_0",
    "tail_1",
    "tail_2",
    "tail_3",
)
"""The ellipsoids, in order of the part axis."""
TRANSLUCENT = {"forepaw": 0.25, "hindpaw": 0.25}
"""How much of the body's dimming thin parts have (guessed), by the end of their name."""
DOTS: dict[str, tuple[str, tuple[float, float, float]]] = {
    "left_ear": ("left_ear", (0.75, 0.1, 0.65)),
    "right_ear": ("right_ear", (0.75, -0.1, 0.65)),
    "upper_back": ("chest", (0.15, 0.0, 0.99)),
    "middle_back": ("rump", (0.42, 0.0, 0.91)),
    "lower_back": ("rump", (-0.33, 0.0, 0.94)),
    "left_forepaw": ("left_forepaw", (0.0, 0.1, 0.99)),
    "right_forepaw": ("right_forepaw", (0.0, -0.1, 0.99)),
    "left_hindpaw": ("left_hindpaw", (-0.1, 0.1, 0.99)),
    "right_hindpaw": ("right_hindpaw", (-0.1, -0.1, 0.99)),
    "tail_base": ("tail_0", (-0.35, 0.0, 0.94)),
    "tail_middle": ("tail_1", (0.75, 0.0, 0.66)),
    "tail_tip": ("tail_3", (0.85, 0.0, 0.53)),
}
"""Keypoint to the part it sits on, and where on it: forward, left, up from its middle, were it a sphere."""

_UP = np.array([0.0, 0.0, 1.0])
_REAR_PITCH = np.array([0.5, 0.8, 1.0, 1.05])
_GROOM_PITCH = np.array([0.85, 0.95, 0.55, -0.15])
_REST_PITCH = np.array([0.10, 0.08, 0.0, -0.08])


@dataclass(frozen=True, eq=False)
class Body:
    """The animal at some timepoints: ellipsoids, each the picture of the unit sphere, and the dots on them.

    Attributes:
        centers_mm: (timepoint, part, 3) float64.
        axes_mm: (timepoint, part, 3, 3) float64, columns the half axes forward, left, up.
        dots_mm: (timepoint, keypoint, 3) float64 on the skin.
        normals: (timepoint, keypoint, 3) float64 unit, out of the skin.
    """

    centers_mm: FloatArray
    axes_mm: FloatArray
    dots_mm: FloatArray
    normals: FloatArray


def pose_body(plan: MotionPlan, start: int, stop: int) -> Body:
    """Return the animal at timepoints `start` (included) to `stop` (excluded); -1 and one past the end are allowed."""
    rows = np.arange(start, stop, dtype=np.float64) + plan.lead
    at = rows.astype(np.int64)
    parts: dict[str, tuple[FloatArray, FloatArray]] = {}
    hips, _ = hips_and_front(plan, rows)
    spine, frames = _spine(plan, at, hips)
    paws = _busy_paws(plan, at, place_paws(plan, rows), spine=spine, frames=frames)
    parts |= _trunk(spine, frames)
    parts |= _head(plan, at, neck=spine[:, -1], yaw=hips[:, 2] + plan.bend_rad[at])
    parts |= _limbs(spine, frames, paws)
    parts |= _tail(plan, at, parts["rump"])
    centers = np.stack([parts[name][0] for name in PARTS], axis=1)
    axes = np.stack([parts[name][1] for name in PARTS], axis=1)
    return Body(centers, axes, *_dots(centers, axes))


def _dots(centers: FloatArray, axes: FloatArray) -> tuple[FloatArray, FloatArray]:
    parts = [PARTS.index(part) for part, _ in DOTS.values()]
    units = np.array([unit for _, unit in DOTS.values()])
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    outward = np.einsum("tkji,kj->tki", np.linalg.inv(axes[:, parts]), units)
    normals = outward / np.linalg.norm(outward, axis=-1, keepdims=True)
    return centers[:, parts] + np.einsum("tkij,kj->tki", axes[:, parts], units), normals


def _spine(plan: MotionPlan, at: IntArray, hips: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return joints hips to neck (timepoint, 5, 3) mm and the frame of each link (timepoint, 4, 3, 3)."""
    yaw = hips[:, 2:] + plan.bend_rad[at, None] * (np.arange(4) + 0.5) / 4
    rear, groom = ease(plan.rear[at])[:, None], ease(plan.groom[at])[:, None]
    gait = 2 * np.pi * plan.phase[at, None]
    yaw = yaw + 0.06 * np.sin(gait + np.linspace(0, 1, 4))
    arch = _REST_PITCH * (1 + 1.2 * plan.hunch[at, None])
    pitch = arch + 1.05 * rear * _REAR_PITCH + 0.85 * groom * _GROOM_PITCH + 0.02 * np.sin(2 * gait)
    frames = _frame(yaw, pitch)
    height = HIP_HEIGHT_MM + 0.9 * plan.hunch[at] - 1.5 * np.maximum(rear, groom)[:, 0] + 0.5 * np.cos(2 * gait[:, 0])
    start = np.concatenate([hips[:, :2], height[:, None]], axis=1)
    steps = SPINE_STEP_MM * frames[..., 0]
    return np.concatenate([start[:, None], start[:, None] + np.cumsum(steps, axis=1)], axis=1), frames


def _trunk(spine: FloatArray, frames: FloatArray) -> dict[str, tuple[FloatArray, FloatArray]]:
    low, high = frames[:, 0], frames[:, 2]
    return {
        "rump": (spine[:, 0] + 4 * low[..., 0], low * [21, 13.5, 12]),
        "waist": (spine[:, 2] - 1.5 * frames[:, 1, :, 2], frames[:, 1] * [14, 11.5, 11]),
        "chest": (spine[:, 3] - 1 * high[..., 0], high * [16, 10.5, 11.5]),
    }


def _head(
    plan: MotionPlan, at: IntArray, *, neck: FloatArray, yaw: FloatArray
) -> dict[str, tuple[FloatArray, FloatArray]]:
    rear, groom = ease(plan.rear[at]), ease(plan.groom[at])
    pitch = -0.25 + plan.head_rad[at, 1] + 0.95 * rear - 0.5 * groom
    # the nose stays above the floor
    pitch = np.maximum(pitch, -np.arcsin(np.clip((neck[:, 2] - 7) / 25, 0.05, 0.9)))
    head = _frame(yaw + plan.head_rad[at, 0], pitch)
    forward, left, up = head[..., 0], head[..., 1], head[..., 2]
    middle = neck + 11 * forward + 1.5 * up
    parts = {
        "neck": _bone(neck - 3 * forward, middle, radius_mm=8.6),
        "head": (middle, head * [12, 8.5, 8.5]),
        "snout": (middle + 11 * forward - 2 * up, head * [9, 4.6, 4.4]),
    }
    for name, side in (("left_ear", 1.0), ("right_ear", -1.0)):
        # the ear's disc looks forward and outward
        flat = _rotate_about(head, up, side * 0.5)
        parts[name] = (middle - 3 * forward + side * 8.6 * left + 8 * up, flat * [1.3, 5.5, 6.5])
        parts[name.replace("ear", "eye")] = (middle + 6.5 * forward + side * 6.3 * left + 2.5 * up, head * 1.5)
    return parts


def _limbs(spine: FloatArray, frames: FloatArray, paws: Paws) -> dict[str, tuple[FloatArray, FloatArray]]:
    parts = {}
    for paw, name in enumerate(("left_forepaw", "right_forepaw", "left_hindpaw", "right_hindpaw")):
        side, hind = (1.0, -1.0)[paw % 2], paw >= 2
        prefix = name.split("_")[0]
        half = np.array([7.5, 2.8, 2.0] if hind else [4.2, 2.6, 1.8])
        foot = _frame(paws.yaw_rad[:, paw], np.zeros(len(spine)))
        middle = paws.ground_mm[:, paw] + half[2] * _UP
        parts[name] = (middle, foot * half)
        frame = frames[:, 0 if hind else 2]
        root = spine[:, 0 if hind else 3] + side * (9.0 if hind else 6.5) * frame[..., 1] - 4 * frame[..., 2]
        if hind:
            root = root + 3 * frame[..., 0]
            parts[f"{prefix}_thigh"] = (root, frame * [11, 6, 9.5])
        ankle = middle - (5.0 if hind else 1.5) * foot[..., 0] + 1.0 * _UP
        parts[f"{prefix}_{'shin' if hind else 'arm'}"] = _bone(root, ankle, radius_mm=3.4 if hind else 3.1)
    return parts


def _tail(
    plan: MotionPlan, at: IntArray, rump: tuple[FloatArray, FloatArray]
) -> dict[str, tuple[FloatArray, FloatArray]]:
    base = rump[0] - 0.85 * rump[1][..., 0] - 0.15 * rump[1][..., 2]
    lift = ease(plan.tail_lift[at])
    heights = np.stack([base[:, 2] * 0.45 + 0.8, 2.4 + 4 * lift, 1.8 + 12 * lift, 1.3 + 24 * lift], axis=1)
    parts, joint = {}, base
    for number in range(4):
        drop = np.clip(heights[:, number] - joint[:, 2], -0.9 * TAIL_STEP_MM, 0.9 * TAIL_STEP_MM)
        along = np.sqrt(TAIL_STEP_MM**2 - drop**2)
        yaw = plan.tail_rad[at, number]
        following = joint + np.stack([along * np.cos(yaw), along * np.sin(yaw), drop], axis=1)
        parts[f"tail_{number}"] = _bone(joint, following, radius_mm=(2.1, 1.6, 1.2, 0.9)[number])
        joint = following
    return parts


def _busy_paws(plan: MotionPlan, at: IntArray, paws: Paws, *, spine: FloatArray, frames: FloatArray) -> Paws:
    """Return the paws with the forepaws drawn up while rearing, and stroking the snout while grooming."""
    ground = paws.ground_mm.copy()
    chest, forward, left, up = spine[:, 3], frames[:, 3, :, 0], frames[:, 3, :, 1], frames[:, 3, :, 2]
    stroke = np.sin(2 * np.pi * 4.3 * (at - plan.lead) / plan.frame_rate_hz)[:, None]
    rear, groom = ease(plan.rear[at])[:, None], ease(plan.groom[at])[:, None]
    for paw, side in ((0, 1.0), (1, -1.0)):
        begging = chest + 10 * forward + side * 7 * left - 13 * up
        washing = chest + (20 + 3 * stroke) * forward + side * 6 * left - (10 - 3.5 * stroke) * up
        free = (groom * washing + rear * begging) / np.maximum(rear + groom, 1e-9)
        ground[:, paw] += np.minimum(rear + groom, 1) * (free - ground[:, paw])
    ground[..., 2] = np.maximum(ground[..., 2], 0)
    return Paws(ground, paws.yaw_rad)


def _frame(yaw_rad: FloatArray, pitch_rad: FloatArray) -> FloatArray:
    """Return (..., 3, 3) rotations with columns forward, left, up; pitch > 0 looks up."""
    yaw, pitch = np.broadcast_arrays(yaw_rad, pitch_rad)
    forward = np.stack([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)], axis=-1)
    left = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros_like(yaw)], axis=-1)
    return np.stack([forward, left, np.cross(forward, left)], axis=-1)


def _rotate_about(frames: FloatArray, axis: FloatArray, angle_rad: float) -> FloatArray:
    """Return (timepoint, 3, 3) frames turned about (timepoint, 3) unit axes."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_rotvec(axis * angle_rad).as_matrix() @ frames)


def _bone(start: FloatArray, stop: FloatArray, *, radius_mm: float) -> tuple[FloatArray, FloatArray]:
    """Return the ellipsoid around a bone from `start` to `stop`, both (timepoint, 3): centres and half axes."""
    along = (stop - start) / 2
    length = np.maximum(np.linalg.norm(along, axis=1), 1e-6)
    yaw, pitch = np.arctan2(along[:, 1], along[:, 0]), np.arcsin(np.clip(along[:, 2] / length, -1, 1))
    half = np.stack([1.1 * length, *2 * [np.full_like(length, radius_mm)]], axis=1)
    return (start + stop) / 2, _frame(yaw, pitch) * half[:, None, :]
