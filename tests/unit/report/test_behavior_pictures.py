"""Ethogram, transitions, durations, embedding: what is counted and placed, and that any input is drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from unit.report.behavior_scenes import NAMES, bout, stream

from behaviorvlm.report.behavior_style import animal_color, clock, cluster_color, n_social, ordered_behaviors
from behaviorvlm.report.duration_picture import draw_durations
from behaviorvlm.report.embedding_picture import draw_embedding, widest_plane
from behaviorvlm.report.ethogram_picture import cover, draw_ethogram, lane_picture
from behaviorvlm.report.transition_picture import draw_transitions, transition_counts, usual_transitions
from behaviorvlm.types import Bout


def crowd(n_behaviors: int = 20, n_bouts: int = 400) -> list[Bout]:
    rng = np.random.default_rng(0)
    bouts, frame = [], 0
    for _ in range(n_bouts):
        length, number = int(rng.integers(1, 60)), int(rng.integers(n_behaviors))
        target = NAMES[1] if number % 3 == 0 else ""
        bouts.append(bout(f"behavior number {number}", (frame, frame + length), target=target))
        frame += length + int(rng.integers(0, 5))
    return bouts


def test_behaviors_at_others_come_first_then_the_longest() -> None:
    bouts = [*stream("rest", "rest", "walk"), *stream("chase", individual="two", target="one")]
    assert ordered_behaviors(bouts) == ["chase", "rest", "walk"]
    assert n_social(bouts, ordered_behaviors(bouts)) == 1


def test_time_is_written_as_people_read_it() -> None:
    assert [clock(second) for second in (0, 65, 3600, 3725.4)] == ["0:00", "1:05", "1:00:00", "1:02:05"]


def test_colors_of_clusters_differ() -> None:
    assert len({cluster_color(number) for number in range(21)}) == 21
    assert animal_color(0) == cluster_color(0)


def test_cover_is_the_share_of_each_column() -> None:
    edges = np.linspace(0, 10, 6)
    assert cover([(5.0, 6.0), (1.0, 3.0)], edges) == pytest.approx([0.5, 0.5, 0.5, 0, 0])
    assert cover([(0.0, 10.0)], edges) == pytest.approx(np.ones(5))
    assert cover([], edges) == pytest.approx(np.zeros(5))


def test_a_lane_is_dark_where_its_behavior_is_and_bears_the_color_of_the_target() -> None:
    bouts = [bout("rest", (0, 50)), bout("chase", (50, 100), target="two")]
    edges = np.linspace(0, 20, 5)
    picture = lane_picture(bouts, ["chase", "rest"], individuals=NAMES, edges_s=edges)
    chase, rest = picture[5], picture[15]
    assert chase[1] == pytest.approx([86 / 255, 180 / 255, 233 / 255], abs=0.01)
    assert rest[0].max() < 0.35
    assert chase[0].min() > 0.95
    assert 0.8 < chase[2].max() < 0.95  # nothing named
    assert (picture[0] == picture[9]).all()


def test_a_short_bout_of_a_long_recording_can_be_seen() -> None:
    picture = lane_picture([bout("bite", (100, 101))], ["bite"], individuals=NAMES, edges_s=np.linspace(0, 3600, 101))
    assert picture[5, 0].max() < picture[5, 1].max() - 0.2


def test_what_follows_is_counted_within_one_animal_and_at_once() -> None:
    bouts = [
        *stream("rest", "walk", "rest"),
        bout("walk", (60, 70)),
        *stream("walk", "rest", individual="two"),
        Bout("other", "one", "", "rest", 0, 10, 0.0, 1.0, 0.5),
    ]
    assert transition_counts(bouts, ["rest", "walk"]).tolist() == [[0, 1], [2, 0]]


def test_arrows_are_what_is_usual() -> None:
    counts = np.array([[0, 50, 30, 15, 5], [1, 0, 0, 0, 0], [0] * 5, [0] * 5, [9, 10, 11, 12, 0]])
    shares = usual_transitions(counts)
    assert np.argwhere(shares > 0).tolist() == [[0, 1], [0, 2], [0, 3], [4, 1], [4, 2], [4, 3]]
    assert shares[0, 1] == 0.5


def test_the_widest_plane_holds_the_most_variance() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 4)) * [0.1, 5.0, 0.2, 2.0] + 100
    places, spread = widest_plane(rows)
    assert abs(np.corrcoef(places[:, 0], rows[:, 1])[0, 1]) > 0.999
    assert abs(np.corrcoef(places[:, 1], rows[:, 3])[0, 1]) > 0.99
    assert spread == pytest.approx([25 / 29, 4 / 29], abs=0.05)
    assert widest_plane(np.ones((3, 1)))[0].tolist() == [[0, 0]] * 3
    assert widest_plane(np.ones((0, 5)))[0].shape == (0, 2)


@pytest.mark.parametrize("bouts", [[], stream("rest"), crowd()], ids=["none", "one", "many"])
def test_anything_is_drawn(bouts: list[Bout], tmp_path: Path) -> None:
    draw_ethogram(bouts, individuals=NAMES, stop_s=1500.0, path=tmp_path / "ethogram.png")
    draw_transitions(bouts, path=tmp_path / "transitions.png")
    draw_durations(bouts, path=tmp_path / "durations.png")
    for path in tmp_path.iterdir():
        assert cv2.imread(str(path)).std() > 1, path.name


@pytest.mark.parametrize(("n_frames", "n_clusters"), [(0, 1), (1, 1), (40, 3), (20_000, 20)])
def test_any_embedding_is_drawn(n_frames: int, n_clusters: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    clusters = rng.integers(-1, n_clusters, size=n_frames)
    embedding = rng.normal(size=(n_frames, 10)).astype(np.float32)
    embedding[:1] = np.nan
    draw_embedding(embedding, clusters, path=tmp_path / "embedding.png", titles={0: "rest"})
    assert cv2.imread(str(tmp_path / "embedding.png")).std() > 1


def test_the_same_bouts_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        draw_ethogram(crowd(), individuals=NAMES, stop_s=1500.0, path=tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
