"""Dots in a picture: difference-of-Gaussians maxima, refined by an iterated Gaussian-weighted centroid.

Detection follows Lindeberg (1998) at one scale, that of the expected dot, because a dot's image is as wide as the
lens and the pixel make it. The refinement is the adaptive moments of Bernstein and Jarvis (2002): the centroid under
a Gaussian window that moves with it, with the shift doubled because window and dot are about equally wide. Of the
refinements tried (parabola, Gaussian fit, this), this one was as good as any and the simplest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from behaviorvlm.errors import ShapeError
from behaviorvlm.types.arrays import ByteArray, FloatArray, IntArray, frozen_floats

INNER_SCALE, OUTER_SCALE = 0.8, 1.8
"""Widths of the two Gaussians in dot widths: narrow enough to part two dots 4 px from each other."""
WINDOW_SCALE = 1.2
"""Width of the centroid's window in dot widths."""
RIVAL_RADIUS_PX = 2
"""A maximum is the largest value within so many rows and columns."""
CENTROID_STEPS = 6
MAX_SHIFT_PX = 1.5
"""A centroid that wants to go farther from its maximum follows something else."""
BACKGROUND_PERCENTILE = 25
"""Of a patch about 6 dot widths wide: low enough to stay off the dot and its neighbours."""
MAD_TO_SD = 1.4826

_Response = npt.NDArray[np.float32]


class BlobSettings(BaseModel):
    """What a dot looks like.

    Attributes:
        spot_sd_px: Expected standard deviation of a dot's image, in px.
        noise_factor: A dot stands out of the noise by so many standard deviations.
        floor_dn: A dot has at least this peak in DN, however quiet the video is: compression erases noise, and
            leaves faint artefacts.
        max_blobs: Only so many of the brightest are kept of one picture.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    spot_sd_px: float = Field(default=1.25, gt=0.3, lt=20)
    noise_factor: float = Field(default=6.0, gt=0)
    floor_dn: float = Field(default=5.0, gt=0)
    max_blobs: int = Field(default=400, ge=1)


DEFAULT_SETTINGS = BlobSettings()


@dataclass(frozen=True, eq=False)
class Blobs:
    """The dots of one picture, ordered by row, then column, of the nearest pixel: an order that does not flicker.

    Attributes:
        points_px: (blob, 2) float64 x, y; pixel (0, 0) is the centre of the top left pixel.
        brightness: (blob,) float64 peak above the local background in DN (below it, where dots are dark).
        size_px: (blob,) float64 standard deviation of the spot in px.
    """

    points_px: FloatArray
    brightness: FloatArray
    size_px: FloatArray

    def __post_init__(self) -> None:
        points = frozen_floats(self.points_px, (None, 2), name="points_px")
        object.__setattr__(self, "points_px", points)
        for field in ("brightness", "size_px"):
            object.__setattr__(self, field, frozen_floats(getattr(self, field), (len(points),), name=field))

    def __len__(self) -> int:
        """Return the number of dots."""
        return len(self.points_px)


def detect_blobs(
    image: ByteArray, *, threshold_dn: float, dark: bool = False, settings: BlobSettings = DEFAULT_SETTINGS
) -> Blobs:
    """Return the dots of one picture.

    Args:
        image: (height, width) uint8.
        threshold_dn: Least peak of a dot of the expected width, in DN; see `choose_threshold`.
        dark: Look for dark dots on bright ground.
        settings: What a dot looks like.

    Returns:
        The dots. None is found within 2 px of the picture's edge.

    Raises:
        ShapeError: If the picture is not (height, width) uint8.
    """
    picture = _bright_on_dark(image, dark)
    peaks = _maxima(dot_response(picture, settings), threshold_dn, settings.max_blobs)
    blobs = _refine(picture, peaks, settings)
    order = np.lexsort((blobs.points_px[:, 0], np.rint(blobs.points_px[:, 1])))
    return Blobs(blobs.points_px[order], blobs.brightness[order], blobs.size_px[order])


def estimate_noise(images: ByteArray, *, settings: BlobSettings = DEFAULT_SETTINGS) -> float:
    """Return the standard deviation of the noise in the peak of a dot, in DN.

    It is the median absolute deviation of the response that `detect_blobs` thresholds, so a few dots do not count.

    Args:
        images: (height, width) or (picture, height, width) uint8.
        settings: What a dot looks like.

    Raises:
        ShapeError: If the pictures are not uint8 of that shape.
    """
    stack = images[np.newaxis] if images.ndim == 2 else images
    spread = [float(np.median(np.abs(dot_response(_checked(image), settings)[::2, ::2]))) for image in stack]
    return MAD_TO_SD * float(np.median(spread))


def choose_threshold(noise_dn: float, *, settings: BlobSettings = DEFAULT_SETTINGS) -> float:
    """Return the least peak of a dot in DN, for a video with noise of `noise_dn` in DN."""
    return max(settings.noise_factor * noise_dn, settings.floor_dn)


def dot_response(image: ByteArray, settings: BlobSettings = DEFAULT_SETTINGS) -> _Response:
    """Return the difference of Gaussians of a (height, width) uint8 picture, (height, width) float32.

    It is scaled so that at the centre of a dot of the expected width it is the dot's peak above the ground, in DN.
    """
    spot, inner, outer = np.array([1.0, INNER_SCALE, OUTER_SCALE]) * settings.spot_sd_px
    gain = spot**2 / (spot**2 + inner**2) - spot**2 / (spot**2 + outer**2)
    narrow, wide = (_smooth(image, sd, gain) for sd in (inner, outer))
    return cv2.subtract(narrow, wide)


def _smooth(image: ByteArray, sd: float, gain: float) -> _Response:
    kernel = cv2.getGaussianKernel(2 * int(np.ceil(3 * sd)) + 1, sd)
    return cv2.sepFilter2D(image, cv2.CV_32F, kernel, kernel / gain)


def _bright_on_dark(image: ByteArray, dark: bool) -> ByteArray:
    checked = _checked(image)
    return np.asarray(cv2.bitwise_not(checked), dtype=np.uint8) if dark else checked


def _checked(image: ByteArray) -> ByteArray:
    if image.ndim != 2 or image.dtype != np.uint8:
        raise ShapeError(
            "the picture is not grey 8 bit", expected="(height, width) uint8", actual=f"{image.shape} {image.dtype}"
        )
    return np.ascontiguousarray(image)


def _maxima(response: _Response, threshold: float, most: int) -> IntArray:
    """Return rows and columns of the local maxima over `threshold`, (peak, 2) int64, brightest `most`."""
    height, width = response.shape
    reach = RIVAL_RADIUS_PX
    values = response.ravel()
    places = np.flatnonzero(values > threshold)
    rows, columns = np.divmod(places, width)
    inside = (rows >= reach) & (rows < height - reach) & (columns >= reach) & (columns < width - reach)
    places = places[inside]
    steps = np.arange(-reach, reach + 1)
    for offset in (steps[:, np.newaxis] * width + steps).ravel():
        # A tie goes to the first pixel, so that a dot between two pixels is found once.
        ahead = values[places] > values[places + offset] if offset < 0 else values[places] >= values[places + offset]
        places = places[ahead]
    places = np.sort(places[np.argsort(-values[places], kind="stable")][:most])
    return np.stack(np.divmod(places, width), axis=1)


def _refine(image: ByteArray, peaks: IntArray, settings: BlobSettings) -> Blobs:
    half = int(np.ceil(3 * settings.spot_sd_px))
    steps = np.arange(-half, half + 1)
    rows = np.clip(peaks[:, :1] + steps, 0, image.shape[0] - 1)
    columns = np.clip(peaks[:, 1:] + steps, 0, image.shape[1] - 1)
    patches = image[rows[:, :, np.newaxis], columns[:, np.newaxis, :]].astype(np.float64)
    ground = np.percentile(patches.reshape(len(peaks), -1), BACKGROUND_PERCENTILE, axis=1) if len(peaks) else np.zeros(0)
    patches = np.maximum(patches - ground[:, np.newaxis, np.newaxis], 0)
    shift, brightness, size = _adaptive_moments(patches, steps.astype(np.float64), WINDOW_SCALE * settings.spot_sd_px)
    return Blobs(peaks[:, ::-1] + shift, brightness, size)


def _adaptive_moments(patches: FloatArray, steps: FloatArray, window_px: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return shift (blob, 2) x, y in px, peak (blob,) in DN and standard deviation (blob,) in px of Gaussian dots.

    A dot of variance s2 under a window of variance w2 has second moment v = s2 w2 / (s2 + w2) and sum 2 pi peak v.
    """
    shift = np.zeros((len(patches), 2))
    for step in range(CENTROID_STEPS + 1):
        to_x, to_y = (steps - shift[:, axis, np.newaxis] for axis in (0, 1))
        weighted = patches * _window(to_y, window_px)[:, :, np.newaxis] * _window(to_x, window_px)[:, np.newaxis, :]
        by_column, by_row = weighted.sum(axis=1), weighted.sum(axis=2)
        total = np.maximum(by_column.sum(axis=1), 1e-9)
        if step < CENTROID_STEPS:
            error = np.stack([(by_column * to_x).sum(axis=1), (by_row * to_y).sum(axis=1)], axis=1) / total[:, np.newaxis]
            shift = np.clip(shift + 2 * error, -MAX_SHIFT_PX, MAX_SHIFT_PX)
    moment = ((by_column * to_x**2).sum(axis=1) + (by_row * to_y**2).sum(axis=1)) / (2 * total)
    moment = np.clip(moment, 0.05 * window_px**2, 0.95 * window_px**2)
    return shift, total / (2 * np.pi * moment), np.sqrt(1 / (1 / moment - 1 / window_px**2))


def _window(distance: FloatArray, sd: float) -> FloatArray:
    return np.exp(-(distance**2) / (2 * sd**2))
