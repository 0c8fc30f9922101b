"""The behavior pipeline from files to an ethogram, through the command line, on simulated encounters."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.simulate.social import simulate_social
from behaviorvlm.simulate.social_settings import SocialSettings

QUICK = ["--no-pictures", "--workers", "1"]
TABLES = ("bouts.csv", "segments.csv", "merges.csv", "ethogram.toml", "recordings.csv", "boris_aggregated.csv")


def behaviorvlm(*words: object) -> list[str]:
    return [str(Path(sys.executable).parent / "behaviorvlm"), *map(str, words)]


def run_behavior(*words: object) -> dict[str, Any]:
    answer = subprocess.run(
        behaviorvlm("behavior", "run", *words, "--json"), capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def encounter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with 20 s of two animals: encounter.csv, encounter.mp4 and the truth."""
    folder = tmp_path_factory.mktemp("social") / "encounter"
    return simulate_social(folder, n_animals=2, seconds=20.0, seed=3, settings=SocialSettings())


@pytest.fixture(scope="module")
def finished(encounter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run with pictures."""
    run = tmp_path_factory.mktemp("runs") / "run"
    run_behavior(encounter / "encounter.csv", "--video", encounter / "encounter.mp4", "--run", run, "--workers", "1")
    return run


def test_a_run_leaves_an_ethogram_and_all_that_led_to_it(finished: Path, encounter: Path) -> None:
    ethogram = tomllib.loads((finished / "ethogram.toml").read_text("utf-8"))
    bouts, segments = rows_of(finished / "bouts.csv"), rows_of(finished / "segments.csv")
    assert {bout["behavior"] for bout in bouts} == set(ethogram["behaviors"])
    assert all(one["definition"] for one in ethogram["behaviors"].values())
    assert {bout["individual"] for bout in bouts} == {segment["individual"] for segment in segments}
    for individual in {segment["individual"] for segment in segments}:
        own = [one for one in segments if one["individual"] == individual]
        edges = [int(one["start_frame"]) for one in own] + [int(own[-1]["stop_frame"])]
        assert edges[0] == 0 and edges[-1] == 600 and edges == sorted(set(edges))
        assert [int(one["stop_frame"]) for one in own] == edges[1:]
    labels = rows_of(finished / "frame_labels" / "encounter.csv")
    assert len(labels) == 600
    for bout in bouts:
        middle = labels[(int(bout["start_frame"]) + int(bout["stop_frame"])) // 2]
        assert middle[f"{bout['individual']}_behavior"] == bout["behavior"]
    columns = rows_of(finished / "feature_columns.csv")
    features = np.load(finished / "features" / "encounter.npy")
    assert features.shape == (2, 600, len(columns)) and np.isfinite(features).mean() > 0.9
    assert np.load(finished / "embedding" / "encounter.npy").shape == (2, 600, 10)
    shares = np.load(finished / "assignments" / "encounter.npy")
    np.testing.assert_allclose(shares.sum(axis=-1), 1, atol=1e-5)


def test_a_run_with_video_is_drawn(finished: Path) -> None:
    drawn = {path.relative_to(finished / "pictures").as_posix() for path in (finished / "pictures").rglob("*.*")}
    wanted = {"ethogram_encounter.png", "transitions.png", "durations.png", "embedding.png", "labelled_encounter.mp4"}
    assert wanted <= drawn
    assert any(name.startswith("contact_sheets/") for name in drawn)


def test_the_true_behaviors_are_found_far_better_than_by_chance(finished: Path, encounter: Path) -> None:
    call = behaviorvlm("evaluate", "behavior", finished, "--labels", encounter / "truth" / "bouts.csv", "--json")
    scores = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    assert scores["named"]["frames"]["kappa"] > 0.3
    assert scores["ceiling"]["frames"]["kappa"] >= scores["named"]["frames"]["kappa"]


def test_a_run_is_sound_and_shown(finished: Path) -> None:
    for words, expected in ((("runs", "verify"), "All is as it was written."), (("runs", "show"), "Ethogram")):
        answer = subprocess.run(behaviorvlm(*words, finished), capture_output=True, text=True, check=False)
        assert answer.returncode == 0 and expected in answer.stdout, answer.stdout + answer.stderr


def test_killed_at_any_moment_the_same_command_ends_with_the_same_tables(encounter: Path, tmp_path: Path) -> None:
    words = [encounter / "encounter.csv", "--fps", 30, *QUICK]
    run_behavior(*words, "--run", tmp_path / "whole")
    dice = random.Random(1)
    for number in range(2):
        run = tmp_path / f"killed{number}"
        call = behaviorvlm("behavior", "run", *words, "--run", run)
        process = subprocess.Popen(call, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (run / "journal.sqlite").exists() and process.poll() is None:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 3))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        run_behavior(*words, "--run", run)
        for name in TABLES:
            assert (run / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_a_merge_is_undone_and_stays_on_record(encounter: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run_behavior(encounter / "encounter.csv", "--fps", 30, "--run", run, *QUICK)
    listed = json.loads(subprocess.check_output(behaviorvlm("behavior", "merges", run, "--json")))
    first = listed["merges"][0]
    call = behaviorvlm("behavior", "merges", run, "--undo", first["merge"], "--reason", "two bouts", "--json")
    after = json.loads(subprocess.check_output(call))
    assert after["merges"][0]["undone"] and after["total"] == listed["total"]
    groups = [tuple(map(int, bout["segments"].split())) for bout in rows_of(run / "bouts.csv")]
    assert {(number,) for number in first["segments"]} <= set(groups)
    again = subprocess.run(call, capture_output=True, text=True, check=False)
    assert again.returncode == 1 and "undone before" in again.stderr
    verified = subprocess.run(behaviorvlm("runs", "verify", run), capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout


def test_a_fitted_run_gives_new_recordings_the_same_cluster_numbers(encounter: Path, tmp_path: Path) -> None:
    words = [encounter / "encounter.csv", "--fps", 30, *QUICK]
    run_behavior(*words, "--run", tmp_path / "first")
    run_behavior(*words, "--run", tmp_path / "second", "--fitted", tmp_path / "first", "--seed", 5)
    for name in ("segments.csv", "bouts.csv"):
        assert (tmp_path / "second" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()
    again = behaviorvlm("behavior", "run", *words, "--run", tmp_path / "second", "--seed", 5)
    refused = subprocess.run(again, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "settings.fitted" in refused.stderr


def test_short_segments_are_possible(encounter: Path, tmp_path: Path) -> None:
    run_behavior(
        encounter / "encounter.csv",
        "--fps",
        30,
        "--run",
        tmp_path / "run",
        *QUICK,
        "--min-bout",
        0.2,
        "--max-bout",
        0.5,
    )
    lengths = [int(one["stop_frame"]) - int(one["start_frame"]) for one in rows_of(tmp_path / "run" / "segments.csv")]
    moved = round(BehaviorSettings().min_split_s * 30)  # either end may move to a change of the name that is nearer
    assert max(lengths) <= 15 + 2 * moved and min(lengths) <= 9


def test_segments_are_named_in_the_users_own_words_from_exemplars(encounter: Path, tmp_path: Path) -> None:
    truth = [bout for bout in rows_of(encounter / "truth" / "bouts.csv") if bout["behavior"] in ("rest", "locomotion")]
    words = {"rest": "schlafen", "locomotion": "laufen"}
    shown = [bout for name in words for bout in [one for one in truth if one["behavior"] == name][:3]]
    lines = [
        f"encounter,{bout['individual']},,{words[bout['behavior']]},{bout['start_frame']},{bout['stop_frame']}"
        for bout in shown
    ]
    header = "recording,individual,target,behavior,start_frame,stop_frame"
    (tmp_path / "exemplars.csv").write_text("\n".join([header, *lines, ""]))
    run = tmp_path / "run"
    run_behavior(
        encounter / "encounter.csv", "--fps", 30, "--run", run, *QUICK, "--exemplars", tmp_path / "exemplars.csv"
    )
    bouts = rows_of(run / "bouts.csv")
    assert {bout["behavior"] for bout in bouts} == set(words.values())
    right = total = 0
    labels = rows_of(run / "frame_labels" / "encounter.csv")
    for bout in truth:
        named = [
            labels[frame][f"{bout['individual']}_behavior"]
            for frame in range(int(bout["start_frame"]), int(bout["stop_frame"]))
        ]
        right, total = right + named.count(words[bout["behavior"]]), total + len(named)
    assert right / total > 0.7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--clusters", "1"], "clusters"),
        (["--min-bout", "9"], "shortest segment is longer"),
        (["--features", "visual"], "no video"),
        (["--annotator", "vlm"], "no model is bound"),
        (["--fitted", "nowhere"], "holds no run"),
        (["--roles", "nowhere.toml"], "nowhere.toml"),
        (["--vocabulary", "nowhere.toml"], "no such file"),
    ],
)
def test_what_does_not_go_together_is_said_before_work_begins(
    encounter: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    call = behaviorvlm("behavior", "run", encounter / "encounter.csv", "--fps", 30, "--run", tmp_path / "run", *words)
    answer = subprocess.run(call, capture_output=True, text=True, check=False)
    assert answer.returncode in (1, 2) and said in " ".join(answer.stderr.split()), answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_video_a_frame_rate_is_needed(encounter: Path, tmp_path: Path) -> None:
    call = behaviorvlm("behavior", "run", encounter / "encounter.csv", "--run", tmp_path / "run", *QUICK)
    answer = subprocess.run(call, capture_output=True, text=True, check=False)
    assert answer.returncode == 1 and "--fps" in answer.stderr
