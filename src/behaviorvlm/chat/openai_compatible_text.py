"""Requests and replies of OpenAI-compatible servers, as JSON."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from itertools import chain
from typing import Any, Literal

from behaviorvlm.chat.message import Message, Part, Picture, Text, Video
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.openai_compatible_faults import MalformedReplyError
from behaviorvlm.chat.structured import schema_in_words

Structured = Literal["json_schema", "json_object", "text"]

_DATED = re.compile(r"[-@:](\d{4,8}(-\d{2}){0,2}|latest|preview(-\d{2,8}){0,3})")


def request_body(request: ChatRequest, *, model: str, structured: Structured, limit_name: str) -> bytes:
    """Return the JSON of a chat completion request.

    Args:
        request: What is asked.
        model: Name of the model.
        structured: How the answer's shape is asked for: by a schema, or in words.
        limit_name: What the server calls the limit of tokens.
    """
    place = uuid.uuid4().hex  # a picture's: its letters are put in afterwards, there are too many to look at each
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(message, place) for message in request.messages],
        "temperature": request.temperature,
        limit_name: request.max_tokens,
    }
    if request.seed is not None:
        body["seed"] = request.seed
    if request.schema is not None:
        _ask_for_shape(body, request.schema, structured)
    pieces = json.dumps(body, separators=(",", ":")).encode().split(place.encode())
    parts = [part for message in request.messages for part in message.parts]
    urls = [part.data_url for part in parts if isinstance(part, Picture)]
    return b"".join([*chain(*zip(pieces, urls, strict=False)), pieces[-1]])


def read_reply(body: object) -> ChatReply:
    """Return the reply in the JSON of a chat completion, without the seconds it took.

    Raises:
        MalformedReplyError: If it is no chat completion.
    """
    if not isinstance(body, Mapping):
        raise MalformedReplyError(str(body) or "empty")
    try:
        choice = body["choices"][0]
        message = choice["message"]
        text = _text(message.get("content"))
        thinking = _text(message.get("reasoning_content") or message.get("reasoning"))
    except (KeyError, IndexError, TypeError, AttributeError):
        raise MalformedReplyError(json.dumps(body)) from None
    usage = body.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    return ChatReply(
        text=text,
        model=str(body.get("model") or ""),
        finish_reason=str(choice.get("finish_reason") or "stop"),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        answer_tokens=_count(usage.get("completion_tokens")),
        thinking=thinking,
    )


def same_model(asked: str, served: str) -> bool:
    """Return whether a server that says `served` may well mean `asked`.

    Folders, case, ``.gguf``, ``:latest`` and the date of a release do not make another model; a size or a variant
    (``-mini``) does.
    """
    asked, served = _bare_name(asked), _bare_name(served)
    undated = asked.removesuffix("-latest")
    return not served or asked == served or (served.startswith(undated) and bool(_dated(served[len(undated) :])))


def _dated(rest: str) -> bool:
    return not rest or _DATED.fullmatch(rest) is not None


def _bare_name(name: str) -> str:
    name = name.strip().lower().rstrip("/").rpartition("/")[2]
    return name.removesuffix(":latest").removesuffix(".gguf")


def _ask_for_shape(body: dict[str, Any], schema: Mapping[str, Any], structured: Structured) -> None:
    if structured == "json_schema":
        shape = {"name": "answer", "schema": schema, "strict": _is_closed(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return
    if structured == "json_object":
        body["response_format"] = {"type": "json_object"}
    last = next(message for message in reversed(body["messages"]) if message["role"] == "user")
    last["content"] = [*_as_parts(last["content"]), {"type": "text", "text": schema_in_words(schema)}]


def _is_closed(schema: object) -> bool:
    """Return whether a schema is one that OpenAI takes as strict: every object names all it holds, all required."""
    if isinstance(schema, Mapping):
        if schema.get("type") == "object" and (
            schema.get("additionalProperties") is not False
            or set(schema.get("required", ())) != set(schema.get("properties", {}))
        ):
            return False
        return all(map(_is_closed, schema.values()))
    return not isinstance(schema, (list, tuple)) or all(map(_is_closed, schema))


def _message(message: Message, place: str) -> dict[str, Any]:
    """Return a message: plain text where there is nothing else, which every chat template takes."""
    if len(message.parts) == 1 and isinstance(message.parts[0], Text):
        return {"role": message.role, "content": message.parts[0].text}
    return {"role": message.role, "content": [_part(part, place) for part in message.parts]}


def _part(part: Part, place: str) -> dict[str, Any]:
    """Return a part, with `place` in place of a picture's address."""
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    kind = part.kind if isinstance(part, Video) else "image_url"
    return {"type": kind, kind: {"url": place}}


def _as_parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _text(content: object) -> str:
    """Return the text of a message that is text, nothing, or a list of parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content)
    if content is not None and not isinstance(content, str):
        raise TypeError
    return content or ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
