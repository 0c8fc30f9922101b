"""What one camera saw at one timepoint, and the boxes of body regions in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from behaviorvlm.errors import ShapeError
from behaviorvlm.types.arrays import BoolArray, ByteArray, FloatArray
from behaviorvlm.types.candidate import CandidateSet


@dataclass(frozen=True)
class RegionBox:
    """The box of one body region in one view, in px of the raw image; edges belong to the box.

    Attributes:
        region: Name of the body region.
        x_min_px, y_min_px, x_max_px, y_max_px: The sides.
        confidence: In [0, 1], what its annotator says of it; 1 for a box that was not in doubt.

    Raises:
        ShapeError: If the box is inside out.
    """

    region: str
    x_min_px: float
    y_min_px: float
    x_max_px: float
    y_max_px: float
    confidence: float = 1.0

    def __post_init__(self) -> None:
        if not (self.x_min_px <= self.x_max_px and self.y_min_px <= self.y_max_px):
            raise ShapeError(
                f"the box of {self.region} is inside out or not finite",
                expected="x_min <= x_max and y_min <= y_max",
                actual=f"x {self.x_min_px} to {self.x_max_px}, y {self.y_min_px} to {self.y_max_px}",
            )

    def contains(self, points_px: FloatArray) -> BoolArray:
        """Return which of the (point, 2) px positions lie in the box, (point,) bool."""
        x, y = points_px[:, 0], points_px[:, 1]
        inside: BoolArray = (x >= self.x_min_px) & (x <= self.x_max_px) & (y >= self.y_min_px) & (y <= self.y_max_px)
        return inside


@dataclass(frozen=True, eq=False)
class View:
    """What one camera saw at one timepoint.

    Attributes:
        timepoint: Index of the synchronised instant.
        camera: Camera name.
        image_size: (width, height) in px.
        candidates: The view's candidates.
        images: Channel name to picture, (height, width) or (height, width, 3) uint8; empty unless the
            annotator asks for pixels.
    """

    timepoint: int
    camera: str
    image_size: tuple[int, int]
    candidates: CandidateSet
    images: Mapping[str, ByteArray] = field(default_factory=dict)
