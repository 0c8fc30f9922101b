from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.pose.scripted_annotator import ScriptedAnnotator, make_question

from behaviorvlm.pose.annotator import BodyRegionQuestion
from behaviorvlm.pose.body_region_detection import (
    boxes_as_array,
    detect_body_regions,
    region_names,
    whole_view_boxes,
)
from behaviorvlm.types import RegionBox, Skeleton

WITHOUT_REGIONS = Skeleton(("nose", "tail"))


def detect(*boxes: RegionBox, skeleton: Skeleton | None = None) -> tuple[RegionBox, ...]:
    """Return what is left of an annotator's answer about a picture of 200 x 100 px."""
    common = make_question(skeleton=skeleton) if skeleton else make_question()
    question = BodyRegionQuestion(**vars(common))
    return detect_body_regions(question, ScriptedAnnotator(boxes=[boxes]))


def test_boxes_come_in_the_order_of_the_skeleton() -> None:
    found = detect(RegionBox("paws", 1, 2, 3, 4, 0.25), RegionBox("ears", 5, 6, 7, 8))
    assert found == (RegionBox("ears", 5, 6, 7, 8), RegionBox("paws", 1, 2, 3, 4, 0.25))


def test_a_region_the_skeleton_does_not_know_is_refused() -> None:
    assert detect(RegionBox("wings", 1, 2, 3, 4), RegionBox("body", 1, 2, 3, 4)) == ()


def test_a_box_is_cut_to_the_picture() -> None:
    (box,) = detect(RegionBox("ears", -20.5, -3, 500, 99.5))
    assert (box.x_min_px, box.y_min_px, box.x_max_px, box.y_max_px) == (0, 0, 199, 99)


@pytest.mark.parametrize("sides", [(-9, 2, -1, 4), (200, 2, 210, 4), (1, -9, 3, -0.5), (1, 100, 3, 104)])
def test_a_box_outside_the_picture_is_refused_and_its_region_missing(sides) -> None:
    assert detect(RegionBox("ears", *sides), RegionBox("paws", 1, 2, 3, 4)) == (RegionBox("paws", 1, 2, 3, 4),)


def test_of_two_boxes_for_a_region_the_first_usable_one_stands() -> None:
    found = detect(RegionBox("ears", 300, 2, 310, 4), RegionBox("ears", 1, 2, 3, 4), RegionBox("ears", 5, 6, 7, 8))
    assert found == (RegionBox("ears", 1, 2, 3, 4),)


def test_a_skeleton_without_regions_is_one_region() -> None:
    assert region_names(WITHOUT_REGIONS) == ("body",)
    found = detect(RegionBox("body", 1, 2, 3, 4), RegionBox("ears", 1, 2, 3, 4), skeleton=WITHOUT_REGIONS)
    assert found == (RegionBox("body", 1, 2, 3, 4),)


def test_without_stage_1_every_region_is_the_whole_view() -> None:
    boxes = whole_view_boxes(make_question())
    assert [box.region for box in boxes] == ["ears", "trunk", "paws"]
    assert {(box.x_min_px, box.y_min_px, box.x_max_px, box.y_max_px) for box in boxes} == {(0, 0, 199, 99)}


def test_boxes_as_array_has_a_row_for_every_region() -> None:
    rows = boxes_as_array([RegionBox("trunk", 1, 2, 3, 4)], make_question().skeleton)
    assert rows.shape == (3, 4)
    assert rows[1].tolist() == [1, 2, 3, 4]
    assert np.isnan(rows[[0, 2]]).all()


SIDE = st.floats(-1e4, 1e4)


@st.composite
def any_box(draw) -> RegionBox:
    x, y = sorted((draw(SIDE), draw(SIDE))), sorted((draw(SIDE), draw(SIDE)))
    region = draw(st.sampled_from(["ears", "trunk", "paws", "wings", ""]))
    return RegionBox(region, x[0], y[0], x[1], y[1])


@given(st.lists(any_box(), max_size=6))
def test_whatever_is_answered_boxes_are_in_the_picture_and_one_per_region(answered) -> None:
    found = detect(*answered)
    names = [box.region for box in found]
    assert names == [name for name in ("ears", "trunk", "paws") if name in names]
    for box in found:
        assert 0 <= box.x_min_px <= box.x_max_px <= 199
        assert 0 <= box.y_min_px <= box.y_max_px <= 99
