"""Exemplars: trusted labelled views shown to the annotator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from behaviorvlm.types.arrays import ByteArray, FloatArray, frozen_floats


@dataclass(frozen=True, eq=False)
class Exemplar:
    """One view with trusted names.

    Attributes:
        timepoint: Index of the synchronised instant.
        camera: Camera name.
        points_px: (keypoint, 2) float64 in px of the raw image, NaN where the keypoint is not seen.
        kind: ``seed`` if a person labelled it, ``rolling`` if this run accepted it.
        images: Channel name to picture, (height, width) or (height, width, 3) uint8; empty unless the annotator asks
            for pixels.
    """

    timepoint: int
    camera: str
    points_px: FloatArray
    kind: Literal["seed", "rolling"] = "seed"
    images: Mapping[str, ByteArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points_px", frozen_floats(self.points_px, (None, 2), name="points_px"))
