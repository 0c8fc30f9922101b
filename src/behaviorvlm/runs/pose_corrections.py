"""What the corrections that hold make of poses and boxes: views changed, what rests on them triangulated anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from behaviorvlm.errors import RunCorruptError
from behaviorvlm.geometry.triangulation import triangulate_with_error
from behaviorvlm.runs.chunks import PoseChunk, ViewChunk
from behaviorvlm.runs.correction_kinds import (
    FREE,
    AcceptExemplar,
    ClearPoint,
    Correction,
    MoveBox,
    PoseChange,
    SetPoint,
    SwapSides,
    in_words,
)
from behaviorvlm.runs.session_record import SessionRecord
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray, IntArray, PoseFlag
from behaviorvlm.types.body_limits import BodyLimits

Words = dict[tuple[int, int], str]
"""(timepoint, keypoint) to who corrected it, and how."""


@dataclass(frozen=True, eq=False)
class PoseCorrections:
    """The corrections of a pose run that hold.

    Attributes:
        session: Names, in order of the axes.
        cameras: With which corrected views are triangulated; None = none were kept.
        changes: In the order they were made.
        limits: By what jumps and bones are flagged; None = not kept, and their flags stay as they were found.
    """

    session: SessionRecord
    cameras: CameraGroup | None
    changes: tuple[Correction, ...]
    limits: BodyLimits | None = None

    def poses(self, chunk: PoseChunk) -> PoseChunk:
        """Return the chunk with the corrections that lie in it.

        A corrected keypoint bears the flag of that name, has no margin and no runner-up (nothing was compared), and
        confidence 1 where it has a place: a person vouches for it. Jumps and bone lengths are judged anew there and
        at the timepoints beside it, all of which the chunk must hold as far as the run tracked them in one go.
        """
        draft = self._draft(chunk)
        if draft is None:
            return chunk
        made = draft.finished(self._cameras())
        edges = self.session.skeleton.edge_indices
        return made if self.limits is None else _judged_anew(made, draft.touched, limits=self.limits, edges=edges)

    def words(self, chunk: PoseChunk) -> Words:
        """Return who corrected which keypoint of the chunk, and how."""
        draft = self._draft(chunk)
        return {} if draft is None else {key: "; ".join(dict.fromkeys(said)) for key, said in draft.words.items()}

    def boxes(self, chunk: ViewChunk) -> ViewChunk:
        """Return the chunk with the boxes that were moved."""
        boxes, cameras, regions = chunk.boxes_px.copy(), tuple(self.session.cameras), tuple(self.session.regions)
        moved = [one.change for one in self.changes if isinstance(one.change, MoveBox)]
        for change in moved:
            rows = np.flatnonzero(chunk.timepoint == change.timepoint)
            if len(rows) and change.region in regions:
                boxes[rows[0], cameras.index(change.camera), regions.index(change.region)] = change.box_px
        return replace(chunk, boxes_px=boxes) if moved else chunk

    def exemplars(self) -> list[int]:
        """Return the timepoints a person accepted as exemplars, rising."""
        return sorted({one.change.timepoint for one in self.changes if isinstance(one.change, AcceptExemplar)})

    def _draft(self, chunk: PoseChunk) -> _Draft | None:
        first, last = int(chunk.timepoint[0]), int(chunk.timepoint[-1])
        inside = [one for one in self.changes if _touches(one.change, first, last)]
        if not inside:
            return None
        draft = _Draft.of(chunk, self.session)
        for one in inside:
            draft.change(one)
        return draft

    def _cameras(self) -> CameraGroup:
        if self.cameras is None:
            raise RunCorruptError(
                "there are corrections, and no cameras to triangulate them with",
                where=self.session.name,
                remedy="restore corrections.sqlite from a copy",
            )
        return self.cameras


@dataclass(eq=False)
class _Draft:
    """A chunk under correction: arrays that may be written to, and what was touched."""

    chunk: PoseChunk
    keypoints: Sequence[str]
    cameras: Sequence[str]
    numbers: IntArray
    points_px: FloatArray
    touched: BoolArray
    words: dict[tuple[int, int], list[str]]

    @classmethod
    def of(cls, chunk: PoseChunk, session: SessionRecord) -> _Draft:
        touched = np.zeros(chunk.flags.shape, dtype=np.bool_)
        names = session.keypoints, tuple(session.cameras)
        return cls(chunk, *names, chunk.numbers.copy(), chunk.points_px.copy(), touched, {})

    def change(self, correction: Correction) -> None:
        """Apply one correction to the views."""
        match correction.change:
            case SetPoint() as change:
                self._point(change, correction)
            case ClearPoint() as change:
                row, keypoint = self._row(change.timepoint), self.keypoints.index(change.keypoint)
                places = range(len(self.cameras)) if change.camera is None else [self.cameras.index(change.camera)]
                self._clear(row, keypoint, places)
                self._touch([row], keypoint, correction)
            case SwapSides() as change:
                self._swap(change, correction)
            case _:
                return

    def finished(self, cameras: CameraGroup) -> PoseChunk:
        """Return the chunk with all that was touched triangulated anew."""
        chunk, touched = self.chunk, self.touched
        rows, keypoints = np.nonzero(touched)
        every = np.arange(len(self.cameras))
        dots = self.points_px[rows[:, None], every[None], keypoints[:, None]]
        placed = triangulate_with_error(np.moveaxis(dots, 1, 0), cameras)
        here = np.isfinite(placed.error_px)
        two = np.where(placed.inliers.sum(axis=1) == 2, int(PoseFlag.TWO_VIEWS), 0)
        flags = int(PoseFlag.CORRECTED) | np.where(here, two, 0)
        return replace(
            chunk,
            numbers=self.numbers,
            points_px=self.points_px,
            points_mm=_with(chunk.points_mm, touched, placed.points_mm),
            error_px=_with(chunk.error_px, touched, placed.error_px),
            margin=_with(chunk.margin, touched, np.nan),
            runner_up_mm=_with(chunk.runner_up_mm, touched, np.nan),
            flags=_with(chunk.flags, touched, flags).astype(np.int64),
            confidence=_with(chunk.confidence, touched, here.astype(np.float64)),
        )

    def _point(self, change: SetPoint, correction: Correction) -> None:
        row, keypoint = self._row(change.timepoint), self.keypoints.index(change.keypoint)
        camera = self.cameras.index(change.camera)
        if change.number != FREE:  # one dot, one name: who had it before is missing there now
            for other in np.flatnonzero(self.numbers[row, :, camera] == change.number):
                self._clear(row, int(other), [camera])
                self._touch([row], int(other), correction)
        self.numbers[row, keypoint, camera] = change.number
        self.points_px[row, camera, keypoint] = change.x_px, change.y_px
        self._touch([row], keypoint, correction)

    def _clear(self, row: int, keypoint: int, cameras: Iterable[int]) -> None:
        for camera in cameras:
            self.numbers[row, keypoint, camera] = -1
            self.points_px[row, camera, keypoint] = np.nan

    def _swap(self, change: SwapSides, correction: Correction) -> None:
        first = int(self.chunk.timepoint[0])
        rows = range(max(change.start - first, 0), min(change.stop - first, len(self.numbers)))
        for names in change.pairs:
            one, other = map(self.keypoints.index, names)
            inside = slice(rows.start, rows.stop)
            self.numbers[inside, [one, other]] = self.numbers[inside, [other, one]]
            self.points_px[inside, :, [one, other]] = self.points_px[inside, :, [other, one]]
            for keypoint in (one, other):
                self._touch(rows, keypoint, correction)

    def _touch(self, rows: Iterable[int], keypoint: int, correction: Correction) -> None:
        said = f"corrected by {correction.author}: {in_words(correction.change)}"
        said += f" ({correction.reason})" if correction.reason else ""
        for row in rows:
            self.touched[row, keypoint] = True
            self.words.setdefault((int(self.chunk.timepoint[row]), keypoint), []).append(said)

    def _row(self, timepoint: int) -> int:
        return timepoint - int(self.chunk.timepoint[0])


def span(change: PoseChange) -> tuple[int, int]:
    """Return the timepoints of a change, first (included) and last (excluded)."""
    if isinstance(change, SwapSides):
        return change.start, change.stop
    return change.timepoint, change.timepoint + 1


def _judged_anew(chunk: PoseChunk, touched: BoolArray, *, limits: BodyLimits, edges: IntArray) -> PoseChunk:
    """Return the chunk with the flags that depend on neighbours as its points are now, wherever one was touched."""
    rows = np.flatnonzero(touched.any(axis=1))
    near = np.isin(np.arange(len(touched)), [rows - 1, rows, rows + 1])[:, None]
    kept = chunk.flags & ~int(PoseFlag.JUMP | PoseFlag.BONE_LENGTH)
    return replace(chunk, flags=np.where(near, kept | limits.flags(chunk.points_mm, edges), chunk.flags))


def _touches(change: object, first: int, last: int) -> bool:
    if not isinstance(change, SetPoint | ClearPoint | SwapSides):
        return False
    start, stop = span(change)
    return start <= last and stop > first


def _with(values: FloatArray | IntArray, where: BoolArray, new: FloatArray | IntArray | float) -> FloatArray:
    changed = np.array(values, dtype=np.float64)
    changed[where] = new
    return changed
