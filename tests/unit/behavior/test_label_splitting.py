"""Segments cut where the labels of the frames change."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.behavior.gaps import runs
from behaviorvlm.behavior.label_splitting import absorb_short_runs, split_at_changes
from behaviorvlm.types import NO_CLUSTER, Segment


def segments(*edges: int, clusters: tuple[int, ...] = (), individual: str = "a") -> list[Segment]:
    chosen = clusters or tuple(range(len(edges) - 1))
    return [
        Segment("r", individual, place, start, stop, chosen[place], 0.5 + place / 100)
        for place, (start, stop) in enumerate(pairwise(edges))
    ]


def edges_of(pieces: list[Segment]) -> list[int]:
    return [pieces[0].start_frame, *(piece.stop_frame for piece in pieces)]


def labels(*lengths: int) -> np.ndarray:
    return np.repeat(np.arange(len(lengths)) % 3, lengths)


def test_a_segment_is_cut_at_changes_and_keeps_its_cluster() -> None:
    pieces = split_at_changes(segments(0, 100, clusters=(7,)), {"a": labels(40, 20, 40)}, min_frames=10)
    assert edges_of(pieces) == [0, 40, 60, 100]
    assert [piece.cluster for piece in pieces] == [7, 7, 7]
    assert [piece.number for piece in pieces] == [0, 1, 2]


def test_a_boundary_near_a_change_moves_there() -> None:
    pieces = split_at_changes(segments(0, 50, 100), {"a": labels(46, 54)}, min_frames=10)
    assert edges_of(pieces) == [0, 46, 100]
    assert [piece.cluster for piece in pieces] == [0, 1]


def test_where_the_animal_vanishes_the_boundary_stays() -> None:
    mine = segments(0, 50, 100, clusters=(2, NO_CLUSTER))
    assert edges_of(split_at_changes(mine, {"a": labels(46, 54)}, min_frames=10)) == [0, 50, 100]


def test_numbers_go_on_over_individuals() -> None:
    both = segments(0, 60) + segments(0, 60, individual="b")
    pieces = split_at_changes(both, {"a": labels(30, 30), "b": labels(60)}, min_frames=10)
    assert [(piece.individual, piece.number) for piece in pieces] == [("a", 0), ("a", 1), ("b", 2)]


def test_an_individual_without_labels_is_left_alone() -> None:
    assert split_at_changes(segments(0, 60), {}, min_frames=10) == segments(0, 60)


def test_short_runs_go_to_the_longer_neighbor() -> None:
    assert absorb_short_runs(labels(20, 3, 30), shortest=5).tolist() == [0] * 20 + [2] * 33
    assert absorb_short_runs(np.repeat([1, 2, 1], [4, 3, 4]), shortest=5).tolist() == [1] * 11
    assert absorb_short_runs(np.array([5, 6, 6]), shortest=9).tolist() == [6, 6, 6]
    assert absorb_short_runs(np.array([], int), shortest=9).tolist() == []


@given(st.lists(st.integers(0, 3), min_size=1, max_size=120), st.integers(1, 12))
def test_no_short_run_is_left_and_long_ones_keep_their_middle(frames: list[int], shortest: int) -> None:
    given_labels = np.array(frames)
    told = absorb_short_runs(given_labels, shortest=shortest)
    starts, stops = runs(told)
    assert len(starts) == 1 or (stops - starts >= shortest).all()
    for start, stop in zip(*runs(given_labels), strict=True):
        if stop - start >= shortest:
            assert (told[start:stop] == given_labels[start]).all()


@given(
    st.lists(st.integers(10, 40), min_size=1, max_size=8),
    st.lists(st.integers(1, 30), min_size=1, max_size=20),
    st.integers(1, 10),
)
def test_pieces_cover_the_frames_once_and_are_long_enough(
    lengths: list[int], changes: list[int], min_frames: int
) -> None:
    mine = segments(0, *np.cumsum(lengths).tolist())
    frames = np.resize(labels(*changes), sum(lengths))
    pieces = split_at_changes(mine, {"a": frames}, min_frames=min_frames)
    assert (pieces[0].start_frame, pieces[-1].stop_frame) == (0, sum(lengths))
    assert all(before.stop_frame == after.start_frame for before, after in pairwise(pieces))
    assert min(piece.n_frames for piece in pieces) >= min_frames
