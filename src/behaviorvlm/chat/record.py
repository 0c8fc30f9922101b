"""What the journal keeps of a question and its answer, and where it is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict

from behaviorvlm.chat.message import Picture


class Attempt(BaseModel):
    """One reply, kept raw.

    Attributes:
        reply: The model's text.
        thinking: What it thought aloud.
        complaint: Why the reply was refused; "" if it was not.
        served_model: The name the server gave its model.
        finish_reason: Why the reply ended.
        prompt_tokens, answer_tokens: As the server counted.
        seconds: From sending to the last byte.
        cost: By the price table, in its currency; None without one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reply: str
    thinking: str = ""
    complaint: str = ""
    served_model: str = ""
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None


class AskedText(BaseModel):
    """Everything that makes two questions equal.

    Attributes:
        model: Name of the model, without the server's address: a server may move.
        messages: `Message.outline` of each, pictures as their hashes.
        answer_schema: JSON schema.
        temperature, seed, max_tokens: How it was sampled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    messages: tuple[dict[str, Any], ...]
    answer_schema: dict[str, Any]
    temperature: float
    seed: int | None
    max_tokens: int

    @cached_property
    def key(self) -> str:
        """SHA-256 of the canonical JSON, in hex: equal questions have equal keys."""
        content = {name: getattr(self, name) for name in type(self).model_fields}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def picture_hashes(self) -> tuple[str, ...]:
        """The hashes of its pictures, in order."""
        parts = (part for message in self.messages for part in message["parts"])
        return tuple(part["picture"] for part in parts if "picture" in part)


class AnswerRecord(BaseModel):
    """One question and what became of it.

    Attributes:
        asked: The question.
        role, stage, about: As in `Question`.
        url: The server, without credentials; "" for a model in this process.
        attempts: Every reply, in order.
        status: ``answered``, or ``refused`` if no attempt was usable.
        answer: The parsed JSON of the last attempt; None if refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    asked: AskedText
    role: str
    stage: str
    about: str
    url: str
    attempts: tuple[Attempt, ...]
    status: Literal["answered", "refused"]
    answer: Any = None


class AnswerStore(Protocol):
    """Where questions and answers are kept. Called from many threads."""

    def load(self, key: str) -> AnswerRecord | None:
        """Return the record with this key, or None."""
        ...

    def save(self, record: AnswerRecord, pictures: Sequence[Picture]) -> None:
        """Keep a record and its pictures; when this returns they survive a kill. Saving it again changes nothing."""
        ...
