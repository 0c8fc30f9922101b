"""Features of an animal among others: the nearest one, and all of them, so that any number has the same columns."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from behaviorvlm.behavior.feature_signals import FeatureColumn, Scene, Signal, circular, nearest_of, smallest_of
from behaviorvlm.types import FloatArray, Role

TOUCHED = {
    "nose": (Role.NOSE,),
    "head": (Role.HEAD, Role.NECK),
    "ear": (Role.LEFT_EAR, Role.RIGHT_EAR),
    "body": (Role.BODY_CENTER,),
    "tail base": (Role.TAIL_BASE,),
}
"""Parts that noses are near to: word to the roles of which the nearest counts."""


def social_signals(scene: Scene) -> Iterator[Signal]:
    """Yield where the nearest other is and what it does, whose nose is near what, and how far all others are.

    The nearest is the one whose middle is; where nobody else is seen, everything is missing but the share of others
    that are.
    """
    nearest = _nearest(scene.kinematics.distance_bl)
    yield from _distances(scene, nearest)
    yield from _directions(scene, nearest)
    yield from _noses(scene, nearest)
    yield from _others(scene)


def _distances(scene: Scene, nearest: FloatArray) -> Iterator[Signal]:
    kinematics = scene.kinematics
    theirs = kinematics.closing_bl_s.transpose(0, 2, 1)
    speeds = np.broadcast_to(kinematics.speed_bl_s[:, None, :], kinematics.distance_bl.shape)
    for name, unit, pairs, definition in (
        ("distance", "bl", kinematics.distance_bl, "Distance to the nearest other, middle to middle."),
        ("gap", "bl", kinematics.gap_bl, "Smallest distance between any points of the two bodies."),
        ("closing", "bl/s", kinematics.closing_bl_s, "How fast the own motion brings it near the nearest other."),
        ("other closing", "bl/s", theirs, "How fast the nearest other's motion brings that one near."),
        ("other speed", "bl/s", speeds, "Speed of the nearest other."),
        ("speed difference", "bl/s", kinematics.speed_bl_s[:, :, None] - speeds, "Own speed less the other's."),
    ):
        yield Signal(FeatureColumn(name, unit, "social", definition), nearest_of(pairs, nearest), over_windows=True)


def _directions(scene: Scene, nearest: FloatArray) -> Iterator[Signal]:
    kinematics = scene.kinematics
    bearing = np.radians(kinematics.bearing_deg)
    heading = kinematics.heading_rad
    for name, pairs, definition in (
        ("bearing", bearing, "the direction of the nearest other, 0 = straight ahead."),
        ("other bearing", bearing.transpose(0, 2, 1), "the direction in which the nearest other sees this one."),
        ("relative heading", heading[:, None, :] - heading[:, :, None], "the other's heading from the own one."),
    ):
        yield from circular(FeatureColumn(name, "", "social", definition), nearest_of(pairs, nearest))


def _noses(scene: Scene, nearest: FloatArray) -> Iterator[Signal]:
    for part, roles in TOUCHED.items():
        pairs = smallest_of(scene.kinematics.nose_to, roles)
        if pairs is None:
            continue
        for name, values, definition in (
            (f"nose to {part}", pairs, f"From the foremost point of the own head to the other's {part}."),
            (f"other nose to {part}", pairs.transpose(0, 2, 1), f"From the other's head to the own {part}."),
        ):
            column = FeatureColumn(name, "bl", "social", definition)
            yield Signal(column, nearest_of(values, nearest), over_windows=True)


def _others(scene: Scene) -> Iterator[Signal]:
    kinematics = scene.kinematics
    others = ~np.eye(len(kinematics.individuals), dtype=bool)
    unseen = np.broadcast_to(np.isnan(kinematics.center_px[:, None, :, 0]), kinematics.distance_bl.shape)
    share = np.where(others, unseen, np.nan) if others.any() else np.ones(kinematics.distance_bl.shape)
    for name, unit, pairs, definition in (
        ("distance of all", "bl", kinematics.distance_bl, "Mean distance to all others that are seen."),
        ("gap of all", "bl", kinematics.gap_bl, "Mean gap to all others that are seen."),
        ("missing others", "share", share, "Share of the others of whom nothing is seen."),
    ):
        yield Signal(FeatureColumn(name, unit, "social", definition), _mean(pairs), over_windows=unit == "share")


def _nearest(distance: FloatArray) -> FloatArray:
    """Return (timepoint, individual) the number of the nearest other, NaN = nobody is seen."""
    if not distance.shape[2]:
        return np.full(distance.shape[:2], np.nan)
    filled = np.where(np.isnan(distance), np.inf, distance)
    return np.where(np.isfinite(filled).any(axis=2), filled.argmin(axis=2), np.nan)


def _mean(pairs: FloatArray) -> FloatArray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # where nobody is seen there is no mean
        return np.asarray(np.nanmean(pairs, axis=2))
