"""Frames of a video with the points of two animals drawn in, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.types import ByteArray, Recording

COLORS = ((230, 60, 60), (60, 140, 255))
REACH_PX = 60
SCALE = 4


def draw_disagreements(
    recording: Recording, places: Sequence[tuple[int, tuple[int, int], str]], folder: Path, *, title: str
) -> None:
    """Write one picture: a row of crops around both animals, each with what it shows.

    Args:
        recording: With tracks and video.
        places: Frame, the two animals, words.
        folder: Where the picture goes.
        title: Its name.
    """
    if not places or recording.tracks is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    order = sorted({frame for frame, _, _ in places})
    frames = dict(zip(order, ColorVideoSource(recording.video).pick(order), strict=True))
    crops = [_crop(recording, frames[frame], frame, pair, words) for frame, pair, words in places]
    blank = np.zeros_like(crops[0])
    rows = [crops[start : start + 3] for start in range(0, len(crops), 3)]
    sheet = np.concatenate([np.concatenate([*row, *[blank] * (3 - len(row))], axis=1) for row in rows])
    cv2.imwrite(str(folder / f"{title.replace(' ', '_')}.png"), sheet[:, :, ::-1])


def _crop(recording: Recording, frame: ByteArray, number: int, pair: tuple[int, int], words: str) -> ByteArray:
    tracks = recording.tracks
    if tracks is None:
        raise SystemExit("the recording has no tracks")
    points = tracks.points_px[number]
    middle = np.nan_to_num(np.nanmean(points[list(pair)].reshape(-1, 2), axis=0)).round().astype(int)
    padded = np.pad(frame, ((REACH_PX, REACH_PX), (REACH_PX, REACH_PX), (0, 0)))
    window = padded[middle[1] : middle[1] + 2 * REACH_PX, middle[0] : middle[0] + 2 * REACH_PX]
    large = cv2.resize(window, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    for color, animal in zip(COLORS, pair, strict=True):
        for name, point in zip(tracks.keypoints, points[animal], strict=True):
            if np.isfinite(point).all():
                place = tuple(int(value) for value in (point - middle + REACH_PX) * SCALE)
                cv2.circle(large, place, 9 if name == "nose" else 5, color, -1)
                cv2.putText(large, name, (place[0] + 8, place[1]), cv2.FONT_HERSHEY_SIMPLEX, 0.35, color, 1)
    text = f"frame {number}, {recording.individuals[pair[0]]} to {recording.individuals[pair[1]]}: {words}"
    cv2.putText(large, text, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 0), 1)
    return large
