"""Do the seeds agree with the rig and with one another? Everything hangs on three labelled timepoints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from behaviorvlm.evaluate.findings import Finding
from behaviorvlm.evaluate.seed_geometry import SeedGeometry, median, reprojection_error, worst
from behaviorvlm.evaluate.seed_sides import EXPLAINS, swapped_seed, swapped_views

RIG_SHARE = 0.005
"""A median error above this share of the picture width (5 px of 1024) says that rig and labels do not fit."""
AS_GOOD = 1.5
"""A hypothesis is as good as the best one if it leaves less than this many times its error."""
LABEL_SHARE = 0.01
"""A label further off than this share of the picture width is likely wrong."""


def seed_findings(seeds: SeedGeometry) -> Iterator[Finding]:
    """Yield what is wrong with the seeds: completeness, the rig as a whole, single labels, left and right."""
    yield from _coverage_findings(seeds)
    misfit = list(_rig_findings(seeds))
    yield from misfit
    if not misfit:  # in a wrong rig every label looks wrong
        yield from _label_findings(seeds)
        yield from _swapped_seed_findings(seeds)


def _coverage_findings(seeds: SeedGeometry) -> Iterator[Finding]:
    sizes = np.array([camera.image_size for camera in seeds.cameras])[None, :, None, :]
    outside = (seeds.points_px < -0.5) | (seeds.points_px > sizes - 0.5)
    for timepoint, camera, keypoint in np.argwhere(outside.any(axis=-1)):
        yield Finding(
            level="warning",
            what=f"the label of {seeds.skeleton.keypoints[keypoint]} lies outside the picture",
            where=seeds.at(timepoint, camera),
            expected="x and y within {} x {} px".format(*seeds.cameras.cameras[camera].image_size),
            actual="({:.1f}, {:.1f}) px".format(*seeds.points_px[timepoint, camera, keypoint]),
            remedy="check that labels and video have the same resolution",
        )
    placed = seeds.placed
    never = [seeds.skeleton.keypoints[keypoint] for keypoint in np.flatnonzero(~placed.any(axis=0))]
    if never:
        yield Finding(
            level="warning",
            what="keypoints that no seed places in 3D",
            expected="every keypoint labelled in 2 or more views of at least one seed timepoint",
            actual=", ".join(never),
            remedy="label them in one more view, or label another timepoint",
        )
    for timepoint in np.flatnonzero(placed.sum(axis=1) < 3):
        yield Finding(
            level="warning",
            what="a seed timepoint places fewer than 3 keypoints in 3D",
            where=f"timepoint {seeds.timepoints[timepoint]}",
            expected="3 or more keypoints labelled in 2 or more views",
            actual=str(int(placed[timepoint].sum())),
            remedy="label it in more views, or label another timepoint",
        )


def _rig_findings(seeds: SeedGeometry) -> Iterator[Finding]:
    usual, limit = median(seeds.errors_px), RIG_SHARE * seeds.width_px
    if usual <= limit:
        return
    yield Finding(
        level="error" if usual > 3 * limit else "warning",
        what="the seeds do not fit the calibration",
        where="all cameras",
        expected=f"a median reprojection error below {limit:.1f} px",
        actual=f"{usual:.1f} px",
        remedy=_culprit(seeds, usual)
        or "check that calibration, seeds and videos are of one recording, that the seeds"
        " of all cameras show the same moments, and that the videos were not flipped",
    )


def _culprit(seeds: SeedGeometry, usual: float) -> str:
    """Return what would make the seeds fit the rig: one camera less, or two cameras exchanged; empty if neither.

    In a symmetric rig more than one exchange may do.
    """
    names, n_cameras = seeds.cameras.names, len(seeds.cameras)
    hypotheses = {}
    for camera in range(n_cameras if n_cameras > 2 else 0):
        points = seeds.points_px.copy()
        points[:, camera] = np.nan
        hypotheses[f"the other cameras agree without {names[camera]}"] = points
    for one, other in combinations(range(n_cameras), 2):
        points = seeds.points_px.copy()
        points[:, [one, other]] = points[:, [other, one]]
        hypotheses[f"all would fit if {names[one]} and {names[other]} were exchanged"] = points
    errors = {words: median(reprojection_error(points, seeds.cameras)) for words, points in hypotheses.items()}
    enough = min(EXPLAINS * usual, AS_GOOD * min(errors.values()))
    words = " or ".join(text for text, error in errors.items() if error < enough)
    return f"{words}: check calibration, seeds and file names of these cameras" if words else ""


def _label_findings(seeds: SeedGeometry) -> Iterator[Finding]:
    """Yield single labels that their keypoint's other views contradict, and left/right swaps within one view."""
    limit = LABEL_SHARE * seeds.width_px
    swapped = np.zeros((len(seeds.timepoints), len(seeds.skeleton)), dtype=np.bool_)
    for timepoint, camera, pair in swapped_views(seeds, limit):
        swapped[timepoint, pair] = True
        yield _swapped_view_finding(seeds, pair, timepoint=timepoint, camera=camera)
    for timepoint, keypoint in np.argwhere((seeds.errors_px > limit).any(axis=1)):
        if not swapped[timepoint, keypoint]:
            yield _label_finding(seeds, timepoint, keypoint, limit=limit)


def _swapped_view_finding(seeds: SeedGeometry, pair: list[int], *, timepoint: int, camera: int) -> Finding:
    left, right = (seeds.skeleton.keypoints[keypoint] for keypoint in pair)
    off = worst(seeds.errors_px[timepoint][:, pair])
    return Finding(
        level="warning",
        what=f"{left} and {right} look swapped in one view",
        where=seeds.at(timepoint, camera),
        expected=f"labels within {LABEL_SHARE * seeds.width_px:.1f} px of what the other views say",
        actual=f"{off:.1f} px off; they would fit the other way round",
        remedy="swap the two labels in this camera's seed file",
    )


def _swapped_seed_findings(seeds: SeedGeometry) -> Iterator[Finding]:
    odd = swapped_seed(seeds)
    if odd is None:
        return
    names = (", ".join(seeds.skeleton.keypoints[keypoint] for keypoint in pair) for pair in odd.pairs)
    yield Finding(
        level="warning",
        what="left and right look swapped in one seed, in all views",
        where=f"timepoint {seeds.timepoints[odd.timepoint]}",
        expected="a pose that the other seeds resemble",
        actual=f"the other way round its misfit to them falls to {100 * odd.ratio:.0f} %: {'; '.join(names)}",
        remedy="look at this timepoint again; if it is right, label another one in a more usual pose",
    )


def _label_finding(seeds: SeedGeometry, timepoint: int, keypoint: int, *, limit: float) -> Finding:
    errors = seeds.errors_px[timepoint, :, keypoint]
    camera, rest = _blamed(seeds, timepoint, keypoint)
    sure = np.isfinite(errors).sum() > 2 and rest < EXPLAINS * worst(errors)
    return Finding(
        level="warning",
        what=f"the labels of {seeds.skeleton.keypoints[keypoint]} contradict one another",
        where=seeds.at(timepoint, camera) if sure else f"timepoint {seeds.timepoints[timepoint]}",
        expected=f"labels within {limit:.1f} px of their common 3D point",
        actual=f"{worst(errors):.1f} px off" + (f"; {rest:.1f} px without this view" if sure else ""),
        remedy="look at the keypoint in these views and correct the label"
        if sure
        else f"compare cameras {', '.join(np.array(seeds.cameras.names)[np.isfinite(errors)])}",
    )


def _blamed(seeds: SeedGeometry, timepoint: int, keypoint: int) -> tuple[int, float]:
    """Return the view without which the others agree best, and the worst error they then have, in px."""
    labels = seeds.points_px[timepoint, :, keypoint]
    rest = []
    for camera in range(len(seeds.cameras)):
        others = labels.copy()
        others[camera] = np.nan
        labelled = np.isfinite(labels[camera]).all()
        rest.append(worst(reprojection_error(others[None, :, None], seeds.cameras)) if labelled else np.inf)
    return int(np.argmin(rest)), float(min(rest))
