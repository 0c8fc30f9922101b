"""What a model at a server can do, found by asking it, and how it is best asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from behaviorvlm.chat import capabilities_probes as probes
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.capabilities_server import ProbedServer, ProbeFailedError

Mode = Literal["json_schema", "json_object", "text"]


class Capabilities(BaseModel):
    """What was found.

    Attributes:
        url, name: Which model, where.
        reachable: Whether a model server answers there, were it only to ask for a key.
        server: ``vLLM``, ``llama.cpp``, ``SGLang``, ``Ollama``, or "" if it does not tell.
        models: The names it has; empty if it does not tell.
        answers: Whether the model answers a plain question.
        served_model: The name in its answers.
        thinking: Where it thinks: ``none``, ``apart`` from the answer, or ``in_answer``.
        tokens_per_s: Of one answer, waiting included; None if the server does not count tokens.
        structured: Which ways of asking for JSON gave the JSON that was asked for, best first.
        takes_pictures, sees_pictures: Whether a picture is taken without an error, and whether what is in it is told.
        takes_several_pictures, tells_pictures_apart: The same for two in one question.
        video: The kind of part in which a clip is taken; "" if in none.
        sees_video: Whether what is in it is told.
        context_tokens: Longest question and answer together, for one of the requests in flight; None if unknown.
        slots: Requests that the server works on at once; None if unknown.
        answers_per_s: Short answers per second by the number in flight.
        said: What the server said where a probe failed, by probe.
        remedies: What to do about it, by probe.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    name: str
    reachable: bool = False
    server: str = ""
    models: tuple[str, ...] = ()
    answers: bool = False
    served_model: str = ""
    thinking: Literal["none", "apart", "in_answer"] = "none"
    tokens_per_s: float | None = None
    structured: tuple[Mode, ...] = ()
    takes_pictures: bool = False
    sees_pictures: bool = False
    takes_several_pictures: bool = False
    tells_pictures_apart: bool = False
    video: Literal["video_url", "input_video", ""] = ""
    sees_video: bool = False
    context_tokens: int | None = None
    slots: int | None = None
    answers_per_s: Mapping[int, float] = {}
    said: Mapping[str, str] = {}
    remedies: Mapping[str, str] = {}


Find = Callable[[ProbedServer], Awaitable[probes.Found]]

_STEPS: dict[str, Find] = {
    "structured": probes.find_structured,
    "pictures": probes.find_pictures,
    "several_pictures": probes.find_several_pictures,
    "video": probes.find_video,
    "speed": probes.find_speed,
    "parallelism": probes.find_parallelism,
    "context": probes.find_context,
}


async def find_capabilities(
    binding: ModelBinding,
    *,
    api_key: str | None = None,
    say: Callable[[str], None] = lambda step: None,
) -> Capabilities:
    """Ask a server what its model can do: some 30 short requests, none tried twice.

    Args:
        binding: A model at a server.
        api_key: Shown to the server, and nowhere else.
        say: Told each step as it begins.

    Returns:
        What was found. A server that cannot be reached is a finding, not an error.
    """
    server = ProbedServer(binding, api_key=api_key)
    try:
        say("models")
        found = await _reached(server)
        if found["reachable"] and not found["said"]:
            say("answer")
            _add(found, await _tried("answer", probes.find_answer, server))
        for step, find in _STEPS.items() if found.get("answers") else ():
            say(step)
            _add(found, await _tried(step, find, server))
    finally:
        await server.close()
    return Capabilities(**found)


async def list_models(url: str, *, api_key: str | None = None) -> Capabilities:
    """Look whether a model server answers at an address, and which models it has; no model is asked anything."""
    server = ProbedServer(ModelBinding(url=url, name="any"), api_key=api_key)
    try:
        return Capabilities(**await _reached(server) | {"name": ""})
    finally:
        await server.close()


async def _reached(server: ProbedServer) -> probes.Found:
    found: probes.Found = {"url": server.url, "name": server.binding.name, "reachable": True, "said": {}}
    listed = await _tried("models", probes.find_models, server)
    status = listed.get("said", {}).get("models", "")
    if status.startswith(("HTTP 404", "HTTP 405")):  # some servers list nothing and answer all the same
        return found
    if status:
        found["reachable"] = status.startswith("HTTP")
    _add(found, listed)
    return found


async def _tried(step: str, find: Find, server: ProbedServer) -> probes.Found:
    try:
        return await find(server)
    except ProbeFailedError as error:
        return {"said": {step: str(error)}, "remedies": {step: error.remedy} if error.remedy else {}}


def _add(found: probes.Found, more: Mapping[str, Any]) -> None:
    both = {key: {**found.get(key, {}), **more.get(key, {})} for key in ("said", "remedies")}
    found |= {key: value for key, value in more.items() if value not in (None, "")} | both


def suggest_binding(capabilities: Capabilities, binding: ModelBinding) -> ModelBinding:
    """Return the binding with what was found: how to ask for JSON, how many requests and pictures it takes.

    That a clip can be sent as a video is no reason to do so: servers thin videos as they like.
    """
    changes: dict[str, object] = {}
    if capabilities.structured:
        changes["structured"] = capabilities.structured[0]
    if capabilities.takes_pictures and not capabilities.takes_several_pictures:
        changes["max_pictures"] = 1
    if (in_flight := _worth_in_flight(capabilities)) is not None:
        changes["max_in_flight"] = min(in_flight, binding.max_in_flight)
    return binding.model_copy(update=changes)


def _worth_in_flight(capabilities: Capabilities) -> int | None:
    """Return how many requests in flight the server works on; None = more than were tried."""
    if capabilities.slots:
        return capabilities.slots
    rates = capabilities.answers_per_s
    best = max(rates, key=lambda level: rates[level], default=None)
    return None if best == max(probes.LEVELS) else best
