"""Segments described by measured facts, without a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.behavior.encounters import recorded, two, viewed, whole
from unit.behavior.moving_animals import wandering

from behaviorvlm.behavior.annotator import UNSEEN, RecordingView
from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, CODES
from behaviorvlm.behavior.kinematic_description import KinematicClipDescriber, name_segment
from behaviorvlm.behavior.kinematic_rules import NOBODY, FrameNames
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.types import Recording, Segment


def named(*shares: tuple[str, int], target: int = NOBODY) -> FrameNames:
    """Return names of frames, so many of each."""
    codes = np.repeat([CODES.get(name, -1) for name, _ in shares], [count for _, count in shares])
    return FrameNames(codes, np.full(len(codes), target))


def segment(n_frames: int) -> Segment:
    return Segment("pair", "animal0", 0, 0, n_frames, 0, 1.0)


def test_an_approach_is_described_with_numbers() -> None:
    recording = recorded(two(np.linspace(0, 75, 31), 200.0, headings=(0.0, 0.0)))
    (said,) = KinematicClipDescriber().describe(viewed(recording), [whole(recording)])
    assert (said.behavior, said.target, said.source, said.status) == ("approach", "animal1", "kinematic", "answered")
    assert said.description == (
        "animal0 approaches animal1, 1.9 body lengths from it at the start and 1.3 at the end, at 0.8 body lengths"
        " per second."
    )
    assert said.evidence == "90% of 31 frames are approach towards animal1; next is locomotion with 10%"
    assert (said.confidence, said.confidence_kind) == (pytest.approx(28 / 31), "measured")
    assert said.posture == "held at 100% of its usual length"
    assert said.direction == "keeps its direction; animal1 is straight ahead (0 degrees)"
    assert said.speed == "walks (0.75 body lengths per second)"
    assert said.social_contact.startswith("The bodies of animal0 and animal1 come as near as 0.25 body lengths")


def test_contact_is_said_in_words() -> None:
    recording = recorded(two(np.zeros(60), 120.0, headings=(0.0, 0.0)))
    view = viewed(recording)
    mine, theirs = (
        KinematicClipDescriber().describe(view, [whole(recording, individual=name)])[0]
        for name in recording.individuals
    )
    assert mine.behavior == "oral-genital contact"
    assert theirs.behavior == "contact received"
    assert theirs.description.startswith("animal1 is touched by animal0, 1.2 body lengths from it")
    for said in (mine, theirs):
        assert "The nose of animal0 comes within 0.20 body lengths of the tail base of animal1." in said.social_contact


def test_the_kind_with_most_frames_wins_then_the_specific() -> None:
    frames = named(("locomotion", 40), ("body contact", 35), ("oral-ear contact", 25), target=1)
    share = name_segment(frames, segment(100), KinematicThresholds())
    assert share is not None
    assert BEHAVIORS[share.code].name == "oral-ear contact", "contact outweighs locomotion, the ear is two fifths of it"
    assert BEHAVIORS[share.runner_up].name == "locomotion", "touching is no rival of a contact with the nose"
    assert share.confidence == pytest.approx(25 / 65)


def test_a_little_of_the_specific_does_not_name_it() -> None:
    frames = named(("body contact", 90), ("oral-ear contact", 10), target=1)
    share = name_segment(frames, segment(100), KinematicThresholds())
    assert share is not None
    assert BEHAVIORS[share.code].name == "body contact"
    assert share.confidence == pytest.approx(0.9)


def test_confidence_counts_only_what_is_seen() -> None:
    frames = named(("rest", 50), ("unseen", 50))
    share = name_segment(frames, segment(100), KinematicThresholds())
    assert share is not None
    assert (share.share, share.seen_share, share.confidence) == (1.0, 0.5, 0.5)
    assert name_segment(named(("rest", 20), ("unseen", 80)), segment(100), KinematicThresholds()) is None


def test_one_that_is_not_to_be_seen_is_unseen() -> None:
    recording = recorded(two(np.zeros(60), 120.0, headings=(0.0, 0.0)), missing=(slice(None), 0))
    (said,) = KinematicClipDescriber().describe(viewed(recording), [whole(recording)])
    assert (said.behavior, said.status, said.target) == (UNSEEN, "answered", "")


def test_without_tracks_the_cluster_is_the_name_and_everything_is_impossible() -> None:
    recording = Recording("film", np.arange(60) / 30, 30.0, None, recorded(two(0.0, headings=(0.0,))).roles, "film.mp4")
    view = RecordingView(recording, None, np.zeros((1, 60, 1), np.float32), None)
    describer = KinematicClipDescriber()
    (said,) = describer.describe(view, [whole(recording, individual="scene", cluster=7)])
    assert (said.behavior, said.confidence) == ("cluster 7", 0.9)
    assert set(describer.impossible(view).values()) == {"needs tracks of the animals"}
    assert describer.split_at_changes(view, [whole(recording, individual="scene")], min_frames=5) == [
        whole(recording, individual="scene")
    ]


def test_a_short_contact_in_a_long_segment_survives_the_cut() -> None:
    """It stands far off for 4 s, its nose is at the other's rump for 1 s, it stands far off again."""
    place = np.interp(np.arange(300), [0, 120, 126, 156, 162, 300], [-400, -400, 120, 120, -400, -400])
    recording = recorded(two(place, 240.0, headings=(0.0, 0.0)))
    view, describer = viewed(recording), KinematicClipDescriber()
    (coarse,) = describer.describe(view, [whole(recording)])
    assert "contact" not in coarse.behavior
    pieces = describer.split_at_changes(view, [whole(recording)], min_frames=15)
    said = [one.behavior for one in describer.describe(view, pieces)]
    assert said.count("oral-genital contact") == 1
    touching = pieces[said.index("oral-genital contact")]
    assert abs(touching.start_frame - 125) <= 4
    assert abs(touching.stop_frame - 157) <= 4


def test_every_segment_of_animals_that_wander_gets_an_answer() -> None:
    recording = recorded(wandering(1200, individuals=3, seed=1))
    view, describer = viewed(recording), KinematicClipDescriber()
    for individual in recording.individuals:
        mine = [
            replace(whole(recording, individual=individual), number=place, start_frame=start, stop_frame=start + 60)
            for place, start in enumerate(range(0, 1200, 60))
        ]
        said = describer.describe(view, mine)
        assert len(said) == len(mine)
        assert all(one.behavior in CODES and 0 < one.confidence <= 1 and one.evidence for one in said)
        assert all((one.target != "") == BEHAVIORS[CODES[one.behavior]].social for one in said)


def test_three_frames_are_enough() -> None:
    recording = recorded(two(np.zeros(3), 120.0, headings=(0.0, 0.0)))
    (said,) = KinematicClipDescriber().describe(viewed(recording), [whole(recording)])
    assert said.status == "answered"
    assert said.behavior != ""
