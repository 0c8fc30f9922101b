"""Is the rig plausible? Lengths that smell of other units, optics that smell of another picture.

What this cannot see: a rig that is mirrored as a whole. Its views agree with one another perfectly; only a person who
knows the animal's left from its right can tell.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from behaviorvlm.evaluate.findings import Finding
from behaviorvlm.geometry.rig_scale import rig_scale
from behaviorvlm.types import Camera, CameraGroup, FloatArray

RIG_MM = (50.0, 20_000.0)
"""Largest distance between two cameras that a laboratory may have."""
ANIMAL_MM = (1.0, 3_000.0)
"""Largest distance between two keypoints of one animal."""
FOCAL_WIDTHS = (0.2, 50.0)
"""Focal length in picture widths: from an extreme wide angle to an extreme telephoto lens."""


def rig_findings(cameras: CameraGroup, seeds_mm: FloatArray) -> Iterator[Finding]:
    """Yield lengths and optics that are hardly possible, and one note with the lengths, for a person to judge.

    Args:
        cameras: The rig.
        seeds_mm: (timepoint, keypoint, 3) float64 triangulated seeds, NaN = missing; may be empty.
    """
    scale = rig_scale(cameras)
    rig_mm, animal_mm = scale.apart_mm, max((_extent(pose) for pose in seeds_mm), default=0.0)
    lengths = str(scale)
    lengths += f", the labelled animal is {animal_mm:.4g} mm long" if animal_mm else ""
    bad = not RIG_MM[0] <= rig_mm <= RIG_MM[1] or (animal_mm > 0 and not ANIMAL_MM[0] <= animal_mm <= ANIMAL_MM[1])
    bad = bad or scale.likely_units != "mm"
    yield Finding(
        level="warning" if bad else "note",
        what="the units look wrong" if bad else "lengths, to be compared with the real rig",
        where="calibration",
        expected=f"{RIG_MM[0]:.4g} to {RIG_MM[1]:.4g} mm between cameras" if bad else "",
        actual=lengths,
        remedy=_units_remedy(scale.likely_units, rig_mm) if bad else "",
    )
    for camera in cameras:
        yield from _optics_findings(camera)


def _extent(points: FloatArray) -> float:
    """Return the largest distance between two of (point, 3) points; 0 for fewer than 2."""
    known = points[np.isfinite(points).all(axis=-1)]
    distances = np.linalg.norm(known[:, None] - known[None], axis=-1)
    return float(distances.max(initial=0.0))


def _units_remedy(likely: str, rig_mm: float) -> str:
    guess = "cm" if likely == "mm" and rig_mm < RIG_MM[0] else likely
    return f'measure one distance between cameras; if the file is in {guess}, state units = "{guess}"'


def _optics_findings(camera: Camera) -> Iterator[Finding]:
    width, height = camera.image_size
    focal, (x, y) = camera.matrix[0, 0] / width, camera.matrix[:2, 2]
    if not (0 <= x <= width and 0 <= y <= height):
        yield Finding(
            level="warning",
            what="the principal point lies outside the picture",
            where=f"camera {camera.name}",
            expected=f"within {width} x {height} px",
            actual=f"({x:.1f}, {y:.1f}) px",
            remedy="check that the calibration was made at this resolution and crop",
        )
    if not FOCAL_WIDTHS[0] <= focal <= FOCAL_WIDTHS[1]:
        yield Finding(
            level="warning",
            what="the focal length is hardly possible",
            where=f"camera {camera.name}",
            expected=f"{FOCAL_WIDTHS[0]} to {FOCAL_WIDTHS[1]:.4g} picture widths, in px",
            actual=f"{camera.matrix[0, 0]:.4g} px for a picture {width} px wide",
            remedy="the matrix must be in px of this video",
        )
