"""A chat model: whatever answers messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from behaviorvlm.chat.message import Message


@dataclass(frozen=True, eq=False)
class ChatRequest:
    """What is put to a model once.

    Attributes:
        messages: The conversation so far; the last message is the question.
        schema: JSON schema the answer should have; None = free text.
        temperature: 0 = the likeliest answer.
        seed: Of the model's sampling; None = its own.
        max_tokens: Longest answer, thinking included.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    temperature: float = 0.0
    seed: int | None = 0
    max_tokens: int = 1024


@dataclass(frozen=True)
class ChatReply:
    """What came back.

    Attributes:
        text: The answer as the model wrote it, thinking removed where the server tells the two apart.
        model: The name the server gives its model; "" if it gives none.
        finish_reason: ``stop``, ``length`` (cut by the token limit) or the server's own word.
        prompt_tokens: As the server counted; 0 if it does not.
        answer_tokens: Likewise, thinking included.
        seconds: From sending to the last byte, without waiting in our own queue.
        thinking: What the model thought aloud, where the server tells it apart.
    """

    text: str
    model: str = ""
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    thinking: str = ""


class ChatModel(Protocol):
    """Answers one request at a time or many at once; all calls come from one event loop.

    Attributes:
        name: The model's name, as asked for.
    """

    name: str

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the model's reply, faults of the line already ridden out.

        Raises:
            ModelServerError: If no reply can be had; the message names server, cause and remedy, never a key.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...
