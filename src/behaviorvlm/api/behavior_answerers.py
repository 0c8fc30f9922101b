"""Who describes clips and merges segments in a behavior run: measured facts, exemplars, models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from behaviorvlm.errors import SettingsError

if TYPE_CHECKING:
    from behaviorvlm.api.asking import Asking
    from behaviorvlm.behavior.annotator import ClipDescriber, SegmentMerger
    from behaviorvlm.behavior.pipeline import BehaviorPipeline
    from behaviorvlm.behavior.settings import BehaviorSettings
    from behaviorvlm.chat.asker import ModelAsker
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.types import Behavior, Bout

DESCRIBER_ROLE, MERGER_ROLE = "clip_describer", "segment_merger"
ASKED_ROLES = (DESCRIBER_ROLE, MERGER_ROLE)
"""The roles that the annotator ``vlm`` asks."""


@dataclass(frozen=True, eq=False)
class Answerers:
    """Who answers a run, while it goes on.

    Attributes:
        describer: Stage 3.
        merger: Stage 4.
        asker: Puts questions to models; None where none is asked.
    """

    describer: ClipDescriber
    merger: SegmentMerger
    asker: ModelAsker | None = None

    @property
    def denied(self) -> str:
        """The limit, in words, because of which something was not asked; "" if there is none."""
        return "" if self.asker is None else self.asker.budget.denied


@contextmanager
def answerers(
    pipeline: BehaviorPipeline,
    *,
    vocabulary: Sequence[Behavior] | None,
    exemplars: Path | None,
    asking: Asking,
    run: BehaviorRun,
    only_replay: bool = False,
) -> Iterator[Answerers]:
    """Yield who answers; on leaving, what is still asked is cancelled and connections are closed.

    Args:
        pipeline: The run under way; every recording is measured.
        vocabulary: The behaviors to tell; None = any.
        exemplars: File of bouts that a person named; None = none.
        asking: How models are asked.
        run: Where the journal of questions goes.
        only_replay: Whether a question that is not in the replayed journal is an error.

    Raises:
        InputError: If exemplars cannot be used.
        ModelError: If a model cannot be had.
        RunError: If a journal cannot be opened.
    """
    from behaviorvlm.api.asking import opened_asker

    settings = pipeline.settings
    bouts = _exemplars(pipeline, exemplars, vocabulary)
    alone = _without_model(pipeline, vocabulary, bouts)
    if settings.annotator == "kinematic":
        yield alone
        return
    with opened_asker(settings.models, asking, run=run, attempts=settings.attempts, only_replay=only_replay) as asker:
        yield _with_model(pipeline, asker, alone, vocabulary=vocabulary, exemplars=bouts, asking=asking)


def _without_model(
    pipeline: BehaviorPipeline, vocabulary: Sequence[Behavior] | None, exemplars: Sequence[Bout]
) -> Answerers:
    from behaviorvlm.behavior.exemplar_naming import learn_from_exemplars
    from behaviorvlm.behavior.feature_stage import FeatureStage
    from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS
    from behaviorvlm.behavior.kinematic_description import KinematicClipDescriber
    from behaviorvlm.behavior.rule_merging import RuleSegmentMerger
    from behaviorvlm.behavior.vocabulary_description import VocabularyDescriber

    settings = pipeline.settings
    describer: ClipDescriber = KinematicClipDescriber(settings.thresholds)
    if exemplars:
        names = [one.name for one in vocabulary or ()]
        columns = FeatureStage(pipeline.kept, pipeline.progress).columns()
        describer = learn_from_exemplars(exemplars, pipeline.view, describer, vocabulary=names, columns=columns)
    elif vocabulary is not None and settings.annotator == "kinematic":
        names = [one.name for one in vocabulary]
        _refuse_unknown(names, [one.name for one in BEHAVIORS])
        describer = VocabularyDescriber(describer, names)
    definitions = {one.name: one.definition for one in vocabulary or ()}
    rates = {name: pipeline.kept.summary(name).frame_rate_hz for name in pipeline.names}
    return Answerers(describer, RuleSegmentMerger(rates, _definitions(settings) | definitions))


def _definitions(settings: BehaviorSettings) -> dict[str, str]:
    from behaviorvlm.behavior.kinematic_behaviors import definitions

    return dict(definitions(settings.thresholds))


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SettingsError(
            "measured facts alone cannot tell what these words of the vocabulary mean",
            expected=f"exemplars, or a model, or names among: {', '.join(known)}",
            actual=", ".join(unknown),
            remedy="give --exemplars with some three bouts of each behavior, or --model URL#NAME",
        )


def _with_model(
    pipeline: BehaviorPipeline,
    asker: ModelAsker,
    alone: Answerers,
    *,
    vocabulary: Sequence[Behavior] | None,
    exemplars: Sequence[Bout],
    asking: Asking,
) -> Answerers:
    from behaviorvlm.api.asking import chosen_prompts
    from behaviorvlm.behavior.clip_showing import ClipForm
    from behaviorvlm.behavior.llm_segment_merger import LlmSegmentMerger
    from behaviorvlm.behavior.vlm_clip_describer import VlmClipDescriber
    from behaviorvlm.behavior.vlm_clip_exemplars import ExemplarSheets

    settings, prompts = pipeline.settings, chosen_prompts(asking, "behavior")
    form = ClipForm.of(settings.models[DESCRIBER_ROLE], rate_hz=settings.clip_rate_hz)
    describer = VlmClipDescriber(
        asker,
        prompts,
        form=form,
        vocabulary=vocabulary,
        exemplars=ExemplarSheets(exemplars, pipeline.view, form) if exemplars else None,
        fallback=alone.describer if settings.when_spent == "kinematic" else None,
    )
    rates = {name: pipeline.kept.summary(name).frame_rate_hz for name in pipeline.names}
    merger = LlmSegmentMerger(asker, prompts, vocabulary=vocabulary, fallback=alone.merger, frame_rates_hz=rates)
    return Answerers(describer, merger, asker)


def _exemplars(
    pipeline: BehaviorPipeline, path: Path | None, vocabulary: Sequence[Behavior] | None
) -> tuple[Bout, ...]:
    from behaviorvlm.io.vocabulary import read_exemplars

    if path is None:
        return ()
    summaries = {name: pipeline.kept.summary(name) for name in pipeline.names}
    return read_exemplars(
        path,
        times_s={name: pipeline.kept.times_s(name) for name in pipeline.names},
        individuals={name: one.individuals for name, one in summaries.items()},
        behaviors=None if vocabulary is None else [one.name for one in vocabulary],
    )
