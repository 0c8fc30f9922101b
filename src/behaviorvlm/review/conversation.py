"""One question to a model as passages to read: what was made of it, each reply, and what it was shown and told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from behaviorvlm.chat.record import Attempt
from behaviorvlm.markup import readable
from behaviorvlm.report.written_numbers import duration, money
from behaviorvlm.runs.answers_report import QuestionReport, QuestionRow

KEY_DIGITS = 12


@dataclass(frozen=True)
class AskedPicture:
    """A picture that was part of a question; without `kept` there is only its hash."""

    content_hash: str
    kept: bool


@dataclass(frozen=True)
class Passage:
    """What one side said.

    Attributes:
        head: Who, and what there is to know of it.
        parts: Words and pictures in their order; letters that cannot be seen are spelt out.
    """

    head: str
    parts: tuple[str | AskedPicture, ...]


def conversation(report: QuestionReport) -> list[Passage]:
    """Return a question whole: the answer and the replies it was made of, then all that the model was given."""
    kept = {picture.content_hash: picture.kept for picture in report.pictures}
    schema = shown(json.dumps(report.asked.answer_schema, indent=2, ensure_ascii=False))
    return [
        Passage("question", (shown("\n".join(_facts(report))),)),
        Passage("answer, as it was understood", (shown(json.dumps(report.answer, ensure_ascii=False)),)),
        *(_reply(one, number, len(report.attempts)) for number, one in enumerate(report.attempts, start=1)),
        *(Passage(shown(f"to the model, as {one['role']}"), _parts(one, kept)) for one in report.asked.messages),
        Passage("form that an answer must have", (schema,)),
    ]


def question_words(row: QuestionRow) -> str:
    """Return a question in a line: the view, the stage, and what else it was about."""
    about = _about(row)
    said = [about.pop("camera", ""), row.stage.replace("_", " "), *about.values()]
    return shown(" · ".join(filter(None, said)))


def by_view(row: QuestionRow) -> tuple[str, ...]:
    """Return a key that puts questions in order of view, then of stage as far as its name tells, then of region."""
    about = _about(row)
    return (about.pop("camera", ""), row.stage, *about.values())


def shown(text: str) -> str:
    """Return text of any origin with line ends kept and all else that cannot be seen spelt out."""
    return "\n".join(map(readable, text.split("\n")))


def _about(row: QuestionRow) -> dict[str, str]:
    """Return what a question is about, without the timepoint, which the page tells."""
    words = (word.partition("=")[::2] for word in row.about.split(" "))
    return {name: value for name, value in words if name != "timepoint"}


def _facts(report: QuestionReport) -> Iterator[str]:
    yield f"{report.stage} asked {report.role} about {report.about}: {report.status}"
    yield f"model {report.asked.model} at {report.url or 'this process'}"
    asked = report.asked
    yield f"temperature {asked.temperature:g}, seed {asked.seed}, at most {asked.max_tokens} tokens"
    yield f"key {report.key}"


def _parts(message: Mapping[str, Any], kept: Mapping[str, bool]) -> tuple[str | AskedPicture, ...]:
    return tuple(
        shown(part["text"]) if "text" in part else AskedPicture(part["picture"], kept[part["picture"]])
        for part in message["parts"]
    )


def _reply(attempt: Attempt, number: int, count: int) -> Passage:
    facts = [f"{attempt.prompt_tokens:,} + {attempt.answer_tokens:,} tokens", duration(attempt.seconds)]
    facts += [f"ended by {attempt.finish_reason}"]
    facts += [f"served by {attempt.served_model}"] if attempt.served_model else []
    facts += [f"cost {money(attempt.cost)}"] if attempt.cost is not None else []
    parts = [f"(thought aloud) {attempt.thinking}"] if attempt.thinking else []
    parts.append(attempt.reply)
    parts += [f"Refused: {attempt.complaint}"] if attempt.complaint else []
    return Passage(shown(f"reply {number} of {count}: {', '.join(facts)}"), tuple(map(shown, parts)))
