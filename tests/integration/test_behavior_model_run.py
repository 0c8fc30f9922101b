"""``behavior run --model``: a whole run asked of a server on loopback, resumed, replayed, and cut short by a budget."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chat_server import ChatServer, Request
from integration.test_behavior_models import librarian, words_of
from unit.behavior.clip_views import GOOD

from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.simulate.social import simulate_social

TABLES = ("bouts.csv", "segments.csv", "merges.csv", "ethogram.toml")


def answer(request: Request) -> str:
    """Answer all three questions: every clip shows walking, and whatever is called alike is one."""
    text = words_of(request)
    if "Task: decide which of these names" in text or "Task: put neighbours" in text:
        return librarian(request)
    return json.dumps(GOOD)


def call(*words: object, code: int = 0) -> tuple[dict[str, Any], str]:
    command = [str(Path(sys.executable).parent / "behaviorvlm"), *map(str, words), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """Return the command that labels 6 s of two simulated animals."""
    folder = simulate_social(tmp_path_factory.mktemp("social") / "pair", n_animals=2, seconds=6.0, seed=1)
    files = [folder / "pair.csv", "--video", folder / "pair.mp4"]
    return ["behavior", "run", *files, "--no-pictures", "--workers", "1"]


def test_a_run_is_asked_resumed_replayed_and_accounted_for(words: list[object], tmp_path: Path) -> None:
    run, replayed = tmp_path / "run", tmp_path / "replayed"
    with ChatServer(answer=answer) as server:
        summary, _ = call(*words, "--run", run, "--model", f"{server.url}#m")
        asked = server.counts["answered"]
        call(*words, "--run", run, "--model", f"{server.url}#m")
        assert server.counts["answered"] == asked
    assert summary["model_calls"] == asked
    with (run / "segments.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    described = [row for row in rows if row["source"] == "vlm"]
    assert described and {row["behavior"] for row in described} == {GOOD["behavior"]}
    call(*words, "--run", replayed, "--replay", run)
    for name in TABLES:
        assert (replayed / name).read_bytes() == (run / name).read_bytes(), name
    cost, _ = call("runs", "cost", run)
    stages = {row["stage"]: row["questions"] for row in cost["ledger"]}
    assert stages["clip_description"] == len(described) and stages["ethogram_writing"] == 1
    listed, _ = call("runs", "show", run, "--questions", "--stage", "segment_merging")
    assert listed["total"] == stages["segment_merging"]
    verified, _ = call("runs", "verify", run)
    assert verified["answers"] == sum(stages.values()) and not verified["problems"]


def test_a_spent_budget_leaves_the_rest_to_measured_facts_and_says_so(words: list[object], tmp_path: Path) -> None:
    run = tmp_path / "run"
    with ChatServer(answer=answer) as server:
        summary, said = call(*words, "--run", run, "--model", f"{server.url}#m", "--max-calls", 2)
    assert summary["model_calls"] == 2 and "2 calls" in said and "Measured facts describe the rest" in said
    with (run / "segments.csv").open(newline="") as stream:
        sources = [row["source"] for row in csv.DictReader(stream)]
    assert sources.count("vlm") == 2 and sources.count("kinematic") == len(sources) - 2


def test_a_key_is_kept_nowhere(words: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEHAVIORVLM_API_KEY", "sk-very-secret-key")
    with ChatServer(answer=answer) as server:
        _, said = call(*words, "--run", tmp_path / "run", "--model", f"{server.url}#m", "--max-calls", 3)
    assert "sk-very-secret-key" not in said
    for path in (tmp_path / "run").rglob("*"):
        assert path.is_dir() or b"sk-very-secret-key" not in path.read_bytes(), path
    with AnswerJournal(tmp_path / "run" / ANSWERS_FILE, writable=False) as journal:
        assert journal.totals().questions == 3


def test_a_dead_server_ends_the_run_and_finished_work_is_kept(words: list[object], tmp_path: Path) -> None:
    run, models = tmp_path / "run", tmp_path / "models.toml"
    with ChatServer(answer=answer) as server:
        models.write_text(f'[default]\nmodel = "{server.url}#m"\npatience_s = 0.5\n')
        server.stop()
        error, _ = call(*words, "--run", run, "--models", models, code=1)
        assert error["error"]["kind"] == "ModelServerError"
        assert (run / "embedding" / "pair.npy").exists()
        server.start()
        summary, _ = call(*words, "--run", run, "--models", models)
    assert summary["finished"]
