"""The body plan of the simulated mouse: 12 dots in the four regions of the paper (section 3.1)."""

from __future__ import annotations

from behaviorvlm.types import BodyRegion, Skeleton

MOUSE = Skeleton(
    keypoints=(
        "left_ear",
        "right_ear",
        "upper_back",
        "middle_back",
        "lower_back",
        "left_forepaw",
        "right_forepaw",
        "left_hindpaw",
        "right_hindpaw",
        "tail_base",
        "tail_middle",
        "tail_tip",
    ),
    edges=(
        ("left_ear", "right_ear"),
        ("left_ear", "upper_back"),
        ("right_ear", "upper_back"),
        ("upper_back", "middle_back"),
        ("middle_back", "lower_back"),
        ("lower_back", "tail_base"),
        ("tail_base", "tail_middle"),
        ("tail_middle", "tail_tip"),
        ("upper_back", "left_forepaw"),
        ("upper_back", "right_forepaw"),
        ("lower_back", "left_hindpaw"),
        ("lower_back", "right_hindpaw"),
    ),
    symmetries=(
        ("left_ear", "right_ear"),
        ("left_forepaw", "right_forepaw"),
        ("left_hindpaw", "right_hindpaw"),
    ),
    regions=(
        BodyRegion("ears", ("left_ear", "right_ear")),
        BodyRegion("back", ("upper_back", "middle_back", "lower_back")),
        BodyRegion("paws", ("left_forepaw", "right_forepaw", "left_hindpaw", "right_hindpaw")),
        BodyRegion("tail", ("tail_base", "tail_middle", "tail_tip")),
    ),
)
