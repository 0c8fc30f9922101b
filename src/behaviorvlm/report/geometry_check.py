"""What would betray an absurd geometry: views can agree to a tenth of a pixel on a body that no animal has.

A low reprojection error says that the views agree with one another, not that they are right. Lengths, heights and
speeds are not fitted to the views, so they can tell. None of this sees a rig that is mirrored as a whole; only a person
who knows the animal's left from its right does.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from behaviorvlm.evaluate.rig_check import rig_findings
from behaviorvlm.pose.body_limits import LENGTH_SLACK
from behaviorvlm.report.pose_3d_picture import body_path
from behaviorvlm.report.pose_measures import CameraOffsets, PoseMeasures
from behaviorvlm.report.rig_picture import up_axis
from behaviorvlm.types import CameraGroup, FloatArray, Skeleton

MOST_OFF = 0.05
UNEVEN = 1.25
"""Left and right bones of one animal differ by less."""
MOST_HEIGHT = 3.0
"""Body lengths between the lowest and the highest keypoint of a recording."""
MOST_SPEED = 30.0
"""Body lengths per second that the middle of a body may move."""
MOST_BIAS_PX = 1.0
LOW_ERROR_PX = 3.0
_SAMPLE = 200


@dataclass(frozen=True)
class GeometryCheck:
    """One thing that was looked at.

    Attributes:
        what: It, in words.
        found: What was found.
        usual: What would be usual.
        fine: Whether it is; None = cannot be told.
    """

    what: str
    found: str
    usual: str
    fine: bool | None


@dataclass(frozen=True, eq=False)
class Bones:
    """The lengths of the skeleton's edges.

    Attributes:
        names: Of the edges, ``nose to tail``.
        lengths_mm: (timepoint, edge) float64, NaN = an end is missing.
        median_mm: (edge,) float64, NaN = never seen.
    """

    names: tuple[str, ...]
    lengths_mm: FloatArray
    median_mm: FloatArray

    @property
    def relative(self) -> FloatArray:
        """Lengths over their medians, (timepoint, edge) float64."""
        return np.asarray(self.lengths_mm / np.where(self.median_mm > 0, self.median_mm, np.nan))

    @property
    def share_off(self) -> FloatArray:
        """Share of the timepoints that show a bone at which it is off its median, (edge,) float64, NaN = never seen."""
        seen = np.isfinite(self.lengths_mm).sum(axis=0)
        off = (np.abs(self.relative - 1) > LENGTH_SLACK).sum(axis=0)
        return np.asarray(np.where(seen > 0, off / np.maximum(seen, 1), np.nan))


def measure_bones(points_mm: FloatArray, skeleton: Skeleton) -> Bones:
    """Return the bones of (timepoint, keypoint, 3) mm poses."""
    ends = points_mm[:, skeleton.edge_indices]
    lengths = np.linalg.norm(ends[:, :, 0] - ends[:, :, 1], axis=-1)
    return Bones(tuple(f"{one} to {other}" for one, other in skeleton.edges), lengths, _median(lengths))


def check_geometry(
    measures: PoseMeasures, bones: Bones, *, cameras: CameraGroup | None, offsets: CameraOffsets | None
) -> list[GeometryCheck]:
    """Return what was looked at, and whether it is plausible.

    Args:
        measures: The poses.
        bones: Of the same poses.
        cameras: The rig, None = not at hand.
        offsets: Of the same rig.
    """
    size_mm = body_length_mm(measures.points_mm)
    found = [_error(measures), *_lengths(bones, measures.skeleton), _speed(measures, size_mm)]
    if cameras is not None:
        found += [_height(measures.points_mm, cameras, size_mm), *_rig(measures.points_mm, cameras)]
    if offsets is not None:
        found.append(_bias(offsets))
    return found


def body_length_mm(points_mm: FloatArray) -> float:
    """Return the median of the largest extent of (timepoint, keypoint, 3) mm poses; NaN without any."""
    rows = points_mm[:: max(len(points_mm) // _SAMPLE, 1)]
    pairs = list(combinations(range(points_mm.shape[1]), 2)) or [(0, 0)]
    apart = np.stack([np.linalg.norm(rows[:, one] - rows[:, other], axis=-1) for one, other in pairs], axis=1)
    known = apart[np.isfinite(apart).any(axis=1)]
    return float(np.median(np.nanmax(known, axis=1))) if len(known) else float("nan")


def betrayed(checks: list[GeometryCheck], measures: PoseMeasures) -> str:
    """Return a sentence where views agree on something that cannot be, "" where nothing of the kind was found."""
    doubtful = [one.what for one in checks[1:] if one.fine is False]
    error = np.nanmedian(measures.error_px) if np.isfinite(measures.error_px).any() else np.inf
    if not doubtful or error > LOW_ERROR_PX:
        return ""
    return (
        f"The views agree to {error:.2f} px, and still this is not plausible: {', '.join(doubtful)}. A low "
        "reprojection error does not make a geometry right: look at units, calibration, and at left and right."
    )


def _error(measures: PoseMeasures) -> GeometryCheck:
    known = measures.error_px[np.isfinite(measures.error_px)]
    if not len(known):
        return GeometryCheck("reprojection error", "no keypoint placed", f"median below {LOW_ERROR_PX:g} px", None)
    median = float(np.median(known))
    found = f"median {median:.2f} px, 95 % below {np.percentile(known, 95):.2f} px"
    return GeometryCheck("reprojection error", found, f"median below {LOW_ERROR_PX:g} px", median < LOW_ERROR_PX)


def _lengths(bones: Bones, skeleton: Skeleton) -> Iterator[GeometryCheck]:
    usual = f"within {LENGTH_SLACK:.0%} of its median in {1 - MOST_OFF:.0%} of the timepoints"
    if not np.isfinite(bones.share_off).any():
        yield GeometryCheck("lengths of bones", "no bone seen", usual, None)
        return
    worst = int(np.nanargmax(bones.share_off))
    share = float(bones.share_off[worst])
    found = f"{bones.names[worst]} is off in {share:.1%}" if share else "all of them, always"
    yield GeometryCheck("lengths of bones", found, usual, share <= MOST_OFF)
    ratios = _left_to_right(bones, skeleton)
    if ratios:
        name = max(ratios, key=lambda one: ratios[one])
        found = f"{name}: {ratios[name]:.2f} times"
        usual = f"below {UNEVEN:g} times"
        yield GeometryCheck("left beside right bones", found, usual, ratios[name] < UNEVEN)


def _left_to_right(bones: Bones, skeleton: Skeleton) -> dict[str, float]:
    """Return how many times as long the longer is of a left and a right bone, by the names of the bones."""
    mirror = skeleton.mirror_indices
    places = {tuple(sorted(edge)): number for number, edge in enumerate(skeleton.edge_indices.tolist())}
    found = {}
    for (one, other), number in places.items():
        partner = places.get(tuple(sorted((int(mirror[one]), int(mirror[other])))))
        if partner is None or partner <= number:
            continue
        pair = bones.median_mm[[number, partner]]
        if np.isfinite(pair).all() and pair.min() > 0:
            found[f"{bones.names[number]}, {bones.names[partner]}"] = float(pair.max() / pair.min())
    return found


def _speed(measures: PoseMeasures, size_mm: float) -> GeometryCheck:
    path = body_path(measures.points_mm)
    gaps_s = np.diff(measures.timepoints) / measures.frame_rate_hz
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1) / gaps_s / size_mm
    known = speed[np.isfinite(speed)]
    usual = f"below {MOST_SPEED:g} body lengths per second"
    if not len(known):
        return GeometryCheck("speed of the body", "never seen twice", usual, None)
    fast = float(np.percentile(known, 99))
    found = f"99 % of the time below {fast:.2g} body lengths per second ({fast * size_mm:.3g} mm/s)"
    return GeometryCheck("speed of the body", found, usual, fast < MOST_SPEED)


def _height(points_mm: FloatArray, cameras: CameraGroup, size_mm: float) -> GeometryCheck:
    axis = up_axis(cameras)
    heights = points_mm[..., axis][np.isfinite(points_mm[..., axis])]
    usual = f"below {MOST_HEIGHT:g} body lengths"
    if not len(heights):
        return GeometryCheck("range of heights", "no keypoint placed", usual, None)
    spread = float(np.subtract(*np.percentile(heights, [99, 1])))
    found = f"{spread:.3g} mm along {'xyz'[axis]}, {spread / size_mm:.2g} body lengths of {size_mm:.3g} mm"
    return GeometryCheck("range of heights", found, usual, spread < MOST_HEIGHT * size_mm)


def _rig(points_mm: FloatArray, cameras: CameraGroup) -> Iterator[GeometryCheck]:
    """Yield what a check of the session would say of rig and animal, here of the poses that came out."""
    for one in rig_findings(cameras, points_mm[:: max(len(points_mm) // _SAMPLE, 1)]):
        fine = one.level == "note"
        what = "sizes of rig and animal" if one.where == "calibration" else f"{one.where}: {one.what}"
        yield GeometryCheck(what, one.actual, one.expected or "as you measure them", fine)


def _bias(offsets: CameraOffsets) -> GeometryCheck:
    bias = np.where(offsets.count.sum(axis=1) > 0, np.linalg.norm(offsets.mean_px, axis=1), np.nan)
    usual = f"below {MOST_BIAS_PX:g} px for each camera"
    if not np.isfinite(bias).any():
        return GeometryCheck("dots around the poses", "no dot", usual, None)
    worst = int(np.nanargmax(bias))
    found = f"{offsets.names[worst]} is off by {bias[worst]:.2f} px on average"
    return GeometryCheck("dots around the poses", found, usual, bool(bias[worst] < MOST_BIAS_PX))


def _median(lengths: FloatArray) -> FloatArray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a bone that is never seen has no median, and that is known
        return np.asarray(np.nanmedian(lengths, axis=0))
