"""Bouts laid out on frames: a person's labels, ours of one animal or of all together, the segments, the clusters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.evaluate.label_map import BACKGROUND, LabelMap
from behaviorvlm.evaluate.label_runs import UNSCORED
from behaviorvlm.evaluate.naming_ceiling import pieces_of_all
from behaviorvlm.types import NO_CLUSTER, Bout, IntArray, Segment


@dataclass(frozen=True, eq=False)
class LabelStream:
    """One stream of labels of a person beside ours, frame by frame.

    Attributes:
        recording: Its name.
        individual: Whose labels they are; "" = one label for all animals.
        truth: (frame,) int64 codes of the person's labels, -1 = does not count.
        said: (frame,) int64 codes of ours in the person's words.
        pieces: (frame,) int64 numbers of what must be named as one.
        clusters: (frame,) int64 numbers, from 0.
        frame_rate_hz: Frames per second.
    """

    recording: str
    individual: str
    truth: IntArray
    said: IntArray
    pieces: IntArray
    clusters: IntArray
    frame_rate_hz: float


@dataclass(frozen=True)
class LabelCodes:
    """The codes of the person's labels.

    Attributes:
        names: What the codes mean; the last is the background.
        ignored: Labels whose frames do not count.
        background: Labels that stand for the background.
    """

    names: tuple[str, ...]
    ignored: frozenset[str] = frozenset()
    background: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, bouts: Iterable[Bout], *, ignored: Collection[str] = (), background: Collection[str] = ()
    ) -> LabelCodes:
        """Return codes for all labels of a person's bouts, in alphabetical order."""
        empty = {BACKGROUND, *background}
        names = sorted({bout.behavior for bout in bouts} - set(ignored) - empty)
        return cls((*names, BACKGROUND), frozenset(ignored), frozenset(empty))

    def code(self, label: str) -> int:
        """Return the code of a label, -1 if its frames do not count."""
        if label in self.ignored:
            return UNSCORED
        return len(self.names) - 1 if label in self.background else self.names.index(label)


def lay_out_truth(
    bouts: Iterable[Bout], codes: LabelCodes, *, n_frames: int, n_labelled: int | None = None
) -> IntArray:
    """Return a person's labels, (frame,) int64 codes, -1 = does not count.

    Where bouts overlap, the shorter one is taken, since it says more.

    Args:
        bouts: Of one stream.
        codes: The codes of labels.
        n_frames: Length of the recording.
        n_labelled: How far the person came, None = to the end; what lies behind does not count.
    """
    truth = np.full(n_frames, len(codes.names) - 1, dtype=np.int64)
    for bout in sorted(bouts, key=lambda bout: (bout.start_frame - bout.stop_frame, bout.start_frame)):
        truth[bout.start_frame : bout.stop_frame] = codes.code(bout.behavior)
    truth[n_frames if n_labelled is None else n_labelled :] = UNSCORED
    return truth


@dataclass(frozen=True)
class SpokenOrder:
    """Which of our labels is the pair's, and what the person would call it.

    Attributes:
        rank: (behavior, whether it is directed at somebody) to its rank; the lowest wins.
        code: (rank,) code of each in the person's words; one more at the end for frames without a bout.
    """

    rank: Mapping[tuple[str, bool], int]
    code: tuple[int, ...]

    @classmethod
    def of(cls, bouts: Sequence[Bout], codes: LabelCodes, label_map: LabelMap) -> SpokenOrder:
        """Return the order of the behaviors of a run.

        Without an order in the map, what is directed at somebody goes first, then what fills less time of the run,
        then the alphabet.
        """
        seconds: dict[str, float] = {}
        for bout in bouts:
            seconds[bout.behavior] = seconds.get(bout.behavior, 0.0) + bout.stop_s - bout.start_s
        labels = {name: label_map.name(name, known=codes.names) for name in seconds}
        order = label_map.pair.order

        def place(kind: tuple[str, bool]) -> tuple[int, bool, float, str]:
            label = labels[kind[0]]
            wins = order.index(label) if label in order else len(order)
            return (wins if order else 0, not kind[1], seconds[kind[0]], kind[0])

        kinds = sorted({(bout.behavior, bool(bout.target)) for bout in bouts}, key=place)
        background = len(codes.names) - 1
        return cls(
            {kind: rank for rank, kind in enumerate(kinds)},
            (*(codes.names.index(labels[name]) for name, _ in kinds), background),
        )

    def lay_out(self, bouts: Iterable[Bout], individuals: Sequence[str], *, n_frames: int) -> IntArray:
        """Return our label in the person's words, one for all of `individuals`, (frame,) int64 codes."""
        ranks = np.full((len(individuals), n_frames), len(self.code) - 1, dtype=np.int64)
        place = {name: row for row, name in enumerate(individuals)}
        for bout in bouts:
            if bout.individual in place:
                kind = bout.behavior, bool(bout.target)
                ranks[place[bout.individual], bout.start_frame : bout.stop_frame] = self.rank[kind]
        return np.asarray(np.array(self.code, dtype=np.int64)[ranks.min(axis=0)])


def lay_out_pieces(segments: Iterable[Segment], individuals: Sequence[str], *, n_frames: int) -> IntArray:
    """Return the numbers of what must be named as one, (frame,) int64: cut wherever any of the animals changes."""
    numbers = np.full((len(individuals), n_frames), -1, dtype=np.int64)
    place = {name: row for row, name in enumerate(individuals)}
    for segment in segments:
        if segment.individual in place:
            numbers[place[segment.individual], segment.start_frame : segment.stop_frame] = segment.number
    return pieces_of_all(list(numbers))


def lay_out_clusters(
    segments: Iterable[Segment], individuals: Sequence[str], *, n_frames: int, n_clusters: int, shared: bool
) -> IntArray:
    """Return the cluster of each frame, of several animals the combination of theirs, (frame,) int64 from 0.

    Not to be seen is a cluster too. Where animals share their clusters, who is in which does not matter.

    Args:
        segments: Of one recording.
        individuals: The animals.
        n_frames: Length of the recording.
        n_clusters: Of each animal.
        shared: Whether a number means the same for all of them.
    """
    numbers = np.full((len(individuals), n_frames), n_clusters, dtype=np.int64)
    place = {name: row for row, name in enumerate(individuals)}
    for segment in segments:
        if segment.individual in place and segment.cluster != NO_CLUSTER:
            numbers[place[segment.individual], segment.start_frame : segment.stop_frame] = segment.cluster
    ordered = np.sort(numbers, axis=0) if shared else numbers
    combined = np.zeros(n_frames, dtype=np.int64)
    for row in ordered:
        combined = combined * (n_clusters + 1) + row
    return combined
