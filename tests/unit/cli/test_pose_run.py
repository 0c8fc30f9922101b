"""``pose run``: what it asks of the pipeline, and how it ends."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from unit.cli.conftest import Call
from unit.runs.scripted_pipeline import N_TIMEPOINTS, scripted_run_pose

from behaviorvlm.cli.pose_run import available_cores
from behaviorvlm.errors import VideoError


def test_it_leaves_tables_and_says_where(call: Call, scripted: Path, tmp_path: Path) -> None:
    answer = call("pose", "run", scripted, "--run", tmp_path / "run")
    assert answer.code == 0
    assert str(tmp_path / "run" / "points3d.csv") in answer.out
    assert f"{N_TIMEPOINTS} of {N_TIMEPOINTS} timepoints" in answer.out
    assert "poses: 5 of 5" in answer.err
    assert (tmp_path / "run" / "points2d_side.csv").exists()


def test_json_is_one_object_and_nothing_else(call: Call, scripted: Path, tmp_path: Path) -> None:
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", "--json")
    assert answer.json["timepoints_done"] == N_TIMEPOINTS
    assert answer.json["run"] == str(tmp_path / "run")
    assert str(tmp_path / "run" / "quality.csv") in answer.json["files"]


def test_every_option_reaches_the_settings(call: Call, scripted: Path, tmp_path: Path) -> None:
    options = "--annotator geometric --stages 2,1,4 --refine per_keypoint --refine-calibration --timepoints 3:20"
    assert call("pose", "run", scripted, "--run", tmp_path / "run", *options.split(), "--workers", 3).code == 0
    content = tomllib.loads((tmp_path / "run" / "run.toml").read_text())
    stated = {
        "annotator": "geometric",
        "stages": [1, 2, 4],
        "refine": "per_keypoint",
        "refine_calibration": True,
        "timepoints": [3, 20],
    }
    assert content["asked"] == {"session": str(scripted), "workers": 3, "settings": stated}
    assert content["settings"] | stated == content["settings"]


def test_what_is_not_asked_is_left_to_the_settings(call: Call, scripted: Path, tmp_path: Path) -> None:
    call("pose", "run", scripted, "--run", tmp_path / "run")
    content = tomllib.loads((tmp_path / "run" / "run.toml").read_text())
    assert content["asked"]["settings"] == {}
    assert content["asked"]["workers"] == available_cores()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--stages 1,5", "no list of stages"),
        ("--stages 1,1", "no list of stages"),
        ("--timepoints 20", "no range"),
        ("--timepoints 20:10", "no range"),
        ("--timepoints -3:10", "no range"),
        ("--refine best", "--refine"),
        ("--annotator oracle", "--annotator"),
        ("--workers 0", "--workers"),
        ("--speed 11", "--speed"),
    ],
)
def test_a_wrong_call_is_no_error_of_the_run(
    call: Call, scripted: Path, tmp_path: Path, options: str, said: str
) -> None:
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", *options.split())
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "run").exists()


def test_an_error_comes_without_a_traceback(call: Call, scripted: Path, tmp_path: Path) -> None:
    call("pose", "run", scripted, "--run", tmp_path / "run")
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", "--timepoints", "0:5")
    assert answer.code == 1
    assert answer.out == ""
    assert "RunMismatchError: the run holds other inputs or settings: settings.timepoints" in answer.err
    assert "remedy: " in answer.err
    assert "Traceback" not in answer.err


def test_an_error_is_json_when_json_is_asked_for(call: Call, scripted: Path, tmp_path: Path) -> None:
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", "--timepoints", "40:48", "--json")
    assert answer.code == 1
    assert answer.json["error"] == {
        "kind": "SettingsError",
        "message": "timepoints are asked for that the session does not have",
        "where": str(scripted),
        "expected": f"A:B with 0 <= A < B <= {N_TIMEPOINTS}",
        "actual": "40:48",
        "remedy": "",
    }
    assert "SettingsError" in answer.err


@pytest.mark.parametrize("as_json", [False, True])
def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(
    call: Call, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    def stopped(*arguments: object, **options: object) -> None:
        def stop(stage: str, done: int, total: int) -> None:
            if done == 2:
                raise KeyboardInterrupt

        scripted_run_pose(*arguments, **{**options, "progress": stop})

    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", stopped)
    words = ["pose", "run", scripted, "--run", tmp_path / "run", *(["--json"] if as_json else [])]
    answer = call(*words)
    assert answer.code == 130
    assert f"What was finished is kept in {tmp_path / 'run'}; the same command goes on from there." in answer.err
    assert "Traceback" not in answer.err
    if as_json:
        assert answer.json["error"]["kind"] == "Interrupted"
    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", scripted_run_pose)
    begun = call("runs", "show", tmp_path / "run", "--json").json
    assert begun["timepoints_done"] == 20
    assert call(*words).code == 0


def test_an_error_in_the_pipeline_keeps_what_is_finished(
    call: Call, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def truncated(*arguments: object, **options: object) -> None:
        scripted_run_pose(*arguments, **{**options, "chunks": lambda pieces: pieces[:3]})
        raise VideoError("the video ends early", where="top.mp4, frame 31")

    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", truncated)
    assert "top.mp4, frame 31" in call("pose", "run", scripted, "--run", tmp_path / "run").err
    assert call("runs", "show", tmp_path / "run", "--json").json["timepoints_done"] == 30


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--annotator vlm --max-calls 0", "Geometry did the rest"),
        ("--annotator vlm --max-calls 0 --when-spent missing", "The rest is missing"),
        ("--max-calls 0 --when-spent missing", "Geometry did the rest"),
        ("--max-calls 1", ""),
    ],
)
def test_a_budget_that_is_spent_is_told(
    call: Call, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, said: str
) -> None:
    def asks_once(*arguments: object, **given: Any) -> None:
        given["admits"]()
        scripted_run_pose(*arguments, **given)

    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", asks_once)
    words = ["pose", "run", scripted, "--run", tmp_path / "run", "--model", "http://127.0.0.1:9/v1#m"]
    answer = call(*words, *options.split(), "--json")
    assert answer.code == 0
    assert answer.json["timepoints_done"] == N_TIMEPOINTS
    assert ("the budget of 0 calls is spent" in answer.err) is bool(said)
    assert said in answer.err
    assert (f"--replay {tmp_path / 'run'}" in answer.err) is bool(said)


@pytest.mark.parametrize("options", ["--refine per_keypoint", "--stages 1,2,3"])
def test_settings_that_do_not_go_together_are_no_traceback(
    call: Call, scripted: Path, tmp_path: Path, options: str
) -> None:
    words = ["pose", "run", scripted, "--run", tmp_path / "run", "--model", "http://127.0.0.1:9/v1#m"]
    answer = call(*words, *options.split())
    assert answer.code == 1
    assert answer.err.startswith("SettingsError: the annotator auto hesitates in stage 4")
    assert "--annotator vlm" in answer.err
    assert not (tmp_path / "run").exists()


def test_models_are_told_in_short(call: Call, scripted: Path, tmp_path: Path) -> None:
    one, other = "http://127.0.0.1:9/v1#m", "http://127.0.0.1:9/v1#big"
    answer = call("pose", "run", scripted, "--run", tmp_path / "one", "--model", one)
    assert f"models            {one}\n" in answer.out
    assert "max_pixels" not in answer.out
    words = ["--annotator", "vlm", "--model", one, "--model", f"region_detector={other}"]
    two = call("pose", "run", scripted, "--run", tmp_path / "two", *words)
    assert f"region_detector: {other}; keypoint_assigner, region_reconciler: {one}\n" in two.out


@pytest.mark.parametrize("more", [(), ("--model", "http://127.0.0.1:9/v1#m")])
def test_a_replay_asks_as_the_run_did_that_it_replays(
    call: Call, scripted: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    first = ["--annotator", "vlm", "--model", "http://127.0.0.1:9/v1#m"]
    assert call("pose", "run", scripted, "--run", tmp_path / "first", *first).code == 0
    again = call("pose", "run", scripted, "--run", tmp_path / "again", "--replay", tmp_path / "first", *more, "--json")
    assert again.json["settings"]["annotator"] == "vlm"


def test_what_is_to_be_replayed_must_be_a_run(call: Call, scripted: Path, tmp_path: Path) -> None:
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", "--replay", tmp_path / "nothing")
    assert answer.code == 1
    assert "this folder holds no run" in answer.err
    assert not (tmp_path / "run").exists()
