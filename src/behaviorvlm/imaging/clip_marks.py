"""Animals marked in the frames of a clip: a thin line around each, an arrowhead at its head, its name beside it.

Nothing is drawn on an animal: what it does with head and paws is what is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.imaging.clip_names import Places, place_names
from behaviorvlm.imaging.crops import Crop
from behaviorvlm.imaging.marks import BLACK, PALETTE, color_of, write
from behaviorvlm.imaging.strokes import Strokes
from behaviorvlm.types import ByteArray, FloatArray, all_finite

COLOR_NAMES = ("orange", "light blue", "green", "yellow", "pink", "red", "dark blue")
"""What the colors of the palette are called, in its order."""
AROUND_BL = 0.16
"""How far outside the points the line runs, in body lengths: keypoints lie inside the body."""
ARROW_BL, LEAST_ARROW_PX = 0.14, 7.0
UNKNOWN_LENGTH = 8
"""A body of unknown length is drawn as if so many of them went into the picture."""
FOCAL_PX, OTHER_PX = 2, 1
_ASIDE = (0.0, np.pi / 3, -np.pi / 3, 2 * np.pi / 3, -2 * np.pi / 3)
"""Where an arrowhead may lie, from the heading: before the head, or beside the animal where another is before it."""
_ANGLES = np.linspace(0.0, 2 * np.pi, 16, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_SHARES = np.linspace(0.25, 1.0, 4)[:, None, None]


@dataclass(frozen=True, eq=False)
class ClipAnimals:
    """The animals in the frames of a clip.

    Attributes:
        tags: What each is called in the picture, ASCII.
        focal: The individual in question; its line is thicker.
        points_px: (frame, individual, keypoint, 2) px of the raw picture, points of the body without the tail; NaN =
            missing.
        heading_rad: (frame, individual) from rear to front, 0 = +x, towards +y; NaN = unknown.
        body_length_px: (individual,) usual length, NaN = unknown.
    """

    tags: tuple[str, ...]
    focal: int
    points_px: FloatArray
    heading_rad: FloatArray
    body_length_px: FloatArray

    def points(self, frame: int, place: int) -> FloatArray:
        """Return the points of an individual that are seen in a frame, (point, 2)."""
        points: FloatArray = self.points_px[frame, place]
        return points[all_finite(points)]

    def last_known(self, frame: int, place: int) -> FloatArray:
        """Return its points in the nearest frame of the clip in which it is seen, (point, 2)."""
        seen = np.flatnonzero(all_finite(self.points_px[:, place]).any(axis=-1))
        return self.points(int(seen[np.abs(seen - frame).argmin()]), place) if len(seen) else np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class FrameMarks:
    """What is drawn into one frame, in shown px.

    Attributes:
        outlines: Place of an individual to the (corner, 2) closed line around it.
        arrows: Place of an individual to the (3, 2) corners of its arrowhead.
        names: Place of an individual to the top left corner of its name.
    """

    outlines: Mapping[int, FloatArray]
    arrows: Mapping[int, FloatArray]
    names: Places


def color_name(place: int) -> str:
    """Return what the color of the individual at this place of its axis is called."""
    return COLOR_NAMES[place % len(PALETTE)]


def lay_out_animals(animals: ClipAnimals, crop: Crop) -> list[FrameMarks]:
    """Return what is drawn into each frame of a clip.

    Args:
        animals: Who is where.
        crop: What is shown of each picture.
    """
    frames = range(len(animals.points_px))
    outlines = [_outlines(animals, frame, crop) for frame in frames]
    arrows = [_arrows(animals, frame, outlines[frame], crop=crop) for frame in frames]
    taken = [_taken(animals, frame, arrows[frame], crop=crop) for frame in frames]
    extent = crop.shown_size_px
    named = [{who: line for who, line in frame.items() if _is_shown(line, extent)} for frame in outlines]
    names = place_names(animals.tags, named, taken, extent_px=extent)
    return [FrameMarks(*one) for one in zip(outlines, arrows, names, strict=True)]


def draw_animals(picture: ByteArray, animals: ClipAnimals, marks: FrameMarks) -> None:
    """Draw the animals of one frame into a (height, width, 3) uint8 RGB picture of the crop's shown size."""
    halos, lines = Strokes(), Strokes()
    for who, outline in marks.outlines.items():
        thickness = FOCAL_PX if who == animals.focal else OTHER_PX
        halos.add_lines(outline[None], colors=[BLACK], thickness=thickness + 2)
        lines.add_lines(outline[None], colors=[color_of(who)], thickness=thickness)
    for who, arrow in marks.arrows.items():
        halos.add_lines(arrow[None], colors=[BLACK], thickness=FOCAL_PX + 2)
        lines.add_lines(arrow[None], colors=[color_of(who)], thickness=FOCAL_PX)
    halos.draw(picture)
    lines.draw(picture)
    for who, corner in marks.names.items():
        write(picture, animals.tags[who], corner, color=color_of(who))


def _outlines(animals: ClipAnimals, frame: int, crop: Crop) -> dict[int, FloatArray]:
    seen = {who: animals.points(frame, who) for who in range(len(animals.tags))}
    return {
        who: _around(crop.to_crop(points), AROUND_BL * _shown_length(animals, who, crop))
        for who, points in seen.items()
        if len(points)
    }


def _arrows(
    animals: ClipAnimals, frame: int, outlines: Mapping[int, FloatArray], *, crop: Crop
) -> dict[int, FloatArray]:
    headings, found = animals.heading_rad[frame], {}
    for who, outline in outlines.items():
        if np.isfinite(headings[who]):
            size = max(ARROW_BL * _shown_length(animals, who, crop), LEAST_ARROW_PX)
            places = [_arrowhead(outline, float(headings[who]), size, aside=aside) for aside in _ASIDE]
            others = [other for place, other in outlines.items() if place != who]
            found[who] = next((arrow for arrow in places if not _covers(arrow, others)), places[0])
    return found


def _taken(animals: ClipAnimals, frame: int, arrows: Mapping[int, FloatArray], *, crop: Crop) -> FloatArray:
    """Return (point, 2) places where animals are, or were when last seen, and their arrowheads."""
    found = [np.zeros((0, 2)), *arrows.values()]
    for who in range(len(animals.tags)):
        points = animals.last_known(frame, who)
        if len(points):
            outline = _around(crop.to_crop(points), AROUND_BL * _shown_length(animals, who, crop))
            middle = outline.mean(axis=0)
            found.append((middle + _SHARES * (outline - middle)).reshape(-1, 2))
    return np.concatenate(found)


def _shown_length(animals: ClipAnimals, who: int, crop: Crop) -> float:
    shown = float(animals.body_length_px[who] * crop.scale.mean())
    return shown if np.isfinite(shown) else max(crop.shown_size_px) / UNKNOWN_LENGTH


def _around(points: FloatArray, distance_px: float) -> FloatArray:
    """Return the closed line, (corner, 2), that keeps so far from (point, 2) positions."""
    import cv2

    spread = (points[:, None] + distance_px * _CIRCLE).reshape(-1, 2)
    hull = cv2.convexHull(spread.astype(np.float32))[:, 0].astype(np.float64)
    return np.concatenate([hull, hull[:1]])


def _arrowhead(outline: FloatArray, heading_rad: float, size_px: float, *, aside: float) -> FloatArray:
    """Return the corners of an arrowhead that points along the heading, just outside an outline, (3, 2).

    Args:
        outline: (corner, 2) around the animal.
        heading_rad: Where it points.
        size_px: Its length.
        aside: At which angle from the heading it lies, 0 = before the head.
    """
    ahead, across = _along(heading_rad), _along(heading_rad + np.pi / 2)
    out, middle = _along(heading_rad + aside), outline.mean(axis=0)
    center = middle + (((outline - middle) @ out).max() + 0.9 * size_px) * out
    back, tip = center - 0.5 * size_px * ahead, center + 0.5 * size_px * ahead
    return np.stack([back + 0.7 * size_px * across, tip, back - 0.7 * size_px * across])


def _along(angle_rad: float) -> FloatArray:
    return np.array([np.cos(angle_rad), np.sin(angle_rad)])


def _covers(arrow: FloatArray, outlines: Sequence[FloatArray]) -> bool:
    """Return whether any corner of an arrowhead lies on an animal."""
    import cv2

    rounded = [outline.astype(np.float32) for outline in outlines]
    corners = [(float(x), float(y)) for x, y in arrow]
    return any(cv2.pointPolygonTest(outline, corner, True) > -1 for outline in rounded for corner in corners)


def _is_shown(outline: FloatArray, extent_px: tuple[int, int]) -> bool:
    return bool(((outline >= 0) & (outline < extent_px)).all(axis=1).any())
