"""Questions about the walking body of `scenes`, with pictures, and an asker that answers by a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from unit.pose.scenes import SKELETON, make_poses, make_rig

from behaviorvlm.chat.message import Picture, Text
from behaviorvlm.chat.question import Answer, Question
from behaviorvlm.chat.structured import validate
from behaviorvlm.errors import RefusedAnswerError
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.pose.annotator import (
    AgreementQuestion,
    BodyRegionQuestion,
    DecisionQuestion,
    KeypointQuestion,
    ViewQuestion,
)
from behaviorvlm.pose.cross_region_agreement import find_duplicates
from behaviorvlm.types import CandidateSet, Exemplar, KeypointAssignment, RegionBox, View

SIZE = (640, 640)
N = len(SKELETON)
PAWS = RegionBox("paws", 0.0, 0.0, 639.0, 639.0)
PAW_NAMES = ("left_paw", "right_paw", "left_foot", "right_foot")


class Reader:
    """An asker that answers by a function, as a model would, or says why it cannot."""

    def __init__(self, say: Callable[[Question[Any]], Any] | str) -> None:
        self.say = say
        self.asked: list[Question[Any]] = []
        self.complaints: list[str] = []

    def ask(self, question: Question[Any]) -> Answer[Any]:
        self.asked.append(question)
        if isinstance(self.say, str):
            return Answer(self.say)
        try:
            value = question.understand(validate(self.say(question), question.schema))
        except RefusedAnswerError as error:
            self.complaints.append(str(error))
            return Answer("refused")
        return Answer("answered", value)

    @property
    def words(self) -> str:
        return "\n".join(part.text for part in self.asked[-1].messages[0].parts if isinstance(part, Text))

    @property
    def pictures(self) -> list[Picture]:
        return [part for part in self.asked[-1].messages[0].parts if isinstance(part, Picture)]


def body_px(timepoint: int) -> np.ndarray:
    return project_all(make_poses([timepoint])[0], make_rig(size=SIZE))[0]


def images(timepoint: int) -> dict[str, np.ndarray]:
    grey = np.random.default_rng(timepoint).integers(40, 60, SIZE[::-1], dtype=np.uint8)
    dots = np.zeros(SIZE[::-1], dtype=np.uint8)
    for x, y in np.round(body_px(timepoint)).astype(int):
        cv2.circle(dots, (int(x), int(y)), 2, 200, -1)
    return {"visible": grey, "fluorescence": dots}


def view_question(timepoint: int = 9, *, pictures: bool = True, exemplars: int = 3) -> ViewQuestion:
    shown = images if pictures else lambda _: {}
    candidates = CandidateSet.from_points(timepoint, "cam0", body_px(timepoint))
    view = View(timepoint, "cam0", SIZE, candidates, shown(timepoint))
    window = tuple(Exemplar(time, "cam0", body_px(time), "rolling", shown(time)) for time in range(exemplars))
    return ViewQuestion(view, SKELETON, window, np.full((N, 2), np.nan), np.full(N, np.nan))


def regions_question(**kwargs: Any) -> BodyRegionQuestion:
    return BodyRegionQuestion(**vars(view_question(**kwargs)))


def keypoint_question(numbers: tuple[int, ...] = (4, 5, 6, 7), **kwargs: Any) -> KeypointQuestion:
    return KeypointQuestion(**vars(view_question(**kwargs)), box=PAWS, numbers=np.array(numbers))


def agreement_question(numbers: list[int] | None = None, **kwargs: Any) -> AgreementQuestion:
    given = np.array(numbers if numbers is not None else range(N))
    assignment = KeypointAssignment(9, "cam0", given, 0.8 * (given >= 0))
    return AgreementQuestion(
        **vars(view_question(**kwargs)),
        boxes=(PAWS,),
        assignment=assignment,
        duplicates=find_duplicates(given),
        omissions=np.flatnonzero(given < 0),
    )


def decision_question(**kwargs: Any) -> DecisionQuestion:
    readings = np.full((2, N), -1)
    readings[0, [6, 7]], readings[1, [6, 7]] = (6, 7), (7, 6)
    one = np.full((1, N), -1)
    one[0, 2] = 3
    return DecisionQuestion(**vars(view_question(**kwargs)), doubts=(readings, one))


def paws(*numbers: int, confidence: int = 90) -> dict[str, Any]:
    entries = {name: {"dot": number, "confidence": confidence} for name, number in zip(PAW_NAMES, numbers, strict=True)}
    return {"reason": "as seen", "keypoints": entries}
