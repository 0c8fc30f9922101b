from __future__ import annotations

import pytest
from pydantic import ValidationError

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


def test_settings_come_back_from_json_as_they_were() -> None:
    settings = PoseSettings(stages=(2, 4), refine="per_keypoint", timepoints=(3, 9), dots="dark", channel="infrared")
    assert PoseSettings.model_validate_json(settings.model_dump_json()) == settings


def test_settings_do_not_change_under_way() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PoseSettings().refine = "per_keypoint"
