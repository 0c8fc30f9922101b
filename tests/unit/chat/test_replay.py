import asyncio

import pytest

from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatRequest
from behaviorvlm.chat.record import AnswerRecord, AskedText, Attempt
from behaviorvlm.chat.replay import LayeredStore, ReplayedModel
from behaviorvlm.errors import ModelServerError

PICTURE = Picture(b"a picture")


class Store:
    def __init__(self, *records):
        self.records = {record.asked.key: record for record in records}
        self.pictures = {}

    def load(self, key):
        return self.records.get(key)

    def save(self, record, pictures):
        self.records[record.asked.key] = record
        self.pictures.update({picture.content_hash: picture for picture in pictures})


class PictureStore(Store):
    def picture(self, content_hash):
        return PICTURE if content_hash == PICTURE.content_hash else None


def record(text):
    messages = (Message.of("user", text, PICTURE, Picture(b"not kept"), PICTURE).outline(),)
    asked = AskedText(model="m", messages=messages, answer_schema={}, temperature=0, seed=0, max_tokens=1)
    attempts = (Attempt(reply="3"),)
    return AnswerRecord(
        asked=asked, role="r", stage="s", about="a", url="", attempts=attempts, status="answered", answer=3
    )


def test_a_question_that_is_not_in_the_journal_is_refused():
    model = ReplayedModel("m", journal="runs/a/answers.sqlite")
    with pytest.raises(ModelServerError, match="not in the journal") as caught:
        asyncio.run(model.complete(ChatRequest((Message.of("user", "?"),))))
    assert caught.value.where == "runs/a/answers.sqlite"
    asyncio.run(model.close())


@pytest.mark.parametrize("kind", [Store, PictureStore])
def test_what_the_older_journal_knows_is_copied_and_it_is_not_written(kind):
    old, new, fresh = record("old"), record("new"), record("fresh")
    first, behind = Store(new), kind(old)
    layered = LayeredStore(first, behind)
    assert layered.load(new.asked.key) == new
    assert layered.load(old.asked.key) == old
    assert layered.load(fresh.asked.key) is None
    layered.save(fresh, [PICTURE])
    assert set(first.records) == {record.asked.key for record in (old, new, fresh)}
    assert set(behind.records) == {old.asked.key}
    assert behind.pictures == {}


@pytest.mark.parametrize(("kind", "kept"), [(Store, []), (PictureStore, [PICTURE.content_hash])])
def test_pictures_are_copied_where_they_are_kept(kind, kept):
    first = Store()
    LayeredStore(first, kind(record("old"))).load(record("old").asked.key)
    assert list(first.pictures) == kept
