"""Paints the fluorescence channel: bright spots at exact places on dark, noisy ground."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from behaviorvlm.simulate.optics import outlines_px
from behaviorvlm.simulate.scene import Scene
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.spots import Spots
from behaviorvlm.types import ByteArray, Camera, FloatArray, IntArray

SHIFTS_PX = 128
"""Noise of ground and body is drawn once and laid under each picture at one of 128 x 128 shifts, in one of 4 flips:
drawing it anew would cost more than all the rest. Photon noise of the spots is drawn anew."""
_EXPOSURE_SAMPLES = np.array([-1, 0, 1]) / 3


class FluorescencePainter:
    """Paints the fluorescence pictures of one camera, in order of time.

    Args:
        scene: The scene.
        camera: The camera.
        number: Its place in the rig; with the scene's seed it decides the noise.
    """

    def __init__(self, scene: Scene, camera: Camera, *, number: int) -> None:
        self._settings = scene.settings
        self._camera = camera
        self._rng = np.random.default_rng([scene.seed, 7, number])
        self._reach = int(np.ceil(4 * scene.settings.spot_sigma_px))
        # the canvas has a border wide enough for spots that only lap into the picture
        self._border = 2 * self._reach
        width, height = camera.image_size
        self._size = (height + 2 * self._border, width + 2 * self._border)
        tile = (self._size[0] + SHIFTS_PX, self._size[1] + SHIFTS_PX)
        ground = scene.settings.ground_dn
        self._ground = _noise(self._rng, tile, mean_dn=ground, settings=scene.settings)
        self._skin = _noise(
            self._rng, tile, mean_dn=ground + scene.settings.autofluorescence_dn, settings=scene.settings
        )

    def paint(self, spots: Spots) -> Iterator[ByteArray]:
        """Yield the (height, width) uint8 pictures of a block."""
        import cv2

        outlines = np.round(np.nan_to_num(outlines_px(spots.body, self._camera), nan=-1e4)).astype(np.int32)
        corners, patches = self._patches(spots)
        for row, parts in enumerate(outlines):
            canvas, skin = self._fresh_ground()
            mask = np.zeros(self._size, dtype=np.uint8)
            for part in parts + self._border:
                cv2.fillConvexPoly(mask, part, 1)
            cv2.copyTo(skin, mask, canvas)
            for (y, x), patch in zip(corners[row].tolist(), patches[row], strict=True):
                if y >= 0:
                    window = canvas[y : y + len(patch), x : x + len(patch)]
                    window[:] = cv2.add(window, patch)
            picture = canvas[self._border : -self._border, self._border : -self._border]
            yield np.ascontiguousarray(picture if self._settings.dots == "bright" else 255 - picture)

    def _fresh_ground(self) -> tuple[ByteArray, ByteArray]:
        """Return noise of ground (a copy) and of skin, at one random shift and flip."""
        y, x, flip = self._rng.integers([SHIFTS_PX, SHIFTS_PX, 4]).tolist()
        step = (1 - 2 * (flip & 1), 1 - (flip & 2))
        window = slice(y, y + self._size[0]), slice(x, x + self._size[1])
        ground, skin = (tile[window][:: step[0], :: step[1]] for tile in (self._ground, self._skin))
        return np.ascontiguousarray(ground).copy(), np.ascontiguousarray(skin)

    def _patches(self, spots: Spots) -> tuple[IntArray, ByteArray]:
        """Return where each spot's patch starts on the canvas, (timepoint, spot, [y x]) or -1, and the patches."""
        reach = self._reach
        nearest = np.round(np.nan_to_num(spots.points_px, nan=-1e6))
        in_reach = (nearest > -reach) & (nearest < np.asarray(self._camera.image_size) - 1 + reach)
        shows = in_reach.all(axis=-1) & (spots.peak_dn > 0.2)
        offset = np.where(shows[..., None], spots.points_px - nearest, 0)
        middles = offset[..., None, :] + spots.drift_px[..., None, :] * _EXPOSURE_SAMPLES[:, None]
        grid = np.arange(-reach, reach + 1)
        profile = np.exp(-0.5 * ((grid - middles[..., None]) / spots.sigma_px[..., None, None, None]) ** 2)
        shape = np.einsum("tnsx,tnsy->tnyx", profile[..., 0, :], profile[..., 1, :]) / len(_EXPOSURE_SAMPLES)
        light = np.where(shows, spots.peak_dn, 0)[..., None, None] * shape
        counts = self._settings.counts_per_dn
        noisy = np.round(self._rng.poisson(np.nan_to_num(light) * counts) / counts)
        corners = np.where(shows[..., None], nearest[..., ::-1] + self._border - reach, -1).astype(np.int64)
        return corners, np.minimum(noisy, 255).astype(np.uint8)


def _noise(rng: np.random.Generator, shape: tuple[int, int], *, mean_dn: float, settings: ArenaSettings) -> ByteArray:
    """Return ground of brightness `mean_dn` with Poisson and read noise, uint8."""
    photons: FloatArray = rng.poisson(mean_dn * settings.counts_per_dn, size=shape) / settings.counts_per_dn
    return np.clip(np.round(photons + settings.read_noise_dn * rng.normal(size=shape)), 0, 255).astype(np.uint8)
