"""How a behavior run stands: ``behaviorvlm runs show RUN``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Bout


class BehaviorTotals(BaseModel):
    """One behavior over all recordings and animals.

    Attributes:
        behavior: Its name.
        definition: What it is.
        bouts: Number of its bouts.
        seconds: Their length together.
        share: Of all time that bears a name.
        median_s: Length of the median bout.
    """

    model_config = ConfigDict(frozen=True)

    behavior: str
    definition: str
    bouts: int
    seconds: float
    share: float
    median_s: float


class BehaviorSummary(BaseModel):
    """What was asked of a run, how far it is, and what it found.

    Attributes:
        run: The run folder.
        behaviorvlm: Version that made the run.
        created_at: When it began, UTC.
        settings: What was asked.
        finished: Whether it came to its end.
        recordings: Number of recordings.
        results: Stage to number of results in the journal.
        segments: Number of segments; None before there are any for all recordings.
        merges: Number of groups they were merged to, likewise.
        undone: Number of merges a person undid.
        behaviors: The behaviors, most time first; empty while the run goes on.
        impossible: Behaviors that could not be told, with reasons.
        notes: Recording to what a person should know of how it was read.
        model_calls: How often a model was called.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    behaviorvlm: str
    created_at: str
    settings: dict[str, Any]
    finished: bool
    recordings: int
    results: dict[str, int]
    segments: int | None
    merges: int | None
    undone: int
    behaviors: tuple[BehaviorTotals, ...]
    impossible: dict[str, str]
    notes: dict[str, tuple[str, ...]]
    model_calls: int


def summarize_behavior(run: BehaviorRun) -> BehaviorSummary:
    """Return how `run` stands, also while it is going on.

    Raises:
        RunCorruptError: If a result is not what was saved.
    """
    reader, manifest = BehaviorReader(run), run.manifest
    finished, read = reader.finished, set(run.sink.keys("recordings"))
    bouts = [bout for name in reader.names for bout in reader.bouts(name)] if finished else []
    definitions = {one.name: one.definition for one in reader.ethogram().behaviors} if finished else {}
    return BehaviorSummary(
        run=str(run.folder),
        behaviorvlm=manifest.versions["behaviorvlm"],
        created_at=manifest.created_at,
        settings=manifest.settings,
        finished=finished,
        recordings=len(reader.names),
        results={stage: len(run.sink.keys(stage)) for stage in run.sink.stages()},
        segments=sum(len(reader.segments(name)) for name in reader.names) if finished else None,
        merges=sum(len(reader.merges(name)) for name in reader.names) if finished else None,
        undone=len(reader.undone()),
        behaviors=tuple(_totals(bouts, definitions)),
        impossible=dict(reader.ethogram().impossible) if finished else {},
        notes={name: notes for name in reader.names if name in read and (notes := reader.summary(name).notes)},
        model_calls=run.model_calls,
    )


def _totals(bouts: Iterable[Bout], definitions: dict[str, str]) -> list[BehaviorTotals]:
    lengths: dict[str, list[float]] = {}
    for bout in bouts:
        lengths.setdefault(bout.behavior, []).append(bout.stop_s - bout.start_s)
    everything = sum(map(sum, lengths.values()))
    found = [
        BehaviorTotals(
            behavior=name,
            definition=definitions.get(name, ""),
            bouts=len(each),
            seconds=sum(each),
            share=sum(each) / everything,
            median_s=sorted(each)[len(each) // 2],
        )
        for name, each in lengths.items()
    ]
    return sorted(found, key=lambda one: -one.seconds)
