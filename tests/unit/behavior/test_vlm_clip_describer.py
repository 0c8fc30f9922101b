"""Stage 3 asked of a model: what is asked and shown, in which chains, and what becomes of each kind of answer."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from unit.behavior.clip_views import (
    GOOD,
    Fallback,
    Film,
    Reader,
    pictures_of,
    segments_of,
    two_animals,
    view_of,
    words_of,
)
from unit.behavior.moving_animals import with_missing

from behaviorvlm.behavior.annotator import UNSEEN, RecordingView
from behaviorvlm.behavior.clip_showing import ClipForm
from behaviorvlm.behavior.vlm_clip_describer import SHORTEST_CHAIN, VlmClipDescriber, chain_length
from behaviorvlm.behavior.vlm_clip_exemplars import ExemplarSheets
from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.question import Question
from behaviorvlm.prompts.prompt_set import load_prompts
from behaviorvlm.types import Behavior, Bout, Tracks

PROMPTS = load_prompts("behavior")


def number_of(question: Question[Any]) -> int:
    return int(question.about.rpartition("=")[2])


def by_number(question: Question[Any]) -> dict[str, object]:
    """Return an answer that tells the questions apart."""
    return {**GOOD, "behavior": f"act {number_of(question)}", "target": "animal1"}


def asked(reader: Reader, view: RecordingView | None = None, *, count: int = 3, **more: Any) -> Any:
    view = view or view_of(two_animals(), Film())
    segments = segments_of(view.recording.individuals[0], count=count, length=300 // max(count, 10))
    return VlmClipDescriber(reader, PROMPTS, **more).describe(view, segments)


def test_each_segment_is_asked_once_of_its_role_and_says_what_it_is_about() -> None:
    reader = Reader(by_number)
    said = asked(reader)
    assert [one.behavior for one in said] == ["act 0", "act 1", "act 2"]
    assert [one.about for one in reader.questions] == [
        f"recording=r individual=animal0 segment={number}" for number in range(3)
    ]
    assert {(one.role, one.stage) for one in reader.questions} == {("clip_describer", "clip_description")}


def test_a_question_holds_pictures_facts_and_who_is_who() -> None:
    reader = Reader(by_number)
    asked(reader)
    words = words_of(reader.questions[0])
    assert "what does animal0 do in this clip" in words
    assert "animal0 orange, animal1 light blue" in words
    assert "- animal1 is" in words  # a fact about the other animal
    assert '"animal1", "none"' in words
    assert "There are no exemplars." in words
    assert len(pictures_of(reader.questions[0])) == 11


def test_the_label_before_is_told_along_a_chain_and_not_from_one_chain_to_the_next() -> None:
    reader = Reader(by_number)
    asked(reader, count=2 * SHORTEST_CHAIN + 3)
    for number, question in enumerate(reader.questions):
        words = words_of(question)
        if number % SHORTEST_CHAIN == 0:
            assert "Just before this clip" not in words
        else:
            assert f'described as: "act {number - 1}", directed at animal1' in words


@pytest.mark.parametrize(("n_segments", "length"), [(0, 4), (20, 4), (79, 4), (96, 6), (128, 8), (1440, 8)])
def test_a_long_recording_has_longer_chains(n_segments: int, length: int) -> None:
    assert chain_length(n_segments) == length


def test_what_is_asked_does_not_depend_on_who_answers_first() -> None:
    plain, shuffled = Reader(by_number), Reader(by_number)
    dice = random.Random(1)
    waits = [dice.random() * 0.01 for _ in range(100)]

    def late(question: Question[Any]) -> dict[str, object]:
        time.sleep(waits[number_of(question)])
        return by_number(question)

    shuffled.answer = late
    first = asked(plain, count=40, at_once=1)
    second = asked(shuffled, count=40, at_once=5)
    assert first == second
    assert {about: one.messages for about, one in plain.asked.items()} == {
        about: one.messages for about, one in shuffled.asked.items()
    }


def test_chains_are_asked_side_by_side_and_pictures_read_in_one_thread_in_order() -> None:
    film = Film()
    at_once: list[int] = []
    waiting: set[int] = set()

    def slow(question: Question[Any]) -> dict[str, object]:
        waiting.add(number_of(question))
        at_once.append(len(waiting))
        time.sleep(0.2)
        waiting.discard(number_of(question))
        return by_number(question)

    asked(Reader(slow), view_of(two_animals(), film), count=24, at_once=4)
    assert 2 <= max(at_once) <= 5
    assert len(film.threads) == 1
    assert film.picked == sorted(film.picked)


def lost(frames: slice) -> Tracks:
    return with_missing(two_animals(), (frames, 0))


def test_an_animal_that_is_not_seen_is_not_asked_about() -> None:
    reader = Reader(by_number)
    said = asked(reader, view_of(lost(slice(30, 60)), Film()))
    assert [one.behavior for one in said] == ["act 0", UNSEEN, "act 2"]
    assert (said[1].confidence, said[1].status) == (1.0, "answered")
    assert len(reader.asked) == 2
    assert "animal0 was not to be seen" in words_of(reader.questions[1])


def test_a_segment_without_a_cluster_is_unseen_too() -> None:
    reader = Reader(by_number)
    view = view_of(two_animals(), Film())
    segments = [replace(one, cluster=-1) for one in segments_of("animal0", count=2)]
    assert [one.behavior for one in VlmClipDescriber(reader, PROMPTS).describe(view, segments)] == [UNSEEN] * 2
    assert reader.asked == {}


@pytest.mark.parametrize("status", ["refused", "unasked"])
def test_without_a_fallback_the_status_says_why_there_is_no_name(status: str) -> None:
    said = asked(Reader(lambda question: status if number_of(question) == 1 else by_number(question)))
    assert [one.status for one in said] == ["answered", status, "answered"]
    assert said[1].behavior == ""
    assert said[1].confidence == 0


@pytest.mark.parametrize("status", ["refused", "unasked"])
def test_the_fallback_is_asked_once_for_all_that_is_lacking(status: str) -> None:
    reader, fallback = Reader(lambda question: by_number(question) if number_of(question) == 1 else status), Fallback()
    said = asked(reader, fallback=fallback)
    assert [one.behavior for one in said] == ["measured thing", "act 1", "measured thing"]
    assert fallback.asked == [0, 2]
    assert "Just before" not in words_of(reader.questions[1])  # nobody had said what came before


def test_the_model_chooses_among_the_users_words() -> None:
    reader = Reader(lambda question: {**GOOD, "behavior": "Walk", "target": "animal1"})
    said = asked(reader, vocabulary=[Behavior("walk", "it goes somewhere", social=False), Behavior("rest")])
    assert {(one.behavior, one.target) for one in said} == {("walk", "")}
    assert '- "walk": it goes somewhere; not directed at another animal' in words_of(reader.questions[0])


def test_video_alone_is_asked_about_as_a_scene() -> None:
    reader = Reader(lambda question: GOOD)
    said = asked(reader, view_of(None, Film()))
    assert [one.behavior for one in said] == ["walking"] * 3
    words = words_of(reader.questions[0])
    assert "Nobody is marked" in words
    assert "what does the animal (or the group of animals) do" in words
    assert "s of the scene:" in words
    assert "Measured" not in words
    assert reader.questions[0].schema["properties"]["target"]["enum"] == ["none"]


def test_names_that_cannot_be_written_are_translated_both_ways() -> None:
    tracks = two_animals()
    named = Tracks(("мышь", "крыса"), tracks.keypoints, tracks.points_px, tracks.confidence, tracks.times_s)
    reader = Reader(lambda question: {**GOOD, "target": "animal2"})
    said = asked(reader, view_of(named, Film()))
    assert {one.target for one in said} == {"крыса"}
    words = words_of(reader.questions[1])
    assert words.isascii()
    assert "directed at animal2" in words


def exemplars(
    view: RecordingView, *, behaviors: int = 1, each: int = 2, form: ClipForm | None = None
) -> ExemplarSheets:
    bouts = [
        Bout("r", "animal0", "animal1", f"thing {number}", 10 * place, 10 * place + 30, 0.0, 1.0, 1.0)
        for number in range(behaviors)
        for place in range(each)
    ]
    return ExemplarSheets(bouts, lambda name: view, form or ClipForm())


def test_exemplars_are_shown_before_the_clip_and_painted_once() -> None:
    film = Film()
    view = view_of(two_animals(), film)
    reader = Reader(by_number)
    asked(reader, view_of(two_animals(), Film()), exemplars=exemplars(view, behaviors=2, each=5))
    assert len(film.picked) == 2 * 3 * 6  # two behaviors, three bouts of five, six frames
    for question in reader.questions:
        assert len(pictures_of(question)) == 2 + 11
        words = words_of(question)
        assert 'EXEMPLARS of "thing 1", named by a person' in words
        assert "row 3: animal0 to animal1, thing 1" in words
        assert words.index("EXEMPLARS") < words.index("NOW.")
        assert 'Where one of these fits, take it: "thing 0", "thing 1".' in words


@pytest.mark.parametrize(
    ("behaviors", "most", "pages", "clip"),
    [(3, 16, 3, 11), (9, 16, 9, 7), (12, 16, 12, 1), (30, 16, 15, 1), (4, 1, 0, 1), (4, 2, 1, 1)],
)
def test_a_question_never_holds_more_pictures_than_the_server_takes(
    behaviors: int, most: int, pages: int, clip: int
) -> None:
    form = ClipForm(max_pictures=most)
    view = view_of(two_animals(), Film())
    reader = Reader(by_number)
    asked(reader, view, count=1, form=form, exemplars=exemplars(view, behaviors=behaviors, each=1, form=form))
    pictures = pictures_of(reader.questions[0])
    assert len(pictures) == pages + clip <= max(most, 1)
    words = words_of(reader.questions[0])
    shown = sum(f"row {row}: " in words for row in range(1, 200)) if pages else 0
    assert (shown > 0) == (pages > 0)
    if pages:
        assert all(f'"thing {number}"' in words for number in range(behaviors))


def test_exemplars_keep_to_the_pixels_of_a_picture() -> None:
    from unit.behavior.clip_views import decoded

    form = ClipForm(max_pixels=120_000, max_pictures=3)
    view = view_of(two_animals(), Film())
    reader = Reader(by_number)
    asked(reader, view, count=1, form=form, exemplars=exemplars(view, behaviors=8, each=3, form=form))
    for picture in pictures_of(reader.questions[0]):
        assert np.prod(decoded(picture).shape[:2]) <= 120_000


def test_a_prompt_of_ones_own_is_what_is_asked() -> None:
    mine = PROMPTS.with_texts({"clip_description": "{{animal}} {{behaviors}} {{targets}} {{clip}}"})
    reader = Reader(by_number)
    VlmClipDescriber(reader, mine).describe(view_of(two_animals(), Film()), segments_of("animal0", count=1))
    assert words_of(reader.questions[0]).startswith("animal0 behavior: a short name")
    assert all(isinstance(part, Picture) for part in reader.questions[0].messages[0].parts[2:])


def test_nothing_is_impossible_before_it_is_tried() -> None:
    describer = VlmClipDescriber(Reader(), PROMPTS)
    assert (describer.name, describer.needs_pixels) == ("vlm", True)
    assert describer.impossible(view_of(two_animals())) == {}
