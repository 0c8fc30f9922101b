"""A recording of a run beside a person's labels of it, and which of our streams they are compared with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from behaviorvlm.errors import InputError
from behaviorvlm.evaluate.label_map import LabelMap
from behaviorvlm.evaluate.label_streams import (
    LabelCodes,
    LabelStream,
    SpokenOrder,
    lay_out_clusters,
    lay_out_pieces,
    lay_out_truth,
)
from behaviorvlm.io.behavior_labels import BehaviorLabels
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.types import Bout, FloatArray, IntArray, Segment

TOGETHER = ""
"""The individual of a label that is of all animals together."""


@dataclass(frozen=True, eq=False)
class LabelledRecording:
    """One recording of a run and a person's labels of it.

    Attributes:
        name: Of the recording.
        individuals: Its animals, or the scene.
        times_s: (frame,) float64 seconds.
        frame_rate_hz: Frames per second.
        bouts: Ours.
        segments: Ours.
        labels: The person's.
    """

    name: str
    individuals: tuple[str, ...]
    times_s: FloatArray
    frame_rate_hz: float
    bouts: Sequence[Bout]
    segments: Sequence[Segment]
    labels: BehaviorLabels


@dataclass(frozen=True)
class LabelChoice:
    """Which labels count, and as what.

    Attributes:
        format: Kind of the files, None = told by their content.
        stream: The stream, subject or individual in the files, None = all there are.
        individual: The animal whose labels they are, None = told by the files.
        label_map: Our names to the person's.
        ignored: Labels whose frames do not count.
        background: Labels that mean that nothing of interest happens.
    """

    format: str | None = None
    stream: str | None = None
    individual: str | None = None
    label_map: LabelMap = field(default_factory=LabelMap)
    ignored: Collection[str] = ()
    background: Collection[str] = ()


@dataclass(frozen=True)
class Laying:
    """How bouts, segments and clusters become numbers for each frame.

    Attributes:
        codes: Of the person's labels.
        order: Which of our labels wins where several animals have one, and its code.
        n_clusters: Of each animal.
        shared_clusters: Whether a cluster number means the same for all animals.
    """

    codes: LabelCodes
    order: SpokenOrder
    n_clusters: int
    shared_clusters: bool

    def clusters(self, segments: Sequence[Segment], animals: Sequence[str], *, n_frames: int) -> IntArray:
        """Return the cluster of each frame, of several animals the combination of theirs, (frame,) int64 from 0."""
        return lay_out_clusters(
            segments, animals, n_frames=n_frames, n_clusters=self.n_clusters, shared=self.shared_clusters
        )


def compared_streams(one: LabelledRecording, choice: LabelChoice, laying: Laying) -> list[LabelStream]:
    """Return the streams of a recording in which labels and ours are compared.

    Labels of an animal are compared with ours of that animal, labels of anybody else with one label for all animals;
    with `LabelChoice.individual` all labels are that animal's.

    Raises:
        InputError: If there is no such animal, or the labels are of several streams and none is chosen.
    """
    streams = []
    for individual in _compared_individuals(one, choice):
        own = individual in one.individuals and not choice.individual
        stated = [bout for bout in one.labels.bouts if not own or bout.individual == individual]
        animals, n_frames = (individual,) if individual else one.individuals, len(one.times_s)
        streams.append(
            LabelStream(
                recording=one.name,
                individual=individual,
                truth=lay_out_truth(stated, laying.codes, n_frames=n_frames, n_labelled=one.labels.n_frames),
                said=laying.order.lay_out(one.bouts, animals, n_frames=n_frames),
                pieces=lay_out_pieces(one.segments, animals, n_frames=n_frames),
                clusters=lay_out_clusters(
                    one.segments,
                    animals,
                    n_frames=n_frames,
                    n_clusters=laying.n_clusters,
                    shared=laying.shared_clusters,
                ),
                frame_rate_hz=one.frame_rate_hz,
            )
        )
    return streams


def _compared_individuals(one: LabelledRecording, choice: LabelChoice) -> list[str]:
    named = list(dict.fromkeys(bout.individual for bout in one.labels.bouts))
    if choice.individual is not None and choice.individual not in one.individuals:
        raise InputError(
            f"the run has no animal {choice.individual}",
            where=one.name,
            expected=f"one of {', '.join(one.individuals)}",
            actual=choice.individual,
            remedy=did_you_mean(choice.individual, one.individuals),
        )
    if choice.individual is None and named and set(named) <= set(one.individuals):
        return named
    if len(named) > 1:
        raise InputError(
            "the labels are of several streams",
            where=one.name,
            expected=f"labels of the run's animals ({', '.join(one.individuals)}), or one stream",
            actual=", ".join(name or "nobody in particular" for name in named),
            remedy="choose one with --stream NAME",
        )
    return [choice.individual or TOGETHER]
