"""Which part of the view is shown, and what is marked in it."""

import numpy as np
from unit.pose.scenes import SKELETON
from unit.pose.vlm_questions import (
    SIZE,
    agreement_question,
    body_px,
    decision_question,
    keypoint_question,
    regions_question,
    view_question,
)

from behaviorvlm.pose.annotator import DecisionQuestion, KeypointQuestion
from behaviorvlm.pose.vlm_scenes import (
    body_scene,
    decision_scene,
    exemplar_boxes,
    exemplar_scene,
    exemplar_view_scene,
    region_scene,
    view_scene,
)
from behaviorvlm.types import Exemplar, RegionBox


def shows(scene, points: np.ndarray) -> np.ndarray:
    shown = scene.crop.to_crop(points)
    return ((shown >= 0) & (shown <= scene.crop.shown_size_px)).all(axis=-1)


def small_box(question: KeypointQuestion) -> KeypointQuestion:
    points = question.view.candidates.points_px[4:8]
    box = RegionBox("paws", *points.min(axis=0).tolist(), *points.max(axis=0).tolist())
    return KeypointQuestion(**{**vars(question), "box": box})


def test_stage_1_shows_all_of_the_view_with_every_dot_ringed() -> None:
    question = regions_question()
    scene = view_scene(question)
    assert (scene.crop.width_px, scene.crop.height_px) == SIZE
    np.testing.assert_array_equal(scene.rings_px, question.view.candidates.points_px)
    assert scene.marks == ()


def test_stage_2_shows_the_box_and_what_is_around_it() -> None:
    question = small_box(keypoint_question())
    scene = region_scene(question)
    box = question.box
    assert scene.crop.x_px < box.x_min_px
    assert scene.crop.x_px + scene.crop.width_px > box.x_max_px
    assert shows(scene, question.view.candidates.points_px[4:8]).all()
    assert [mark.text for mark in scene.marks] == ["4", "5", "6", "7"]
    assert scene.title == "paws"


def test_stage_2_numbers_the_candidates_of_the_box_only() -> None:
    scene = region_scene(keypoint_question((5, 7)))
    assert scene.numbers == (5, 7)
    assert [mark.color for mark in scene.marks] == [None, None]


def test_stage_3_numbers_every_dot_and_names_those_that_have_a_name() -> None:
    scene = body_scene(agreement_question([0, 1, 2, 3, 4, 4, -1, -1, 8]))
    assert scene.numbers == tuple(range(9))
    texts = [mark.text for mark in scene.marks]
    assert texts[0] == "0 left_ear"
    assert texts[4] == "4 left_paw/right_paw"
    assert texts[6] == "6"


def test_a_decision_shows_the_animal_where_the_last_exemplar_was() -> None:
    question = decision_question()
    scene = decision_scene(question)
    assert scene.numbers == (3, 6, 7)
    assert shows(scene, question.exemplars[-1].points_px).all()


def test_a_decision_far_from_the_last_exemplar_shows_what_is_around_the_dots() -> None:
    question = decision_question()
    elsewhere = tuple(
        Exemplar(one.timepoint, one.camera, one.points_px + 5000.0, one.kind) for one in question.exemplars
    )
    scene = decision_scene(DecisionQuestion(**{**vars(question), "exemplars": elsewhere}))
    assert shows(scene, question.view.candidates.points_px[[3, 6, 7]]).all()
    body = np.ptp(body_px(0), axis=0).max()
    assert scene.crop.width_px >= min(0.9 * body, SIZE[0])


def test_an_exemplar_names_the_dots_it_shows_and_only_those() -> None:
    points = body_px(3)
    points[5] = np.nan
    scene = exemplar_scene(Exemplar(3, "cam0", points), np.array([4, 5]), skeleton=SKELETON, image_size=SIZE, share=0.5)
    assert scene is not None
    assert [mark.text for mark in scene.marks] == ["left_paw"]
    hidden = Exemplar(3, "cam0", np.full((9, 2), np.nan))
    assert exemplar_scene(hidden, np.array([4, 5]), skeleton=SKELETON, image_size=SIZE, share=0.5) is None


def test_exemplar_boxes_hold_their_dots_with_a_margin_within_the_picture() -> None:
    exemplar = view_question().exemplars[0]
    boxes = exemplar_boxes(exemplar, SKELETON, SIZE)
    assert [box.region for box in boxes] == ["ears", "trunk", "paws"]
    for box in boxes:
        members = exemplar.points_px[SKELETON.region_indices[box.region]]
        assert box.contains(members).all()
        assert box.x_min_px < members[:, 0].min() - 5
        assert box.x_min_px >= 0 and box.x_max_px <= SIZE[0] - 1


def test_an_exemplar_of_stage_1_draws_each_box_in_its_color_and_names_it() -> None:
    scene = exemplar_view_scene(view_question().exemplars[0], SKELETON, SIZE)
    assert [place for _, place in scene.boxes] == [0, 1, 2]
    assert [mark.text for mark in scene.marks] == ["ears", "trunk", "paws"]
    assert len(scene.rings_px) == len(scene.ring_colors) == 9
    assert len(set(scene.ring_colors)) == 3
    assert len(scene.panels) == 1
