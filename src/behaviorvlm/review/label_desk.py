"""What a person does while labelling seeds: points are put, moved, copied; geometry and checks follow at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from behaviorvlm.evaluate.seed_check import seed_findings
from behaviorvlm.evaluate.seed_geometry import SeedGeometry
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate_with_error
from behaviorvlm.review.clicks import REACH_SHOWN, nearest, sight_lines
from behaviorvlm.review.label_session import LabelSession
from behaviorvlm.review.view_drawing import ViewDrawing
from behaviorvlm.review.window import Window, around, whole
from behaviorvlm.types import FloatArray, Skeleton, all_finite

BONE_SLACK = 0.35
"""Share by which a bone may differ between two seeds."""


@dataclass(eq=False)
class LabelDesk:
    """One tab of labelling.

    Attributes:
        space: The session.
        timepoints: Those to label.
        labels: Timepoint to (camera, keypoint, 2) float64 px, NaN = not labelled.
        now: The timepoint that is shown.
        selected: The keypoint that clicks put.
        held: View in which a point is being dragged, None = none is.
        zoomed: Whether views show the animal alone.
        numbered, named: Whether dots bear numbers, keypoints labels.
        saved: Whether all that was put is in the files.
        said: What to tell the person.
    """

    space: LabelSession
    timepoints: list[int]
    labels: dict[int, FloatArray]
    now: int = field(init=False)
    selected: int = 0
    held: int | None = None
    zoomed: bool = False
    numbered: bool = False
    named: bool = True
    saved: bool = True
    said: str = ""

    def __post_init__(self) -> None:
        self.skeleton, self.cameras = self.space.session.skeleton, self.space.session.cameras
        shape = (len(self.cameras), len(self.skeleton), 2)
        self._blank = np.full(shape, np.nan)
        self.now = self.timepoints[0] if self.timepoints else 0

    @property
    def points_px(self) -> FloatArray:
        """The labels of this timepoint, (camera, keypoint, 2) float64."""
        return self.labels.get(self.now, self._blank)

    # Travelling ---------------------------------------------------------------------------------------------------

    def travel(self, timepoint: int) -> None:
        """Show another timepoint."""
        self.now = int(np.clip(timepoint, 0, self.space.session.n_timepoints - 1))
        self.held, self.said = None, ""

    def step(self, by: int) -> None:
        """Go so many timepoints on."""
        self.travel(self.now + by)

    def step_seed(self, by: int) -> None:
        """Go to the next timepoint to label, or the one before."""
        places = sorted({*self.timepoints, *self.labels})
        later = [one for one in places if (one > self.now if by > 0 else one < self.now)]
        if later:
            self.travel(min(later) if by > 0 else max(later))

    def select(self, keypoint: int) -> None:
        """Make clicks put a keypoint."""
        self.selected, self.said = keypoint % len(self.skeleton), ""

    # Labels -------------------------------------------------------------------------------------------------------

    def press(self, camera: int, x: float, y: float, *, shift: bool = False) -> None:
        """Put the selected keypoint where a view was pressed, on the dot if one is near; with shift remove it."""
        if shift:
            self._put(camera, np.full(2, np.nan))
            return
        window = self.window(camera)
        place = np.array(window.raw(x, y))
        dots = self.space.dots(self.now)[camera].points_px
        number = nearest(dots, place, reach_px=REACH_SHOWN / window.scale)
        self._put(camera, place if number is None else dots[number])
        self.held = camera

    def drag(self, camera: int, x: float, y: float) -> None:
        """Move the point that is held; no dot attracts it."""
        if self.held == camera:
            self._put(camera, np.array(self.window(camera).raw(x, y)))

    def release(self) -> None:
        """Let go of the point."""
        self.held = None

    def clear(self) -> None:
        """Remove the selected keypoint from all views."""
        points = self.points_px.copy()
        points[:, self.selected] = np.nan
        self._set(points)

    def swap(self) -> None:
        """Exchange left and right of the selected keypoint's pair in all views."""
        other = int(self.skeleton.mirror_indices[self.selected])
        points = self.points_px.copy()
        points[:, [self.selected, other]] = points[:, [other, self.selected]]
        self._set(points)

    def copy_last(self) -> None:
        """Take over the labels of the nearest labelled timepoint, each moved to the nearest dot if one is near."""
        others = [one for one, points in self.labels.items() if one != self.now and np.isfinite(points).any()]
        if not others:
            self.said = "no other timepoint is labelled yet"
            return
        source = min(others, key=lambda one: abs(one - self.now))
        points = self.labels[source].copy()
        for camera, dots in enumerate(self.space.dots(self.now)):
            for keypoint in range(len(self.skeleton)):
                reach = REACH_SHOWN / self.window(camera).scale
                number = nearest(dots.points_px, points[camera, keypoint], reach_px=reach)
                if number is not None:
                    points[camera, keypoint] = dots.points_px[number]
        self._set(points)
        self.said = f"copied from timepoint {source}: move what lies wrong"

    def write(self) -> None:
        """Write the seeds of all labelled timepoints."""
        count = self.space.write(self.labels)
        self.saved = True
        more = "" if count >= 3 else f"; {3 - count} more needed"
        self.said = f"seeds of {count} timepoints written to {self.space.session.folder}/seeds{more}"

    # What is shown ------------------------------------------------------------------------------------------------

    def window(self, camera: int) -> Window:
        """Return the part of a view that is shown."""
        size = self.cameras.cameras[camera].image_size
        if not self.zoomed:
            return whole(size)
        labelled = self.points_px[camera]
        dots = self.space.dots(self.now)[camera].points_px
        return around(labelled if all_finite(labelled).sum() >= 3 else dots, size)

    def drawing(self, camera: int) -> ViewDrawing:
        """Return what is drawn over a view: dots, labels, epipolar lines, and where triangulated points are seen."""
        return ViewDrawing(
            window=self.window(camera), dots_px=self.space.dots(self.now)[camera].points_px,
            points_px=self.points_px[camera], seen_px=self._seen_px()[camera], boxes_px=np.empty((0, 4)),
            selected=self.selected, lines_px=self._lines(camera), numbered=self.numbered, named=self.named,
        )  # fmt: skip

    def views_of(self, keypoint: int) -> int:
        """Return in how many views a keypoint is labelled at this timepoint."""
        return int(all_finite(self.points_px[:, keypoint]).sum())

    def errors_px(self) -> FloatArray:
        """Return the reprojection error of each keypoint at this timepoint, (keypoint,) float64, NaN under 2 views."""
        return triangulate_with_error(self.points_px, self.cameras).error_px

    def faults(self) -> list[str]:
        """Return what speaks against the labels so far, in words: views, sides, bones; empty if nothing does."""
        known = {one: points for one, points in sorted(self.labels.items()) if np.isfinite(points).any()}
        if not known:
            return []
        stacked = np.stack(list(known.values()))
        seeds = SeedGeometry(np.array(list(known)), stacked, self.cameras, self.skeleton)
        found = [f"{one.what} ({one.where or 'all'}): {one.actual}" for one in seed_findings(seeds)]
        return [
            *found,
            *bone_faults(seeds.points_mm, list(known), self.skeleton),
        ]

    def _seen_px(self) -> FloatArray:
        points = triangulate_with_error(self.points_px, self.cameras).points_mm
        return project_all(points, self.cameras)

    def _lines(self, camera: int) -> list[FloatArray]:
        chosen = self.points_px[:, self.selected]
        clicked = {int(other): chosen[other] for other in np.flatnonzero(all_finite(chosen))}
        return sight_lines(clicked, self.cameras, camera=camera, centre_mm=self._centre_mm())

    def _centre_mm(self) -> FloatArray:
        """Return where the animal is, as far as labels tell; before that, where the cameras look: (3,) mm."""
        points = triangulate_with_error(self.points_px, self.cameras).points_mm
        here = points[all_finite(points)]
        if len(here):
            return np.asarray(np.median(here, axis=0))
        middles = np.array([[(size - 1) / 2 for size in camera.image_size] for camera in self.cameras])
        return np.asarray(triangulate_with_error(middles[:, None], self.cameras).points_mm[0])

    def _put(self, camera: int, place: FloatArray) -> None:
        points = self.points_px.copy()
        points[camera, self.selected] = place
        self._set(points)

    def _set(self, points: FloatArray) -> None:
        self.labels[self.now] = points
        self.saved, self.said = False, ""


def bone_faults(points_mm: FloatArray, timepoints: Sequence[int], skeleton: Skeleton) -> list[str]:
    """Return the bones whose lengths differ between timepoints by more than a body allows, in words.

    Args:
        points_mm: (timepoint, keypoint, 3) float64 mm, NaN = missing.
        timepoints: Their numbers.
        skeleton: The keypoints and bones.
    """
    found = []
    for (one, other), (first, second) in zip(skeleton.edges, skeleton.edge_indices, strict=True):
        length = np.linalg.norm(points_mm[:, first] - points_mm[:, second], axis=-1)
        known = np.flatnonzero(np.isfinite(length))
        if len(known) < 2:
            continue
        short, long = known[length[known].argmin()], known[length[known].argmax()]
        if length[long] > (1 + BONE_SLACK) / (1 - BONE_SLACK) * length[short]:
            found.append(
                f"{one} to {other}: {length[short]:.1f} mm at timepoint {timepoints[short]}, "
                f"{length[long]:.1f} mm at {timepoints[long]}"
            )
    return found
