"""Everything a user may turn in the pose pipeline; written whole into ``run.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from behaviorvlm.chat.binding import ModelBinding


class PoseSettings(BaseModel):
    """Settings of one pose run.

    Attributes:
        annotator: Who answers stages 1 to 3: geometry; a vision-language model (``vlm``); or geometry, with the model
            asked only where geometry hesitates (``auto``).
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
        models: Role to the model that plays it; needed by ``vlm`` and ``auto``.
        prompts: Name of each prompt to the SHA-256 of its text.
        attempts: How often a question is put before it is given up as refused.
        exemplar_lag: An accepted timepoint is shown to questions at least this many timepoints later; as many
            timepoints are asked side by side.
        audit: Share of the settled timepoints about which ``auto`` asks as well, to measure how often model and
            geometry disagree.
        when_spent: What becomes of the rest once the budget is spent: geometry names it, or it is left missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    annotator: Literal["geometric", "vlm", "auto"] = "geometric"
    stages: tuple[Literal[1, 2, 3, 4], ...] = (1, 2, 3, 4)
    refine: Literal["per_keypoint", "joint"] = "joint"
    refine_calibration: bool = False
    timepoints: tuple[int, int] | None = None
    dots: Literal["bright", "dark"] = "bright"
    channel: str = "fluorescence"
    chunk_timepoints: int = Field(default=200, ge=10)
    block_timepoints: int = Field(default=250, ge=1)
    models: dict[str, ModelBinding] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    attempts: int = Field(default=3, ge=1, le=20)
    exemplar_lag: int = Field(default=4, ge=1, le=64)
    audit: float = Field(default=0.0, ge=0.0, le=1.0)
    when_spent: Literal["geometry", "missing"] = "geometry"

    @property
    def named_by_sight(self) -> bool:
        """Whether a model that looks at the pictures names every view, and not geometry alone."""
        return self.annotator == "vlm"

    @model_validator(mode="after")
    def _auto_needs_joint_refinement(self) -> PoseSettings:
        if self.annotator == "auto" and (4 not in self.stages or self.refine != "joint"):
            raise ValueError("the annotator auto hesitates in stage 4, joint: leave --stages and --refine out")
        return self
