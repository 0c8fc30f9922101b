"""A typed question: what is put to whom, and how the answer is understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from behaviorvlm.chat.message import Message

A = TypeVar("A")

Status = Literal["answered", "refused", "unasked"]
"""``refused``: every attempt was unusable; ``unasked``: the budget was spent before."""


@dataclass(frozen=True, eq=False)
class Question(Generic[A]):
    """One question to a role.

    Attributes:
        role: Who should answer: ``region_detector``, ``keypoint_assigner`` ... ; configuration binds roles to models.
        stage: The stage that asks, for the ledger: ``body_region_detection`` ...
        about: What it is about, for people and for look-up: ``timepoint=12 camera=cam0 region=paws``.
        messages: System and user messages.
        schema: JSON schema of the answer.
        understand: Turns the parsed JSON into the typed answer; raises `RefusedAnswerError` with a complaint that the
            model is shown when it is asked again.
    """

    role: str
    stage: str
    about: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any]
    understand: Callable[[Any], A]


@dataclass(frozen=True, eq=False)
class Answer(Generic[A]):
    """What became of a question.

    Attributes:
        status: Whether there is an answer.
        value: The typed answer; None unless ``answered``.
        key: Where the journal keeps it; "" if it was never asked.
    """

    status: Status
    value: A | None = None
    key: str = ""


class Asker(Protocol):
    """Puts questions: finds the model of the role, looks into the journal first, asks again after a refused answer."""

    def ask(self, question: Question[A]) -> Answer[A]:
        """Return what became of a question; blocks, and may be called from many threads.

        Raises:
            ModelServerError: If the role's model cannot be reached any more.
        """
        ...
