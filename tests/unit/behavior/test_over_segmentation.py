"""One animal's assignments as segments: all frames, no gaps, absences apart."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from behaviorvlm.behavior.over_segmentation import LONGEST_BRIDGE_S, SegmentLengths, segment_individual
from behaviorvlm.types import NO_CLUSTER, Segment

LENGTHS = SegmentLengths(frame_rate_hz=10, min_s=0.5, max_s=5)


def assigned(clusters: np.ndarray, *, sure: float = 0.7) -> np.ndarray:
    rows = np.full((len(clusters), 3), (1 - sure) / 2, np.float32)
    rows[np.arange(len(clusters)), clusters] = sure
    return rows


def segmented(
    clusters: np.ndarray, visible: np.ndarray | None = None, lengths: SegmentLengths = LENGTHS
) -> list[Segment]:
    seen = np.ones(len(clusters), bool) if visible is None else visible
    return segment_individual(assigned(clusters), seen, lengths, recording="day1", individual="rat", first_number=7)


def test_segments_follow_the_clusters_and_say_how_sure_they_are() -> None:
    segments = segmented(np.repeat([0, 2], [20, 30]))
    assert [(s.start_frame, s.stop_frame, s.cluster, s.number) for s in segments] == [(0, 20, 0, 7), (20, 50, 2, 8)]
    np.testing.assert_allclose([s.confidence for s in segments], 0.7, rtol=1e-6)
    assert {(s.recording, s.individual) for s in segments} == {("day1", "rat")}


def test_long_absences_are_segments_of_no_cluster_and_short_ones_are_bridged() -> None:
    bridge = round(LONGEST_BRIDGE_S * 10)
    visible = np.ones(100, bool)
    visible[10 : 10 + bridge] = False
    visible[50 : 51 + bridge] = False
    segments = segmented(np.zeros(100, np.int64), visible)
    edges = [(s.start_frame, s.stop_frame, s.cluster) for s in segments]
    assert edges == [(0, 50, 0), (50, 51 + bridge, NO_CLUSTER), (51 + bridge, 100, 0)]
    assert segments[1].confidence == 0


def test_absence_at_the_ends_and_throughout() -> None:
    visible = np.zeros(40, bool)
    assert [(s.start_frame, s.stop_frame, s.cluster) for s in segmented(np.zeros(40, np.int64), visible)] == [
        (0, 40, NO_CLUSTER)
    ]
    visible[2:38] = True
    assert [s.cluster for s in segmented(np.zeros(40, np.int64), visible)] == [NO_CLUSTER, 0, NO_CLUSTER]


def test_every_frame_is_in_one_segment_of_allowed_length() -> None:
    rng = np.random.default_rng(0)
    segments = segmented(rng.integers(0, 3, 700), rng.random(700) < 0.5)
    assert segments[0].start_frame == 0
    assert segments[-1].stop_frame == 700
    assert all(a.stop_frame == b.start_frame for a, b in pairwise(segments))
    assert [s.number for s in segments] == list(range(7, 7 + len(segments)))
    assert max(s.n_frames for s in segments) <= 50


def test_half_a_second_and_a_single_frame_survive_where_allowed() -> None:
    clusters = np.repeat([0, 1, 0], [30, 1, 30])
    short = SegmentLengths(frame_rate_hz=10, min_s=0.1, max_s=50, switch_cost=0.2)
    assert [s.n_frames for s in segmented(clusters, lengths=short)] == [30, 1, 30]
    assert [s.n_frames for s in segmented(clusters, lengths=SegmentLengths(10, min_s=0.2, max_s=50))] == [61]


def test_features_say_where_a_long_segment_is_divided() -> None:
    features = np.zeros((80, 2), np.float32)
    features[33:] = 3
    segments = segment_individual(
        assigned(np.zeros(80, np.int64)), np.ones(80, bool), LENGTHS, recording="", individual="a", features=features
    )
    assert [s.start_frame for s in segments] == [0, 33]


def test_no_frames_have_no_segments() -> None:
    assert segmented(np.empty(0, np.int64)) == []
