"""From settings to somebody who answers: what is refused, what is filled in, what has been spent, what is replayed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from unit.runs.answer_records import record
from unit.runs.scripted_pipeline import CAMERA_NAMES, make_session

from behaviorvlm.api.asking import MOST_THREADS, Asking, Consultation, consulted, settled
from behaviorvlm.chat.asker import ModelAsker
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.message import Message
from behaviorvlm.chat.prices import Price, PriceTable
from behaviorvlm.chat.question import Question
from behaviorvlm.chat.replay import LayeredStore
from behaviorvlm.chat.scripted import ScriptedModel
from behaviorvlm.errors import ModelServerError, PromptError, RunStorageError, SettingsError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.together import ONE_BY_ONE, SideBySide
from behaviorvlm.prompts.prompt_set import load_prompts
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import RecordingSession

NOBODY = "http://127.0.0.1:9/v1"
"""Nothing listens there, and nothing must ask."""
MODEL = ModelBinding(url=NOBODY, name="m", patience_s=0.0)
ROLES = ("region_detector", "keypoint_assigner", "region_reconciler")
EVERYBODY = dict.fromkeys(ROLES, MODEL)
KEY = "sk-not-to-be-seen"


@pytest.fixture
def session(tmp_path: Path) -> RecordingSession:
    return make_session(tmp_path / "session")


def asked(**more: object) -> PoseSettings:
    return PoseSettings(annotator="vlm", models=EVERYBODY, **more)


@contextmanager
def consulting(
    session: RecordingSession, folder: Path, settings: PoseSettings, asking: Asking, *, only_replay: bool = False
) -> Iterator[Consultation]:
    settings = settled(settings, asking)
    with (
        PoseRun.start(folder, session, settings=settings) as run,
        consulted(session, settings, asking=asking, run=run, only_replay=only_replay) as who,
    ):
        yield who


def question(about: str = "timepoint=1 camera=top") -> Question[object]:
    message = Message.of("user", f"Which dot is the nose? {about}")
    return Question("keypoint_assigner", "keypoint_assignment", about, (message,), {"type": "object"}, dict)


# Settings ------------------------------------------------------------------------------------------------------------


def test_geometry_needs_no_model() -> None:
    settings = PoseSettings()
    assert settled(settings, Asking()) is settings


@pytest.mark.parametrize(
    ("annotator", "given", "lacking"),
    [
        ("vlm", {}, "region_detector, keypoint_assigner, region_reconciler"),
        ("vlm", {"keypoint_assigner": MODEL}, "region_detector, region_reconciler"),
        ("auto", {}, "keypoint_assigner"),
        ("auto", {"region_detector": MODEL}, "keypoint_assigner"),
    ],
)
def test_without_a_model_it_is_said_who_is_missing_and_what_to_do(
    annotator: str, given: dict[str, ModelBinding], lacking: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        settled(PoseSettings(annotator=annotator, models=given), Asking())
    assert raised.value.message == f"no model is bound to {lacking}"
    assert "--model" in raised.value.remedy
    assert "behaviorvlm doctor" in raised.value.remedy


def test_a_hosted_model_is_refused_without_the_sdk_unless_it_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    hosted = ModelBinding(url="https://models.example/v1", name="m")
    with pytest.raises(SettingsError, match=r"pip install 'behaviorvlm\[models\]'"):
        settled(PoseSettings(annotator="auto", models={"keypoint_assigner": hosted}), Asking())
    near = {"keypoint_assigner": MODEL, "region_detector": hosted}
    assert settled(PoseSettings(annotator="auto", models=near), Asking()).models == {"keypoint_assigner": MODEL}


@pytest.mark.parametrize(("annotator", "roles"), [("vlm", ROLES), ("auto", ("keypoint_assigner",))])
def test_only_the_roles_that_are_asked_are_on_record(annotator: str, roles: tuple[str, ...]) -> None:
    models = {**EVERYBODY, "clip_describer": MODEL}
    found = settled(PoseSettings(annotator=annotator, models=models), Asking())
    assert found.models == dict.fromkeys(roles, MODEL)


def test_the_prompts_hashes_are_filled_in_and_ones_own_prompt_changes_its_hash_alone() -> None:
    packaged = settled(asked(), Asking()).prompts
    assert packaged == load_prompts().hashes
    text = load_prompts()["dot_decision"].text + "\nBe brief."
    mine = settled(asked(), Asking(prompts={"dot_decision": text})).prompts
    assert {name for name in packaged if packaged[name] != mine[name]} == {"dot_decision"}


@pytest.mark.parametrize("prompts", [{"dot_decisoin": "x"}, {"dot_decision": "no variable at all"}])
def test_a_prompt_that_cannot_be_used_is_refused_before_anything_is_asked(prompts: dict[str, str]) -> None:
    with pytest.raises(PromptError):
        settled(asked(), Asking(prompts=prompts))


def test_a_replay_asks_the_models_of_the_run_it_replays(session: RecordingSession, tmp_path: Path) -> None:
    PoseRun.start(tmp_path / "before", session, settings=settled(asked(), Asking())).close()
    replay = Asking(replay=tmp_path / "before")
    assert settled(PoseSettings(annotator="vlm"), replay).models == EVERYBODY
    other = ModelBinding(url=NOBODY, name="other")
    models = dict.fromkeys(ROLES, other)
    assert settled(PoseSettings(annotator="vlm", models=models), replay).models == models


def test_a_replay_of_a_run_without_models_or_of_no_run_is_refused(session: RecordingSession, tmp_path: Path) -> None:
    PoseRun.start(tmp_path / "geometric", session, settings=PoseSettings()).close()
    with pytest.raises(SettingsError, match="no model is bound"):
        settled(PoseSettings(annotator="vlm"), Asking(replay=tmp_path / "geometric"))
    with pytest.raises(RunStorageError, match="holds no run"):
        settled(PoseSettings(annotator="vlm"), Asking(replay=tmp_path / "nowhere"))


def test_keys_are_never_shown() -> None:
    asking = Asking(environment={"BEHAVIORVLM_API_KEY": KEY, "OPENAI_API_KEY": KEY})
    assert asking.environment["OPENAI_API_KEY"] == KEY
    assert KEY not in repr(asking)
    assert KEY not in str(asking)


# Who answers ---------------------------------------------------------------------------------------------------------


def test_geometry_answers_one_by_one_and_keeps_no_journal(session: RecordingSession, tmp_path: Path) -> None:
    with consulting(session, tmp_path / "run", PoseSettings(), Asking(max_calls=0)) as who:
        assert who.annotator.name == "geometric"
        assert who.together is ONE_BY_ONE
        assert who.admits()
        assert who.counts is None
    assert not (tmp_path / "run" / ANSWERS_FILE).exists()


def test_a_model_is_asked_side_by_side_with_a_journal_and_all_ends_on_leaving(
    session: RecordingSession, tmp_path: Path
) -> None:
    before = set(threading.enumerate())
    with consulting(session, tmp_path / "run", asked(exemplar_lag=3), Asking()) as who:
        assert who.annotator.name == "vlm"
        assert isinstance(who.together, SideBySide)
        assert (who.together.views, who.together.regions) == (len(CAMERA_NAMES) * 3 * 2, len(CAMERA_NAMES) * 3 * 2 * 2)
        assert (tmp_path / "run" / ANSWERS_FILE).exists()
        assert who.counts is not None
        assert who.counts.asked == 0
        who.together.each(abs, [-1])
        together = who.together
    with pytest.raises(RuntimeError, match="shutdown"):
        together.begin(abs, 1)
    assert set(threading.enumerate()) <= before


def test_threads_are_not_without_end(session: RecordingSession, tmp_path: Path) -> None:
    with consulting(session, tmp_path / "run", asked(exemplar_lag=64), Asking()) as who:
        assert isinstance(who.together, SideBySide)
        assert who.together.views == len(CAMERA_NAMES) * 64 * 2
        assert who.together.regions == MOST_THREADS


@pytest.mark.parametrize(
    ("limits", "admits"),
    [
        ({}, True),
        ({"max_calls": 5}, False),
        ({"max_calls": 6}, True),
        ({"max_tokens": 4600}, False),
        ({"max_tokens": 4601}, True),
        ({"max_cost": 0.74}, False),
        ({"max_cost": 0.76}, True),
        ({"deadline_s": 0.0}, False),
        ({"deadline_s": 60.0}, True),
    ],
)
def test_what_the_run_has_spent_before_counts(
    session: RecordingSession, tmp_path: Path, limits: dict[str, float], admits: bool
) -> None:
    """The journal holds 5 replies of 920 tokens and 0.15 in money each."""
    with consulting(session, tmp_path / "run", asked(), Asking()):
        pass
    one = record(0)
    with AnswerJournal(tmp_path / "run" / ANSWERS_FILE, writable=True) as journal:
        for number in range(5):
            priced = one.attempts[0].model_copy(update={"cost": 0.15})
            journal.save(record(number, attempts=(priced,)))
    prices = PriceTable(models={"m": Price(prompt=1.0, answer=1.0)})
    with consulting(session, tmp_path / "run", asked(), Asking(prices=prices, **limits)) as who:
        assert who.asker is not None
        spent = who.asker.budget.spent
        assert (spent.calls, spent.tokens, spent.cost) == (5, 4600, pytest.approx(0.75))
        assert who.admits() is admits


def test_a_budget_of_money_needs_prices(session: RecordingSession, tmp_path: Path) -> None:
    with (
        pytest.raises(SettingsError, match="price"),
        consulting(session, tmp_path / "run", asked(), Asking(max_cost=1.0)),
    ):
        pass
    with consulting(session, tmp_path / "run", asked(), Asking()):
        pass  # and nothing of it is still locked


# Replay --------------------------------------------------------------------------------------------------------------


def test_a_replay_without_models_refuses_what_is_not_in_the_journal_and_asks_nobody(
    session: RecordingSession, tmp_path: Path
) -> None:
    with consulting(session, tmp_path / "before", asked(), Asking()):
        pass
    replay = Asking(replay=tmp_path / "before")
    with consulting(session, tmp_path / "run", asked(), replay, only_replay=True) as who:
        assert who.asker is not None
        with pytest.raises(ModelServerError, match="not in the journal that is replayed") as raised:
            who.asker.ask(question())
    assert raised.value.where == str(tmp_path / "before")
    assert "--model" in raised.value.remedy


def test_a_replay_takes_answers_over_into_the_journal_of_its_own_run(session: RecordingSession, tmp_path: Path) -> None:
    with consulting(session, tmp_path / "before", asked(), Asking()):
        pass
    role, said = "keypoint_assigner", ScriptedModel(['{"nose": 2}'])
    with (
        AnswerJournal(tmp_path / "before" / ANSWERS_FILE, writable=True) as journal,
        ModelAsker({role: said}, {role: MODEL}, store=journal) as asker,
    ):
        asker.ask(question())
    replay = Asking(replay=tmp_path / "before")
    with consulting(session, tmp_path / "run", asked(), replay, only_replay=True) as who:
        assert who.asker is not None
        assert who.asker.ask(question()).value == {"nose": 2}
        assert who.counts is not None
        assert (who.counts.from_journal, who.counts.calls) == (1, 0)
    with AnswerJournal(tmp_path / "run" / ANSWERS_FILE, writable=False) as journal:
        assert [one.answer for one in journal.records()] == [{"nose": 2}]


def test_a_replay_with_a_model_asks_it_for_the_rest(session: RecordingSession, tmp_path: Path) -> None:
    with consulting(session, tmp_path / "before", asked(), Asking()):
        pass
    replay = Asking(replay=tmp_path / "before")
    with consulting(session, tmp_path / "run", asked(), replay) as who:
        assert who.asker is not None
        with pytest.raises(ModelServerError) as raised:  # nobody is there; but it was asked
            who.asker.ask(question())
    assert "127.0.0.1:9" in raised.value.where


def test_answers_taken_over_from_another_run_are_not_spent_by_this_one(
    session: RecordingSession, tmp_path: Path
) -> None:
    """The run took over 3 of the 4 answers of another, and paid for 2 of its own, one to a question both have asked."""
    for folder in ("before", "run"):
        with consulting(session, tmp_path / folder, asked(), Asking()):
            pass
    attempt = record(0).attempts[0].model_copy(update={"cost": 0.15})
    with (
        AnswerJournal(tmp_path / "before" / ANSWERS_FILE, writable=True) as before,
        AnswerJournal(tmp_path / "run" / ANSWERS_FILE, writable=True) as own,
    ):
        for number in range(4):
            before.save(record(number, attempts=(attempt,)))
        layered = LayeredStore(own, before)
        assert all(layered.load(record(number).asked.key) for number in range(3))
        later = attempt.model_copy(update={"seconds": 9.0})
        for number in (3, 4):
            own.save(record(number, attempts=(later,)))
    prices = PriceTable(models={"m": Price(prompt=1.0, answer=1.0)})
    for replay, calls in ((tmp_path / "before", 2), (None, 5)):
        asking = Asking(replay=replay, prices=prices, max_calls=3)
        with consulting(session, tmp_path / "run", asked(), asking) as who:
            assert who.asker is not None
            spent = who.asker.budget.spent
            assert (spent.calls, spent.tokens, spent.cost) == (calls, calls * 920, pytest.approx(calls * 0.15))
            assert who.admits() is (calls < 3)
