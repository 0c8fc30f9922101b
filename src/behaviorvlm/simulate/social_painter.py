"""Paints the simulated encounter from above: soft animals of different coats, with shadows, on a floor with walls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from behaviorvlm.simulate.social_body import KEYPOINTS, SocialBodies
from behaviorvlm.types import ByteArray, FloatArray, IntArray

FLOOR_DN, WALL_DN, SHADOW_DN = 168, 84, 138
COATS_DN = (48, 226, 112, 82, 196, 140)
"""Fur of each animal: black, white, brown, and further shades between them."""
NOISE_DN = 2.0
SHIFTS_PX = 32
"""The noise is drawn once and laid over each picture at one of 32 x 32 shifts."""
_FRACTION_BITS = 4
_LAYERS = ((1.0, 0.72), (0.8, 0.9), (0.55, 1.0), (0.3, 1.08))
"""Share of the body's width and of the fur's brightness: rounder bodies are brighter in the middle."""
_EARS = [KEYPOINTS.index(name) for name in ("left_ear", "right_ear")]
_TAIL = [KEYPOINTS.index(name) for name in ("tail_base", "tail_middle", "tail_tip")]
_LIGHT_BL = np.array([0.05, 0.07])


@dataclass(frozen=True, eq=False)
class _Drawing:
    """Everything that is drawn, in 1/16 px: (timepoint, individual, ...) int32."""

    shadow: IntArray
    layers: tuple[IntArray, ...]
    ears: IntArray
    eyes: IntArray
    tail: IntArray


def paint_encounter(bodies: SocialBodies, *, image_px: int, arena_bl: float, seed: int) -> Iterator[ByteArray]:
    """Yield the (height, width) uint8 pictures.

    Args:
        bodies: Who is where.
        image_px: Width and height of the pictures.
        arena_bl: Width of the arena, which fills them.
        seed: Of floor and noise.
    """
    scale = image_px / arena_bl
    drawing = _to_pixels(bodies, scale)
    rng = np.random.default_rng([seed, 3])
    floor = _floor(rng, image_px)
    noise = np.clip(rng.normal(0, NOISE_DN, [image_px + SHIFTS_PX] * 2).round(), -100, 100).astype(np.int16)
    for frame, (y, x) in enumerate(rng.integers(0, SHIFTS_PX, size=(len(bodies.points), 2)).tolist()):
        picture = floor.copy()
        cv2.fillPoly(picture, list(drawing.shadow[frame]), SHADOW_DN, cv2.LINE_AA, _FRACTION_BITS)
        for animal in range(bodies.points.shape[1]):
            _draw_animal(picture, drawing, (frame, animal), scale=scale)
        cv2.GaussianBlur(picture, (3, 3), 0.7, dst=picture)
        yield np.clip(picture + noise[y : y + image_px, x : x + image_px], 0, 255).astype(np.uint8)


def _to_pixels(bodies: SocialBodies, scale: float) -> _Drawing:
    def pixels(points: FloatArray) -> IntArray:
        # The middle of the first pixel is (0, 0), so the picture begins half a pixel before.
        return np.asarray(np.round((points * scale - 0.5) * 2**_FRACTION_BITS).astype(np.int32))

    head = bodies.spine[:, :, -2, None]
    aside = 0.055 * bodies.normals[:, :, -2, None]
    tail = bodies.points[:, :, _TAIL]
    middles = (tail[:, :, :-1] + tail[:, :, 1:]) / 2  # two more points, so that the tail has no corner
    curve = np.concatenate([tail[:, :, :1], middles[:, :, :1], middles[:, :, 1:], tail[:, :, 2:]], axis=2)
    return _Drawing(
        shadow=pixels(bodies.outline(1.0) + _LIGHT_BL),
        layers=tuple(pixels(bodies.outline(share)) for share, _ in _LAYERS),
        ears=pixels(bodies.points[:, :, _EARS]),
        eyes=pixels(np.concatenate([head - aside, head + aside], axis=2)),
        tail=pixels(curve),
    )


def _draw_animal(picture: ByteArray, drawing: _Drawing, at: tuple[int, int], *, scale: float) -> None:
    fur = COATS_DN[at[1] % len(COATS_DN)]
    skin = int(0.55 * fur + 0.45 * 150)
    unit = scale * 2**_FRACTION_BITS
    thickness = max(round(0.06 * scale), 1)
    cv2.polylines(picture, [drawing.tail[at]], False, skin, thickness, cv2.LINE_AA, _FRACTION_BITS)
    for (_, brightness), outline in zip(_LAYERS, drawing.layers, strict=True):
        shade = min(int(fur * brightness + 8 * brightness), 250)
        cv2.fillPoly(picture, [outline[at]], shade, cv2.LINE_AA, _FRACTION_BITS)
    for center in drawing.ears[at].tolist():
        cv2.circle(picture, center, int(0.085 * unit), int(0.75 * skin), -1, cv2.LINE_AA, _FRACTION_BITS)
        cv2.circle(picture, center, int(0.055 * unit), min(skin + 25, 250), -1, cv2.LINE_AA, _FRACTION_BITS)
    for center in drawing.eyes[at].tolist():
        cv2.circle(picture, center, int(0.022 * unit), 12, -1, cv2.LINE_AA, _FRACTION_BITS)


def _floor(rng: np.random.Generator, image_px: int) -> ByteArray:
    """Return an empty arena: bedding of two grains, darker towards the walls."""
    coarse = cv2.resize(rng.normal(0, 1, [image_px // 16 + 2] * 2), [image_px] * 2, interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 1, [image_px] * 2), (0, 0), 1.0)
    edge = np.minimum(np.arange(image_px), np.arange(image_px)[::-1])
    wall = np.minimum(edge[:, None], edge)
    floor = FLOOR_DN + 3.0 * coarse + 9.0 * fine - 26.0 * np.exp(-wall / (0.05 * image_px))
    return np.where(wall < max(image_px // 85, 1), WALL_DN, np.clip(floor, 0, 255)).astype(np.uint8)
