"""The video with animals and labels drawn in: who does what to whom, now, and where in the recording that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from behaviorvlm.imaging.marks import color_of, text_box, write
from behaviorvlm.imaging.strokes import Color
from behaviorvlm.report.animal_marks import draw_direction, draw_points, middles
from behaviorvlm.report.ethogram_picture import cover
from behaviorvlm.types import Bout, ByteArray, ColorFrameSource, FloatArray, IntArray, Tracks, frame_edges_s

ROW_PX, BAR_PX = 22, 7
LEAST_WIDTH_PX, MOST_WIDTH_PX = 480, 960
GROUND: Color = (24, 24, 24)
UNNAMED: Color = (70, 70, 70)
ALONE: Color = (190, 190, 190)
NO_BOUT = -1
CANVASES = 3


@dataclass(frozen=True, eq=False)
class LabelledRecording:
    """What is drawn of one recording.

    Attributes:
        individuals: The animals, or the scene; a row below the picture each.
        bouts: All bouts of the recording.
        times_s: (timepoint,) float64 seconds of each frame.
        frame_rate_hz: Frames per second.
        tracks: Who is where; None = nobody is marked.
    """

    individuals: tuple[str, ...]
    bouts: Sequence[Bout]
    times_s: FloatArray
    frame_rate_hz: float
    tracks: Tracks | None = None


def write_behavior_video(
    path: Path, recording: LabelledRecording, source: ColorFrameSource, *, start: int = 0, stop: int | None = None
) -> None:
    """Write the video of a recording with animals and labels drawn in.

    Args:
        path: The MP4 to write.
        recording: What is drawn.
        source: The pictures.
        start: First frame.
        stop: Frame behind the last, None = all.

    Raises:
        VideoError: If a video cannot be read or written.
        RunStorageError: If the disk refuses.
    """
    from behaviorvlm.io.color_video import write_color_video

    until = len(recording.times_s) if stop is None else min(stop, len(recording.times_s))
    pictures = _ahead(labelled_pictures(recording, source, start=start, stop=until))
    write_color_video(path, pictures, frame_rate_hz=recording.frame_rate_hz, crf=25, x264={"preset": "ultrafast"})


def labelled_pictures(
    recording: LabelledRecording, source: ColorFrameSource, *, start: int, stop: int
) -> Iterator[ByteArray]:
    """Yield the pictures with labels, (height, width, 3) uint8 RGB, even sides, rows for the animals below.

    Their memory is used again three pictures later, since fresh memory for each would take longer than drawing it.

    Args:
        recording: What is drawn.
        source: The pictures.
        start: First frame.
        stop: Frame behind the last.

    Raises:
        VideoError: If the video cannot be read.
    """
    numbers = bout_numbers(recording)
    bars: ByteArray | None = None
    canvases: list[ByteArray] = []
    for frame, picture in zip(range(start, stop), source.read(start, stop), strict=True):
        scale = _scale(picture.shape[1])
        width, height = (2 * round(side * scale / 2) for side in picture.shape[1::-1])
        rows_px = len(recording.individuals) * (ROW_PX + BAR_PX)
        if not canvases:
            shape = height + rows_px + rows_px % 2, width, 3
            canvases = [np.empty(shape, dtype=np.uint8) for _ in range(CANVASES)]
        canvas = canvases[frame % CANVASES]
        canvas[height:] = GROUND
        _show(canvas[:height], picture)
        now = [recording.bouts[number] if number >= 0 else None for number in numbers[frame].tolist()]
        if recording.tracks is not None:
            points = (recording.tracks.points_px[frame] + 0.5) * (width / picture.shape[1], height / picture.shape[0])
            _mark(canvas[:height], points - 0.5, now, names=recording.tracks.individuals)
        bars = _timelines(recording, width) if bars is None else bars
        _write_rows(canvas[height:], recording, now, bars=bars, done=frame / max(len(recording.times_s) - 1, 1))
        yield canvas


def _ahead(pictures: Iterator[ByteArray]) -> Iterator[ByteArray]:
    """Yield the pictures, the next one being made while this one is used."""
    with ThreadPoolExecutor(1, thread_name_prefix="painter") as painter:
        coming = painter.submit(next, pictures, None)
        while (picture := coming.result()) is not None:
            coming = painter.submit(next, pictures, None)
            yield picture


def bout_numbers(recording: LabelledRecording) -> IntArray:
    """Return which bout each animal is in at each frame, (timepoint, individual) int64, -1 = none."""
    numbers = np.full((len(recording.times_s), len(recording.individuals)), NO_BOUT, dtype=np.int64)
    place = {name: number for number, name in enumerate(recording.individuals)}
    for number, bout in enumerate(recording.bouts):
        if bout.individual in place:
            numbers[bout.start_frame : bout.stop_frame, place[bout.individual]] = number
    return numbers


def _scale(width: int) -> float:
    """Return how much larger a picture of that width is shown, so that labels are read and files stay small."""
    return min(max(1.0, LEAST_WIDTH_PX / width), MOST_WIDTH_PX / width)


def _show(place: ByteArray, picture: ByteArray) -> None:
    if picture.shape == place.shape:
        place[:] = picture
        return
    way = cv2.INTER_AREA if picture.shape[1] > place.shape[1] else cv2.INTER_LINEAR
    place[:] = cv2.resize(picture, place.shape[1::-1], interpolation=way)


def _mark(picture: ByteArray, points_px: FloatArray, now: Sequence[Bout | None], *, names: Sequence[str]) -> None:
    """Draw the animals, arrows between them, and beside each what it does."""
    draw_points(picture, points_px, radius_px=2.0, individuals=range(len(names)))
    for place, bout in enumerate(now[: len(names)]):
        if bout is not None and bout.target in names and bout.target != bout.individual:
            draw_direction(picture, points_px, actor=place, target=names.index(bout.target), reach=0.5)
    for place, (left, top) in _tags(points_px, now, extent=picture.shape[1::-1]).items():
        bout = now[place]
        write(picture, _ascii(bout.behavior) if bout is not None else "", (left, top), color=color_of(place))


def _tags(
    points_px: FloatArray, now: Sequence[Bout | None], *, extent: tuple[int, ...]
) -> Mapping[int, tuple[float, float]]:
    """Return the corners of words above animals, pushed down where they would cover each other."""
    found: dict[int, tuple[float, float]] = {}
    taken: list[tuple[float, float, int, int]] = []
    centers = middles(points_px)
    shown = [place for place, bout in enumerate(now[: len(points_px)]) if bout and np.isfinite(centers[place]).all()]
    for place in sorted(shown, key=lambda place: float(np.nanmin(points_px[place, :, 1]))):
        bout = now[place]
        width, height = text_box(_ascii(bout.behavior) if bout else "")
        left = min(max(float(centers[place, 0]) - width / 2, 0), max(extent[0] - width, 0))
        top = max(float(np.nanmin(points_px[place, :, 1])) - height - 8, 0)
        for x, y, wide, high in taken:
            if left < x + wide and x < left + width and top < y + high and y < top + height:
                top = y + high + 1
        found[place] = left, min(top, max(extent[1] - height, 0))
        taken.append((*found[place], width, height))
    return found


def _write_rows(
    strip: ByteArray, recording: LabelledRecording, now: Sequence[Bout | None], *, bars: ByteArray, done: float
) -> None:
    """Write a row for each animal: its name, what it does to whom, and its timeline with the present marked."""
    cursor = round(done * (strip.shape[1] - 1))
    for place, (name, bout) in enumerate(zip(recording.individuals, now, strict=True)):
        top = place * (ROW_PX + BAR_PX)
        write(strip, _ascii(name), (4, top + 2), color=color_of(place))
        words = "" if bout is None else bout.behavior + (f" -> {bout.target}" if bout.target else "")
        if words:
            write(strip, _ascii(words), (10 + text_box(_ascii(name))[0], top + 2))
        bar = strip[top + ROW_PX : top + ROW_PX + BAR_PX - 1]
        bar[:] = bars[place]
        bar[:, max(cursor - 1, 0) : cursor + 2] = 255


def _timelines(recording: LabelledRecording, width: int) -> ByteArray:
    """Return what each animal does over the whole recording, by whom it is directed at, (individual, 1, width, 3)."""
    stop_s = frame_edges_s(recording.times_s, recording.frame_rate_hz)[-1]
    edges_s = np.linspace(0.0, stop_s, width + 1)
    colors: dict[str, Color] = {"": ALONE}
    colors |= {name: color_of(place) for place, name in enumerate(recording.individuals)}
    lines = np.empty((len(recording.individuals), 1, width, 3))
    for place, name in enumerate(recording.individuals):
        lines[place] = UNNAMED
        for target, color in colors.items():
            own = [bout for bout in recording.bouts if bout.individual == name and bout.target == target]
            share = cover([(bout.start_s, bout.stop_s) for bout in own], edges_s)
            lines[place, 0] += share[:, None] * (np.array(color) - UNNAMED)
    return np.clip(lines, 0, 255).astype(np.uint8)


def _ascii(words: str) -> str:
    """Return the words as OpenCV's letters can show them."""
    return words.encode("ascii", "replace").decode()
