"""Everything a user may turn in the behavior pipeline; written whole into ``run.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.chat.binding import ModelBinding

FeatureBlock = Literal["keypoints", "visual"]


class BehaviorSettings(BaseModel):
    """Settings of one behavior run.

    Attributes:
        features: What stage 1 measures: the animals' tracks, pictures, or both; None = tracks where there are any.
        clusters: Number of clusters of each animal.
        centroids: Whether all animals share their clusters, or each has its own.
        min_bout_s: Shortest segment.
        max_bout_s: Longest segment.
        min_split_s: Shortest change for which a segment is cut, and shortest bout that moving boundaries may leave:
            short behaviors inside a segment survive.
        encoder: Who turns pictures into features: ``plain``, ``efficientnet-lite0``, or the folder of a model.
        visual_rate_hz: Pictures per second that become features.
        fitted: SHA-256 of the clusters that were taken over from another run; "" = they are fitted in this one.
        annotator: Who describes clips: measured facts, or a vision-language model.
        thresholds: By which measured facts become names.
        clip_rate_hz: Pictures per second of a clip that a model is shown.
        seed: Of everything random.
        pretraining_epochs: Passes over the rows before clustering.
        clustering_epochs: Passes at most while clustering; the tolerance ends it earlier.
        models: Role to the model that plays it; needed by ``vlm``.
        prompts: Name of each prompt to the SHA-256 of its text.
        attempts: How often a question is put before it is given up as refused.
        when_spent: What becomes of the rest once the budget is spent: measured facts say it, or it is left missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    features: tuple[FeatureBlock, ...] | None = None
    clusters: int = Field(default=10, ge=2, le=200)
    centroids: Literal["shared", "per_animal"] = "shared"
    min_bout_s: float = Field(default=1.0, gt=0)
    max_bout_s: float = Field(default=5.0, gt=0)
    min_split_s: float = Field(default=0.3, gt=0)
    encoder: str = "plain"
    visual_rate_hz: float = Field(default=5.0, gt=0)
    fitted: str = ""
    annotator: Literal["kinematic", "vlm"] = "kinematic"
    thresholds: KinematicThresholds = KinematicThresholds()
    clip_rate_hz: float = Field(default=10.0, gt=0)
    seed: int = 0
    pretraining_epochs: int = Field(default=20, ge=1)
    clustering_epochs: int = Field(default=10, ge=0)
    models: dict[str, ModelBinding] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    attempts: int = Field(default=3, ge=1, le=20)
    when_spent: Literal["kinematic", "missing"] = "kinematic"

    @model_validator(mode="after")
    def _shortest_is_shorter(self) -> BehaviorSettings:
        if self.min_bout_s > self.max_bout_s:
            raise ValueError("the shortest segment is longer than the longest")
        return self
