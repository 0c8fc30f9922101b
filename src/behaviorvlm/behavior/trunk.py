"""The trunk: the usual shape of an animal's body without limbs and tail, and where it lies in each frame.

Any keypoints will do. The usual shape is fitted rigidly (rotation and translation, least squares) to whatever points
of it are seen, so that middle and heading neither jump nor vanish when one of them is lost.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.types import BoolArray, ComplexArray, FloatArray, IntArray, KeypointRoles, Role, Tracks

FOREMOST = (Role.NOSE, Role.HEAD, Role.NECK, Role.LEFT_EAR, Role.RIGHT_EAR)
"""Parts of which the first that is tracked is the front end of the trunk."""
REARMOST = (Role.TAIL_BASE, Role.LEFT_HIP, Role.RIGHT_HIP, Role.BODY_CENTER)
"""Parts of which the first that is tracked is its rear end."""
NOT_OF_TRUNK = frozenset(
    {Role.TAIL_MIDDLE, Role.TAIL_TIP, Role.LEFT_FOREPAW, Role.RIGHT_FOREPAW, Role.LEFT_HINDPAW, Role.RIGHT_HINDPAW}
)
"""Parts that move too freely to tell how the trunk lies."""
CONFIDENT = 0.5
"""Points below this do not shape the trunk; where no confidence was stated, all do."""
SAMPLED_FRAMES = 3000
"""Frames, evenly over the recording, that the usual shape is taken from."""
ALIGNMENTS = 5
"""Rounds of aligning the sampled frames to their median shape."""
PIECE_FRAMES = 8192
"""Frames that are looked at at a time, so that memory is bounded."""
LEAST_SPREAD = 0.15
"""Spread of the seen points, in body lengths, below which they do not tell a direction."""
LEAST_LENGTH = 0.3
"""Spread along the body, in body lengths, below which they do not tell how long it is."""


@dataclass(frozen=True, eq=False)
class Trunk:
    """The usual trunk of every animal of a recording.

    Attributes:
        length_px: (individual,) float64 from the front end to the rear end, NaN = cannot be said.
        shape: (individual, keypoint) complex128 px, x along the body to the front, y to the animal's right as seen in
            the picture, from the middle of the trunk; NaN = not of the trunk, or never seen.
    """

    length_px: FloatArray
    shape: ComplexArray


@dataclass(frozen=True, eq=False)
class TrunkPlace:
    """Where the trunks lie.

    Attributes:
        center: (timepoint, individual) complex128 px (x + iy); where a single point is seen, that point.
        heading_rad: (timepoint, individual) float64 from rear to front, 0 = +x, towards +y.
        elongation: (timepoint, individual) float64 length now over the usual one.
    """

    center: ComplexArray
    heading_rad: FloatArray
    elongation: FloatArray


def measure_trunk(tracks: Tracks, roles: KeypointRoles) -> Trunk:
    """Return the usual trunk of every animal.

    Front and rear end come from the roles. Without them the trunk is all keypoints, its axis is the principal one of
    the usual shape, and its front is the end that the animal mostly moves towards.

    The length is the median over confident frames. An animal that is never seen has none; one whose ends are never
    seen together gets that of the others. A single keypoint has no length: whoever has such tracks must state it.
    """
    used = trunk_keypoints(tracks.keypoints, roles)
    ends = [_end(tracks.keypoints, roles, parts) for parts in (FOREMOST, REARMOST)]
    front, rear = (None, None) if ends[0] == ends[1] else ends
    shapes, lengths, seen = [], [], []
    for number in range(len(tracks.individuals)):
        mine = _TrunkPoints(tracks, number, used)
        found = mine.looked_over(front, rear)
        seen.append(found.ever_seen)
        shape = _usual_shape(mine, found.frames)
        if front is not None and rear is not None and np.isfinite(shape[front] - shape[rear]):
            lengths.append(_median(found.apart_px) or abs(shape[front] - shape[rear]))
            shapes.append(_laid_along(shape, shape[front] - shape[rear], middle=(shape[front] + shape[rear]) / 2))
        else:
            shape = _laid_along(shape, _principal_axis(shape, mine), middle=_mean(shape))
            shapes.append(shape)
            lengths.append(np.nan if front is not None and rear is not None else _extent(shape))
    length = np.array(lengths, np.float64).reshape(len(tracks.individuals))
    length[length <= 0] = np.nan  # all points in one place
    usual = _median(length)
    length = np.where(np.isfinite(length) | ~np.array(seen, bool), length, usual if usual else np.nan)
    return Trunk(length, np.array(shapes, np.complex128).reshape(len(shapes), len(tracks.keypoints)))


@dataclass(frozen=True, eq=False)
class _LookedOver:
    """What is known of an animal's points after one pass over them.

    Attributes:
        frames: (frame,) int64 those in which two points or more are seen.
        apart_px: (timepoint,) float64 between front and rear end, NaN = not both seen; empty where there are no ends.
        ever_seen: Whether any point is in any frame.
    """

    frames: IntArray
    apart_px: FloatArray
    ever_seen: bool


@dataclass(frozen=True, eq=False)
class _TrunkPoints:
    """The points of one animal's trunk, some frames at a time.

    Attributes:
        tracks: Of the recording.
        number: The animal.
        used: (keypoint,) bool which are of the trunk.
    """

    tracks: Tracks
    number: int
    used: BoolArray

    def at(self, frames: slice | IntArray) -> ComplexArray:
        """Return (frame, keypoint) complex128 px, NaN = not seen for sure, or not of the trunk."""
        points = as_complex(self.tracks.points_px[frames, self.number])
        points[(self.tracks.confidence[frames, self.number] < CONFIDENT) | ~self.used] = np.nan
        return points

    def pieces(self) -> Iterator[tuple[int, ComplexArray]]:
        """Yield the first frame of each piece, and its points."""
        for start in range(0, len(self.tracks.times_s), PIECE_FRAMES):
            yield start, self.at(slice(start, start + PIECE_FRAMES))

    def looked_over(self, front: int | None, rear: int | None) -> _LookedOver:
        """Return what one pass over the points tells."""
        frames, apart, ever = [np.empty(0, np.int64)], [np.empty(0)], False
        for start, points in self.pieces():
            count = np.isfinite(points).sum(axis=1)
            ever = ever or bool(count.any())
            frames.append(start + np.flatnonzero(count >= 2))
            if front is not None and rear is not None:
                apart.append(np.abs(points[:, front] - points[:, rear]))
        return _LookedOver(np.concatenate(frames), np.concatenate(apart), ever)


def place_trunk(points: ComplexArray, trunk: Trunk) -> TrunkPlace:
    """Return where the trunks lie, given (timepoint, individual, keypoint) complex px, NaN = missing."""
    used = np.isfinite(points) & np.isfinite(trunk.shape)
    count = used.sum(axis=-1)
    shape = np.where(used, trunk.shape, 0)
    seen = np.where(used, points, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        seen_middle, shape_middle = seen.sum(axis=-1) / count, shape.sum(axis=-1) / count
        seen = np.where(used, seen - seen_middle[..., None], 0)
        shape = np.where(used, shape - shape_middle[..., None], 0)
        turn = (seen * shape.conj()).sum(axis=-1)
        told = (np.linalg.norm(shape, axis=-1) >= LEAST_SPREAD * trunk.length_px) & (np.abs(turn) > 0)
        heading = np.where(told, np.angle(turn), np.nan)
        along = (seen * np.exp(-1j * heading)[..., None]).real
        length = (shape.real**2).sum(axis=-1)
        long_enough = told & (length >= (LEAST_LENGTH * trunk.length_px) ** 2)
        elongation = np.where(long_enough, (along * shape.real).sum(axis=-1) / length, np.nan)
    center = np.where(told, seen_middle - np.exp(1j * heading) * shape_middle, seen_middle)
    return TrunkPlace(center, heading, elongation)


def trunk_keypoints(keypoints: Sequence[str], roles: KeypointRoles) -> BoolArray:
    """Return which (keypoint,) are of the trunk: those with a role of it; all, where fewer than two have one."""
    named = {name for role, name in roles.names.items() if role not in NOT_OF_TRUNK}
    chosen = np.array([name in named for name in keypoints], bool)
    return chosen if chosen.sum() >= 2 else np.ones(len(keypoints), bool)


def as_complex(points_px: FloatArray) -> ComplexArray:
    """Return (..., 2) px as (...) complex x + iy, NaN where either is missing."""
    return np.asarray(points_px[..., 0] + 1j * points_px[..., 1], np.complex128)


def _end(keypoints: Sequence[str], roles: KeypointRoles, parts: Sequence[Role]) -> int | None:
    """Return the keypoint that plays the first of the parts that any plays."""
    played = [keypoints.index(roles.names[part]) for part in parts if roles.names.get(part) in keypoints]
    return played[0] if played else None


def _usual_shape(points: _TrunkPoints, frames: IntArray) -> ComplexArray:
    """Return the (keypoint,) median shape of the points in some of these frames, aligned to it; any pose."""
    if not len(frames):
        return np.full(len(points.used), np.nan + 0j)
    sample = points.at(frames[np.linspace(0, len(frames) - 1, min(len(frames), SAMPLED_FRAMES)).astype(int)])
    shape = sample[_most_typical(sample)]
    for _ in range(ALIGNMENTS):
        aligned = _aligned(sample, shape)
        shape = _complex_median(aligned)
    return np.asarray(shape - _mean(shape))


def _most_typical(sample: ComplexArray) -> int:
    """Return the frame with most points, and of those the one whose spread is nearest the median."""
    seen = np.isfinite(sample).sum(axis=1)
    fullest = np.flatnonzero(seen == seen.max())
    spread = np.nanstd(sample[fullest], axis=1)
    return int(fullest[np.argmin(np.abs(spread - np.median(spread)))])


def _aligned(sample: ComplexArray, shape: ComplexArray) -> ComplexArray:
    """Return the frames, moved and turned to fit the shape as well as they can; NaN where fewer than two points do."""
    both = np.isfinite(sample) & np.isfinite(shape)
    count = np.maximum(both.sum(axis=1, keepdims=True), 1)
    middle = np.where(both, sample, 0).sum(axis=1, keepdims=True) / count
    target = np.where(both, shape, 0).sum(axis=1, keepdims=True) / count
    turn = (np.where(both, shape - target, 0) * np.where(both, sample - middle, 0).conj()).sum(axis=1, keepdims=True)
    size = np.abs(turn)
    unit = np.where((count >= 2) & (size > 0), turn / np.where(size > 0, size, 1), np.nan)
    return np.asarray((sample - middle) * unit + target)


def _laid_along(shape: ComplexArray, axis: complex, *, middle: complex) -> ComplexArray:
    """Return the shape turned so that `axis` points to +x, measured from `middle`."""
    turned = np.exp(-1j * np.angle(axis)) if np.isfinite(axis) else 1.0
    return np.asarray((shape - middle) * turned, np.complex128)


def _principal_axis(shape: ComplexArray, points: _TrunkPoints) -> complex:
    """Return the long axis of a shape, towards the end that its animal mostly moves to."""
    around = shape[np.isfinite(shape)] - _mean(shape)
    if len(around) < 2:
        return complex(np.nan)
    axis = np.exp(0.5j * np.angle((around**2).sum()))  # squared, opposite directions are one
    trunk = Trunk(np.array([np.abs(around).max()]), (shape / axis)[None])
    places = [place_trunk(piece[:, None], trunk) for _, piece in points.pieces()]
    center, heading = (
        np.concatenate([getattr(one, name)[:, 0] for one in places]) for name in ("center", "heading_rad")
    )
    forward = (np.diff(center) * np.exp(-1j * heading[:-1])).real
    return complex(-axis if np.nansum(forward) < 0 else axis)


def _extent(shape: ComplexArray) -> float:
    along = shape.real[np.isfinite(shape)]
    return float(np.ptp(along)) if len(along) >= 2 else np.nan


def _mean(values: ComplexArray) -> complex:
    seen = values[np.isfinite(values)]
    return complex(seen.mean()) if len(seen) else complex(np.nan)


def _median(values: FloatArray) -> float:
    """Return the median of what is there, 0 = nothing is."""
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if len(seen) else 0.0


def _complex_median(values: ComplexArray) -> ComplexArray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a keypoint that is never seen has no median
        return np.asarray(np.nanmedian(values.real, axis=0) + 1j * np.nanmedian(values.imag, axis=0))
