"""The seeds as poses, how far to trust each of their labels, and the rolling window shown to the annotator.

Three people-labelled timepoints are all a run has, and people swap left and right. A left/right pair of one seed that
contradicts the same pair of most other seeds is outvoted: its labels are set aside and reported, never corrected in
silence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from behaviorvlm.errors import SeedError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.geometry.rigid import predict_from_neighbors
from behaviorvlm.geometry.triangulation import Rays, reprojection_errors, triangulate_robust
from behaviorvlm.pose.body_shape import learn_body_shape
from behaviorvlm.pose.view_pictures import ViewPictures
from behaviorvlm.types import (
    BoolArray,
    ByteArray,
    Exemplar,
    FloatArray,
    IntArray,
    Pose3D,
    RecordingSession,
    all_finite,
)

WINDOW = 3
"""Exemplars shown at once (paper, section 3.1)."""
GATE_ERRORS = 3.5
"""The gate, in median reprojection errors of the seeds: a Rayleigh error exceeds it once in 5,000 times."""
LEAST_GATE_PX = 3.0
LARGEST_GATE_PX = 30.0
LOOSE_PX = 40.0
"""Seeds are triangulated with this gate: it only keeps out a label on the wrong part of the picture."""


@dataclass(frozen=True, eq=False)
class SeedPoses:
    """The hand-labelled timepoints in 3D.

    Attributes:
        timepoints: (seed,) int64, ascending.
        points_px: (seed, camera, keypoint, 2) float64 as labelled, NaN = not seen.
        points_mm: (seed, keypoint, 3) float64; NaN where fewer than two views agree, or outvoted.
        outvoted: (seed, keypoint) bool, labels that contradict most other seeds.
        gate_px: Reprojection error up to which a view belongs to a point, from the seeds' own errors.
    """

    timepoints: IntArray
    points_px: FloatArray
    points_mm: FloatArray
    outvoted: BoolArray
    gate_px: float

    @property
    def unseeded(self) -> BoolArray:
        """Which keypoints no seed places, (keypoint,) bool."""
        return ~np.asarray(all_finite(self.points_mm).any(axis=0))


def triangulate_seeds(session: RecordingSession) -> SeedPoses:
    """Return the session's seeds in 3D, with contradicted left/right pairs set aside.

    Raises:
        SeedError: If no seed places two keypoints in 3D: a body's size must be known to know how far is far.
    """
    timepoints, points_px = stack_seeds(session)
    flat = np.moveaxis(points_px, 0, 1).reshape(len(session.cameras), -1, 2)
    solved = triangulate_robust(flat, session.cameras, threshold_px=LOOSE_PX)
    points = solved.points_mm.reshape(*points_px.shape[::2], 3)
    _refuse_flat_seeds(session, all_finite(points).sum(axis=1))
    errors = reprojection_errors(solved.points_mm, Rays.through(flat, session.cameras))
    typical = float(np.median(errors[solved.inliers.T]))
    gate = float(np.clip(GATE_ERRORS * typical, LEAST_GATE_PX, LARGEST_GATE_PX))
    outvoted = find_outvoted_pairs(points, session.skeleton.mirror_indices)
    return SeedPoses(timepoints, points_px, np.where(outvoted[..., None], np.nan, points), outvoted, gate)


def stack_seeds(session: RecordingSession) -> tuple[IntArray, FloatArray]:
    """Return the seeds' timepoints, (seed,), and labels, (seed, camera, keypoint, 2) px."""
    timepoints = np.array(sorted({seed.timepoint for seed in session.seeds}), dtype=np.int64)
    points = np.full((len(timepoints), len(session.cameras), len(session.skeleton), 2), np.nan)
    for seed in session.seeds:
        row = int(np.searchsorted(timepoints, seed.timepoint))
        points[row, session.cameras.index(seed.camera)] = seed.points_px
    return timepoints, points


def find_outvoted_pairs(points_mm: FloatArray, mirror: IntArray) -> BoolArray:
    """Return which keypoints of which seeds look exchanged with their partner.

    Args:
        points_mm: (seed, keypoint, 3) mm, NaN = missing.
        mirror: (keypoint,) left/right partner.

    Returns:
        (seed, keypoint) bool. A pair is outvoted if it contradicts more than half of the other seeds, and more of them
        than any seed it contradicts does.
    """
    outvoted: BoolArray = np.zeros(points_mm.shape[:2], dtype=np.bool_)
    if len(points_mm) < 3:
        return outvoted
    shape = learn_body_shape(points_mm, mirror)
    for left in np.nonzero(mirror > np.arange(len(mirror)))[0]:
        pair = [int(left), int(mirror[left])]
        against = _contradictions(points_mm, pair, shape.weights)
        votes = against.sum(axis=1)
        for seed in np.nonzero(votes > (len(points_mm) - 1) / 2)[0]:
            if votes[seed] > votes[np.nonzero(against[seed])[0]].max():
                outvoted[seed, pair] = True
    return outvoted


def seed_exemplars(session: RecordingSession, seeds: SeedPoses, camera: str) -> tuple[Exemplar, ...]:
    """Return the seeds of one camera, oldest first, without outvoted labels."""
    index = session.cameras.index(camera)
    return tuple(
        Exemplar(int(timepoint), camera, np.where(seeds.outvoted[row][:, None], np.nan, seeds.points_px[row, index]))
        for row, timepoint in enumerate(seeds.timepoints)
    )


@dataclass
class RollingExemplars:
    """The rolling window of each camera: the seeds first, then timepoints the run accepted.

    Pictures are (height, width) uint8, by channel; those of the seeds are held as long as this is.

    Attributes:
        session: The session.
        seeds: Its seeds in 3D.
        lag: An accepted timepoint is shown to questions at least this many timepoints away.
    """

    session: RecordingSession
    seeds: SeedPoses
    lag: int = 1
    _seed_pictures: dict[tuple[str, int], Mapping[str, ByteArray]] = field(default_factory=dict)
    _windows: dict[str, deque[Exemplar]] = field(default_factory=dict)
    _waiting: deque[tuple[Exemplar, ...]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Go back to the seeds: a pass that turns around must not be shown the other end of the video."""
        self._waiting.clear()
        for camera in self.session.cameras.names:
            self._windows[camera] = deque(seed_exemplars(self.session, self.seeds, camera), maxlen=WINDOW)

    def accept(self, pose: Pose3D, *, pictures: ViewPictures | None = None) -> None:
        """Take a pose that was settled as a future exemplar; each view shows the keypoints that rest on a dot of it."""
        points_px = np.where(pose.numbers.T[..., None] >= 0, project_all(pose.points_mm, self.session.cameras), np.nan)
        self._waiting.append(
            tuple(
                Exemplar(pose.timepoint, name, points_px[row], "rolling", _seen(name, pose.timepoint, pictures))
                for row, name in enumerate(self.session.cameras.names)
            )
        )

    def window(self, camera: str, timepoint: int, *, pictures: ViewPictures | None = None) -> tuple[Exemplar, ...]:
        """Return the exemplars shown with a question about `camera` at `timepoint`, oldest first."""
        while self._waiting and abs(timepoint - self._waiting[0][0].timepoint) >= self.lag:
            for exemplar in self._waiting.popleft():
                self._windows[exemplar.camera].append(exemplar)
        window = self._windows[camera]
        if pictures is not None:
            for place, one in enumerate(window):
                if not one.images:  # a seed
                    window[place] = replace(one, images=self._pictures_of_seed(one, pictures))
        return tuple(window)

    def _pictures_of_seed(self, seed: Exemplar, pictures: ViewPictures) -> Mapping[str, ByteArray]:
        """Return a seed's pictures, kept for the way back: nothing is asked while a video is read up to its seeds."""
        where = seed.camera, seed.timepoint
        if where not in self._seed_pictures:
            self._seed_pictures[where] = pictures(*where)
        return self._seed_pictures[where]


def _seen(camera: str, timepoint: int, pictures: ViewPictures | None) -> Mapping[str, ByteArray]:
    return {} if pictures is None else pictures(camera, timepoint)


def _refuse_flat_seeds(session: RecordingSession, placed: IntArray) -> None:
    """Refuse seeds of which none places two keypoints; `placed` is how many each does, (seed,)."""
    if placed.max(initial=0) < 2:
        raise SeedError(
            "the seeds cannot be placed in 3D",
            where=session.folder,
            expected=f"2 keypoints or more, each labelled in two or more views that agree within {LOOSE_PX:.0f} px",
            actual=f"{len(session.seeds)} labelled views with {placed.max(initial=0)} such keypoints",
            remedy="label the same timepoints in every camera; if they are, the calibration is of another rig",
        )


def _contradictions(points_mm: FloatArray, pair: Sequence[int], weights: FloatArray) -> BoolArray:
    """Return which seeds contradict each other about a left/right pair, (seed, seed) bool."""
    # The pair itself must not help to lay a template over a seed.
    others = points_mm.copy()
    others[:, pair] = np.nan
    against = np.zeros((len(points_mm), len(points_mm)), dtype=np.bool_)
    for row, template in enumerate(points_mm):
        guess = predict_from_neighbors(others, template, weights)[:, list(pair)]
        straight = _mean_gap(guess, points_mm[:, pair])
        crossed = _mean_gap(guess, points_mm[:, pair[::-1]])
        against[:, row] = crossed < straight
    return np.asarray(against | against.T)


def _mean_gap(guess: FloatArray, found: FloatArray) -> FloatArray:
    """Return the mean distance of (seed, 2, 3) points over those of the two that are known, (seed,) mm or NaN."""
    gaps = np.linalg.norm(guess - found, axis=-1)
    known = np.isfinite(gaps)
    return np.where(
        known.any(axis=1), np.where(known, gaps, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan
    )
