"""Paints the visible channel: a shaded animal and its shadow on a light floor. Quick and recognisable, no more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from behaviorvlm.geometry.projection import project, undistort
from behaviorvlm.simulate.animal import PARTS, Body
from behaviorvlm.simulate.optics import outlines_px
from behaviorvlm.simulate.scene import Scene
from behaviorvlm.simulate.spots import Spots
from behaviorvlm.types import ByteArray, Camera, FloatArray, IntArray

Float32Array = npt.NDArray[np.float32]
SHIFTS_PX = 64
"""The noise is drawn once and laid over each picture at one of 64 x 64 shifts."""
NOISE_DN = 1.2
FLOOR_MARGIN_MM = 110.0
"""How far the floor goes on outside the arena's radius."""
WALL_DN, FLOOR_DN = 50.0, 172.0
SHADOW = 0.45
_LIGHT = np.array([0.25, -0.3, 0.92]) / np.linalg.norm([0.25, -0.3, 0.92])
_ALBEDO = {"left_ear": 150.0, "right_ear": 150.0, "left_eye": 8.0, "right_eye": 8.0, "snout": 124.0}
_LIMB_ALBEDO = {"paw": 190.0, "tail": 150.0}
_FUR_DN = 106.0


class VisiblePainter:
    """Paints the visible pictures of one camera, in order of time.

    Args:
        scene: The scene.
        camera: The camera; lens distortion and skew are honoured.
        number: Its place in the rig; with the scene's seed it decides the noise.
    """

    def __init__(self, scene: Scene, camera: Camera, *, number: int) -> None:
        self._camera = camera
        self._rng = np.random.default_rng([scene.seed, 8, number])
        width, height = camera.image_size
        grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float64)
        self._rays: Float32Array = undistort(grid, camera).astype(np.float32)
        self._floor = _paint_floor(scene, camera, self._rays)
        noise = self._rng.normal(0, NOISE_DN, (height + SHIFTS_PX, width + SHIFTS_PX))
        self._noise = np.clip(np.round(noise), -100, 100).astype(np.int8)
        self._albedo = [_albedo_of(part) for part in PARTS]

    def paint(self, spots: Spots) -> Iterator[ByteArray]:
        """Yield the (height, width) uint8 pictures of a block."""
        body, camera = spots.body, self._camera
        size = camera.image_size
        boxes = _boxes(outlines_px(body, camera), size)
        shadows = project(_shadow_outlines(body), camera)
        squeeze = np.linalg.inv(body.axes_mm)
        eyes = np.einsum("tpij,tpj->tpi", squeeze, camera.position_mm - body.centers_mm)
        for row in range(len(boxes)):
            picture = self._floor.copy()
            _cast_shadow(picture, shadows[row])
            self._draw_animal(picture, boxes[row], squeeze=squeeze[row], eyes=eyes[row])
            yield self._with_noise(picture)

    def _draw_animal(self, picture: ByteArray, boxes: IntArray, *, squeeze: FloatArray, eyes: FloatArray) -> None:
        """Draw every part where it is nearer than what is there already (a depth buffer)."""
        depth = np.full(picture.shape, np.inf, dtype=np.float32)
        to_world = self._camera.rotation.T
        for part in np.flatnonzero((boxes[:, 2:] > boxes[:, :2]).all(axis=1)):
            x_min, y_min, x_max, y_max = boxes[part]
            window = slice(y_min, y_max), slice(x_min, x_max)
            seen = depth[window]
            near, shade = _shade(
                self._rays[window],
                eyes[part].astype(np.float32),
                step=(squeeze[part] @ to_world).astype(np.float32),
                light=(squeeze[part] @ _LIGHT).astype(np.float32),
                squeeze=squeeze[part],
            )
            wins = near < seen
            seen[wins] = near[wins]
            picture[window][wins] = (self._albedo[part] * shade[wins]).astype(np.uint8)

    def _with_noise(self, picture: ByteArray) -> ByteArray:
        import cv2

        y, x = self._rng.integers(SHIFTS_PX, size=2).tolist()
        height, width = picture.shape
        noise = self._noise[y : y + height, x : x + width]
        return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), dtype=np.uint8)


def _shade(
    rays: Float32Array, eye: Float32Array, *, step: Float32Array, light: Float32Array, squeeze: FloatArray
) -> tuple[Float32Array, Float32Array]:
    """Return depth (inf where missed) and shade in [0, 1] of one ellipsoid, both (height, width).

    In the frame in which the part is the unit sphere a ray is ``eye + depth * (step @ [x, y, 1])``.
    """
    x, y = rays[..., 0], rays[..., 1]
    along = [step[axis, 0] * x + step[axis, 1] * y + step[axis, 2] for axis in range(3)]
    a = along[0] * along[0] + along[1] * along[1] + along[2] * along[2]
    b = along[0] * eye[0] + along[1] * eye[1] + along[2] * eye[2]
    inside = b * b - a * (eye @ eye - 1)
    depth = np.where(inside > 0, (-b - np.sqrt(np.maximum(inside, 0))) / a, np.inf).astype(np.float32)
    hit = [np.where(inside > 0, eye[axis] + depth * along[axis], 1) for axis in range(3)]
    metric = (squeeze @ squeeze.T).astype(np.float32)
    lit = hit[0] * light[0] + hit[1] * light[1] + hit[2] * light[2]
    length = np.zeros_like(lit)
    for axis in range(3):
        rest = sum((2 * metric[axis, other] * hit[other] for other in range(axis)), metric[axis, axis] * hit[axis])
        length += hit[axis] * rest
    return depth, 0.62 + 0.38 * lit / np.sqrt(length)


def _boxes(outlines: FloatArray, image_size: tuple[int, int]) -> IntArray:
    """Return the window of each part, (timepoint, part, [x_min y_min x_max y_max]), max excluded, in the picture."""
    whole = np.nan_to_num(outlines, nan=-1e4)
    edge = [*image_size]
    low = np.clip(np.floor(whole.min(axis=2)) - 1, 0, edge)
    high = np.clip(np.ceil(whole.max(axis=2)) + 2, 0, edge)
    return np.concatenate([low, high], axis=-1).astype(np.int64)


def _shadow_outlines(body: Body, *, n_points: int = 16) -> FloatArray:
    """Return the outline of each part's shadow on the floor, (timepoint, part, point, 3) mm."""
    shear = np.array([[1, 0, -_LIGHT[0] / _LIGHT[2]], [0, 1, -_LIGHT[1] / _LIGHT[2]], [0, 0, 0]])
    flat = shear[:2] @ body.axes_mm
    spread = np.linalg.cholesky(flat @ flat.swapaxes(-1, -2) + 1e-9 * np.eye(2))
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    rim = np.einsum("tpij,nj->tpni", spread, np.stack([np.cos(angle), np.sin(angle)], axis=1))
    middle = body.centers_mm @ shear.T
    return np.asarray(middle[:, :, None] + np.concatenate([rim, np.zeros_like(rim[..., :1])], axis=-1))


def _cast_shadow(picture: ByteArray, outlines: FloatArray) -> None:
    """Darken the (part, point, 2) px polygons, with a soft edge, in the (height, width) picture."""
    import cv2

    soft = max(3, picture.shape[1] // 50)
    limit = np.array(picture.shape[::-1])
    whole = np.nan_to_num(outlines, nan=-1e4)
    low = np.clip(whole.min(axis=(0, 1)) - 2 * soft, 0, limit).astype(int)
    high = np.clip(whole.max(axis=(0, 1)) + 2 * soft, 0, limit).astype(int)
    if (high <= low).any():
        return
    mask = np.zeros((high - low)[::-1], dtype=np.uint8)
    for part in np.round(whole - low).astype(np.int32):
        cv2.fillConvexPoly(mask, part, 255)
    keep = 255 - (SHADOW * cv2.blur(mask, (soft, soft))).astype(np.uint8)
    window = picture[low[1] : high[1], low[0] : high[0]]
    window[:] = cv2.multiply(window, keep, scale=1 / 255)


def _paint_floor(scene: Scene, camera: Camera, rays: Float32Array) -> ByteArray:
    """Return the empty arena, (height, width) uint8: a round, speckled floor between dark walls."""
    import cv2

    directions = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1) @ camera.rotation.astype(np.float32)
    down = np.minimum(directions[..., 2:], -1e-6)
    place = camera.position_mm[:2] - np.asarray(scene.settings.arena_center_mm)
    floor = (place - camera.position_mm[2] * directions[..., :2] / down).astype(np.float32)
    radius = np.linalg.norm(floor, axis=-1)
    rng = np.random.default_rng([scene.seed, 9])
    edge = scene.settings.arena_radius_mm + FLOOR_MARGIN_MM
    texture = np.zeros_like(radius)
    for cell_mm, strength in ((22.0, 9.0), (2.2, 7.0)):
        cells = rng.normal(0, strength, (400, 400)).astype(np.float32)
        at = floor / np.float32(cell_mm) + np.float32(200)
        texture += cv2.remap(cells, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    on_floor = np.clip((edge - radius) / 0.8, 0, 1)
    bright = (FLOOR_DN + texture) * (1 - 0.25 * (radius > edge - 3)) - 0.08 * np.minimum(radius, 300)
    wall = WALL_DN + 12 * np.clip(directions[..., 2] + 0.5, -1, 1)
    return np.asarray(np.clip(on_floor * bright + (1 - on_floor) * wall, 0, 255), dtype=np.uint8)


def _albedo_of(part: str) -> float:
    for ending, albedo in _LIMB_ALBEDO.items():
        if ending in part:
            return albedo
    return _ALBEDO.get(part, _FUR_DN)
