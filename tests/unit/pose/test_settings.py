from __future__ import annotations

import pytest
from pydantic import ValidationError

from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.pose.settings import PoseSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"chunk_timepoint": 50},
        {"annotator": "oracle"},
        {"stages": (1, 5)},
        {"refine": "jointly"},
        {"dots": "grey"},
        {"chunk_timepoints": 9},
        {"block_timepoints": 0},
        {"timepoints": (1, 2, 3)},
    ],
)
def test_unknown_keys_and_values_are_refused_by_name(wrong) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        PoseSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"stages": (1, 2, 3)}, {"stages": (2,)}, {"refine": "per_keypoint"}])
def test_auto_without_joint_refinement_is_refused_with_what_to_leave_out(wrong) -> None:
    with pytest.raises(ValidationError, match="leave --stages and --refine out"):
        PoseSettings(annotator="auto", **wrong)
    for other in ("geometric", "vlm"):
        PoseSettings(annotator=other, **wrong)
    PoseSettings(annotator="auto", stages=(1, 4))


@pytest.mark.parametrize(
    "wrong",
    [
        {"attempts": 0},
        {"attempts": 21},
        {"exemplar_lag": 0},
        {"exemplar_lag": 65},
        {"audit": -0.1},
        {"audit": 1.1},
        {"when_spent": "stop"},
        {"models": {"keypoint_assigner": {"url": "http://localhost:8000", "nam": "m"}}},
    ],
)
def test_what_a_model_cannot_be_asked_with_is_refused_by_name(wrong) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        PoseSettings(**wrong)


def test_settings_come_back_from_json_as_they_were() -> None:
    settings = PoseSettings(stages=(2, 4), refine="per_keypoint", timepoints=(3, 9), dots="dark", channel="infrared")
    assert PoseSettings.model_validate_json(settings.model_dump_json()) == settings


def test_models_come_back_from_json_as_they_were() -> None:
    models = {"keypoint_assigner": ModelBinding(url="http://localhost:8000", name="m", seed=3)}
    settings = PoseSettings(annotator="auto", models=models, audit=0.05, prompts={"dot_decision": "ab" * 32})
    assert PoseSettings.model_validate_json(settings.model_dump_json()) == settings


def test_settings_do_not_change_under_way() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PoseSettings().refine = "per_keypoint"
