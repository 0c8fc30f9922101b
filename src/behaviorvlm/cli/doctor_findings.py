"""What is wrong with a model for the roles it should play, in the words of an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from behaviorvlm.chat.binding import ROLES
from behaviorvlm.chat.capabilities import Capabilities
from behaviorvlm.cli.doctor_commands import CONTEXT, PICTURES
from behaviorvlm.evaluate.findings import Finding

TEXT_ROLES = {"segment_merger"}
SMALL_CONTEXT = 16_384
"""With fewer tokens the exemplars of a question may not fit."""

_MORE_CONTEXT = {
    "vLLM": f"start it with --max-model-len {CONTEXT}",
    "llama.cpp": f"start it with -c {CONTEXT} for every slot (-np)",
    "Ollama": f"start it with OLLAMA_CONTEXT_LENGTH={CONTEXT}: it drops what does not fit, and does not say so",
    "SGLang": f"start it with --context-length {CONTEXT}",
}
_NO_PICTURES = {
    "vLLM": "serve a model that reads pictures",
    "llama.cpp": "start it with a model that reads pictures and its --mmproj file (-hf finds it by itself)",
    "Ollama": "pull a model that reads pictures, such as qwen3-vl:4b",
}
_NO_THINKING = {
    "vLLM": """start it with --reasoning-parser qwen3 --default-chat-template-kwargs '{"enable_thinking": false}'""",
    "llama.cpp": "start it with --reasoning-budget 0",
}


def find_problems(found: Capabilities, roles: Sequence[str]) -> tuple[Finding, ...]:
    """Return what is wrong, worst first.

    Args:
        found: What the model can do.
        roles: The roles it should play; none = it was only found.
    """
    where = f"{found.url}#{found.name}" if found.name else found.url
    if not found.answers:
        return (_silence(found).model_copy(update={"where": where}),)
    problems = [*_structured(found), *_thinking(found), *_context(found)]
    if set(roles or ROLES) - TEXT_ROLES:
        problems += _pictures(found)
    order = ("error", "warning", "note")
    located = (problem.model_copy(update={"where": where}) for problem in problems)
    return tuple(sorted(located, key=lambda problem: order.index(problem.level)))


def _silence(found: Capabilities) -> Finding:
    """Return why a model gives no answer at all."""
    said, remedies = found.said, found.remedies
    if "models" in said:
        return Finding(
            level="error",
            what="no model server answers there" if not found.reachable else "the server does not let us in",
            expected="an OpenAI-compatible server",
            actual=said["models"],
            remedy=remedies.get("models", "start a server; without --model this command shows how"),
        )
    others = [name for name in found.models if name != found.name]
    missing = bool(found.models) and found.name not in found.models
    return Finding(
        level="error",
        what="the model gives no answer",
        expected=found.name,
        actual=said.get("answer", ""),
        remedy=f"ask for {' or '.join(others[:5])}" if missing and others else remedies.get("answer", ""),
    )


def _structured(found: Capabilities) -> Iterator[Finding]:
    if not found.structured:
        yield Finding(
            level="error",
            what="no way of asking for JSON gives the JSON that was asked for",
            expected="json_schema, json_object or text",
            actual="; ".join(f"{mode}: {found.said[mode]}" for mode in found.said if mode in ("json_schema", "text")),
            remedy="take a newer server or a larger model",
        )
    elif found.structured[0] != "json_schema":
        yield Finding(
            level="warning",
            what="the server does not hold answers to a JSON schema",
            expected="json_schema",
            actual=f"{found.structured[0]}: {found.said.get('json_schema', '')}",
            remedy=f'a run finds out that it needs structured = "{found.structured[0]}"; more answers are asked again',
        )


def _thinking(found: Capabilities) -> Iterator[Finding]:
    if found.thinking != "none":
        yield Finding(
            level="warning",
            what="the model thinks before it answers: that costs tokens and time, and may reach the token limit",
            expected="answers without thinking",
            actual="thinking, told apart" if found.thinking == "apart" else "thinking, within the answer",
            remedy=_NO_THINKING.get(found.server, "switch thinking off, or raise max_tokens"),
        )


def _context(found: Capabilities) -> Iterator[Finding]:
    if found.context_tokens is not None and found.context_tokens < SMALL_CONTEXT:
        yield Finding(
            level="warning",
            what="questions with exemplars may not fit into the context",
            expected=f"{SMALL_CONTEXT} tokens or more",
            actual=f"{found.context_tokens} tokens",
            remedy=_MORE_CONTEXT.get(found.server, "start it with a larger context"),
        )


def _pictures(found: Capabilities) -> Iterator[Finding]:
    if not found.takes_pictures:
        yield Finding(
            level="error",
            what="the model takes no pictures",
            expected=f"pictures, for every role but {', '.join(TEXT_ROLES)}",
            actual=found.said.get("pictures", ""),
            remedy=f"{_NO_PICTURES.get(found.server, 'serve a model that reads pictures')}; "
            "or give this one --model segment_merger=URL#NAME",
        )
    elif not found.takes_several_pictures:
        yield Finding(
            level="error",
            what="the model takes one picture in a question, not several",
            expected=f"up to {PICTURES}",
            actual=found.said.get("several_pictures", ""),
            remedy=f"""with vLLM: --limit-mm-per-prompt '{{"image": {PICTURES}}}'""",
        )
    blind: tuple[tuple[bool, bool, str, Literal["warning", "note"]], ...] = (
        (found.takes_pictures, found.sees_pictures, "a picture", "warning"),
        (found.takes_several_pictures, found.tells_pictures_apart, "the first of two pictures", "warning"),
        (bool(found.video), found.sees_video, "a clip", "note"),
    )
    yield from (
        Finding(
            level=level,
            what=f"the model takes {what} but does not tell its color",
            expected="red for red, blue for blue",
            actual="another answer",
            remedy="take a larger model: this one guesses",
        )
        for takes, sees, what, level in blind
        if takes and not sees
    )
