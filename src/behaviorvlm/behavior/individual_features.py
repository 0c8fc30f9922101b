"""Features of one animal by itself: how it is posed, and how it moves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from behaviorvlm.behavior.feature_signals import FeatureColumn, Scene, Signal
from behaviorvlm.behavior.gaps import local_slope
from behaviorvlm.behavior.motion import slope_frames


def pose_signals(scene: Scene) -> Iterator[Signal]:
    """Yield where each keypoint is in the body's own frame, how long the body is, and how much of it is seen."""
    kinematics = scene.kinematics
    unit = np.exp(-1j * kinematics.heading_rad) * (1 / kinematics.body_length_px)
    for number, name in enumerate(scene.tracks.keypoints):
        place = (scene.points[:, :, number] - scene.center) * unit
        for side, values in (("ahead", place.real), ("rightward", place.imag)):
            column = FeatureColumn(
                f"{name} {side}",
                "bl",
                "pose",
                f"How far {name} is {side} of the middle of the trunk, along the body's axes.",
            )
            yield Signal(column, values)
    yield Signal(
        FeatureColumn("elongation", "", "pose", "Length of the trunk now over its usual length."),
        kinematics.elongation,
        over_windows=True,
    )
    yield Signal(
        FeatureColumn("missing", "share", "pose", "Share of the animal's keypoints that the tracker did not place."),
        scene.unseen.mean(axis=2) if scene.tracks.keypoints else np.ones(scene.center.shape),
        over_windows=True,
    )


def motion_signals(scene: Scene) -> Iterator[Signal]:
    """Yield how fast the animal goes, where to, how it turns, and how fast each keypoint moves."""
    kinematics = scene.kinematics
    sideways = np.sqrt(np.maximum(kinematics.speed_bl_s**2 - kinematics.forward_bl_s**2, 0))
    for name, unit, values, definition in (
        ("speed", "bl/s", kinematics.speed_bl_s, "Speed of the trunk."),
        (
            "forward speed",
            "bl/s",
            kinematics.forward_bl_s,
            "Speed of the trunk along its heading, below 0 = backwards.",
        ),
        ("sideways speed", "bl/s", sideways, "Speed of the trunk across its heading, to either side."),
        (
            "turning",
            "deg/s",
            kinematics.turning_deg_s,
            "Change of heading, over 0 = clockwise as the picture shows it.",
        ),
        ("turning to either side", "deg/s", np.abs(kinematics.turning_deg_s), "Change of heading, without its sign."),
    ):
        yield Signal(FeatureColumn(name, unit, "motion", definition), values, over_windows=True)
    half_window = slope_frames(kinematics.frame_rate_hz)
    speed = np.abs(local_slope(scene.points, scene.tracks.times_s, half_window=half_window))
    for number, name in enumerate(scene.tracks.keypoints):
        column = FeatureColumn(f"{name} speed", "bl/s", "motion", f"Speed of {name} in the picture.")
        yield Signal(column, speed[:, :, number] / kinematics.body_length_px)
