"""``check``, ``simulate arena``, ``evaluate pose`` and ``demo``: what they print and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.cli.conftest import Call

from behaviorvlm.cli.demo import _unused
from behaviorvlm.evaluate.keypoint_error import PoseScores

ERRORS = {"mean_error_mm": 0.25, "median_error_mm": 0.2, "p95_error_mm": 0.5, "share_over_10mm": 0.01}
SCORES = {**ERRORS, "identity_accuracy": 0.98, "oracle_mean_mm": 0.125, "coverage": 0.75, "swap_rate": None}
UNSUPPORTED = {**dict.fromkeys([*ERRORS, "identity_accuracy"]), "count": 3, "share": 0.1}


@pytest.fixture
def arena(call: Call, tmp_path: Path) -> Path:
    words = ("--cameras", 2, "--timepoints", 4, "--seed", 3, "--json")
    assert call("simulate", "arena", tmp_path / "arena", *words).json == {
        "session": str(tmp_path / "arena"),
        "truth": str(tmp_path / "arena" / "truth"),
        "cameras": 2,
        "timepoints": 4,
    }
    return tmp_path / "arena"


def test_check_takes_a_good_session(call: Call, arena: Path, tmp_path: Path) -> None:
    answer = call("check", arena, "--preview", tmp_path / "preview.png")
    assert answer.code == 0
    assert "A run will take this session." in answer.out
    assert (tmp_path / "preview.png").exists()
    assert call("check", arena, "--json").json["ok"] is True


def test_check_says_what_is_wrong(call: Call, arena: Path, tmp_path: Path) -> None:
    calibration = arena / "calibration.toml"
    calibration.write_text(calibration.read_text().replace("units", "unit"))
    answer = call("check", arena, "--preview", tmp_path / "preview.png")
    assert answer.code == 1
    assert "error: the calibration does not say its units" in answer.out
    assert "A run will refuse this session." in answer.out
    assert "No preview" in answer.err
    assert call("check", arena, "--json").json["ok"] is False


def test_simulate_refuses_a_folder_that_holds_something(call: Call, arena: Path) -> None:
    answer = call("simulate", "arena", arena)
    assert answer.code == 1
    assert "SessionError" in answer.err
    assert call("simulate", "arena", arena, "--cameras", 1).code == 2


def test_evaluate_prints_the_scores(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scores = PoseScores.model_validate(
        {**SCORES, "unsupported": UNSUPPORTED, "model_calls_per_timepoint": 0.0, "per_keypoint": {"nose": SCORES}}
    )
    monkeypatch.setattr("behaviorvlm.evaluate.keypoint_error.evaluate_pose", lambda run, truth: scores)
    words = ("evaluate", "pose", tmp_path, "--truth", tmp_path)
    answer = call(*words)
    for text in ("nose", "0.25", "0.12", "75.0%", "98.0%", "fewer than 2 views see the dot: 3"):
        assert text in answer.out
    assert call(*words, "--json").json == scores.model_dump()


def test_evaluate_names_a_folder_without_a_run(call: Call, tmp_path: Path) -> None:
    answer = call("evaluate", "pose", tmp_path, "--truth", tmp_path)
    assert answer.code == 1
    assert "this folder holds no run" in answer.err


def test_the_demo_overwrites_nothing(tmp_path: Path) -> None:
    assert _unused(tmp_path / "demo") == tmp_path / "demo"
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo-2").mkdir()
    assert _unused(tmp_path / "demo") == tmp_path / "demo-3"
