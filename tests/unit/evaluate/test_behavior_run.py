"""Scores of a run against labels: what is compared with what, which frames count, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import InputError, SettingsError
from behaviorvlm.evaluate.behavior_run import score_recordings
from behaviorvlm.evaluate.label_files import match_files
from behaviorvlm.evaluate.label_map import LabelMap, PairRule, map_notes, read_label_map
from behaviorvlm.evaluate.label_streams import LabelCodes, SpokenOrder, lay_out_clusters, lay_out_pieces, lay_out_truth
from behaviorvlm.evaluate.labelled_recording import LabelChoice, LabelledRecording
from behaviorvlm.io.behavior_labels import BehaviorLabels
from behaviorvlm.types import Bout, Segment

RATE = 10.0


def bout(behavior: str, start: int, stop: int, *, who: str = "a", target: str = "", recording: str = "r") -> Bout:
    return Bout(recording, who, target, behavior, start, stop, start / RATE, stop / RATE, 1.0)


def segment(number: int, start: int, stop: int, *, who: str = "a", cluster: int = 0) -> Segment:
    return Segment("r", who, number, start, stop, cluster, 1.0)


def labels(*bouts: Bout, n_frames: int | None = None, notes: tuple[str, ...] = ()) -> BehaviorLabels:
    streams = tuple(dict.fromkeys(one.individual for one in bouts))
    return BehaviorLabels(bouts, streams, tuple(dict.fromkeys(one.behavior for one in bouts)), n_frames, notes)


def recording(
    stated: BehaviorLabels,
    ours: list[Bout],
    *,
    name: str = "r",
    animals: tuple[str, ...] = ("a", "b"),
    frames: int = 40,
) -> LabelledRecording:
    halves = [
        segment(2 * place + half, half * frames // 2, (half + 1) * frames // 2, who=who, cluster=(place + half) % 3)
        for place, who in enumerate(animals)
        for half in (0, 1)
    ]
    return LabelledRecording(name, animals, np.arange(frames) / RATE, RATE, ours, halves, stated)


def codes(*names: str) -> LabelCodes:
    return LabelCodes((*names, "background"), frozenset(), frozenset({"background"}))


def test_labels_of_an_animal_are_compared_with_ours_of_that_animal() -> None:
    stated = labels(bout("rest", 0, 20), bout("chase", 20, 40), bout("rest", 0, 40, who="b"))
    ours = [bout("rest", 0, 20), bout("chase", 20, 40, target="b"), bout("chase", 0, 40, who="b", target="a")]
    scores = score_recordings([recording(stated, ours)], LabelChoice())
    assert scores.compared == "labels of a, b"
    assert scores.seconds == 8
    assert scores.named.frames.accuracy == 0.5
    assert scores.ceiling.frames.accuracy == 1
    assert scores.mapped is None
    assert scores.named.intervals == {}
    only_a = score_recordings([recording(labels(*stated.bouts[:2]), ours)], LabelChoice())
    assert only_a.named.frames.accuracy == 1


def test_labels_of_nobody_are_compared_with_one_label_for_all() -> None:
    stated = labels(bout("chase", 10, 30, who=""))
    ours = [bout("rest", 0, 40), bout("chase", 10, 30, who="b", target="a"), bout("rest", 30, 40, who="b")]
    scores = score_recordings([recording(stated, ours)], LabelChoice())
    assert scores.compared == "one label for all animals"
    assert scores.named.frames.macro_f1 == 1
    assert scores.behaviors == {"rest": "background", "chase": "chase"}
    assert "no such name: rest" in scores.notes[0]
    scores = score_recordings([recording(stated, ours)], LabelChoice(individual="a"))
    assert scores.compared == "labels of a"
    assert scores.named.frames.macro_f1 == 0


def test_several_streams_need_a_choice_and_animals_must_exist() -> None:
    stated = labels(bout("x", 0, 10, who="S1"), bout("y", 0, 10, who="S2"))
    with pytest.raises(InputError, match="several streams") as caught:
        score_recordings([recording(stated, [])], LabelChoice())
    assert "--stream" in caught.value.remedy
    with pytest.raises(InputError, match="no animal mouse"):
        score_recordings([recording(labels(bout("x", 0, 10)), [])], LabelChoice(individual="mouse"))


def test_ignored_frames_and_those_behind_the_labels_do_not_count() -> None:
    stated = labels(bout("base", 0, 10), bout("rest", 10, 20), n_frames=25)
    ours = [bout("rest", 0, 40)]
    scores = score_recordings([recording(stated, ours)], LabelChoice(ignored=["base"]))
    assert scores.seconds == 1.5
    assert scores.labels == ("rest",)
    assert scores.named.frames.per_behavior["rest"].precision == pytest.approx(10 / 15)
    as_background = score_recordings([recording(stated, ours)], LabelChoice(background=["base"]))
    assert as_background.named.frames.per_behavior["rest"].precision == pytest.approx(10 / 25)
    with pytest.raises(InputError, match="no frame counts"):
        score_recordings([recording(labels(bout("base", 0, 40)), ours)], LabelChoice(ignored=["base"]))


def test_a_map_names_ours_in_the_persons_words() -> None:
    stated = labels(bout("attack", 0, 20), bout("calm", 20, 40))
    ours = [bout("chase", 0, 10, target="b"), bout("bite", 10, 20, target="b"), bout("rest", 20, 40)]
    choice = LabelChoice(label_map=LabelMap(map={"chase": "attack", "bite": "attack", "rest": "calm"}))
    scores = score_recordings([recording(stated, ours)], choice)
    assert scores.named.frames.macro_f1 == 1
    assert scores.named.bouts.f1["0.5"] == 1  # two of ours that are one of theirs are one bout
    assert scores.notes == ()


def test_maps_with_slips_are_told() -> None:
    found = map_notes(
        LabelMap(map={"chase": "atack", "walk": "calm"}), ours=["chase", "rest"], theirs=["attack", "background"]
    )
    assert [note.split(": ")[1] for note in found] == ["chase, rest", "attack", "atack, calm", "walk"]


def test_a_map_file_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[map]\nchase = "attack"\n[pair]\norder = ["attack"]\n')
    assert read_label_map(path) == LabelMap(map={"chase": "attack"}, pair=PairRule(order=("attack",)))
    path.write_text('[maps]\nchase = "attack"\n')
    with pytest.raises(SettingsError, match="unknown key maps"):
        read_label_map(path)


def test_what_is_directed_at_somebody_and_rare_is_the_pairs() -> None:
    ours = [
        bout("rest", 0, 30), bout("sniff", 0, 20, who="b", target="a"), bout("sniff", 20, 30, who="b"),
        bout("chase", 10, 20, target="b", recording="other"),
    ]  # fmt: skip
    everything = codes("chase", "rest", "sniff")
    order = SpokenOrder.of(ours, everything, LabelMap())
    assert sorted(order.rank, key=order.rank.__getitem__) == [
        ("chase", True), ("sniff", True), ("rest", False), ("sniff", False),
    ]  # fmt: skip
    said = order.lay_out(ours[:3], ("a", "b"), n_frames=32)
    assert said.tolist() == [2] * 20 + [1] * 10 + [3] * 2
    stated = SpokenOrder.of(ours, everything, LabelMap(pair=PairRule(order=("rest", "sniff"))))
    assert stated.lay_out(ours[:3], ("a", "b"), n_frames=32).tolist() == [1] * 30 + [3] * 2


def test_the_shorter_of_two_labels_is_taken() -> None:
    stated = [bout("sniff", 2, 4), bout("rest", 0, 8)]
    for both in (stated, stated[::-1]):
        assert lay_out_truth(both, codes("rest", "sniff"), n_frames=9).tolist() == [0, 0, 1, 1, 0, 0, 0, 0, 2]


def test_pieces_and_clusters_of_several_animals_are_combined() -> None:
    parts = [
        segment(0, 0, 4, cluster=1), segment(1, 4, 6, cluster=-1), segment(2, 0, 2, who="b", cluster=0),
        segment(3, 2, 6, who="b", cluster=1),
    ]  # fmt: skip
    assert lay_out_pieces(parts, ("a", "b"), n_frames=6).tolist() == [0, 0, 1, 1, 2, 2]
    both = {"n_frames": 6, "n_clusters": 2}
    shared = lay_out_clusters(parts, ("a", "b"), shared=True, **both)
    own = lay_out_clusters(parts, ("a", "b"), shared=False, **both)
    assert shared.tolist() == [1, 1, 4, 4, 5, 5]
    assert own.tolist() == [3, 3, 4, 4, 7, 7]
    assert lay_out_clusters(parts, ("a",), shared=True, **both).tolist() == [1, 1, 1, 1, 2, 2]


def test_clusters_are_mapped_by_other_recordings_and_intervals_are_over_recordings() -> None:
    def one(name: str, *, swapped: bool) -> LabelledRecording:
        first, second = ("calm", "busy") if swapped else ("busy", "calm")
        stated = labels(bout(first, 0, 20, recording=name), bout(second, 20, 40, recording=name))
        return recording(stated, [bout("busy", 0, 20)], name=name, animals=("a",))

    alike = score_recordings([one("r", swapped=False), one("s", swapped=False)], LabelChoice())
    assert alike.mapped is not None
    assert alike.mapped.frames.accuracy == 1
    assert alike.clusters.nmi == pytest.approx(1)
    assert alike.clusters_nmi is not None
    assert alike.named.intervals["macro_f1"].n_recordings == 2
    unlike = score_recordings([one("r", swapped=False), one("s", swapped=True)], LabelChoice())
    assert unlike.mapped is not None
    assert unlike.mapped.frames.accuracy == 0


def test_files_belong_to_the_recordings_whose_names_they_begin_with(tmp_path: Path) -> None:
    def at(*names: str) -> list[Path]:
        return [tmp_path / name for name in names]

    assert match_files(at("10_annot.txt", "1_annot.txt"), ["1", "10", "2"]) == dict(
        zip(["10", "1"], at("10_annot.txt", "1_annot.txt"), strict=True)
    )
    assert match_files(at("b-2.csv", "b.csv"), ["b", "b-2"]) == {"b-2": tmp_path / "b-2.csv", "b": tmp_path / "b.csv"}
    assert match_files(at("anything.csv"), ["only"]) == {"only": tmp_path / "anything.csv"}
    assert match_files(at("x.csv", "y.csv"), ["one", "two"]) == {"one": tmp_path / "x.csv", "two": tmp_path / "y.csv"}
    for wrong in (at("one_a.csv", "one_b.csv"), at("one.csv", "y.csv"), at("x.csv", "y.csv", "z.csv")):
        with pytest.raises(InputError, match="which labels belong to which recording"):
            match_files(wrong, ["one", "two"])


def test_one_file_may_hold_several_recordings(tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    path.write_text("recording,behavior,start_frame,stop_frame\none,x,0,5\nthree,y,2,9\n")
    assert match_files([path], ["one", "two", "three"]) == {"one": path, "three": path}
    path.write_text("behavior,start_frame,stop_frame\nx,0,5\n")
    with pytest.raises(InputError, match="which labels belong to which recording"):
        match_files([path], ["one", "two"])
