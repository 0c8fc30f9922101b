"""``doctor``: what it says of servers of different skill, and how it ends."""

from __future__ import annotations

import shlex
import socket
from pathlib import Path

import pytest
from skilled_server import SkilledServer
from unit.cli.conftest import Call

from behaviorvlm.chat import capabilities_probes
from behaviorvlm.chat.binding import ROLES, parse_model
from behaviorvlm.chat.capabilities import Capabilities
from behaviorvlm.cli import doctor_report
from behaviorvlm.cli.doctor_commands import start_commands
from behaviorvlm.cli.doctor_findings import find_problems

KEY = "sk-secret-of-the-lab"
SKILLED = {
    "answers": True,
    "reachable": True,
    "structured": ("json_schema",),
    "takes_pictures": True,
    "sees_pictures": True,
    "takes_several_pictures": True,
    "tells_pictures_apart": True,
    "context_tokens": 32768,
}


@pytest.fixture(autouse=True)
def lonely_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model in the environment, nobody on the usual ports, few requests."""
    for name in ("BEHAVIORVLM_MODEL", "BEHAVIORVLM_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(doctor_report, "PORTS", {_free_port(): "nobody"})
    monkeypatch.setattr(capabilities_probes, "LEVELS", (1,))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert isinstance(port, int)
    return port


def _port(server: SkilledServer) -> int:
    return int(server.url.split(":")[2].split("/")[0])


def test_a_good_model_can_be_used(call: Call) -> None:
    with SkilledServer(entry={"owned_by": "vllm", "max_model_len": 32768}) as server:
        answer = call("doctor", "--model", f"{server.url}#tiny")
    assert answer.code == 0
    assert "What was named can be used." in answer.out
    assert "yes, with json_schema, up to 64 in flight" in answer.out
    assert "vllm serve" not in answer.out
    assert "tiny: pictures" in answer.err


def test_json_is_one_object(call: Call) -> None:
    with SkilledServer(refused={"json_schema": 500}) as server:
        answer = call("doctor", "--model", f"{server.url}#tiny", "--json")
    report = answer.json
    assert report["usable"] is True
    (model,) = report["models"]
    assert model["roles"] == list(ROLES)
    assert model["capabilities"]["structured"] == ["json_object", "text"]
    assert model["will_be_used"]["structured"] == "json_object"
    assert [finding["level"] for finding in model["findings"]] == ["warning"]
    assert report["machine"]["cores"] >= 1
    assert len(report["start"]) == 8


def test_nothing_found_is_no_failure_and_says_what_to_start(call: Call) -> None:
    answer = call("doctor")
    assert answer.code == 0
    assert "No model server found. Poses need none" in answer.out
    for start in start_commands():
        assert start.command in answer.out  # whole, on one line: to be copied


def test_a_named_model_that_is_not_there(call: Call) -> None:
    answer = call("doctor", "--model", f"http://127.0.0.1:{_free_port()}#tiny")
    assert answer.code == 1
    assert "error: no model server answers there" in answer.out
    assert "expected: an OpenAI-compatible server" in answer.out
    assert "remedy: start the server" in answer.out
    assert "vllm serve" in answer.out


def test_the_model_of_the_environment_counts_as_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEHAVIORVLM_MODEL", f"http://127.0.0.1:{_free_port()}#tiny")
    assert call("doctor").code == 1


def test_a_server_on_a_usual_port_is_found_and_gets_no_key(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEHAVIORVLM_API_KEY", KEY)
    with SkilledServer() as server:
        monkeypatch.setattr(doctor_report, "PORTS", {_port(server): "vLLM"})
        answer = call("doctor")
    assert answer.code == 0
    assert f"To use it: --model {server.url}#tiny" in answer.out
    assert not any("authorization" in headers for headers in server.headers)


def test_a_server_with_many_models_is_listed(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with SkilledServer(names=("a", "b")) as server:
        monkeypatch.setattr(doctor_report, "PORTS", {_port(server): "Ollama"})
        answer = call("doctor")
    assert f"Found {server.url} with a, b" in answer.out
    assert not server.requests


def test_what_is_found_but_of_no_use_is_no_failure(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with SkilledServer(modes=frozenset()) as server:
        monkeypatch.setattr(doctor_report, "PORTS", {_port(server): "vLLM"})
        answer = call("doctor")
    assert answer.code == 0
    assert "vllm serve" in answer.out


def test_roles_are_looked_at_one_model_after_the_other(call: Call) -> None:
    with SkilledServer() as eyes, SkilledServer(refused={"picture": 400}) as words:
        named = ("--model", f"{eyes.url}#tiny", "--model", f"segment_merger={words.url}#tiny")
        first, second = call("doctor", *named, "--json").json["models"]
    assert first["roles"] == [role for role in ROLES if role != "segment_merger"]
    assert second["roles"] == ["segment_merger"]
    assert first["usable"] and second["usable"]  # merging needs no pictures


def test_a_model_without_pictures_cannot_play_every_role(call: Call) -> None:
    with SkilledServer(refused={"picture": 400}) as server:
        answer = call("doctor", "--model", f"{server.url}#tiny")
    assert answer.code == 1
    assert "error: the model takes no pictures" in answer.out
    assert "actual: HTTP 400: no picture here" in answer.out


def test_a_wrong_key_is_said_and_never_shown(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEHAVIORVLM_API_KEY", KEY)
    with SkilledServer(key="another") as server:
        plain = call("doctor", "--model", f"{server.url}#tiny")
        told = call("doctor", "--model", f"{server.url}#tiny", "--json")
    assert plain.code == told.code == 1
    assert "error: the server does not let us in" in plain.out
    assert "BEHAVIORVLM_API_KEY" in plain.out
    assert not any(KEY in text for text in (plain.out, plain.err, told.out, told.err))


def test_a_folder_is_checked_and_not_loaded(call: Call, tmp_path: Path) -> None:
    answer = call("doctor", "--model", tmp_path / "nowhere")
    assert answer.code == 1
    assert "there is no such model folder" in answer.out
    assert call("doctor", "--model", tmp_path, "--json").json["models"][0]["capabilities"] is None


@pytest.mark.parametrize("text", ["http://localhost:1", "painter=http://localhost:1#tiny", "ftp://x#tiny"])
def test_what_names_no_model_is_refused(call: Call, text: str) -> None:
    answer = call("doctor", "--model", text, "--json")
    assert answer.code == 1
    assert answer.json["error"]["kind"] == "SettingsError"


def _found(**more: object) -> Capabilities:
    return Capabilities.model_validate({"url": "http://localhost:1/v1", "name": "tiny", **SKILLED, **more})


def test_nothing_wrong_is_nothing_said() -> None:
    assert find_problems(_found(), ROLES) == ()


@pytest.mark.parametrize(
    ("more", "level", "what", "remedy"),
    [
        ({"structured": ()}, "error", "no way of asking for JSON", "newer server"),
        ({"structured": ("text",)}, "warning", "does not hold answers to a JSON schema", 'structured = "text"'),
        ({"takes_pictures": False, "server": "llama.cpp"}, "error", "takes no pictures", "--mmproj"),
        ({"takes_several_pictures": False}, "error", "one picture in a question", "--limit-mm-per-prompt"),
        ({"sees_pictures": False}, "warning", "a picture but does not tell its color", "larger model"),
        ({"tells_pictures_apart": False}, "warning", "first of two pictures", "larger model"),
        ({"video": "video_url"}, "note", "a clip but", "larger model"),
        ({"context_tokens": 4096, "server": "Ollama"}, "warning", "may not fit", "OLLAMA_CONTEXT_LENGTH"),
        ({"context_tokens": 8192, "server": "llama.cpp"}, "warning", "may not fit", "-c 32768"),
        ({"thinking": "apart", "server": "vLLM"}, "warning", "thinks before", "enable_thinking"),
        ({"thinking": "in_answer", "server": "llama.cpp"}, "warning", "thinks before", "--reasoning-budget 0"),
        ({"answers": False, "models": ("big",)}, "error", "gives no answer", "ask for big"),
        ({"answers": False, "reachable": False, "said": {"models": "x"}}, "error", "no model server", "start"),
    ],
)
def test_every_problem_has_a_remedy(more: dict[str, object], level: str, what: str, remedy: str) -> None:
    (problem,) = find_problems(_found(**more), ROLES)
    assert problem.level == level
    assert what in problem.what
    assert remedy in problem.remedy
    assert problem.expected and problem.where == "http://localhost:1/v1#tiny"


def test_commands_fit_together() -> None:
    for start in start_commands():
        words = shlex.split(start.command)
        role, binding = parse_model(start.option.removeprefix("--model "))
        assert words[0] == {"vLLM": "vllm", "llama.cpp": "llama-server"}[start.server]
        assert f":{words[words.index('--port') + 1]}/v1" in binding.url
        assert binding.name == (words[2] if words[0] == "vllm" else words[words.index("--alias") + 1])
        assert (role == "segment_merger") == ("no pictures" in start.good_for)


def test_a_full_disk_is_a_warning(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = doctor_report.look_at_machine().model_copy(update={"free_disk_gb": 0.5})
    monkeypatch.setattr(doctor_report, "look_at_machine", lambda: machine)
    answer = call("doctor")
    assert answer.code == 0
    assert "warning: the disk is nearly full" in answer.out
