"""The options of a command that asks a model: what they are parsed to, and what is said of those that cannot be."""

from __future__ import annotations

import math
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from unit.cli.conftest import Call
from unit.runs.scripted_pipeline import scripted_run_pose

from behaviorvlm.api.asking import Asking
from behaviorvlm.cli.model_options import as_asking, bound_models, parse_duration, parse_share
from behaviorvlm.errors import FormatError, PromptError, SettingsError
from behaviorvlm.prompts.prompt_set import load_prompts

MODEL = "http://127.0.0.1:9/v1#m"
OPTIONS = (
    "--model --models --temperature --model-seed --max-answer-tokens --max-pixels --prompt --attempts --exemplar-lag "
    "--audit --prices --max-calls --max-tokens --max-cost --deadline --when-spent --replay --keep-pictures"
)


# Times and shares ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("30min", 1800), ("8h", 28800), ("1.5h", 5400), ("45", 45), (" 2h ", 7200), ("0", 0)],
)
def test_a_time_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@given(st.floats(0, 1e6), st.sampled_from([("s", 1), ("m", 60), ("min", 60), ("h", 3600)]))
def test_any_time_that_is_written_is_read(number: float, unit: tuple[str, int]) -> None:
    assert math.isclose(parse_duration(f"{number:f}{unit[0]}"), float(f"{number:f}") * unit[1])


@pytest.mark.parametrize("text", ["", "soon", "-3h", "8 h", "8H", "8d", "1e3s", "1h30m", ".5h", "5.h", "inf", "8hh"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="90s, 30m or 8h"):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_time_or_refused(text: str) -> None:
    with suppress(typer.BadParameter):
        assert parse_duration(text) >= 0


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("0.05", 0.05), ("0", 0), ("1", 1), ("100%", 1), (" 2.5 %", 0.025)]
)
def test_a_share_is_read(text: str, share: float) -> None:
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "%", "5", "101%", "-1%", "-0.1", "nan", "inf", "five", "5%%"])
def test_what_is_no_share_is_refused_with_examples(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"5% or 0\.05"):
        parse_share(text)


@given(st.text())
def test_any_text_is_a_share_or_refused(text: str) -> None:
    with suppress(typer.BadParameter):
        assert 0 <= parse_share(text) <= 1


# Models --------------------------------------------------------------------------------------------------------------


def test_the_command_line_stands_over_the_file_and_what_holds_for_all_over_both(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(f'[default]\nmodel = "{MODEL}"\nseed = 4\n\n[region_detector]\nmax_pixels = 500\n')
    bound = bound_models([f"keypoint_assigner={MODEL}x"], path, temperature=0.5, seed=None, max_pixels=None)
    assert bound["region_detector"].max_pixels == 500
    assert (bound["region_detector"].name, bound["keypoint_assigner"].name) == ("m", "mx")
    assert (bound["region_detector"].seed, bound["keypoint_assigner"].seed) == (4, 0)
    assert {one.temperature for one in bound.values()} == {0.5}


def test_without_models_nobody_is_bound() -> None:
    assert bound_models(None, None, temperature=1.0) == {}


# Prompts -------------------------------------------------------------------------------------------------------------


def asking(**more) -> Asking:
    return as_asking(**{"prompts": None, "prices": None, "deadline": None} | more)


def test_prompts_are_read_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "a=b.md").write_text("Wähle.", encoding="utf-8")
    found = asking(prompts=[f"dot_decision={tmp_path / 'a=b.md'}"])
    assert found.prompts == {"dot_decision": "Wähle."}
    assert asking().prompts == {}


def test_a_prompt_without_a_name_is_no_call() -> None:
    with pytest.raises(typer.BadParameter, match="NAME=PATH"):
        asking(prompts=["mine.md"])


def test_a_prompt_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match="the prompt dot_decision cannot be read") as raised:
        asking(prompts=[f"dot_decision={tmp_path / 'nowhere.md'}"])
    assert raised.value.where == str(tmp_path / "nowhere.md")
    (tmp_path / "picture.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PromptError, match="cannot be read"):
        asking(prompts=[f"dot_decision={tmp_path / 'picture.md'}"])


def test_prices_times_and_limits_reach_who_asks(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('currency = "EUR"\n[models.m]\nprompt = 1.0\nanswer = 2.0\n')
    found = asking(prices=path, deadline="30m", max_calls=3, replay=tmp_path, keep_pictures=False)
    assert found.prices is not None
    assert found.prices.currency == "EUR"
    assert (found.deadline_s, found.max_calls, found.replay, found.keep_pictures) == (1800, 3, tmp_path, False)
    path.write_text("currency = ")
    with pytest.raises(FormatError):
        asking(prices=path)


def test_keys_come_from_the_environment_and_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEHAVIORVLM_API_KEY", "sk-not-to-be-seen")
    found = asking()
    assert found.environment["BEHAVIORVLM_API_KEY"] == "sk-not-to-be-seen"
    assert "sk-not-to-be-seen" not in repr(found)


# The command ---------------------------------------------------------------------------------------------------------


def test_help_tells_every_option(call: Call) -> None:
    told = call("pose", "run", "--help").out
    assert [option for option in OPTIONS.split() if option not in told.split()] == []


def test_every_option_reaches_the_run_or_who_asks(
    call: Call, scripted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text(load_prompts()["dot_decision"].text + "\nBe brief.")
    options = (
        "--annotator vlm --temperature 0.25 --model-seed 7 --max-answer-tokens 99 --max-pixels 1000 --attempts 2 "
        "--exemplar-lag 6 --audit 5% --when-spent missing --deadline 8h --max-calls 4 --no-keep-pictures"
    )
    seen: list[Asking] = []

    def look(session, *, asking: Asking, **rest):
        seen.append(asking)
        return estimate_pose(session, asking=asking, **rest)

    from behaviorvlm.api import estimate_pose

    monkeypatch.setattr("behaviorvlm.pose.pipeline.run_pose", scripted_run_pose)
    monkeypatch.setattr("behaviorvlm.api.estimate_pose", look)
    words = ["pose", "run", scripted, "--run", tmp_path / "run", "--model", MODEL, "--prompt", f"dot_decision={mine}"]
    assert call(*words, *options.split()).code == 0
    settings = tomllib.loads((tmp_path / "run" / "run.toml").read_text())["settings"]
    assert (settings["annotator"], settings["attempts"], settings["exemplar_lag"]) == ("vlm", 2, 6)
    assert (settings["audit"], settings["when_spent"]) == (0.05, "missing")
    model = settings["models"]["keypoint_assigner"]
    assert (model["temperature"], model["seed"], model["max_tokens"], model["max_pixels"]) == (0.25, 7, 99, 1000)
    packaged = load_prompts().hashes
    changed = {name for name, digest in settings["prompts"].items() if digest != packaged[name]}
    assert changed == {"dot_decision"}
    (how,) = seen
    assert (how.deadline_s, how.max_calls, how.keep_pictures) == (28800, 4, False)


def test_a_model_alone_means_auto(call: Call, scripted: Path, tmp_path: Path) -> None:
    assert call("pose", "run", scripted, "--run", tmp_path / "run", "--model", MODEL).code == 0
    assert tomllib.loads((tmp_path / "run" / "run.toml").read_text())["settings"]["annotator"] == "auto"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--audit 5", "no share such as 5%"),
        ("--deadline soon", "no time such as 90s"),
        ("--prompt mine.md", "no NAME=PATH"),
        ("--temperature 3", "--temperature"),
        ("--attempts 0", "--attempts"),
        ("--exemplar-lag 65", "--exemplar-lag"),
        ("--max-calls -1", "--max-calls"),
        ("--when-spent never", "--when-spent"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(call: Call, scripted: Path, tmp_path: Path, options: str, said: str) -> None:
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", "--model", MODEL, *options.split())
    assert answer.code == 2
    assert said in answer.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--annotator vlm", "no model is bound to region_detector"),
        ("--model nonsense", "expected: a folder"),
        ("--model stranger=http://h#m", "unknown role stranger"),
        ("--models nowhere.toml", "nowhere.toml"),
        (f"--model {MODEL} --prompt view=nowhere.md", "the prompt view cannot be read"),
        (f"--model {MODEL} --max-cost 3", "price"),
    ],
)
def test_what_cannot_be_used_is_an_error_without_a_traceback(
    call: Call, scripted: Path, tmp_path: Path, options: str, said: str
) -> None:
    answer = call("pose", "run", scripted, "--run", tmp_path / "run", *options.split())
    assert answer.code == 1
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("annotator", "lacking"), [("vlm", "keypoint_assigner, region_reconciler"), ("auto", "keypoint_assigner")]
)
def test_a_model_for_one_role_alone_leaves_the_others_without(
    call: Call, scripted: Path, tmp_path: Path, annotator: str, lacking: str
) -> None:
    words = ["pose", "run", scripted, "--run", tmp_path / "run", "--annotator", annotator]
    answer = call(*words, "--model", f"region_detector={MODEL}")
    assert answer.code == 1
    assert f"no model is bound to {lacking}\n" in answer.err


def test_bound_models_refuse_two_for_one_role() -> None:
    with pytest.raises(SettingsError, match="two models"):
        bound_models([MODEL, f"{MODEL}2"], None)
