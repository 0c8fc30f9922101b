"""Recordings to ask a model about, and models that answer as they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from unit.behavior.moving_animals import ROLES, tracks_of

from behaviorvlm.behavior.annotator import ClipDescription, RecordingView
from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.question import Answer, Question
from behaviorvlm.errors import RefusedAnswerError
from behaviorvlm.types import KeypointRoles, Recording, Segment, Tracks

SIZE = (640, 480)
RATE_HZ = 30.0
GOOD = {
    "evidence": "frames 1 to 3 show it",
    "posture": "stretched",
    "direction": "to the right",
    "speed": "slow",
    "social_contact": "none",
    "description": "It walks along the wall.",
    "behavior": "walking",
    "target": "none",
    "confidence": 80,
}


class Film:
    """Pictures of a video that never was, striped, brighter with each frame; notes what is read, and by whom."""

    def __init__(self, *, grey: bool = False, size: tuple[int, int] = SIZE) -> None:
        self.size, self.grey = size, grey
        self.picked: list[int] = []
        self.threads: set[int] = set()

    def read(self, start: int, stop: int, *, step: int = 1) -> Iterator[np.ndarray]:
        return self.pick(range(start, stop, step))

    def pick(self, frames: Sequence[int]) -> Iterator[np.ndarray]:
        for frame in frames:
            self.picked.append(frame)
            self.threads.add(threading.get_ident())
            picture = np.full(self.size[::-1], frame % 200, np.uint8)
            picture[::7] += 50
            yield picture if self.grey else np.repeat(picture[..., None], 3, axis=2)


def two_animals(n_frames: int = 300) -> Tracks:
    """Return one animal that walks to another that sits."""
    seconds = np.arange(n_frames) / RATE_HZ
    center = np.stack([150 + 20 * seconds + 240j, np.full(n_frames, 480 + 240j)], axis=1)
    return tracks_of(center, np.zeros((n_frames, 2)), rate_hz=RATE_HZ)


def view_of(
    tracks: Tracks | None, source: Film | None = None, *, name: str = "r", n_frames: int = 300
) -> RecordingView:
    times_s = np.arange(n_frames) / RATE_HZ if tracks is None else tracks.times_s
    recording = Recording(
        name,
        times_s,
        RATE_HZ,
        tracks,
        KeypointRoles() if tracks is None else ROLES,
        video="" if source is None else "film.mp4",
        frame_size=SIZE,
    )
    moves = None if tracks is None else measure_kinematics(tracks, ROLES, frame_rate_hz=RATE_HZ)
    return RecordingView(recording, moves, np.zeros((1, len(times_s), 1), np.float32), source)


def segments_of(individual: str, *, count: int, length: int = 30, recording: str = "r") -> list[Segment]:
    return [
        Segment(recording, individual, number, number * length, (number + 1) * length, number % 3, 0.9)
        for number in range(count)
    ]


class Reader:
    """An asker that answers by a function, or with a status; keeps what it was asked, by what it was about."""

    def __init__(self, answer: Callable[[Question[Any]], Any] | str = "refused") -> None:
        self.answer = answer
        self.asked: dict[str, Question[Any]] = {}
        self.complaints: list[str] = []
        self._lock = threading.Lock()

    def ask(self, question: Question[Any]) -> Answer[Any]:
        with self._lock:
            self.asked[question.about] = question
        if isinstance(self.answer, str):
            return Answer(self.answer)
        said = self.answer(question)
        if said in ("refused", "unasked"):
            return Answer(said)
        try:
            return Answer("answered", question.understand(said))
        except RefusedAnswerError as error:
            self.complaints.append(str(error))
            return Answer("refused")

    @property
    def questions(self) -> list[Question[Any]]:
        return [self.asked[about] for about in sorted(self.asked, key=_place)]


def _place(about: str) -> tuple[int, str]:
    number = about.rpartition("=")[2]
    return (int(number) if number.isdigit() else 0, about)


def words_of(question: Question[Any] | Message) -> str:
    message = question.messages[0] if isinstance(question, Question) else question
    return "\n".join(part.text for part in message.parts if not isinstance(part, Picture))


def pictures_of(question: Question[Any]) -> list[Picture]:
    return [part for part in question.messages[0].parts if isinstance(part, Picture)]


def decoded(picture: Picture) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)


class Fallback:
    """A describer that calls everything by one name."""

    name = "fallback"
    needs_pixels = False

    def __init__(self) -> None:
        self.asked: list[int] = []

    def describe(self, view: RecordingView, segments: Sequence[Segment]) -> list[ClipDescription]:
        self.asked += [segment.number for segment in segments]
        return [ClipDescription("measured thing", source="fallback") for _ in segments]

    def impossible(self, view: RecordingView) -> dict[str, str]:
        return {}
