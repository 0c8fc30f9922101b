"""A finished behavior run against a person's labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ConfigDict

from behaviorvlm.errors import InputError
from behaviorvlm.evaluate.behavior_scores import StreamScores, score_streams
from behaviorvlm.evaluate.label_files import match_files
from behaviorvlm.evaluate.label_map import map_notes
from behaviorvlm.evaluate.label_runs import UNSCORED
from behaviorvlm.evaluate.label_streams import LabelCodes, LabelStream, SpokenOrder
from behaviorvlm.evaluate.labelled_recording import TOGETHER, LabelChoice, LabelledRecording, Laying, compared_streams
from behaviorvlm.io.behavior_labels import read_labels

if TYPE_CHECKING:
    from behaviorvlm.runs.behavior_reader import BehaviorReader


class BehaviorScores(StreamScores):
    """A run against a person's labels.

    Attributes:
        recordings: Those that have labels.
        compared: Whose labels, in words.
        behaviors: Our behaviors to the person's word for them.
        labels: The person's labels that count.
        ignored: Labels whose frames do not count.
        seconds: Time that counts, over all streams.
        notes: What a person should know before they believe the scores.
    """

    model_config = ConfigDict(frozen=True)

    recordings: tuple[str, ...]
    compared: str
    behaviors: dict[str, str]
    labels: tuple[str, ...]
    ignored: tuple[str, ...]
    seconds: float
    notes: tuple[str, ...]


def evaluate_behavior(
    run_folder: Path, labels: Sequence[Path], *, choice: LabelChoice | None = None, seed: int = 0
) -> BehaviorScores:
    """Score the bouts, segments and clusters of a finished run against a person's labels.

    Args:
        run_folder: The run.
        labels: Files of labels, one for each recording, or one for several.
        choice: Which labels count, and as what.
        seed: Of the confidence intervals.

    Raises:
        RunError: If the folder holds no finished behavior run.
        FormatError: If a file holds no labels.
        InputError: If labels fit no recording, no animal, or no frame.
    """
    from behaviorvlm.runs.behavior_reader import BehaviorReader
    from behaviorvlm.runs.behavior_store import BehaviorRun

    choice = choice or LabelChoice()
    with BehaviorRun.open(run_folder) as run:
        reader = BehaviorReader(run)
        files = match_files(labels, reader.names, format=choice.format)
        read = [_read(reader, name, path, choice=choice) for name, path in files.items()]
        shared = run.manifest.settings.get("centroids") != "per_animal"
        behaviors = [one.name for one in reader.ethogram().behaviors]
        left_out = [name for name in reader.names if name not in files]
    scores = score_recordings(read, choice, behaviors=behaviors, shared_clusters=shared, seed=seed)
    unlabelled = (f"Recordings without labels, left out: {', '.join(left_out)}",) if left_out else ()
    return scores.model_copy(update={"notes": scores.notes + unlabelled})


def score_recordings(
    recordings: Sequence[LabelledRecording],
    choice: LabelChoice,
    *,
    behaviors: Sequence[str] = (),
    shared_clusters: bool = True,
    seed: int = 0,
) -> BehaviorScores:
    """Score recordings that have labels.

    Args:
        recordings: One or more.
        choice: Which labels count, and as what.
        behaviors: Our behaviors, also those without a bout.
        shared_clusters: Whether a cluster number means the same for all animals.
        seed: Of the confidence intervals.

    Raises:
        InputError: If labels fit no animal, or none of them counts.
    """
    theirs = [bout for one in recordings for bout in one.labels.bouts]
    ours = [bout for one in recordings for bout in one.bouts]
    codes = LabelCodes.of(theirs, ignored=choice.ignored, background=choice.background)
    laying = Laying(
        codes=codes,
        order=SpokenOrder.of(ours, codes, choice.label_map),
        n_clusters=max((segment.cluster for one in recordings for segment in one.segments), default=-1) + 1,
        shared_clusters=shared_clusters,
    )
    streams = [stream for one in recordings for stream in compared_streams(one, choice, laying)]
    seconds = sum(np.count_nonzero(one.truth != UNSCORED) / one.frame_rate_hz for one in streams)
    if not seconds:
        labels, ignored = (", ".join(sorted(some)) or "none" for some in (codes.names[:-1], codes.ignored))
        raise InputError(
            "no frame counts",
            expected="labels on some frames that are not ignored",
            actual=f"labels {labels}, ignored {ignored}",
        )
    names = list(dict.fromkeys([*behaviors, *(bout.behavior for bout in ours)]))
    notes = [f"{one.name}: {note}" for one in recordings for note in one.labels.notes]
    return BehaviorScores(
        **dict(score_streams(streams, names=codes.names, seed=seed)),
        recordings=tuple(one.name for one in recordings),
        compared=_in_words(streams),
        behaviors={name: choice.label_map.name(name, known=codes.names) for name in names},
        labels=codes.names[:-1],
        ignored=tuple(sorted(codes.ignored)),
        seconds=seconds,
        notes=(*map_notes(choice.label_map, ours=names, theirs=codes.names), *notes),
    )


def _read(reader: BehaviorReader, name: str, path: Path, *, choice: LabelChoice) -> LabelledRecording:
    summary, times_s = reader.summary(name), reader.times_s(name)
    return LabelledRecording(
        name=name,
        individuals=summary.individuals,
        times_s=times_s,
        frame_rate_hz=summary.frame_rate_hz,
        bouts=reader.bouts(name),
        segments=reader.segments(name),
        labels=read_labels(path, format=choice.format, stream=choice.stream, times_s=times_s, recording=name),
    )


def _in_words(streams: Sequence[LabelStream]) -> str:
    animals = list(dict.fromkeys(one.individual for one in streams))
    if animals == [TOGETHER]:
        return "one label for all animals"
    return f"labels of {', '.join(name or 'all animals together' for name in animals)}"
