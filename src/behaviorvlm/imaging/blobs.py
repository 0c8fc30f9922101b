"""Dots in a picture: maxima of a difference of Gaussians, refined by a joint Gaussian fit.

Detection follows Lindeberg (1998) at one scale, that of the expected dot, because a dot's image is as wide as the
lens and the pixel make it. ``benchmarks/blob_detection.py`` compares the refinement with others.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from behaviorvlm.errors import ShapeError
from behaviorvlm.imaging.spot_fit import fit_spots
from behaviorvlm.types.arrays import ByteArray, FloatArray, IntArray, frozen_floats

INNER_SCALE, OUTER_SCALE = 0.8, 1.4
"""Widths of the two Gaussians in dot widths: close enough to part two dots 3.2 dot widths from each other, far
enough apart to stay quiet where compression leaves artefacts."""
RIVAL_RADIUS_PX = 2
RIVALS = tuple((y, x) for y in range(-2, 3) for x in range(-2, 3) if 0 < x * x + y * y < 8)
"""A maximum beats these neighbours: the square of two pixels without its corners, because touching dots 4 px apart
on a diagonal show maxima as near as its corner."""
MAD_TO_SD = 1.4826

RESPONSE_STEPS_PER_DN = 16
"""The response is kept as 16 bit integers, which halves its memory traffic; 255 DN on all sides still fit."""

_Response = npt.NDArray[np.int16]


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
    points, brightness, size = fit_spots(picture, peaks, spot_sd_px=settings.spot_sd_px)
    order = np.lexsort((points[:, 0], np.rint(points[:, 1])))
    return Blobs(points[order], brightness[order], size[order])


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
    return MAD_TO_SD * float(np.median(spread)) / RESPONSE_STEPS_PER_DN


def choose_threshold(noise_dn: float, *, settings: BlobSettings = DEFAULT_SETTINGS) -> float:
    """Return the least peak of a dot in DN, for a video with noise of `noise_dn` in DN."""
    return max(settings.noise_factor * noise_dn, settings.floor_dn)


def dot_response(image: ByteArray, settings: BlobSettings = DEFAULT_SETTINGS) -> _Response:
    """Return the difference of Gaussians of a (height, width) uint8 picture, (height, width) int16.

    It is scaled so that at the centre of a dot of the expected width it is the dot's peak above the ground, in
    sixteenths of a DN.
    """
    spot, inner, outer = np.array([1.0, INNER_SCALE, OUTER_SCALE]) * settings.spot_sd_px
    gain = spot**2 / (spot**2 + inner**2) - spot**2 / (spot**2 + outer**2)
    narrow, wide = (_smooth(image, sd, gain) for sd in (inner, outer))
    return np.subtract(narrow, wide, out=narrow)


def _smooth(image: ByteArray, sd: float, gain: float) -> _Response:
    kernel = cv2.getGaussianKernel(2 * int(np.ceil(3 * sd)) + 1, sd)
    scaled = np.asarray(kernel * (RESPONSE_STEPS_PER_DN / gain), dtype=np.float64)
    return np.asarray(cv2.sepFilter2D(image, cv2.CV_16S, kernel, scaled), dtype=np.int16)


def _bright_on_dark(image: ByteArray, dark: bool) -> ByteArray:
    checked = _checked(image)
    return np.asarray(cv2.bitwise_not(checked), dtype=np.uint8) if dark else checked


def _checked(image: ByteArray) -> ByteArray:
    if image.ndim != 2 or image.dtype != np.uint8:
        raise ShapeError(
            "the picture is not grey 8 bit", expected="(height, width) uint8", actual=f"{image.shape} {image.dtype}"
        )
    return np.ascontiguousarray(image)


def _maxima(response: _Response, threshold_dn: float, most: int) -> IntArray:
    """Return rows and columns of the local maxima over the threshold, (peak, 2) int64, brightest `most`."""
    height, width = response.shape
    reach = RIVAL_RADIUS_PX
    values = response.ravel()
    places = np.flatnonzero(values > np.int16(min(threshold_dn * RESPONSE_STEPS_PER_DN, np.iinfo(np.int16).max)))
    rows, columns = np.divmod(places, width)
    inside = (rows >= reach) & (rows < height - reach) & (columns >= reach) & (columns < width - reach)
    places = places[inside]
    for offset in (y * width + x for y, x in RIVALS):
        # A tie goes to the first pixel, so that a dot between two pixels is found once.
        ahead = values[places] > values[places + offset] if offset < 0 else values[places] >= values[places + offset]
        places = places[ahead]
    places = np.sort(places[np.argsort(-values[places].astype(np.int32), kind="stable")][:most])
    return np.stack(np.divmod(places, width), axis=1)
