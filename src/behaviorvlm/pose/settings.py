"""Everything a user may turn in the pose pipeline; written whole into ``run.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PoseSettings(BaseModel):
    """Settings of one pose run.

    Attributes:
        annotator: Who answers stages 1 to 3.
        stages: The stages of the paper that run. Without 1 the whole view is one box; without 3 the first claim on a
            candidate stands; without 4 every assigned view is triangulated linearly (the paper's ablations).
        refine: How stage 4 works: every keypoint by itself, or all keypoints at once.
        refine_calibration: Adjust the cameras to the run's own settled points, and triangulate again.
        timepoints: First (included) and last (excluded) timepoint; None = all.
        dots: Bright dots on dark ground, or dark ones on bright.
        channel: The channel that shows the dots.
        chunk_timepoints: Target length of the stretches that are tracked by themselves.
        block_timepoints: How many timepoints are detected at once; the usual distance of key frames in H.264, so that
            no block starts by decoding another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    annotator: Literal["geometric"] = "geometric"
    stages: tuple[Literal[1, 2, 3, 4], ...] = (1, 2, 3, 4)
    refine: Literal["per_keypoint", "joint"] = "joint"
    refine_calibration: bool = False
    timepoints: tuple[int, int] | None = None
    dots: Literal["bright", "dark"] = "bright"
    channel: str = "fluorescence"
    chunk_timepoints: int = Field(default=200, ge=10)
    block_timepoints: int = Field(default=250, ge=1)
