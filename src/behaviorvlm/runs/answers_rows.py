"""A question and its answer as one row: the record compressed, and beside it the columns that sums are made of."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, field
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from behaviorvlm.chat.record import AnswerRecord
from behaviorvlm.errors import RunCorruptError
from behaviorvlm.runs.blobs import COMPRESSION_LEVEL, unpack_content


class LedgerTotals(BaseModel):
    """What was asked, and what it took.

    Attributes:
        questions: Number of questions with an answer or a refusal on record.
        calls: How often a model was called for them: once a question, and again after each reply that was no use.
        refused: Questions of which no reply was any use.
        prompt_tokens: As the servers counted.
        answer_tokens: Likewise, thinking included.
        seconds: Server time: the sum over calls, also of those that ran side by side.
        cost: By the price table of the run; None if nothing has a price.
        unpriced: Calls that have no price and are not in `cost`.
    """

    model_config = ConfigDict(frozen=True)

    questions: int
    calls: int
    refused: int
    prompt_tokens: int
    answer_tokens: int
    seconds: float
    cost: float | None
    unpriced: int


class LedgerRow(LedgerTotals):
    """The sums over the questions that one stage put to one role, answered by one model."""

    stage: str
    role: str
    model: str


@dataclass(frozen=True)
class StoredAnswer:
    """A row of the journal of questions; the fields are its columns, in order.

    Attributes:
        key: `AskedText.key`.
        content_hash: SHA-256 of the record's JSON.
        stage, role, about, status: As in the record.
        model: The name that was asked for.
        calls: Number of attempts.
        prompt_tokens, answer_tokens, seconds: Sums over them.
        cost: Likewise, over those with a price; None if none has one.
        unpriced: How many have none.
        pictures_kept: 1 if every picture was kept too, 0 if there are only hashes.
        packed: The record's JSON, compressed.
    """

    key: str
    content_hash: str
    stage: str
    role: str
    about: str
    status: str
    model: str
    calls: int
    prompt_tokens: int
    answer_tokens: int
    seconds: float
    cost: float | None
    unpriced: int
    pictures_kept: int
    packed: bytes = field(compare=False, repr=False)  # its hash says it all, whatever version of zlib wrote it

    @classmethod
    def of(cls, record: AnswerRecord, *, pictures_kept: bool) -> Self:
        """Return the row of `record`."""
        # in the order in which the model wrote its answer: what reads it again must find it as it was
        content = json.dumps(record.model_dump(), separators=(",", ":")).encode()
        costs = [attempt.cost for attempt in record.attempts if attempt.cost is not None]
        return cls(
            key=record.asked.key,
            content_hash=hashlib.sha256(content).hexdigest(),
            stage=record.stage,
            role=record.role,
            about=record.about,
            status=record.status,
            model=record.asked.model,
            calls=len(record.attempts),
            prompt_tokens=sum(attempt.prompt_tokens for attempt in record.attempts),
            answer_tokens=sum(attempt.answer_tokens for attempt in record.attempts),
            seconds=sum(attempt.seconds for attempt in record.attempts),
            cost=sum(costs) if costs else None,
            unpriced=len(record.attempts) - len(costs),
            pictures_kept=int(pictures_kept),
            packed=zlib.compress(content, COMPRESSION_LEVEL),
        )

    def record(self, *, where: str) -> AnswerRecord:
        """Return the record.

        Args:
            where: The journal, for errors.

        Raises:
            RunCorruptError: If it is not what was saved.
        """
        where = f"{where}, question {self.key[:12]}"
        content = unpack_content(self.packed, self.content_hash, where=where)
        try:
            return AnswerRecord.model_validate(json.loads(content))
        except ValidationError as error:
            raise RunCorruptError(
                "a stored answer cannot be understood",
                where=where,
                actual=str(error),
                remedy="read the run with the version of behaviorvlm that run.toml names",
            ) from error
