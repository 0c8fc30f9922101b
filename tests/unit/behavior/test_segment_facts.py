"""Measured facts of a segment, as numbers and as sentences."""

from __future__ import annotations

import numpy as np
import pytest
from unit.behavior.encounters import recorded, two

from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.behavior.segment_facts import SegmentFacts, measure_segment
from behaviorvlm.types import Recording, Segment


def facts_of(recording: Recording, *, individual: str = "animal0") -> SegmentFacts:
    assert recording.tracks is not None
    kinematics = measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=30.0)
    whole = Segment(recording.name, individual, 0, 0, recording.n_timepoints, 3, 0.9)
    return measure_segment(kinematics, recording, whole)


def walking_up() -> Recording:
    """One walks from 6 to 3 body lengths straight towards another, which looks away, in 3 s."""
    along = np.linspace(0, 300, 91)
    return recorded(two(along, 600.0, headings=(0.0, 0.0)))


def test_numbers_are_in_the_units_of_their_names() -> None:
    facts = facts_of(walking_up())
    assert facts.values["speed_bl_s"] == pytest.approx(1.0, rel=0.01)
    assert facts.values["path_bl"] == pytest.approx(3.0, rel=0.02)
    assert facts.values["displacement_bl"] == pytest.approx(3.0, rel=0.01)
    assert facts.values["duration_s"] == pytest.approx(91 / 30)
    other = facts.others["animal1"]
    assert (other["distance_bl_start"], other["distance_bl_end"]) == pytest.approx((6.0, 3.0), abs=0.1)
    assert (other["bearing_deg"], abs(other["its_bearing_deg"])) == pytest.approx((0.0, 180.0), abs=0.1)
    assert (other["closing_bl_s"], other["its_closing_bl_s"]) == pytest.approx((1.0, 0.0), abs=0.01)
    assert other["nose_to_tail_base_bl_least"] == pytest.approx(2.0, abs=0.05)


def test_sentences_say_the_same() -> None:
    said = " ".join(facts_of(walking_up()).sentences)
    assert "animal0 walks, at a median of 1.00" in said
    assert "animal1 is 5.9 body lengths away at the start and 3.1 at the end, center to center: it comes nearer" in said
    assert "animal1 is straight ahead (0 degrees) of animal0, animal0 is behind" in said
    assert "touch" not in said, "they are far apart"


def test_a_turn_to_the_right_is_called_so() -> None:
    heading = np.radians(np.linspace(0, 90, 31))
    recording = recorded(two(np.zeros(31), 600.0, headings=(heading, 0.0)))
    facts = facts_of(recording)
    assert facts.values["turned_deg"] == pytest.approx(90, rel=0.05)
    assert any("clockwise (to its right)" in sentence for sentence in facts.sentences)


def test_contact_names_the_parts_that_meet() -> None:
    recording = recorded(two(np.full(31, 110.0), 230.0, headings=(0.0, 0.0)))
    facts = facts_of(recording)
    assert facts.others["animal1"]["touching_share"] == 1.0
    said = " ".join(facts.sentences)
    assert "touch in 100% of the frames" in said
    assert "The nose of animal0 comes within 0.20 body lengths of the tail base of animal1." in facts.sentences
    assert "The nose of animal1 comes" not in said


def test_what_cannot_be_told_is_left_out() -> None:
    recording = recorded(two(np.zeros(31), 600.0, headings=(0.0, 0.0)), missing=(slice(None), 1))
    facts = facts_of(recording)
    assert facts.others == {}
    assert not any("animal1" in sentence for sentence in facts.sentences)
    unseen = facts_of(recording, individual="animal1")
    assert unseen.values == {"seen_share": 0.0, "duration_s": pytest.approx(31 / 30)}
    assert unseen.sentences == ("animal1 is tracked in 0% of the frames.",)


def test_the_nearest_animal_comes_first() -> None:
    recording = recorded(two(np.zeros(31), 300.0, 900.0, headings=(0.0, 0.0, 0.0)))
    assert list(facts_of(recording).others) == ["animal1", "animal2"]
    assert list(facts_of(recording, individual="animal2").others) == ["animal1", "animal0"]


def test_a_bearing_around_behind_has_a_middle() -> None:
    """The other lies behind, now a little to the left, now to the right: 180, not 0."""
    heading = np.radians(180 + np.where(np.arange(31) % 2, 4.0, -4.0))
    recording = recorded(two(np.zeros(31), 600.0, headings=(heading, 0.0)))
    assert abs(facts_of(recording).others["animal1"]["bearing_deg"]) == pytest.approx(180, abs=5)
