"""Questions and answers as the tests of the journal of questions need them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.record import AnswerRecord, AskedText, Attempt

ATTEMPT = Attempt(reply='{"nose": 4}', served_model="qwen", prompt_tokens=900, answer_tokens=20, seconds=0.25)
REFUSED = Attempt(reply="{", complaint="no JSON", served_model="qwen", prompt_tokens=900, answer_tokens=2, seconds=0.5)


def picture(number: int) -> Picture:
    """Return a picture that is like no other."""
    return Picture(b"\x89PNG" + number.to_bytes(8, "big") * 40)


def record(number: int, *pictures: Picture, **fields: Any) -> AnswerRecord:
    """Return the answer to a question that is like no other, about one view of timepoint `number`."""
    message = Message.of("user", f"Which dot is the nose? ({number})", *pictures)
    asked = AskedText(
        model=fields.pop("model", "qwen"),
        messages=(message.outline(),),
        answer_schema={"type": "object", "properties": {"nose": {"type": "integer"}}},
        temperature=0.0,
        seed=0,
        max_tokens=100,
    )
    answered = {"attempts": (ATTEMPT,), "status": "answered", "answer": {"nose": 4}}
    named = {"role": "keypoint_assigner", "stage": "keypoint_assignment", "url": "http://localhost:8000/v1"}
    about = f"timepoint={number} camera=side region=paws"
    return AnswerRecord.model_validate({"asked": asked, "about": about} | named | answered | fields)


def refused(number: int, **fields: Any) -> AnswerRecord:
    """Return a question of which no reply was any use."""
    return record(number, attempts=(REFUSED, REFUSED, REFUSED), status="refused", answer=None, **fields)


def edit(path: Path, statement: str, *values: object) -> None:
    """Change a journal behind its back."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()
