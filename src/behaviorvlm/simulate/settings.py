"""Everything a user may turn in the simulated arena."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    field_validator,
    model_validator,
)

from behaviorvlm.errors import SettingsError

Share = Annotated[float, Field(ge=0, lt=1)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Crf = Annotated[int, Field(ge=0, le=51)]


class ArenaSettings(BaseModel):
    """How the simulated arena looks. All brightness is guessed, none measured.

    Attributes:
        session: Name of the session, part of every file name; None takes the folder's name.
        channels: Which videos are made.
        frame_rate_hz: Timepoints per second.
        arena_center_mm: Middle of the arena on the floor, which is z = 0.
        arena_radius_mm: The middle of the trunk stays about this close to the arena's middle.
        n_seeds: Hand-labelled timepoints, picked among the first `seed_window` timepoints.
        seed_window: How far into the video the hand labels may lie.
        seed_jitter_px: Standard deviation per axis of the labeller's hand.
        rotation_error_deg: Standard deviation per axis by which the given calibration turns each camera.
        position_error_mm: Standard deviation per axis by which it moves each camera.
        focal_error: Standard deviation of its relative error of the focal length.
        dots: Bright dots on dark ground, or dark ones on bright (the same picture inverted).
        brightness: Factor on every dot.
        brightness_spread: Relative spread of brightness over dots, drawn once per session.
        attenuation_mm: Tissue dims a dot by 1/e over this length.
        hidden_share: Share of (view, dot) dimmed to nothing for no visible reason, on top of what the body hides.
        hidden_run_timepoints: Mean length of such a gap.
        spot_sigma_px: Standard deviation of a dot's picture.
        exposure_s: Exposure time; moving dots are smeared over it.
        ground_dn: Brightness of the dark ground.
        autofluorescence_dn: How much brighter the animal is.
        counts_per_dn: Photons per DN, for the Poisson noise.
        read_noise_dn: Standard deviation of the read noise.
        reflection: Brightness of a dot's mirror image in the floor, as a share of the dot's.
        n_specks: Bright specks of dirt that stay on the floor.
        glints_per_picture: Mean number of glints that last one picture.
        fluorescence_crf: x264's quality of the fluorescence video; above about 20 faint dots suffer.
        visible_crf: x264's quality of the visible video.

    Raises:
        SettingsError: On an unknown name or a value out of range.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    session: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    channels: tuple[Literal["visible", "fluorescence"], ...] = Field(default=("visible", "fluorescence"), min_length=1)
    frame_rate_hz: float = Field(default=30.0, ge=10, le=500)
    arena_center_mm: tuple[float, float] = (0.0, 0.0)
    arena_radius_mm: Positive = 55.0
    n_seeds: int = Field(default=3, ge=1)
    seed_window: int = Field(default=60, ge=1)
    seed_jitter_px: NotNegative = 1.0
    rotation_error_deg: NotNegative = 0.03
    position_error_mm: NotNegative = 0.15
    focal_error: NotNegative = 0.0003
    dots: Literal["bright", "dark"] = "bright"
    brightness: Positive = 1.0
    brightness_spread: NotNegative = 0.12
    attenuation_mm: Positive = 1.6
    hidden_share: Share = 0.0
    hidden_run_timepoints: float = Field(default=5.0, ge=1)
    spot_sigma_px: float = Field(default=1.25, ge=0.5, le=10)
    exposure_s: NotNegative = 0.003
    ground_dn: NotNegative = 2.2
    autofluorescence_dn: NotNegative = 2.2
    counts_per_dn: Positive = 3.0
    read_noise_dn: NotNegative = 1.3
    reflection: Share = 0.16
    n_specks: int = Field(default=5, ge=0)
    glints_per_picture: NotNegative = 0.7
    fluorescence_crf: Crf = 18
    visible_crf: Crf = 23

    @field_validator("channels")
    @classmethod
    def _each_once(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(channels)) < len(channels):
            raise ValueError("each channel once")
        return channels

    @model_validator(mode="wrap")
    @classmethod
    def _speak_plainly(cls, values: Any, handler: ModelWrapValidatorHandler[ArenaSettings]) -> ArenaSettings:  # noqa: ANN401
        try:
            return handler(values)
        except ValidationError as error:
            first = error.errors()[0]
            raise SettingsError(
                "a setting of the simulated arena cannot be used",
                where=".".join(str(part) for part in first["loc"]) or "ArenaSettings",
                expected=first["msg"],
                actual=str(first["input"]),
            ) from None
