"""Commands without the packages of an extra: refused before anything is made, or done without them."""

from __future__ import annotations

from pathlib import Path

import pytest
from skilled_server import SkilledServer
from unit.cli.conftest import Call
from unit.report.made_runs import made_bouts, make_behavior_run

FIGURES = "pip install 'behaviorvlm[figures]'"
MODELS = "pip install 'behaviorvlm[models]'"
HOSTED = "https://127.0.0.1:9/v1#m"
TRACKS = Path("nowhere.csv")


def test_check_draws_no_preview_and_says_so_before_it_looks(call: Call, scripted: Path, without) -> None:
    without("matplotlib")
    answer = call("check", scripted, "--preview", scripted / "preview.png")
    assert (answer.code, answer.out) == (1, "")
    assert f"{FIGURES}, or leave out --preview" in answer.err
    assert "seeds at" in call("check", scripted).out  # what is wrong is said without pictures


def test_report_leaves_no_folder_behind(call: Call, tmp_path: Path, without) -> None:
    run = make_behavior_run(tmp_path / "run", {"one": made_bouts("one", ["rest", "walk"])})
    before = sorted(run.rglob("*"))
    without("matplotlib")
    answer = call("report", run, "--json")
    assert answer.code == 1
    assert answer.json["error"]["remedy"] == FIGURES
    assert sorted(run.rglob("*")) == before


@pytest.mark.parametrize(("package", "extra"), [("matplotlib", "figures"), ("torch", "behavior")])
def test_demo_begins_nothing(call: Call, tmp_path: Path, without, package: str, extra: str) -> None:
    without(package)
    answer = call("demo", "--out", tmp_path / "demo")
    assert answer.code == 1
    assert f"actual: without {package}" in answer.err
    assert f"pip install 'behaviorvlm[{extra}]'" in answer.err
    assert not (tmp_path / "demo").exists()


def test_behavior_run_wants_its_pictures_or_no_pictures(call: Call, tmp_path: Path, without) -> None:
    without("matplotlib")
    words = ("behavior", "run", tmp_path / TRACKS, "--run", tmp_path / "run")
    answer = call(*words)
    assert answer.code == 1
    assert f"{FIGURES}, or draw none: --no-pictures" in answer.err
    assert not (tmp_path / "run").exists()
    assert "matplotlib" not in call(*words, "--no-pictures").err  # it then looks for its input


def test_a_hosted_model_is_refused_at_once(call: Call, scripted: Path, tmp_path: Path, without) -> None:
    without("openai")
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", "--model", HOSTED)
    assert answer.code == 1
    assert f"{MODELS}, or ask a server on this machine" in answer.err
    assert "where: https://127.0.0.1:9/v1" in answer.err
    assert not (tmp_path / "run").exists()


def test_doctor_says_that_a_hosted_model_needs_more(call: Call, without) -> None:
    without("openai", "matplotlib")
    answer = call("doctor", "--model", HOSTED)
    assert answer.code == 1
    (line,) = (line for line in answer.out.splitlines() if line.startswith("Not installed: figures, "))
    assert ", models" in line and line.endswith("(pip install 'behaviorvlm[NAME]')")
    assert f"remedy: {MODELS}" in answer.out
    assert "error: asking a server by https or through a proxy needs a package that is not installed" in answer.out
    assert "Not everything that was named can be used." in answer.out


def test_doctor_asks_a_server_nearby_without_the_sdk(call: Call, without, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("behaviorvlm.chat.capabilities_probes.LEVELS", (1,))
    without("openai")
    with SkilledServer() as server:
        answer = call("doctor", "--model", f"{server.url}#tiny")
    assert answer.code == 0
    assert "What was named can be used." in answer.out


def test_the_browser_app(call: Call, tmp_path: Path, without) -> None:
    run = make_behavior_run(tmp_path / "run", {"one": made_bouts("one", ["rest", "walk"])})
    without("nicegui")
    answer = call("review", run)
    assert answer.code == 1
    assert "pip install 'behaviorvlm[review]'" in answer.err
