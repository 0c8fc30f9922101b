"""What a simulated session knows and a lab would not: exact points, exact cameras, every blob that is no dot."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from behaviorvlm.io.anipose import write_calibration
from behaviorvlm.io.atomic import replacing, write_text
from behaviorvlm.io.deeplabcut import Labels, write_predictions
from behaviorvlm.io.number_table import write_rows
from behaviorvlm.simulate.animal import pose_body
from behaviorvlm.simulate.readme import truth_readme
from behaviorvlm.simulate.scene import Scene
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.simulate.spots import BLOCK_TIMEPOINTS, Spots, watch
from behaviorvlm.types import CameraGroup, FloatArray

FAINT_DN = 10.0
"""A dot of this peak has likelihood 0.5: about what can just be seen."""
SPURIOUS_DN = 1.0
"""Fainter blobs are not listed."""


def clarity(spots: Spots) -> FloatArray:
    """Return how clear each dot is, (timepoint, keypoint) float64: peak / (peak + 10 DN), 0 out of the picture."""
    dots = slice(0, len(MOUSE))
    peak = np.where(spots.in_picture[:, dots], spots.peak_dn[:, dots], 0)
    return np.asarray(peak / (peak + FAINT_DN))


def write_truth(folder: Path, scene: Scene, cameras: CameraGroup, *, session: str) -> None:
    """Write ``truth/``: points3d.csv, and per camera points2d and spurious, calibration_true.toml, README.md.

    Raises:
        RunStorageError: If the disk refuses.
    """
    write_calibration(folder / "calibration_true.toml", cameras)
    header = [f"{name}_{axis}" for name in MOUSE.keypoints for axis in "xyz"] + ["fnum"]
    write_rows(folder / "points3d.csv", [header], _points3d(scene), decimals=[4] * (len(header) - 1) + [0])
    for number, camera in enumerate(cameras):
        labels = (_labels(spots) for spots in watch(scene, camera, number=number))
        write_predictions(folder / f"points2d_{camera.name}.csv", labels, keypoints=MOUSE.keypoints, scorer="truth")
        _write_spurious(folder / f"spurious_{camera.name}.csv", watch(scene, camera, number=number))
    write_text(folder / "README.md", truth_readme(scene, session))


def _points3d(scene: Scene) -> Iterator[FloatArray]:
    n_timepoints = scene.plan.n_timepoints
    for start in range(0, n_timepoints, BLOCK_TIMEPOINTS):
        stop = min(start + BLOCK_TIMEPOINTS, n_timepoints)
        points = pose_body(scene.plan, start, stop).dots_mm
        yield np.column_stack([points.reshape(stop - start, -1), np.arange(start, stop)])


def _labels(spots: Spots) -> Labels:
    timepoints = spots.start + np.arange(len(spots.points_px))
    return timepoints, spots.points_px[:, : len(MOUSE)], clarity(spots)


def _write_spurious(path: Path, blocks: Iterator[Spots]) -> None:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["fnum", "x", "y", "peak", "kind"])
        for spots in blocks:
            listed = spots.in_picture & (spots.peak_dn >= SPURIOUS_DN)
            listed[:, : len(MOUSE)] = False
            for row, spot in np.argwhere(listed).tolist():
                x, y = spots.points_px[row, spot].tolist()
                peak, kind = spots.peak_dn[row, spot], spots.kinds[spot]
                writer.writerow([spots.start + row, f"{x:.2f}", f"{y:.2f}", f"{peak:.1f}", kind])
