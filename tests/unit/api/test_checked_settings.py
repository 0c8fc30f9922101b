"""Settings in the words of the command line."""

from __future__ import annotations

import pytest

from behaviorvlm.api.checked_settings import worded_settings
from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.errors import SettingsError
from behaviorvlm.pose.settings import PoseSettings

MODEL = "http://localhost:8000/v1#some-model"


def test_nothing_said_changes_nothing() -> None:
    settings = PoseSettings(refine="per_keypoint")
    assert worded_settings(settings, annotator=None, model=None, asks="auto") is settings


def test_a_model_is_asked_unless_said_otherwise() -> None:
    asked = worded_settings(PoseSettings(audit=0.1), annotator=None, model=MODEL, asks="auto")
    assert (asked.annotator, asked.audit) == ("auto", 0.1)
    assert {str(binding) for binding in asked.models.values()} == {MODEL}
    assert worded_settings(BehaviorSettings(), annotator=None, model=[MODEL], asks="vlm").annotator == "vlm"
    assert worded_settings(PoseSettings(), annotator="vlm", model=MODEL, asks="auto").annotator == "vlm"


def test_a_model_of_one_role_leaves_the_others() -> None:
    before = worded_settings(PoseSettings(), annotator=None, model=MODEL, asks="auto")
    other = worded_settings(before, annotator=None, model=f"keypoint_assigner={MODEL}-2", asks="auto")
    assert str(other.models["keypoint_assigner"]) == f"{MODEL}-2"
    assert str(other.models["region_detector"]) == MODEL


@pytest.mark.parametrize(
    ("settings", "words", "says"),
    [
        (PoseSettings(), {"annotator": "kinematic", "model": None}, "'geometric', 'vlm' or 'auto'"),
        (BehaviorSettings(), {"annotator": "auto", "model": None}, "'kinematic' or 'vlm'"),
        (PoseSettings(refine="per_keypoint"), {"annotator": "auto", "model": MODEL}, "hesitates in stage 4"),
        (PoseSettings(), {"annotator": None, "model": "localhost:8000"}, "http://"),
        (PoseSettings(), {"annotator": None, "model": [MODEL, MODEL]}, "two models for every role"),
    ],
)
def test_what_cannot_be_is_refused(settings: object, words: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        worded_settings(settings, asks="auto", **words)
