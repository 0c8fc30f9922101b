"""The hand labels of a simulated session: a few timepoints in which a person marked what can be seen."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import numpy as np

from behaviorvlm.io.deeplabcut import write_labels
from behaviorvlm.simulate.scene import Scene
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.simulate.spots import watch
from behaviorvlm.simulate.truth import clarity
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray, IntArray

APART_TIMEPOINTS = 10
"""Seeds that follow each other closely show the same pose twice."""


def write_seeds(folder: Path, scene: Scene, cameras: CameraGroup, *, session: str) -> None:
    """Write ``CollectedData_<camera>.csv`` with the jitter of a hand; what cannot be seen stays empty.

    Raises:
        RunStorageError: If the disk refuses.
    """
    window = min(scene.settings.seed_window, scene.plan.n_timepoints)
    watched = [_window(scene, cameras, number, window=window) for number in range(len(cameras))]
    clear = np.stack([seen for _, seen in watched], axis=1)
    timepoints = pick_seeds(clear, n_seeds=scene.settings.n_seeds)
    rng = np.random.default_rng([scene.seed, 10])
    for camera, (points, seen) in zip(cameras, watched, strict=True):
        jitter = scene.settings.seed_jitter_px * rng.normal(size=(len(timepoints), len(MOUSE), 2))
        labels = np.where(seen[timepoints, :, None], points[timepoints] + jitter, np.nan)
        path = folder / f"CollectedData_{camera.name}.csv"
        write_labels(path, timepoints, labels, keypoints=MOUSE.keypoints, video=f"{session}_{camera.name}")


def pick_seeds(seen: BoolArray, *, n_seeds: int) -> IntArray:
    """Return the timepoints a careful person would label.

    One after the other, the timepoint that adds most keypoints seen in two views; among equals the one with most such
    keypoints, then the earliest.

    Args:
        seen: (timepoint, camera, keypoint) bool.
        n_seeds: How many, at most as many as there are timepoints.

    Returns:
        (n_seeds,) int64, rising.
    """
    supported = seen.sum(axis=1) >= 2
    apart = min(APART_TIMEPOINTS, max(1, len(seen) // (2 * n_seeds)))
    free = np.ones(len(seen), dtype=np.bool_)
    covered = np.zeros(supported.shape[1], dtype=np.bool_)
    picked: list[int] = []
    for _ in range(n_seeds):
        worth = (supported & ~covered).sum(axis=1) * (supported.shape[1] + 1) + supported.sum(axis=1)
        best = int(np.argmax(np.where(free, worth, -1)))
        picked.append(best)
        covered |= supported[best]
        free[max(0, best - apart + 1) : best + apart] = False
    return np.array(sorted(picked), dtype=np.int64)


def _window(scene: Scene, cameras: CameraGroup, number: int, *, window: int) -> tuple[FloatArray, BoolArray]:
    """Return the dots of the first `window` timepoints: px (timepoint, keypoint, 2), and which can be seen."""
    blocks = list(takewhile(lambda spots: spots.start < window, watch(scene, cameras.cameras[number], number=number)))
    points = np.concatenate([spots.points_px[:, : len(MOUSE)] for spots in blocks])[:window]
    seen = np.concatenate([clarity(spots) >= 0.5 for spots in blocks])[:window]
    return points, seen
