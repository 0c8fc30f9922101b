"""Seeds in the rig: where they are in space, and how far each label is from where the others put it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray, IntArray, Skeleton


@dataclass(frozen=True, eq=False)
class SeedGeometry:
    """Seeds in the rig.

    Attributes:
        timepoints: (timepoint,) int64.
        points_px: (timepoint, camera, keypoint, 2) float64 px, NaN = not labelled.
        cameras: The rig.
        skeleton: The keypoints.
    """

    timepoints: IntArray
    points_px: FloatArray
    cameras: CameraGroup
    skeleton: Skeleton

    @cached_property
    def points_mm(self) -> FloatArray:
        """Triangulated seeds, (timepoint, keypoint, 3) float64 mm, NaN where fewer than 2 views label them."""
        return triangulate(np.moveaxis(self.points_px, 1, 0), self.cameras)

    @property
    def placed(self) -> BoolArray:
        """Which keypoints the seeds place in 3D, (timepoint, keypoint) bool."""
        return np.asarray(np.isfinite(self.points_mm).all(axis=-1))

    @cached_property
    def errors_px(self) -> FloatArray:
        """Distance of each label from its keypoint's reprojection, (timepoint, camera, keypoint) float64 px."""
        return reprojection_error(self.points_px, self.cameras)

    @property
    def width_px(self) -> float:
        """Median picture width."""
        return float(np.median([camera.image_size[0] for camera in self.cameras]))

    def at(self, timepoint: int, camera: int) -> str:
        """Return timepoint and camera in words; both are indices into the arrays."""
        return f"timepoint {self.timepoints[timepoint]}, camera {self.cameras.names[camera]}"


def reprojection_error(points_px: FloatArray, cameras: CameraGroup) -> FloatArray:
    """Return how far each label is from the reprojection of the point all labels of that keypoint make.

    Args:
        points_px: (timepoint, camera, keypoint, 2) px, NaN = not labelled.
        cameras: The rig.

    Returns:
        (timepoint, camera, keypoint) float64 px; infinite where the point comes to lie behind the camera, NaN where the
        keypoint is not labelled, or in one view only.
    """
    views = np.moveaxis(points_px, 1, 0)
    points_mm = triangulate(views, cameras)
    errors = np.linalg.norm(project_all(points_mm, cameras) - views, axis=-1)
    judged = np.isfinite(views).all(axis=-1) & np.isfinite(points_mm).all(axis=-1)
    return np.moveaxis(np.where(judged & np.isnan(errors), np.inf, errors), 0, 1)


def per_camera(seeds: SeedGeometry) -> list[dict[str, float | int | None]]:
    """Return number of labels, median and largest error in px for each camera, as `CameraCheck` names them."""
    labelled = np.asarray(np.isfinite(seeds.points_px).all(axis=-1))
    rows: list[dict[str, float | int | None]] = []
    for camera in range(len(seeds.cameras)):
        errors = seeds.errors_px[:, camera][~np.isnan(seeds.errors_px[:, camera])]
        rows.append(
            {
                "seed_labels": int(labelled[:, camera].sum()),
                "seed_error_median_px": float(np.median(errors)) if len(errors) else None,
                "seed_error_max_px": float(errors.max()) if len(errors) else None,
            }
        )
    return rows


def median(errors: FloatArray) -> float:
    """Return the median of errors of any shape that are known (not NaN), 0 if there are none."""
    known = errors[~np.isnan(errors)]
    return float(np.median(known)) if len(known) else 0.0


def worst(errors: FloatArray) -> float:
    """Return the largest of errors of any shape that are known (not NaN), 0 if there are none."""
    return float(np.max(errors, initial=0.0, where=~np.isnan(errors)))
