"""What all pictures of a simulated session share: the motion, how bright each dot is, the dirt on the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from behaviorvlm.simulate.animal import DOTS
from behaviorvlm.simulate.motion import MotionPlan, plan_motion
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.types import FloatArray

BRIGHTNESS_DN = {"ears": 155.0, "back": 115.0, "paws": 110.0, "tail": 85.0}
"""Guessed peak of a dot of each region, seen along its normal in the middle of the arena."""
SPECK_DN = (15.0, 70.0)


@dataclass(frozen=True, eq=False)
class Scene:
    """What all pictures share.

    Attributes:
        plan: The motion.
        settings: The settings.
        seed: The seed of everything random.
        brightness_dn: (keypoint,) float64 peak along the normal.
        specks_mm: (speck, 3) float64 on the floor.
        speck_dn: (speck,) float64.
    """

    plan: MotionPlan
    settings: ArenaSettings
    seed: int
    brightness_dn: FloatArray
    specks_mm: FloatArray
    speck_dn: FloatArray


def draw_scene(n_timepoints: int, *, seed: int, settings: ArenaSettings) -> Scene:
    """Draw the motion, how bright the dots are and where specks lie."""
    rng = np.random.default_rng([seed, 4])
    region_of = {name: region.name for region in MOUSE.regions for name in region.keypoints}
    mean = np.array([BRIGHTNESS_DN[region_of[name]] for name in DOTS])
    spread = np.clip(1 + settings.brightness_spread * rng.normal(size=len(mean)), 0.3, 3)
    angle = rng.uniform(0, 2 * np.pi, settings.n_specks)
    radius = 1.6 * settings.arena_radius_mm * np.sqrt(rng.uniform(size=settings.n_specks))
    specks = np.stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros_like(angle)], axis=1)
    specks[:, :2] += settings.arena_center_mm
    return Scene(
        plan=plan_motion(n_timepoints, seed=seed, settings=settings),
        settings=settings,
        seed=seed,
        brightness_dn=settings.brightness * mean * spread,
        specks_mm=specks,
        speck_dn=rng.uniform(*SPECK_DN, settings.n_specks),
    )
