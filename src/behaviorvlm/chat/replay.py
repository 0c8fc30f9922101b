"""Replaying a run from its journal, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.record import AnswerRecord, AnswerStore
from behaviorvlm.errors import ModelServerError


class ReplayedModel:
    """Stands where a model was asked, and refuses every question: what it said is in the journal. A `ChatModel`.

    Args:
        name: The model that was asked.
        journal: Where its answers are, for the error.
    """

    def __init__(self, name: str, *, journal: str = "") -> None:
        self.name = name
        self._journal = journal

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Refuse: only a question that is not in the journal comes here.

        Raises:
            ModelServerError: Always.
        """
        raise ModelServerError(
            "a question is not in the journal that is replayed",
            where=self._journal,
            expected="the same recordings, settings, prompts and model as in the run that is replayed",
            remedy="give a model with --model to have it answered",
        )

    async def close(self) -> None:
        """Do nothing: it holds nothing."""
        return


@runtime_checkable
class PictureStore(Protocol):
    """A store that gives its pictures back."""

    def picture(self, content_hash: str) -> Picture | None:
        """Return the picture with this hash, or None if it is not kept."""
        ...


class LayeredStore:
    """A journal that takes over what an older one knows; an `AnswerStore`.

    Args:
        first: Written to, and looked into first.
        behind: Only read; what is found there is copied to `first`, pictures too where they are kept.
    """

    def __init__(self, first: AnswerStore, behind: AnswerStore) -> None:
        self._first, self._behind = first, behind

    def load(self, key: str) -> AnswerRecord | None:
        """Return the record with this key from either journal, or None."""
        record = self._first.load(key)
        if record is None and (record := self._behind.load(key)) is not None:
            self._first.save(record, self._pictures(record))
        return record

    def save(self, record: AnswerRecord, pictures: Sequence[Picture]) -> None:
        """Keep a record and its pictures in the first journal."""
        self._first.save(record, pictures)

    def _pictures(self, record: AnswerRecord) -> list[Picture]:
        if not isinstance(self._behind, PictureStore):
            return []
        found = (self._behind.picture(content_hash) for content_hash in dict.fromkeys(record.asked.picture_hashes))
        return [picture for picture in found if picture is not None]
