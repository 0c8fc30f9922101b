"""The paper's annotator: what it asks, what it shows, and what becomes of each kind of answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest
from unit.pose.vlm_questions import (
    PAW_NAMES,
    PAWS,
    SIZE,
    N,
    Reader,
    agreement_question,
    body_px,
    decision_question,
    keypoint_question,
    paws,
    regions_question,
)

from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.question import Question
from behaviorvlm.chat.structured import schema_in_words
from behaviorvlm.pose.annotator import (
    BodyRegionQuestion,
    Decision,
    KeypointQuestion,
)
from behaviorvlm.pose.vlm_annotator import REFUSED, ROLES, UNASKED, VlmPoseAnnotator
from behaviorvlm.pose.vlm_pictures import FittedScene, photograph
from behaviorvlm.prompts.prompt_set import load_prompts
from behaviorvlm.types import CandidateSet, Exemplar, KeypointAssignment, RegionBox, Skeleton, View

PROMPTS = load_prompts("pose")


def annotator(reader: Reader, **kwargs: Any) -> VlmPoseAnnotator:
    return VlmPoseAnnotator(reader, PROMPTS, **kwargs)


# What is asked ----------------------------------------------------------------------------------------------------


def ask_everything(reader: Reader, **kwargs: Any) -> None:
    who = annotator(reader)
    who.detect_body_regions(regions_question(**kwargs))
    who.assign_keypoints(keypoint_question(**kwargs))
    who.reconcile_regions(agreement_question(**kwargs))
    who.decide(decision_question(**kwargs))


def test_each_question_goes_to_its_role_and_says_what_it_is_about() -> None:
    reader = Reader("refused")
    ask_everything(reader)
    assert [(asked.stage, asked.role) for asked in reader.asked] == list(ROLES.items())
    assert reader.asked[1].about == "timepoint=9 camera=cam0 region=paws"
    assert reader.asked[2].about == "timepoint=9 camera=cam0"


def test_every_picture_decodes_and_keeps_to_the_pixels_of_its_role() -> None:
    budget = dict.fromkeys(("region_detector", "keypoint_assigner", "region_reconciler"), 150_000)
    reader = Reader("refused")
    who = annotator(reader, max_pixels=budget)
    for ask, question in (
        (who.detect_body_regions, regions_question()),
        (who.assign_keypoints, keypoint_question()),
        (who.reconcile_regions, agreement_question()),
        (who.decide, decision_question()),
    ):
        ask(question)
        for picture in reader.pictures:
            decoded = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
            height, width = decoded.shape[:2]
            assert (height - 20) * (width - 4) <= 150_000
            assert picture.media_type == "image/jpeg"


def test_stage_1_shows_three_exemplars_with_their_boxes_then_each_channel() -> None:
    reader = Reader("refused")
    annotator(reader).detect_body_regions(regions_question())
    assert len(reader.pictures) == 3 + 2
    assert reader.words.count("The right answer was") == 3
    assert reader.words.index("Channel visible") < reader.words.index("Channel fluorescence")


def test_stage_2_shows_exemplars_and_one_picture_of_both_channels() -> None:
    reader = Reader("refused")
    annotator(reader).assign_keypoints(keypoint_question())
    assert len(reader.pictures) == 3 + 1
    assert "one of 4, 5, 6, 7, or -1" in reader.words
    assert ", ".join(PAW_NAMES) in reader.words
    assert "tail" not in reader.asked[-1].schema["properties"]["keypoints"]["properties"]


def test_stage_3_tells_the_first_answer_and_what_stands_out() -> None:
    reader = Reader("refused")
    annotator(reader).reconcile_regions(agreement_question([0, 1, 2, 3, 4, 4, 6, -1, 8]))
    assert "left_paw = dot 4 (confidence 80)" in reader.words
    assert "Dot 4 is named twice: left_paw, right_paw." in reader.words
    assert "Without a dot: right_foot." in reader.words


def test_a_decision_tells_its_readings() -> None:
    reader = Reader("refused")
    annotator(reader).decide(decision_question())
    assert "Doubt 1:\n- A: dot 6 is left_foot, dot 7 is right_foot\n- B: dot 7 is left_foot, dot 6" in reader.words
    assert f"Doubt 2:\n- A: dot 3 is {decision_question().skeleton.keypoints[2]}\n" in reader.words


def test_motion_never_reaches_the_model() -> None:
    plain, moved = Reader("refused"), Reader("refused")
    question = keypoint_question()
    told = KeypointQuestion(**{**vars(question), "expected_px": body_px(3), "reach_px": np.ones(N)})
    annotator(plain).assign_keypoints(question)
    annotator(moved).assign_keypoints(told)
    assert plain.asked[0].messages == moved.asked[0].messages


@pytest.mark.parametrize(("pictures", "exemplars"), [(False, 3), (True, 0), (False, 0)])
def test_it_asks_without_pictures_or_exemplars_too(pictures: bool, exemplars: int) -> None:
    reader = Reader("refused")
    ask_everything(reader, pictures=pictures, exemplars=exemplars)
    assert all(any(isinstance(part, Picture) for part in asked.messages[0].parts) for asked in reader.asked)
    assert ("There are no exemplars." in reader.words) == (exemplars == 0)


def test_schemas_are_of_the_kind_that_is_validated() -> None:
    reader = Reader("refused")
    ask_everything(reader)
    assert all(schema_in_words(asked.schema) for asked in reader.asked)


def test_a_replaced_prompt_is_what_is_asked() -> None:
    reader = Reader("refused")
    mine = PROMPTS.with_texts({"keypoint_assignment": "{{region}} {{keypoints}} {{numbers}} {{view}}"})
    VlmPoseAnnotator(reader, mine).assign_keypoints(keypoint_question())
    assert reader.words == f"paws {', '.join(PAW_NAMES)} 4, 5, 6, 7"
    assert len(reader.pictures) == 1


# What becomes of answers ------------------------------------------------------------------------------------------


def test_boxes_are_read_into_px() -> None:
    given = {"regions": [{"region": "paws", "bbox_2d": [100, 200, 500, 1000], "confidence": 80}]}
    (box,) = annotator(Reader(lambda _: given)).detect_body_regions(regions_question())
    assert box == RegionBox("paws", 63.5, 127.5, 319.5, 639.5, 0.8)


@pytest.mark.parametrize(
    ("regions", "complaint"),
    [
        ([("paws", [100, 200, 90, 300])], "inside out"),
        ([("paws", [100, 200, 100, 300])], "area"),
        ([("paws", [-5, 200, 100, 300])], "-5"),
        ([("paws", [0, 0, 1200, 300])], "1200"),
        ([("wings", [0, 0, 100, 300])], "wings"),
        ([("paws", [0, 0, 9, 9]), ("paws", [0, 0, 99, 99])], "more than once"),
    ],
)
def test_a_wrong_box_is_refused_with_a_complaint(regions: list[tuple[str, list[int]]], complaint: str) -> None:
    entries = [{"region": name, "bbox_2d": box, "confidence": 50} for name, box in regions]
    reader = Reader(lambda _: {"regions": entries})
    assert annotator(reader).detect_body_regions(regions_question()) == ()
    assert complaint in reader.complaints[0]


def test_dots_are_read_into_numbers_and_confidence() -> None:
    answer = annotator(Reader(lambda _: paws(4, -1, 6, 7))).assign_keypoints(keypoint_question())
    assert answer.numbers.tolist() == [-1, -1, -1, -1, 4, -1, 6, 7, -1]
    assert answer.confidence.tolist() == [0, 0, 0, 0, 0.9, 0, 0.9, 0.9, 0]
    assert answer.reason == "as seen"


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (paws(4, 4, 6, 7), "Dot 4 was given to left_paw and right_paw"),
        (paws(4, 5, 6, 99), "99"),
        (paws(4, 5, 6, 8), "8"),
        (paws(4, 5, 6, 7, confidence=101), "101"),
        ({"reason": "", "keypoints": {"left_paw": {"dot": 5, "confidence": 5}}}, "right_paw"),
        ({"reason": "", "keypoints": []}, "keypoints"),
        ({"reason": ""}, "keypoints"),
        ([], "object"),
    ],
)
def test_a_wrong_dot_is_refused_with_a_complaint(value: Any, complaint: str) -> None:
    reader = Reader(lambda _: value)
    answer = annotator(reader).assign_keypoints(keypoint_question())
    assert complaint in reader.complaints[0]
    assert (answer.numbers == -1).all()
    assert answer.reason == REFUSED


def test_stage_3_changes_the_assignment() -> None:
    def swapped(question: Question[Any]) -> Any:
        names = question.schema["properties"]["keypoints"]["properties"]
        dots = [0, 1, 2, 3, 5, 4, 6, 7, 8]
        entries = {name: {"dot": dot, "confidence": 70} for name, dot in zip(names, dots, strict=True)}
        return {"reason": "sides", "keypoints": entries}

    answer = annotator(Reader(swapped)).reconcile_regions(agreement_question())
    assert answer.numbers.tolist() == [0, 1, 2, 3, 5, 4, 6, 7, 8]
    assert set(answer.confidence.tolist()) == {0.7}


@pytest.mark.parametrize(("status", "why"), [("refused", REFUSED), ("unasked", UNASKED)])
def test_without_an_answer_stage_3_leaves_stage_2_as_it_is(status: str, why: str) -> None:
    question = agreement_question([0, 1, 2, 3, 4, 4, -1, 7, 8])
    answer = annotator(Reader(status)).reconcile_regions(question)
    assert answer.numbers.tolist() == question.assignment.numbers.tolist()
    assert answer.reason == why


@pytest.mark.parametrize(("said", "reading"), [("A", 0), ("B", 1), ("none", -1)])
def test_a_decision_is_a_reading_or_none_of_them(said: str, reading: int) -> None:
    doubts = {"1": {"answer": said, "confidence": 60}, "2": {"answer": "none", "confidence": 5}}
    decisions = annotator(Reader(lambda _: {"reason": "", "doubts": doubts})).decide(decision_question())
    assert decisions == (Decision(reading, 0.6), Decision(-1, 0.05))


@pytest.mark.parametrize(
    ("first", "second", "complaint"),
    [
        (("A", 60), None, 'doubts lacks "2"'),
        (("A", 60), ("B", 5), 'doubts.2.answer should be "A" or "none"'),
        (("C", 60), ("A", 5), 'doubts.1.answer should be "A", "B" or "none"'),
        (("A", 101), ("A", 5), "doubts.1.confidence should be 0 to 100"),
    ],
)
def test_a_decision_speaks_of_every_doubt_and_of_readings_that_were_offered(
    first: tuple[str, int], second: tuple[str, int] | None, complaint: str
) -> None:
    said = {"1": first, "2": second}
    doubts = {number: {"answer": one[0], "confidence": one[1]} for number, one in said.items() if one}
    reader = Reader(lambda _: {"reason": "", "doubts": doubts})
    assert annotator(reader).decide(decision_question()) == (Decision(None, 0.0),) * 2
    assert complaint in reader.complaints[0]


@pytest.mark.parametrize("status", ["refused", "unasked"])
def test_without_an_answer_nothing_is_decided(status: str) -> None:
    assert annotator(Reader(status)).decide(decision_question()) == (Decision(None, 0.0),) * 2


# Without an answer ------------------------------------------------------------------------------------------------


class Spare:
    """A fallback that says it was asked."""

    name, needs_pixels = "spare", False

    def detect_body_regions(self, question: BodyRegionQuestion) -> tuple[RegionBox, ...]:
        return (PAWS,)

    def assign_keypoints(self, question: KeypointQuestion) -> KeypointAssignment:
        return KeypointAssignment(9, "cam0", np.full(N, 5), np.ones(N))

    reconcile_regions = assign_keypoints


def test_a_spent_budget_is_answered_by_the_fallback_and_a_refused_answer_is_not() -> None:
    spent, refused = (annotator(Reader(status), fallback=Spare()) for status in ("unasked", "refused"))
    assert spent.detect_body_regions(regions_question()) == (PAWS,)
    assert spent.assign_keypoints(keypoint_question()).numbers[0] == 5
    assert spent.reconcile_regions(agreement_question()).numbers[1] == 5
    assert refused.detect_body_regions(regions_question()) == ()
    assert (refused.assign_keypoints(keypoint_question()).numbers == -1).all()


def test_a_spent_budget_without_fallback_is_missing_and_says_so() -> None:
    answer = annotator(Reader("unasked")).assign_keypoints(keypoint_question())
    assert (answer.numbers == -1).all()
    assert answer.reason == UNASKED


def test_a_view_without_dots_is_not_asked_about() -> None:
    reader = Reader("refused")
    question = regions_question()
    empty = CandidateSet.from_points(9, "cam0", np.zeros((0, 2)))
    bare = BodyRegionQuestion(**{**vars(question), "view": View(9, "cam0", SIZE, empty)})
    assert annotator(reader).detect_body_regions(bare) == ()
    assert reader.asked == []


def test_a_skeleton_without_regions_is_one_region() -> None:
    skeleton = Skeleton(("head", "tail"))
    view = View(9, "cam0", SIZE, CandidateSet.from_points(9, "cam0", body_px(9)[:2]))
    nowhere = np.full((2, 2), np.nan)
    question = KeypointQuestion(
        view, skeleton, (), nowhere, nowhere[:, 0], RegionBox("body", 0, 0, 639, 639), np.array([0, 1])
    )
    entries = {"head": {"dot": 1, "confidence": 50}, "tail": {"dot": 0, "confidence": 50}}
    answer = annotator(Reader(lambda _: {"reason": "", "keypoints": entries})).assign_keypoints(question)
    assert answer.numbers.tolist() == [1, 0]


# Pictures ---------------------------------------------------------------------------------------------------------


def test_the_same_question_is_asked_with_the_same_bytes() -> None:
    first, second = Reader("refused"), Reader("refused")
    ask_everything(first)
    ask_everything(second)
    assert [asked.messages for asked in first.asked] == [asked.messages for asked in second.asked]


def test_every_current_picture_comes_from_one_method_that_knows_what_it_shows() -> None:
    shown = []

    class Registering(VlmPoseAnnotator):
        def _current_picture(self, question, shown_view):
            picture = super()._current_picture(question, shown_view)
            shown.append((picture, question, shown_view.scene))
            return picture

    reader = Reader("refused")
    who = Registering(reader, PROMPTS)
    who.assign_keypoints(keypoint_question())
    (picture, question, scene) = shown[0]
    assert reader.pictures[-1] == picture
    assert (question.view.timepoint, scene.numbers) == (9, (4, 5, 6, 7))
    points = question.view.candidates.points_px[[4, 5, 6, 7]]
    np.testing.assert_allclose(scene.crop.to_view(scene.crop.to_crop(points)), points)


def test_exemplars_are_painted_once_even_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    lock = threading.Lock()

    def counted(fitted: FittedScene) -> Picture:
        with lock:
            painted.append(1)
        return photograph(fitted)

    monkeypatch.setattr("behaviorvlm.pose.vlm_exemplars.photograph", counted)
    who = annotator(Reader("refused"))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(who.assign_keypoints, [keypoint_question() for _ in range(16)]))
    assert len(painted) == 3


def test_other_points_of_an_exemplar_make_another_picture() -> None:
    reader = Reader("refused")
    who = annotator(reader)
    who.assign_keypoints(keypoint_question())
    before = [picture.content_hash for picture in reader.pictures]
    question = keypoint_question()
    corrected = tuple(
        Exemplar(one.timepoint, one.camera, one.points_px[::-1], one.kind, one.images) for one in question.exemplars
    )
    who.assign_keypoints(KeypointQuestion(**{**vars(question), "exemplars": corrected}))
    after = [picture.content_hash for picture in reader.pictures]
    assert all(a != b for a, b in zip(before[:3], after[:3], strict=True))
