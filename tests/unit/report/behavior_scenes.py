"""Bouts, tracks and pictures of a small encounter, made here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from behaviorvlm.types import Bout, ByteArray, Tracks

RATE = 10.0
NAMES = ("one", "two", "three")


def bout(
    behavior: str, frames: tuple[int, int], *, individual: str = "one", target: str = "", sure: float = 0.5
) -> Bout:
    start, stop = frames
    return Bout("box", individual, target, behavior, start, stop, start / RATE, stop / RATE, sure)


def stream(*behaviors: str, individual: str = "one", each: int = 10, target: str = "") -> list[Bout]:
    """Return bouts one after the other."""
    return [
        bout(name, (place * each, place * each + each), individual=individual, target=target)
        for place, name in enumerate(behaviors)
    ]


def walking_tracks(n_frames: int = 60, *, side_px: int = 120) -> Tracks:
    """Return three animals of four points each that walk side by side; the third is never seen."""
    x = np.linspace(0.2, 0.8, n_frames) * side_px
    points = np.full((n_frames, 3, 4, 2), np.nan)
    for place in range(2):
        for keypoint in range(4):
            points[:, place, keypoint] = np.stack([x + 6 * keypoint, np.full(n_frames, 30 + 50 * place)], axis=1)
    return Tracks(NAMES, ("a", "b", "c", "d"), points, np.ones(points.shape[:-1]), np.arange(n_frames) / RATE)


class GreyPictures:
    """Pictures whose brightness is the number of the frame; remembers what was asked for."""

    def __init__(self, *, size_px: tuple[int, int] = (120, 120)) -> None:
        self.size_px = size_px
        self.asked: list[int] = []

    def read(self, start: int, stop: int, *, step: int = 1) -> Iterator[ByteArray]:
        return self.pick(range(start, stop, step))

    def pick(self, frames: Sequence[int]) -> Iterator[ByteArray]:
        for frame in frames:
            self.asked.append(frame)
            yield np.full((self.size_px[1], self.size_px[0], 3), frame, dtype=np.uint8)
