"""What a model is shown: panels of one view, channel beside channel, with the same marks in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from behaviorvlm.chat.message import Picture
from behaviorvlm.imaging.canvas import CANVASES
from behaviorvlm.imaging.crops import Crop
from behaviorvlm.imaging.marks import (
    Mark,
    MarkLayout,
    color_of,
    draw_box,
    draw_marks,
    lay_out_marks,
    rings,
    write_caption,
)
from behaviorvlm.imaging.strokes import Color, Strokes
from behaviorvlm.types import FLUORESCENCE, VISIBLE, ByteArray, FloatArray, RegionBox

STRIP_PX = 20
"""Height of the strip above each panel that names it."""
GAP_PX = 4
"""Between two panels."""
ENLARGEMENTS = (1.0, 1.4, 2.0)
"""A picture too crowded for its words is shown larger, as far as its pixels allow."""
NATIVE_SIDE_PX = 768
"""A larger crop is shrunk to it: it reads as well, and every pixel costs the model tokens and us time."""
JPEG_QUALITY = 90
GROUND, STRIP = 20, 45
BLANK = "dots"
"""Name of the one panel of a view without pictures."""
RANGE_DN = 40.0, 80.0
"""A fluorescence picture is stretched over at least, and at most, so much: noise must not look like dots, nor must one
bright dot hide the faint ones."""
GAMMA = 0.7


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture before it is painted. Positions are px of the view.

    Attributes:
        images: Channel name to picture, (height, width) or (height, width, 3) uint8.
        channels: The channels shown, a panel each; none = the dots on blank ground.
        crop: What is shown of the view, and how large each panel is.
        dots_px: (dot, 2) all dots known in the view, marked or not: no word covers one.
        marks: What is written beside dots.
        marks_px: (mark, 2) where those dots are.
        rings_px: (ring, 2) dots that get a ring without a word.
        ring_colors: (ring,) of them; none = all white.
        boxes: Boxes to draw, and the place of each one's color.
        title: Written above each panel, before its channel; None = no strip above the panels.
        numbers: (mark,) candidate numbers that the marks stand for; empty in exemplars.
    """

    images: Mapping[str, ByteArray]
    channels: tuple[str, ...]
    crop: Crop
    dots_px: FloatArray
    marks: tuple[Mark, ...] = ()
    marks_px: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    rings_px: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    ring_colors: tuple[Color | None, ...] = ()
    boxes: tuple[tuple[RegionBox, int], ...] = ()
    title: str | None = None
    numbers: tuple[int, ...] = ()

    @property
    def has_colors(self) -> bool:
        """Whether anything in it has a color."""
        drawn = (*(mark.color for mark in self.marks), *self.ring_colors, *self.boxes)
        return any(drawn) or any(self.images[name].ndim == 3 for name in self.panels if name in self.images)

    @property
    def panels(self) -> tuple[str, ...]:
        """The panels' names."""
        return self.channels or (BLANK,)


@dataclass(frozen=True, eq=False)
class FittedScene:
    """A scene at its final size.

    Attributes:
        scene: The scene; its crop says how positions of the view lie in each panel.
        layout: Where the words go in each panel.
    """

    scene: Scene
    layout: MarkLayout

    @cached_property
    def rings(self) -> Strokes:
        """The rings without a word, the same in each panel."""
        colors = self.scene.ring_colors or (None,) * len(self.scene.rings_px)
        return rings(self.scene.crop.to_crop(self.scene.rings_px), colors)


def shown_channels(images: Mapping[str, ByteArray]) -> tuple[str, ...]:
    """Return which of the (height, width) or (height, width, 3) pictures to show, at most two.

    Visible comes before fluorescence, and any other channel where one of them is lacking.
    """
    known = [name for name in (VISIBLE, FLUORESCENCE) if name in images]
    return tuple((known + sorted(set(images) - set(known)))[:2])


def fit(scene: Scene, *, side_px: float, max_pixels: int) -> FittedScene:
    """Return the scene at the size at which its words have room.

    Args:
        scene: What is shown.
        side_px: Least length of a panel's longer side; a larger crop keeps its pixels up to `NATIVE_SIDE_PX`.
        max_pixels: The most pixels of the whole picture.
    """
    share = max(max_pixels / len(scene.panels), 1.0)
    native = min(max(scene.crop.width_px, scene.crop.height_px), NATIVE_SIDE_PX)
    wanted = max(side_px, native)
    for factor in ENLARGEMENTS:
        fitted = replace(scene, crop=scene.crop.scaled_to(factor * wanted, max_pixels=share))
        layout = _lay_out(fitted)
        if not layout.words.crowded:
            break
    return FittedScene(fitted, layout)


def photograph(fitted: FittedScene) -> Picture:
    """Return the picture of a fitted scene as JPEG; a grey one where nothing in it has a color."""
    with CANVASES.borrow(2, *_shape(fitted.scene)) as (picture, turned):
        _paint_on(picture, fitted)
        return _encode(picture, turned)


def paint(fitted: FittedScene) -> ByteArray:
    """Return the picture of a fitted scene, (height, width, 3) uint8 RGB: its panels from left to right."""
    picture = np.empty(_shape(fitted.scene), dtype=np.uint8)
    _paint_on(picture, fitted)
    return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)


def encode(picture: ByteArray) -> Picture:
    """Return a (height, width, 3) uint8 RGB picture as JPEG."""
    return _encode(picture, np.empty_like(picture))


def _encode(picture: ByteArray, turned: ByteArray) -> Picture:
    """Return a (height, width) or (height, width, 3) picture as JPEG; `turned` is room for it with blue first."""
    import cv2

    if picture.ndim == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR, dst=turned), dtype=np.uint8)
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return Picture(content.tobytes(), "image/jpeg")


def _shape(scene: Scene) -> tuple[int, ...]:
    """Return the shape of a scene's picture: (height, width), and 3 where it has colors."""
    width, height = scene.crop.shown_size_px
    top, count = STRIP_PX if scene.title is not None else 0, len(scene.panels)
    size = top + height, count * width + (count - 1) * GAP_PX
    return (*size, 3) if scene.has_colors else size


def _paint_on(picture: ByteArray, fitted: FittedScene) -> None:
    scene = fitted.scene
    width, height = scene.crop.shown_size_px
    top = len(picture) - height
    picture[:] = STRIP
    for place, name in enumerate(scene.panels):
        left = place * (width + GAP_PX)
        panel = picture[top:, left : left + width]
        _lay_ground(panel, scene, name)
        _mark(panel, fitted)
        if scene.title is not None:
            write_caption(picture[:top, left : left + width], f"{scene.title}: {name}")


def _lay_out(scene: Scene) -> MarkLayout:
    """Return where the words of a scene go in each of its panels."""
    extent = scene.crop.shown_size_px
    rest = np.concatenate([scene.dots_px, scene.rings_px])
    rest = rest[~(rest[:, None] == scene.marks_px).all(axis=-1).any(axis=1)]
    return lay_out_marks(
        scene.marks, scene.crop.to_crop(scene.marks_px), extent_px=extent, others_px=scene.crop.to_crop(rest)
    )


def _lay_ground(panel: ByteArray, scene: Scene, name: str) -> None:
    """Put into a (height, width) or (height, width, 3) RGB panel what lies under its marks."""
    import cv2

    if name not in scene.images:
        _draw_dots(panel, scene)
        return
    part = scene.crop.cut(scene.images[name])
    if part.ndim == 2 and name != VISIBLE:
        part = _stretch(part)
    if part.ndim == panel.ndim:
        panel[:] = part
    else:
        cv2.cvtColor(part, cv2.COLOR_GRAY2RGB, dst=panel)


def _stretch(part: ByteArray) -> ByteArray:
    """Return a (height, width) picture with its ground dark and its faint dots lifted."""
    import cv2

    ground = float(np.median(part[::4, ::4]))
    span = min(max(float(part.max()) - ground, RANGE_DN[0]), RANGE_DN[1])
    lifted = np.clip((np.arange(256) - ground) / span, 0, 1) ** GAMMA
    return np.asarray(cv2.LUT(part, (GROUND + (255 - GROUND) * lifted).astype(np.uint8)), dtype=np.uint8)


def _draw_dots(panel: ByteArray, scene: Scene) -> None:
    """Draw the dots as bright discs on dark ground."""
    import cv2

    panel[:] = GROUND
    for x, y in np.round(scene.crop.to_crop(scene.dots_px)):
        cv2.circle(panel, (int(x), int(y)), 2, (230, 230, 230), cv2.FILLED, cv2.LINE_AA)


def _mark(panel: ByteArray, fitted: FittedScene) -> None:
    for box, place in fitted.scene.boxes:
        corners = np.array([[box.x_min_px, box.y_min_px], [box.x_max_px, box.y_max_px]])
        draw_box(panel, fitted.scene.crop.to_crop(corners).ravel(), color=color_of(place))
    fitted.rings.draw(panel)
    draw_marks(panel, fitted.layout)
