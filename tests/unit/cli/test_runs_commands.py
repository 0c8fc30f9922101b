"""``runs show`` and ``runs verify``, as tables and as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from unit.cli.conftest import Call
from unit.runs.scripted_pipeline import AUDIT, SIDE, decisions, make_session, scripted_run_pose, view_chunk

from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import RecordingSession

REFINED = PoseSettings(refine_calibration=True)


@pytest.fixture
def run(call: Call, scripted: Path, tmp_path: Path) -> Path:
    assert call("pose", "run", scripted, "--run", tmp_path / "run", "--refine-calibration").code == 0
    return tmp_path / "run"


def test_show_tells_how_a_run_stands(call: Call, run: Path) -> None:
    answer = call("runs", "show", run)
    for text in ("47 of 47 timepoints, 3 cameras", "refine_calibration true", "Look here first", "0.800 px before"):
        assert text in answer.out
    assert call("runs", "show", run, "--json").json["timepoints_asked"] == 47


def test_show_follows_one_view_through_the_stages(call: Call, run: Path) -> None:
    answer = call("runs", "show", run, "--timepoint", 7, "--view", "side")
    for text in ("static_speck", "the whole view contradicts its name in top, side", "right_ear", "27.00"):
        assert text in answer.out
    view = call("runs", "show", run, "--timepoint", 7, "--view", "side", "--json").json
    assert [row["number"] for row in view["candidates"]] == [0, 1, 2, 3, 4]
    assert {row["keypoint"]: row["final"] for row in view["keypoints"]}["nose"] == 0


def test_timepoint_and_view_go_together(call: Call, run: Path) -> None:
    assert call("runs", "show", run, "--timepoint", 7).code == 2
    assert call("runs", "show", run, "--view", "side").code == 2


def test_an_unknown_view_is_named(call: Call, run: Path) -> None:
    answer = call("runs", "show", run, "--timepoint", 7, "--view", "front")
    assert answer.code == 1
    assert "expected: top, side, back" in answer.err


def test_no_run_is_named(call: Call, tmp_path: Path) -> None:
    for command in ("show", "verify"):
        answer = call("runs", command, tmp_path)
        assert answer.code == 1
        assert "this folder holds no run" in answer.err


def test_verify_says_whether_all_is_as_it_was_written(call: Call, run: Path) -> None:
    assert "All is as it was written." in call("runs", "verify", run).out
    (run / "quality.csv").write_text("all good\n")
    answer = call("runs", "verify", run)
    assert answer.code == 1
    assert "quality.csv is not what the journal says" in answer.out
    assert call("runs", "verify", run, "--json").json["problems"] == ["quality.csv is not what the journal says"]


def test_show_tells_what_auto_asked_and_what_an_audit_found(call: Call, run: Path) -> None:
    asked = [(SIDE, 0)] * 3 + [(SIDE, 1), (SIDE, -2)] + [(AUDIT, 0)] * 18 + [(AUDIT, 1), (AUDIT, -1)]
    with PoseRun.start(run, make_session(run.parent / "session", offsets={"side": 3}), settings=REFINED) as writing:
        writing.sink.save("decisions", "000000-000010", decisions(*asked))
    shown = call("runs", "show", run).out
    assert "5 questions: 3 as geometry, 1 the other reading, 0 neither, 1 without an answer" in shown
    assert "disagree in 2 of 20 settled dots: 10.0%, 95 % confidence interval 2.8% to 30.1%" in shown
    assert "budget" not in shown
    assert call("runs", "show", run, "--json").json["audit"]["disagreed"] == 2


@pytest.mark.parametrize(("spent", "said"), [("geometry", "answered by geometry"), ("missing", "left missing")])
def test_show_tells_what_the_budget_left_out(
    call: Call, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spent: str, said: str
) -> None:
    def poor(session: RecordingSession, **options: Any) -> None:
        left = view_chunk(range(10, 20))
        options["sink"].save("views", "000010-000020", {**left, "unasked": np.ones(10, dtype=np.int64)})
        scripted_run_pose(session, **options)

    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", poor)
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", "--when-spent", spent)
    assert answer.code == 0
    for shown in (answer.out, call("runs", "show", tmp_path / "run").out):
        assert f"10 timepoints not asked about, {said}" in shown
