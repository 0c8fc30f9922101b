"""Everything a user may turn in the simulated social encounter."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

from behaviorvlm.errors import SettingsError


class SocialSettings(BaseModel):
    """How a simulated encounter looks and how well it was tracked. Everything is guessed, nothing measured.

    Attributes:
        name: Name of the recording, and of its files; None takes the folder's name.
        frame_rate_hz: Pictures per second.
        image_px: Width and height of the picture, even; the arena fills it.
        arena_bl: Width of the arena in body lengths of an animal.
        social_share: How often an animal that is free turns to another one.
        track_noise_bl: Standard deviation of the tracker's error per axis, in body lengths.
        missing_share: Share of points that the tracker lost for a while.
        hidden_share: Share of time for which it lost a whole animal.
        missing_run_s: Mean length of such a gap.
        crf: x264's quality of the video.

    Raises:
        SettingsError: On an unknown name or a value out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    frame_rate_hz: float = Field(default=30.0, ge=10, le=200)
    image_px: int = Field(default=256, ge=64, le=2048, multiple_of=2)
    arena_bl: float = Field(default=7.0, ge=5, le=30)
    social_share: float = Field(default=0.7, ge=0, le=1)
    track_noise_bl: float = Field(default=0.012, ge=0, le=0.2)
    missing_share: float = Field(default=0.03, ge=0, lt=1)
    hidden_share: float = Field(default=0.01, ge=0, lt=1)
    missing_run_s: float = Field(default=0.2, ge=0.1)
    crf: int = Field(default=23, ge=0, le=51)

    @property
    def px_per_bl(self) -> float:
        """Body length of an animal in px."""
        return self.image_px / self.arena_bl

    @model_validator(mode="wrap")
    @classmethod
    def _speak_plainly(cls, values: Any, handler: ModelWrapValidatorHandler[SocialSettings]) -> SocialSettings:  # noqa: ANN401
        try:
            return handler(values)
        except ValidationError as error:
            first = error.errors()[0]
            raise SettingsError(
                "a setting of the simulated encounter cannot be used",
                where=".".join(str(part) for part in first["loc"]) or "SocialSettings",
                expected=first["msg"],
                actual=str(first["input"]),
            ) from None
