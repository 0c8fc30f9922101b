"""``behaviorvlm export``, ``convert`` and ``formats``: what they print, take and refuse."""

from __future__ import annotations

from pathlib import Path

from unit.cli.conftest import Call
from unit.report.made_runs import made_bouts, make_behavior_run, make_pose_run, walking


def test_paths_go_to_stdout_and_losses_to_stderr(call: Call, tmp_path: Path) -> None:
    run, out = make_pose_run(tmp_path / "run", walking(5)), tmp_path / "points.csv"
    told = call("export", run, "--to", "anipose", "--out", out)
    assert told.code == 0 and told.out.strip() == str(out) and "does not hold: 2D points" in told.err
    answer = call("export", run, "--to", "anipose", "--out", out, "--min-views", "2", "--json")
    assert answer.json["paths"] == [str(out)] and answer.json["content"] == "pose"


def test_thresholds_of_the_other_pipeline_are_refused(call: Call, tmp_path: Path) -> None:
    poses = make_pose_run(tmp_path / "poses", walking(5))
    bouts = make_behavior_run(tmp_path / "bouts", {"one": made_bouts("one", ["rest"])})
    assert call("export", poses, "--to", "anipose", "--out", tmp_path / "x", "--min-duration", "1").code == 2
    assert call("export", bouts, "--to", "boris", "--out", tmp_path / "x", "--only", "corrected").code == 2
    assert not (tmp_path / "x").exists()


def test_convert_tells_formats_by_content_and_ending(call: Call, tmp_path: Path) -> None:
    run = make_pose_run(tmp_path / "run", walking(5))
    call("export", run, "--to", "anipose", "--out", tmp_path / "points.csv")
    assert call("convert", tmp_path / "points.csv", tmp_path / "again.csv", "--to", "anipose").code == 0
    refused = call("convert", tmp_path / "points.csv", tmp_path / "again.unheard")
    assert refused.code == 1 and "anipose" in refused.err
    assert call("convert", tmp_path / "points.csv", tmp_path / "b.csv", "--image-size", "12").code == 2


def test_formats_are_listed(call: Call) -> None:
    answer = call("formats", "--json").json["formats"]
    assert {"name", "content", "reads", "writes", "keeps", "loses", "judge", "installed"} <= set(answer[0])
    assert "anipose" in call("formats").out
    assert "opened by" in call("formats", "anipose").out
    refused = call("formats", "aniposee")
    assert refused.code == 1 and "anipose" in refused.err
