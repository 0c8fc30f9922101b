"""All measures of behavior over the streams of a run, with confidence intervals over recordings, and the ceiling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.evaluate.bootstrap_interval import Interval, bootstrap_interval
from behaviorvlm.evaluate.bout_agreement import BoutAgreement, BoutCounts, count_bouts, score_bouts
from behaviorvlm.evaluate.clustering_agreement import (
    ClusteringAgreement,
    contingency_table,
    maps_from_others,
    score_contingency,
)
from behaviorvlm.evaluate.frame_agreement import (
    FrameAgreement,
    cohens_kappa,
    confusion_matrix,
    macro_f1,
    matthews_correlation,
    score_confusion,
)
from behaviorvlm.evaluate.label_map import BACKGROUND
from behaviorvlm.evaluate.label_streams import LabelStream
from behaviorvlm.evaluate.naming_ceiling import perfect_names
from behaviorvlm.types import IntArray

IOU_OF_INTERVAL = 0.5


class Agreement(BaseModel):
    """Labels of one kind beside a person's.

    Attributes:
        frames: Frame by frame.
        bouts: Bout by bout.
        intervals: Score to its confidence interval over recordings; none with a single recording.
    """

    model_config = ConfigDict(frozen=True)

    frames: FrameAgreement
    bouts: BoutAgreement
    intervals: dict[str, Interval]


class StreamScores(BaseModel):
    """All measures.

    Attributes:
        named: Our names.
        ceiling: What somebody would reach who names every segment as well as can be.
        clusters: Clusters without names.
        clusters_nmi: Confidence interval of their NMI; None with a single recording.
        mapped: Clusters named by a map fitted on the other recordings; None where there are no others.
    """

    model_config = ConfigDict(frozen=True)

    named: Agreement
    ceiling: Agreement
    clusters: ClusteringAgreement
    clusters_nmi: Interval | None
    mapped: Agreement | None


def score_streams(streams: Sequence[LabelStream], *, names: Sequence[str], seed: int = 0) -> StreamScores:
    """Score streams, those of one recording together.

    Args:
        streams: One or more.
        names: What the codes of labels mean.
        seed: Of the confidence intervals.
    """
    shape = len(names), max(int(stream.clusters.max(initial=0)) for stream in streams) + 1
    tables = _by_recording(streams, lambda one: contingency_table(one.truth, one.clusters, shape=shape))
    perfect = [replace(one, said=perfect_names(one.truth, one.pieces)) for one in streams]
    return StreamScores(
        named=agreement(streams, names=names, seed=seed),
        ceiling=agreement(perfect, names=names, seed=seed),
        clusters=score_contingency(sum_of(tables)),
        clusters_nmi=bootstrap_interval(
            lambda times: score_contingency(np.tensordot(times, np.array(list(tables.values())), axes=1)).nmi,
            len(tables),
            seed=seed,
        ),
        mapped=agreement(_mapped(streams, tables), names=names, seed=seed) if len(tables) > 1 else None,
    )


def agreement(streams: Sequence[LabelStream], *, names: Sequence[str], seed: int = 0) -> Agreement:
    """Score what is said in streams against the truth in them.

    Args:
        streams: One or more.
        names: What the codes of labels mean.
        seed: Of the confidence intervals.
    """
    background = next((code for code, name in enumerate(names) if name == BACKGROUND), None)
    confusions = _by_recording(streams, lambda one: confusion_matrix(one.truth, one.said, n_names=len(names)))
    counts: dict[str, BoutCounts] = {}
    for one in streams:
        own = count_bouts(
            one.truth, one.said, n_names=len(names), frame_rate_hz=one.frame_rate_hz, background=background
        )
        counts[one.recording] = counts[one.recording] + own if one.recording in counts else own
    return Agreement(
        frames=score_confusion(sum_of(confusions), names=names, background=BACKGROUND),
        bouts=score_bouts(reduce(add, counts.values()), names=names),
        intervals=_intervals(np.array(list(confusions.values())), list(counts.values()), background, seed=seed),
    )


def sum_of(tables: Mapping[str, IntArray]) -> IntArray:
    """Return the sum of (row, column) tables over recordings."""
    return np.asarray(np.sum(list(tables.values()), axis=0))


def _by_recording(streams: Sequence[LabelStream], table: Callable[[LabelStream], IntArray]) -> dict[str, IntArray]:
    tables: dict[str, IntArray] = {}
    for one in streams:
        tables[one.recording] = tables.get(one.recording, 0) + table(one)
    return tables


def _mapped(streams: Sequence[LabelStream], tables: Mapping[str, IntArray]) -> list[LabelStream]:
    """Return the streams with their clusters named by a map fitted on the other recordings."""
    maps = dict(zip(tables, maps_from_others(list(tables.values())), strict=True))
    return [replace(one, said=maps[one.recording][one.clusters]) for one in streams]


def _intervals(
    confusions: IntArray, counts: Sequence[BoutCounts], background: int | None, *, seed: int
) -> dict[str, Interval]:
    """Return the intervals of the main scores; (recording, label, label) numbers of frames."""
    of_interest = [code for code in range(confusions.shape[1]) if code != background]
    matched = np.array([[one.matched[-1].sum(), (one.n_true + one.n_predicted).sum()] for one in counts])

    def bouts(times: IntArray) -> float | None:
        pairs, total = (times @ matched).tolist()
        return 2 * pairs / total if total else None

    def frames(score: Callable[[IntArray], float | None]) -> Callable[[IntArray], float | None]:
        return lambda times: score(np.tensordot(times, confusions, axes=1))

    scores = {
        "macro_f1": frames(lambda table: macro_f1(table, chosen=of_interest)),
        "macro_f1_with_background": frames(macro_f1),
        "mcc": frames(matthews_correlation),
        "kappa": frames(cohens_kappa),
        f"bout_f1_{IOU_OF_INTERVAL}": bouts,
    }
    found = {name: bootstrap_interval(score, len(counts), seed=seed) for name, score in scores.items()}
    return {name: interval for name, interval in found.items() if interval is not None}
