"""Measured facts of a segment in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds

STRAIGHT_DEG = 20.0
"""Turning by less is going straight."""
CHANGED_BL = 0.25
"""A distance that changes by less stays the same."""
STRETCHED = 1.15
"""A trunk longer than this, in its usual lengths, is stretched."""

Facts = Mapping[str, float]


def own_sentences(name: str, facts: Facts, thresholds: KinematicThresholds) -> list[str]:
    """Return sentences about one animal by itself.

    Args:
        name: The animal.
        facts: `SegmentFacts.values`.
        thresholds: Tell what is fast.
    """
    found = [f"{name} {posture_words(facts, thresholds)}."] if "elongation" in facts else []
    if "speed_bl_s" in facts:
        found.append(
            f"{name} {speed_words(facts, thresholds)}, at a median of {facts['speed_bl_s']:.2f} and up to"
            f" {facts['speed_bl_s_highest']:.2f} body lengths per second; its path is {facts['path_bl']:.1f} body"
            f" lengths long{_net_words(facts)}."
        )
    if "turned_deg" in facts:
        found.append(f"{name} {direction_words(facts)}.")
    if facts.get("seen_share", 1.0) < 1:
        found.append(f"{name} is tracked in {facts['seen_share']:.0%} of the frames.")
    return found


def other_sentences(names: tuple[str, str], facts: Facts, thresholds: KinematicThresholds) -> list[str]:
    """Return sentences about what is between an animal and another.

    Args:
        names: The animal, the other.
        facts: The other's entry in `SegmentFacts.others`.
        thresholds: Tell what touches.
    """
    mine, other = names
    found = []
    if "distance_bl_start" in facts and "distance_bl_end" in facts:
        found.append(
            f"{other} is {facts['distance_bl_start']:.1f} body lengths away at the start and"
            f" {facts['distance_bl_end']:.1f} at the end, center to center: it {_change_words(facts)}."
        )
    if "bearing_deg" in facts:
        seen_back = facts.get("its_bearing_deg")
        back = "" if seen_back is None else f", {mine} is {bearing_words(seen_back)} of {other}"
        found.append(f"{other} is {bearing_words(facts['bearing_deg'])} of {mine}{back}.")
    if "closing_bl_s" in facts and "its_closing_bl_s" in facts:
        found.append(
            f"{mine} {_closing_words(facts['closing_bl_s'])} {other}, {other}"
            f" {_closing_words(facts['its_closing_bl_s'])} {mine} (negative: away)."
        )
    return [*found, *contact_sentences(names, facts, thresholds)]


def contact_sentences(names: tuple[str, str], facts: Facts, thresholds: KinematicThresholds) -> list[str]:
    """Return sentences about how near two bodies and their parts come; nothing where they stay far apart."""
    mine, other = names
    if facts.get("gap_bl_least", np.inf) > thresholds.follow_bl:
        return []
    touching = facts.get("touching_share", 0.0)
    found = [
        f"The bodies of {mine} and {other} come as near as {facts['gap_bl_least']:.2f} body lengths and touch in"
        f" {touching:.0%} of the frames."
    ]
    near = 2 * thresholds.oral_contact_bl
    for whose, (first, second) in (("", (mine, other)), ("its_", (other, mine))):
        for key, value in facts.items():
            front, to, rest = key.removeprefix(whose).partition("_to_")
            if key.startswith(whose) and to and not (whose == "" and key.startswith("its_")) and value < near:
                part = rest.removesuffix("_bl_least").replace("_", " ")
                found.append(f"The {front} of {first} comes within {value:.2f} body lengths of the {part} of {second}.")
    return found


def posture_words(facts: Facts, thresholds: KinematicThresholds) -> str:
    """Return how the body is held."""
    length = facts.get("elongation")
    if length is None:
        return "is held in a way that cannot be told"
    if length < thresholds.shortened:
        return f"is shortened to {length:.0%} of its usual length: reared, hunched or curled"
    return f"is {'stretched to' if length > STRETCHED else 'held at'} {length:.0%} of its usual length"


def speed_words(facts: Facts, thresholds: KinematicThresholds) -> str:
    """Return how fast it moves, in words."""
    speed = facts.get("speed_bl_s")
    if speed is None:
        return "moves at a speed that cannot be told"
    if speed < thresholds.rest_speed_bl_s:
        return "rests in place"
    if speed < thresholds.locomotion_speed_bl_s:
        return "moves slightly"
    return "runs" if speed >= thresholds.fast_speed_bl_s else "walks"


def direction_words(facts: Facts) -> str:
    """Return which way it goes and turns."""
    turned = facts.get("turned_deg", 0.0)
    backs = facts.get("forward_bl_s", 0.0) < -facts.get("speed_bl_s", 0.0) / 2
    way = "goes backwards" if backs else "keeps its direction"
    if abs(turned) < STRAIGHT_DEG:
        return way
    side = "clockwise (to its right)" if turned > 0 else "counterclockwise (to its left)"
    return f"{'goes backwards and ' if backs else ''}turns {abs(turned):.0f} degrees {side} as seen in the picture"


def bearing_words(bearing_deg: float) -> str:
    """Return where something lies, as the animal itself would say it."""
    off = abs(bearing_deg)
    side = "right" if bearing_deg > 0 else "left"
    if off <= 20:
        return f"straight ahead ({off:.0f} degrees)"
    if off <= 60:
        return f"ahead to the {side} ({off:.0f} degrees)"
    if off <= 120:
        return f"to the {side} ({off:.0f} degrees)"
    return f"behind ({off:.0f} degrees {side})"


def _net_words(facts: Facts) -> str:
    moved = facts.get("displacement_bl")
    return "" if moved is None else f", start and end are {moved:.1f} apart"


def _change_words(facts: Facts) -> str:
    change = facts["distance_bl_end"] - facts["distance_bl_start"]
    if abs(change) < CHANGED_BL:
        return "stays as far"
    return "comes nearer" if change < 0 else "gets farther"


def _closing_words(closing_bl_s: float) -> str:
    return f"moves at {closing_bl_s:+.2f} body lengths per second towards"
