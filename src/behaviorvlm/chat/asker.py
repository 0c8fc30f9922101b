"""Puts questions to the models of their roles: looks into the journal first, asks again after a refused answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.budget import Budget
from behaviorvlm.chat.loop import LoopThread
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatModel, ChatReply, ChatRequest
from behaviorvlm.chat.prices import PriceTable
from behaviorvlm.chat.question import Answer, Question
from behaviorvlm.chat.record import AnswerRecord, AnswerStore, AskedText, Attempt
from behaviorvlm.chat.structured import parse_json, validate
from behaviorvlm.errors import RefusedAnswerError, SettingsError

A = TypeVar("A")

LONGEST_ECHO = 4000
"""Letters of a refused reply that the model is shown again; a runaway reply would fill its context."""


@dataclass(frozen=True)
class AskedCounts:
    """How many questions ended how, and what they took.

    Attributes:
        asked: Questions put to a model, to the end.
        from_journal: Answered from the journal, or by an equal question asked at the same time.
        refused: Of `asked`: no attempt was usable.
        unasked: The budget was spent before.
        calls, prompt_tokens, answer_tokens: Replies to `asked`, each attempt counted.
    """

    asked: int = 0
    from_journal: int = 0
    refused: int = 0
    unasked: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0


class ModelAsker:
    """Answers questions by models; an `Asker`. Thread-safe; a context manager.

    Args:
        models: By role.
        bindings: By role, how each model is asked.
        store: The journal.
        budget: What may be spent; none = anything.
        prices: What tokens cost.
        attempts: Replies a question may take before it counts as refused.

    Raises:
        SettingsError: If a role has no binding, attempts is below 1, or money is limited and a model has no price.
    """

    def __init__(
        self,
        models: Mapping[str, ChatModel],
        bindings: Mapping[str, ModelBinding],
        *,
        store: AnswerStore,
        budget: Budget | None = None,
        prices: PriceTable | None = None,
        attempts: int = 3,
    ) -> None:
        self._models, self._bindings = dict(models), dict(bindings)
        self._store, self._prices, self._attempts = store, prices, attempts
        self.budget = budget or Budget()
        self._check()
        self._loop = LoopThread()
        self._lock = threading.Lock()
        self._in_flight: dict[str, Future[AnswerRecord | None]] = {}
        self._counter: Counter[str] = Counter()

    def ask(self, question: Question[A]) -> Answer[A]:
        """Return what became of a question; blocks, and may be called from many threads.

        Raises:
            ModelServerError: If the role's model cannot be reached any more, or the asker was closed.
            SettingsError: If no model is bound to the role.
        """
        binding = self._bindings.get(question.role)
        if binding is None:
            raise SettingsError(
                f"no model is bound to the role {question.role}",
                expected=", ".join(sorted(self._bindings)),
                remedy=f"give --model {question.role}=URL#NAME, or --model URL#NAME for every role",
            )
        asked = _asked(question, binding)
        key = asked.key
        record = self._record(question, asked, key=key)
        if record is None:
            self._count(unasked=1)
            return Answer("unasked")
        return _understood(question, record, key)

    @property
    def counts(self) -> AskedCounts:
        """What has been asked so far."""
        with self._lock:
            return AskedCounts(**self._counter)

    def close(self) -> None:
        """Cancel what is in flight (threads that wait get a `ModelServerError`) and let go of the models."""
        self._loop.close(self._farewell())

    def __enter__(self) -> ModelAsker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self) -> None:
        unbound = sorted(set(self._models) ^ set(self._bindings))
        if unbound:
            raise SettingsError("every role needs a model and a binding", actual=f"only one for {', '.join(unbound)}")
        if self._attempts < 1:
            raise SettingsError("a question needs an attempt", expected="1 or more", actual=str(self._attempts))
        names = {binding.name for binding in self._bindings.values() if binding.folder is None}
        unpriced = sorted(name for name in names if self._prices is None or name not in self._prices.models)
        if self.budget.limits_cost and unpriced:
            raise SettingsError(
                "money is limited, and a model has no price",
                actual=", ".join(unpriced),
                remedy="give a price table that names every model",
            )

    async def _farewell(self) -> None:
        for model in {id(model): model for model in self._models.values()}.values():
            await model.close()

    def _record(self, question: Question[Any], asked: AskedText, *, key: str) -> AnswerRecord | None:
        """Return the record from the journal, from an equal question in flight, or from the model; None = unasked."""
        with self._lock:
            leader = self._in_flight.get(key)
            if leader is None:
                mine = self._in_flight[key] = Future()
        if leader is not None:
            record = leader.result()
            self._count(from_journal=record is not None)
            return record
        try:
            record = self._load_or_ask(question, asked, key=key)
            mine.set_result(record)
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._in_flight[key]
        return record

    def _load_or_ask(self, question: Question[Any], asked: AskedText, *, key: str) -> AnswerRecord | None:
        record = self._store.load(key)
        if record is not None:
            self._count(from_journal=1)
            return record
        record = self._converse(question, asked)
        if record is not None:
            self._store.save(record, _pictures(question))
            self._count_asked(record)
        return record

    def _converse(self, question: Question[Any], asked: AskedText) -> AnswerRecord | None:
        """Ask until an answer can be used, attempts are used up or the budget is spent; None = not even once."""
        binding = self._bindings[question.role]
        messages, answer = question.messages, None
        attempts: list[Attempt] = []
        while len(attempts) < self._attempts:
            request = ChatRequest(
                messages,
                schema=question.schema,
                temperature=binding.temperature,
                seed=binding.seed + len(attempts),
                max_tokens=binding.max_tokens,
            )
            reply = self._complete(question.role, request)
            if reply is None:
                break
            complaint, answer = _judged(question, reply)
            attempts.append(self._attempt(binding, reply, complaint))
            if not complaint:
                break
            messages = (*messages, *_objection(reply, complaint))
        if not attempts:
            return None
        return AnswerRecord(
            asked=asked,
            role=question.role,
            stage=question.stage,
            about=question.about,
            url="" if binding.folder else binding.url,
            attempts=tuple(attempts),
            status="refused" if attempts[-1].complaint else "answered",
            answer=answer,
        )

    def _complete(self, role: str, request: ChatRequest) -> ChatReply | None:
        """Return one reply, paid from the budget; None if that is spent."""
        if not self.budget.begin():
            return None
        try:
            reply = self._loop.run(self._models[role].complete(request))
        except BaseException:
            self.budget.give_back()
            raise
        cost = self._cost(self._bindings[role], reply)
        self.budget.end(tokens=reply.prompt_tokens + reply.answer_tokens, cost=cost or 0.0)
        return reply

    def _attempt(self, binding: ModelBinding, reply: ChatReply, complaint: str) -> Attempt:
        return Attempt(
            reply=reply.text,
            thinking=reply.thinking,
            complaint=complaint,
            served_model=reply.model,
            finish_reason=reply.finish_reason,
            prompt_tokens=reply.prompt_tokens,
            answer_tokens=reply.answer_tokens,
            seconds=reply.seconds,
            cost=self._cost(binding, reply),
        )

    def _cost(self, binding: ModelBinding, reply: ChatReply) -> float | None:
        if self._prices is None:
            return None
        return self._prices.cost(binding.name, reply.prompt_tokens, reply.answer_tokens)

    def _count_asked(self, record: AnswerRecord) -> None:
        self._count(
            asked=1,
            refused=record.status == "refused",
            calls=len(record.attempts),
            prompt_tokens=sum(attempt.prompt_tokens for attempt in record.attempts),
            answer_tokens=sum(attempt.answer_tokens for attempt in record.attempts),
        )

    def _count(self, **counts: int) -> None:
        with self._lock:
            self._counter.update(counts)


def _asked(question: Question[Any], binding: ModelBinding) -> AskedText:
    return AskedText(
        model=binding.name,
        messages=tuple(message.outline() for message in question.messages),
        answer_schema=dict(question.schema),
        temperature=binding.temperature,
        seed=binding.seed,
        max_tokens=binding.max_tokens,
    )


def _pictures(question: Question[Any]) -> list[Picture]:
    parts = [part for message in question.messages for part in message.parts]
    return list({part.content_hash: part for part in parts if isinstance(part, Picture)}.values())


def _understood(question: Question[A], record: AnswerRecord, key: str) -> Answer[A]:
    """Return the typed answer of a record, which may come from an older understanding of the same question."""
    if record.status == "refused":
        return Answer("refused", key=key)
    try:
        return Answer("answered", question.understand(record.answer), key)
    except RefusedAnswerError:
        return Answer("refused", key=key)


def _judged(question: Question[Any], reply: ChatReply) -> tuple[str, Any]:
    """Return the complaint about a reply and None, or "" and the parsed answer."""
    try:
        _refuse_unfinished(reply)
        answer = validate(parse_json(reply.text), question.schema)
        question.understand(answer)
    except RefusedAnswerError as error:
        return str(error), None
    return "", answer


def _refuse_unfinished(reply: ChatReply) -> None:
    if reply.finish_reason == "length":
        raise RefusedAnswerError(
            f"The reply was cut off at the limit of {reply.answer_tokens or 'its'} tokens. "
            "Think less and answer with the JSON alone."
        )
    if not reply.text.strip():
        raise RefusedAnswerError("The reply was empty. Answer with the JSON alone.")


def _objection(reply: ChatReply, complaint: str) -> tuple[Message, Message]:
    """Return the refused reply and why, as the conversation goes on."""
    said = reply.text.strip() or "(nothing)"
    return (
        Message.of("assistant", said if len(said) <= LONGEST_ECHO else said[:LONGEST_ECHO] + " …"),
        Message.of("user", f"This answer cannot be used: {complaint}\nAnswer the question again."),
    )
