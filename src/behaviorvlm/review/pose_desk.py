"""What a person does in one tab of a pose review: where they are, what is selected, what a click means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from behaviorvlm.errors import InputError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.triangulation import triangulate_with_error
from behaviorvlm.review.clicks import REACH_SHOWN, nearest, sight_lines
from behaviorvlm.review.curves import Measure
from behaviorvlm.review.pose_workspace import PoseWorkspace
from behaviorvlm.review.skeleton_drawing import Turn
from behaviorvlm.review.timepoint import Timepoint
from behaviorvlm.review.view_drawing import ViewDrawing
from behaviorvlm.review.window import Window, around, whole
from behaviorvlm.runs.correction_kinds import FREE, AcceptExemplar, ClearPoint, MoveBox, PoseChange, SetPoint, SwapSides
from behaviorvlm.runs.quality_filter import QualityFilter
from behaviorvlm.types import CameraGroup, FloatArray, all_finite

Mode = Literal["dot", "free", "box"]


@dataclass(eq=False)
class PoseDesk:
    """One tab. Pure: it draws nothing and opens nothing itself.

    Attributes:
        space: What all tabs share.
        author: Who corrects.
        reason: Why, for the next correction.
        now: The timepoint that is shown.
        measure: By which the worst timepoints are listed, and time is colored.
        selected: Keypoint that clicks are about, None = none.
        mode: Whether a click takes a dot, puts a free point, or drags a box.
        region: The body region whose box is dragged.
        draft: Camera to the (2,) free point that is not kept yet.
        draft_box: Camera, and the box that is being dragged.
        swap_from: The timepoint at which a swap of a range begins, None = none begun.
        channel: Whose pictures are shown.
        zoomed: Whether views show the animal alone.
        numbered, named: Whether dots bear numbers, keypoints labels.
        turn: From where the skeleton is seen.
        said: What to tell the person; "" = nothing.
    """

    space: PoseWorkspace
    author: str
    now: Timepoint = field(init=False)
    reason: str = ""
    measure: Measure = "error"
    selected: int | None = None
    mode: Mode = "dot"
    region: str = ""
    draft: dict[int, FloatArray] = field(default_factory=dict)
    draft_box: tuple[int, tuple[float, float, float, float]] | None = None
    swap_from: int | None = None
    channel: str = ""
    zoomed: bool = True
    numbered: bool = False
    named: bool = True
    turn: Turn = field(default_factory=Turn)
    said: str = ""

    def __post_init__(self) -> None:
        self.region = self.region or next(iter(self.space.regions), "")
        self.channel = self.channel or next(iter(self.space.pictures.channels()), "")
        self.travel(self.space.run.asked_timepoints.start)

    # Travelling ---------------------------------------------------------------------------------------------------

    def travel(self, timepoint: int) -> None:
        """Show another timepoint, the nearest that was asked for."""
        asked = self.space.run.asked_timepoints
        self.now = self.space.at(int(np.clip(timepoint, asked.start, asked.stop - 1)))
        self.draft, self.draft_box, self.said = {}, None, ""

    def step(self, by: int) -> None:
        """Go so many timepoints on."""
        self.travel(self.now.timepoint + by)

    def step_worst(self, by: int) -> None:
        """Go to the next one (or the one before) in the list of the worst, and select its worst keypoint."""
        listed = self.space.worst(self.measure)
        if not listed:
            self.said = "nothing to look at by this measure"
            return
        places = [timepoint for timepoint, _, _ in listed]
        here = places.index(self.now.timepoint) if self.now.timepoint in places else (-1 if by > 0 else len(places))
        timepoint, keypoint, _ = listed[int(np.clip(here + by, 0, len(listed) - 1))]
        self.travel(timepoint)
        self.selected = keypoint

    def likely_next(self) -> list[int]:
        """Return the timepoints a person will probably go to: the next in the list of the worst, and one on."""
        places = [timepoint for timepoint, _, _ in self.space.worst(self.measure)]
        here = places.index(self.now.timepoint) if self.now.timepoint in places else -1
        return [*places[here + 1 : here + 2], self.now.timepoint + 1]

    def to_worst(self) -> None:
        """Go to the worst timepoint, if there is any."""
        for timepoint, keypoint, _ in self.space.worst(self.measure)[:1]:
            self.travel(timepoint)
            self.selected = keypoint

    def select(self, keypoint: int | None) -> None:
        """Make clicks be about a keypoint, or about none."""
        self.selected, self.draft, self.said = keypoint, {}, ""

    def select_next(self, by: int) -> None:
        """Select the keypoint so many further on in the skeleton."""
        self.select(((-1 if by > 0 else 0) if self.selected is None else self.selected) + by)
        self.selected = (self.selected or 0) % len(self.space.skeleton)

    # Clicks -------------------------------------------------------------------------------------------------------

    def press(self, camera: int, x: float, y: float, *, shift: bool = False) -> None:
        """Take a press of the mouse in a view, in shown px."""
        place = np.array(self.window(camera).raw(x, y))
        if self.mode == "box":
            self.draft_box = camera, (place[0], place[1], place[0], place[1])
        elif self.mode == "free":
            self._put(camera, place)
        elif shift:
            self.clear(camera)
        else:
            self._take_dot(camera, place)

    def drag(self, camera: int, x: float, y: float) -> None:
        """Take a move of the pressed mouse in a view."""
        place = np.array(self.window(camera).raw(x, y))
        if self.mode == "free" and camera in self.draft:
            self._put(camera, place)
        elif self.draft_box is not None and self.draft_box[0] == camera:
            x_min, y_min = self.draft_box[1][:2]
            self.draft_box = camera, (x_min, y_min, place[0], place[1])

    def release(self) -> None:
        """Take the release of the mouse: a box that was dragged is kept."""
        if self.draft_box is None:
            return
        camera, (x, y, other_x, other_y) = self.draft_box
        self.draft_box = None
        if x != other_x and y != other_y:
            box = min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)
            name = self.space.cameras[camera]
            self._correct(MoveBox(timepoint=self.now.timepoint, camera=name, region=self.region, box_px=box))

    def keep_draft(self) -> None:
        """Keep the free points as a correction."""
        keypoint = self._selected_name()
        if not self.draft or keypoint is None:
            self.said = "there is no free point to keep: press f, and click in a view"
            return
        self.mode = "dot"
        self._correct(*(self._point(camera, place) for camera, place in sorted(self.draft.items())))

    def drop(self) -> None:
        """Let go of what is under way; when nothing is, of the selected keypoint."""
        if self.draft or self.draft_box or self.mode != "dot" or self.swap_from is not None:
            self.draft, self.draft_box, self.mode, self.swap_from = {}, None, "dot", None
        else:
            self.selected = None

    # Corrections --------------------------------------------------------------------------------------------------

    def clear(self, camera: int | None = None) -> None:
        """Make the selected keypoint missing in one view, or (None) in all."""
        keypoint = self._selected_name()
        if keypoint is not None:
            name = None if camera is None else self.space.cameras[camera]
            self._correct(ClearPoint(timepoint=self.now.timepoint, camera=name, keypoint=keypoint))

    def swap(self, start: int | None = None, stop: int | None = None) -> None:
        """Exchange the sides of the selected keypoint's pair, or of all pairs where none is selected.

        Args:
            start: First timepoint, None = the one that is shown.
            stop: Timepoint behind the last, None = the one after it.
        """
        pairs = self._pairs()
        if pairs:
            first = self.now.timepoint if start is None else start
            last = self.now.timepoint + 1 if stop is None else stop
            self._correct(SwapSides(start=first, stop=last, pairs=pairs))

    def swap_range(self) -> None:
        """Begin a swap here; the second time, end it here: this timepoint and all between are swapped."""
        if not self._pairs():
            return
        if self.swap_from is None:
            self.swap_from = self.now.timepoint
            self.said = f"swap from timepoint {self.swap_from}: travel to the last one, and press w again"
            return
        start, stop = sorted((self.swap_from, self.now.timepoint))
        self.swap_from = None
        self.swap(start, stop + 1)

    def accept(self) -> None:
        """Accept the timepoint as exemplar."""
        self._correct(AcceptExemplar(timepoint=self.now.timepoint))

    def undo(self, number: int | None = None) -> None:
        """Undo a correction, the last one that holds if none is named."""
        last = self.space.last_holding()
        if number is None and last is None:
            self.said = "nothing to undo"
            return
        wanted = last.number if number is None and last is not None else number
        try:
            self.space.undo(int(wanted or 0), author=self.author, reason=self.reason)
        except InputError as error:
            self.said = error.message
            return
        self.travel(self.now.timepoint)
        self.said = f"correction {wanted} undone"

    # What is shown ------------------------------------------------------------------------------------------------

    def window(self, camera: int) -> Window:
        """Return the part of a view that is shown."""
        size = self.space.image_sizes[self.space.cameras[camera]]
        if not self.zoomed:
            return whole(size)
        places = np.concatenate([self.now.points_px[camera], self.now.seen_px[camera]])
        inside = (all_finite(places) & (places >= 0).all(axis=1) & (places < size).all(axis=1))[:, None]
        return around(np.where(inside, places, np.nan), size)

    def drawing(self, camera: int) -> ViewDrawing:
        """Return what is drawn over a view."""
        rig = self.space.rig
        lines, seen = ([], {}) if rig is None else (self._lines(camera, rig), self._draft_seen(camera, rig))
        chosen = self.selected
        mine = {chosen: self.draft[camera]} if chosen is not None and camera in self.draft else {}
        box = self.draft_box[1] if self.draft_box and self.draft_box[0] == camera else None
        return ViewDrawing(
            window=self.window(camera), dots_px=self.now.dots_px[camera], points_px=self.now.points_px[camera],
            seen_px=self.now.seen_px[camera], boxes_px=self.now.boxes_px[camera], selected=chosen, draft_px=mine,
            draft_seen_px=seen, lines_px=lines, draft_box_px=box, numbered=self.numbered, named=self.named,
        )  # fmt: skip

    def draft_words(self) -> str:
        """Return what keeping the free points would come to, in words; "" where there are none."""
        rig = self.space.rig
        if not self.draft or rig is None or self.selected is None:
            return ""
        point, error = self._draft_mm(rig)
        if not np.isfinite(point).all():
            return "one view: the point lies on the lines; click in another view"
        x, y, z = point.tolist()
        return f"{x:.1f}, {y:.1f}, {z:.1f} mm, reprojection error {error:.2f} px; Enter keeps it, Esc drops it"

    def _draft_mm(self, rig: CameraGroup) -> tuple[FloatArray, float]:
        """Return the (3,) point that the selected keypoint would have, and its error in px."""
        views = self.now.points_px[:, self.selected or 0].copy()
        for camera, place in self.draft.items():
            views[camera] = place
        found = triangulate_with_error(views[:, None], rig)
        return found.points_mm[0], float(found.error_px[0])

    def _draft_seen(self, camera: int, rig: CameraGroup) -> dict[int, FloatArray]:
        if not self.draft or self.selected is None:
            return {}
        point, _ = self._draft_mm(rig)
        return {self.selected: project_all(point, rig)[camera]} if np.isfinite(point).all() else {}

    def _lines(self, camera: int, rig: CameraGroup) -> list[FloatArray]:
        here = self.now.points_mm[all_finite(self.now.points_mm)]
        centre = np.median(here, axis=0) if len(here) else np.zeros(3)
        return sight_lines(self.draft, rig, camera=camera, centre_mm=centre)

    # Inside -------------------------------------------------------------------------------------------------------

    def _put(self, camera: int, place: FloatArray) -> None:
        if self._selected_name() is not None:
            self.draft = {**self.draft, camera: place}

    def _take_dot(self, camera: int, place: FloatArray) -> None:
        number = nearest(self.now.dots_px[camera], place, reach_px=REACH_SHOWN / self.window(camera).scale)
        if self.selected is None:
            self._select_at(camera, place, number)
        elif number is None:
            self.said = "no dot here; press f to put a free point, Esc to select another keypoint"
        elif self.now.numbers[self.selected, camera] != number:
            self._correct(self._point(camera, self.now.dots_px[camera][number], number=number))

    def _point(self, camera: int, place: FloatArray, *, number: int = FREE) -> SetPoint:
        return SetPoint(
            timepoint=self.now.timepoint,
            camera=self.space.cameras[camera],
            keypoint=self.space.skeleton.keypoints[self.selected or 0],
            number=number,
            x_px=float(place[0]),
            y_px=float(place[1]),
        )

    def _select_at(self, camera: int, place: FloatArray, number: int | None) -> None:
        owners = np.flatnonzero(self.now.numbers[:, camera] == number) if number is not None else np.empty(0, dtype=int)
        reach = REACH_SHOWN / self.window(camera).scale
        found = int(owners[0]) if len(owners) else nearest(self.now.seen_px[camera], place, reach_px=reach)
        self.selected, self.said = found, ""
        if found is None:
            self.said = "nobody here: pick a keypoint on the right, then click its dot"

    def _selected_name(self) -> str | None:
        if self.selected is None:
            self.said = "first pick a keypoint: on the right, or by a click on its mark"
            return None
        return self.space.skeleton.keypoints[self.selected]

    def _pairs(self) -> tuple[tuple[str, str], ...]:
        pairs = self.space.skeleton.symmetries
        if self.selected is not None:
            pairs = tuple(pair for pair in pairs if self.space.skeleton.keypoints[self.selected] in pair)
        if not pairs:
            self.said = "this keypoint has no left or right partner"
        return pairs

    def _correct(self, *changes: PoseChange) -> None:
        try:
            made = self.space.correct(changes, author=self.author, reason=self.reason)
        except InputError as error:
            self.said = f"{error.message}: {error.expected}"
            return
        self.travel(self.now.timepoint)
        self.said = f"correction {made[-1].number} kept; u undoes it"


def passing_words(kept: int, total: int) -> str:
    """Return how many of all keypoints a filter keeps, in words."""
    return f"{kept:,} of {total:,} keypoints stay ({kept / total:.1%})" if total else "nothing is settled yet"


def quality_filter(values: Sequence[float | None], *, only_corrected: bool = False) -> QualityFilter:
    """Return error, views, margin and confidence as a filter; an empty field filters nothing."""
    error_px, views, margin, confidence = values
    return QualityFilter(
        max_error_px=error_px,
        min_views=None if views is None else math.ceil(views),
        min_margin=margin,
        min_confidence=confidence,
        only_corrected=only_corrected,
    )
