"""From settings to somebody who answers: models, prompts, journal, budget, threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from behaviorvlm.errors import SettingsError

if TYPE_CHECKING:
    from behaviorvlm.chat.asker import AskedCounts, ModelAsker
    from behaviorvlm.chat.binding import ModelBinding
    from behaviorvlm.chat.budget import Budget, Spent
    from behaviorvlm.chat.model import ChatModel
    from behaviorvlm.chat.prices import PriceTable
    from behaviorvlm.chat.record import AnswerStore
    from behaviorvlm.pose.annotator import PoseAnnotator
    from behaviorvlm.pose.settings import PoseSettings
    from behaviorvlm.pose.together import Together
    from behaviorvlm.pose.vlm_annotator import VlmPoseAnnotator
    from behaviorvlm.prompts.prompt_set import PromptSet
    from behaviorvlm.runs.run_folder import RunFolder
    from behaviorvlm.types import RecordingSession

    AnyRun = RunFolder[Any]

ANSWERING = {
    "vlm": ("region_detector", "keypoint_assigner", "region_reconciler"),
    "auto": ("keypoint_assigner",),
}
"""The roles that each annotator asks."""
MOST_THREADS = 512


@dataclass(frozen=True)
class Asking:
    """How a model is asked, beyond what the result depends on.

    Attributes:
        prices: What tokens cost.
        max_calls, max_tokens, max_cost, deadline_s: The budget; None = no limit. What a resumed run has spent counts,
            answers taken over by `replay` do not.
        replay: A finished run whose answers are taken over; without models nothing else is asked.
        keep_pictures: Whether the journal keeps every picture shown, or its hash only.
        prompts: Name of a prompt to the text that replaces it.
        environment: Where API keys are looked for.
        annotator: Builds the annotator from asker and prompts; for tests and for annotators of one's own.
        told: Told at the end which limit kept something from being asked, if one did.
    """

    prices: PriceTable | None = None
    max_calls: int | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    deadline_s: float | None = None
    replay: Path | None = None
    keep_pictures: bool = True
    prompts: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    annotator: Callable[..., VlmPoseAnnotator] | None = None
    told: Callable[[str], None] = lambda why: None


@dataclass(frozen=True, eq=False)
class Consultation:
    """Who answers a run, while it goes on.

    Attributes:
        annotator: Answers stages 1 to 3, or the decisions of ``auto``.
        together: Whether questions go out side by side.
        asker: Puts them to models; None where geometry answers.
    """

    annotator: PoseAnnotator
    together: Together
    asker: ModelAsker | None = None

    def admits(self) -> bool:
        """Return whether the budget allows another question."""
        return self.asker is None or self.asker.budget.admits()

    @property
    def denied(self) -> str:
        """The limit, in words, because of which something was not asked; "" if there is none."""
        return "" if self.asker is None else self.asker.budget.denied

    @property
    def counts(self) -> AskedCounts | None:
        """What was asked, None where no model is."""
        return None if self.asker is None else self.asker.counts


def settled(settings: PoseSettings, asking: Asking) -> PoseSettings:
    """Return the settings with the models of the run that is replayed and the prompts' hashes filled in.

    Raises:
        SettingsError: If a model is needed and none is given, or asking it needs a package that is not installed.
        ModelFileError: If it is a folder that holds no model, or a package is missing that it needs.
        PromptError: If a prompt cannot be used.
        RunError: If the run to replay cannot be read.
    """
    if settings.annotator == "geometric":
        return settings
    used = bound_roles(settings.models, asking, roles=ANSWERING[settings.annotator])
    return settings.model_copy(update={"models": used, "prompts": chosen_prompts(asking).hashes})


def bound_roles(given: Mapping[str, ModelBinding], asking: Asking, *, roles: Sequence[str]) -> dict[str, ModelBinding]:
    """Return the model of each role: as given, or as in the run that is replayed.

    Raises:
        SettingsError: If a role has none, or asking one needs a package that is not installed.
        ModelFileError: If one is a folder that holds no model, or a package is missing that it needs.
        RunError: If the run to replay cannot be read.
    """
    models = given or _models_of(asking.replay)
    lacking = [role for role in roles if role not in models]
    if lacking:
        raise SettingsError(
            f"no model is bound to {', '.join(lacking)}",
            expected="a model for every role, as URL#NAME or ROLE=URL#NAME",
            remedy="give --model, or model= in Python; `behaviorvlm doctor` says what is there and what to start",
        )
    used = {role: models[role] for role in roles}
    if given:  # models of a run that is replayed are not asked
        _require_packages(used)
    return used


@contextmanager
def consulted(
    session: RecordingSession, settings: PoseSettings, *, asking: Asking, run: AnyRun, only_replay: bool = False
) -> Iterator[Consultation]:
    """Yield who answers; on leaving, what is still asked is cancelled and connections are closed.

    Args:
        session: The session.
        settings: As `settled` returned them.
        asking: How models are asked.
        run: Where the journal of questions goes.
        only_replay: Whether a question that is not in the replayed journal is an error.

    Raises:
        ModelError: If a model cannot be had.
        RunError: If a journal cannot be opened.
    """
    from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
    from behaviorvlm.pose.together import ONE_BY_ONE, SideBySide
    from behaviorvlm.pose.vlm_annotator import VlmPoseAnnotator

    if settings.annotator == "geometric":
        yield Consultation(GeometricPoseAnnotator(), ONE_BY_ONE)
        return
    with ExitStack() as stack:
        views, regions = _threads(session, settings)
        together = stack.enter_context(SideBySide(views, regions))
        opened = opened_asker(settings.models, asking, run=run, attempts=settings.attempts, only_replay=only_replay)
        asker = stack.enter_context(opened)
        annotator = (asking.annotator or VlmPoseAnnotator)(
            asker,
            chosen_prompts(asking),
            max_pixels={role: binding.max_pixels for role, binding in settings.models.items()},
            fallback=GeometricPoseAnnotator() if settings.when_spent == "geometry" else None,
        )
        yield Consultation(annotator, together, asker)


@contextmanager
def opened_asker(
    models: Mapping[str, ModelBinding], asking: Asking, *, run: AnyRun, attempts: int, only_replay: bool = False
) -> Iterator[ModelAsker]:
    """Yield who puts questions to models; on leaving, what is still asked is cancelled and connections are closed.

    Args:
        models: The model of each role.
        asking: How models are asked.
        run: Where the journal of questions goes.
        attempts: How often a question is put before it counts as refused.
        only_replay: Whether a question that is not in the replayed journal is an error.

    Raises:
        ModelError: If a model cannot be had.
        RunError: If a journal cannot be opened.
    """
    from behaviorvlm.chat.asker import ModelAsker

    with ExitStack() as stack:
        store = _journal(run, asking, stack)
        budget = _budget(run, asking)
        reached = _models(models, asking, only_replay=only_replay)
        asker = ModelAsker(reached, models, store=store, budget=budget, prices=asking.prices, attempts=attempts)
        yield stack.enter_context(asker)


def chosen_prompts(asking: Asking, pipeline: str = "pose") -> PromptSet:
    """Return the prompts of a pipeline, the user's in place of ours.

    Raises:
        PromptError: If one cannot be used.
    """
    from behaviorvlm.prompts.prompt_set import load_prompts

    return load_prompts(pipeline).with_texts(asking.prompts)


def _require_packages(models: Mapping[str, ModelBinding]) -> None:
    """Refuse models that need packages which are not installed, before work begins that would be in vain."""
    from behaviorvlm.chat.model_folder import check_model_folder
    from behaviorvlm.chat.openai_compatible_server import require_sdk

    for binding in models.values():
        if binding.folder is None:
            require_sdk(binding.url)
        else:
            check_model_folder(Path(binding.folder))


def _models_of(replay: Path | None) -> dict[str, ModelBinding]:
    """Return the models of the run that is replayed."""
    from behaviorvlm.chat.binding import ModelBinding
    from behaviorvlm.runs.manifest import settings_of

    if replay is None:
        return {}
    models = settings_of(replay).get("models", {})
    return {role: ModelBinding.model_validate(binding) for role, binding in models.items()}


def _journal(run: AnyRun, asking: Asking, stack: ExitStack) -> AnswerStore:
    from behaviorvlm.chat.replay import LayeredStore
    from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal

    own = AnswerJournal(run.folder / ANSWERS_FILE, writable=True, keep_pictures=asking.keep_pictures)
    stack.callback(own.close)
    if asking.replay is None:
        return own
    before = AnswerJournal(asking.replay / ANSWERS_FILE, writable=False)
    stack.callback(before.close)
    return LayeredStore(own, before)


def _budget(run: AnyRun, asking: Asking) -> Budget:
    from behaviorvlm.chat.budget import Budget

    return Budget(
        max_calls=asking.max_calls,
        max_tokens=asking.max_tokens,
        max_cost=asking.max_cost,
        deadline_s=asking.deadline_s,
        spent=_spent(run, asking.replay),
    )


def _spent(run: AnyRun, replay: Path | None) -> Spent:
    """Return what the run has spent; answers that it took over from the run it replays cost it nothing."""
    from behaviorvlm.chat.budget import Spent
    from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal

    own = run.answers
    if own is None:
        return Spent()
    totals = own.totals()
    spent = Spent(totals.calls, totals.prompt_tokens + totals.answer_tokens, totals.cost or 0.0)
    if replay is not None:
        with AnswerJournal(replay / ANSWERS_FILE, writable=False) as before:
            for row in filter(before.holds, own.rows()):
                spent.calls -= row.calls
                spent.tokens -= row.prompt_tokens + row.answer_tokens
                spent.cost -= row.cost or 0.0
    return spent


def _models(bindings: Mapping[str, ModelBinding], asking: Asking, *, only_replay: bool) -> dict[str, ChatModel]:
    from behaviorvlm.chat.openai_compatible import models_at_servers
    from behaviorvlm.chat.replay import ReplayedModel

    if only_replay:
        return {role: ReplayedModel(one.name, journal=str(asking.replay)) for role, one in bindings.items()}
    return {**models_at_servers(bindings, asking.environment), **_models_here(bindings)}


def _models_here(bindings: Mapping[str, ModelBinding]) -> dict[str, ChatModel]:
    """Return the models that run in this process, each folder loaded once."""
    here = {role: binding for role, binding in bindings.items() if binding.folder is not None}
    if not here:
        return {}
    from behaviorvlm.chat.in_process import InProcessModel

    loaded = {binding: InProcessModel(binding) for binding in here.values()}
    return {role: loaded[binding] for role, binding in here.items()}


def _threads(session: RecordingSession, settings: PoseSettings) -> tuple[int, int]:
    """Return how many views, and regions of them, can be asked about at once: they wait, they do not work."""
    from behaviorvlm.pose.body_region_detection import region_names
    from behaviorvlm.pose.pipeline import STRETCHES_AT_ONCE

    views = len(session.cameras) * settings.exemplar_lag * STRETCHES_AT_ONCE
    return min(views, MOST_THREADS), min(views * len(region_names(session.skeleton)), MOST_THREADS)
