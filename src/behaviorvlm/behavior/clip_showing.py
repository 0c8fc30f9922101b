"""How a model is shown an interval: as pictures one by one, as a contact sheet, or as a video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Literal

import numpy as np

from behaviorvlm.behavior.animal_tags import tags_of
from behaviorvlm.behavior.annotator import RecordingView
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.clip_video import encode_video
from behaviorvlm.chat.message import Part, Picture, Text
from behaviorvlm.imaging.clip_frames import crop_to_action, sample_frames
from behaviorvlm.imaging.clip_marks import ClipAnimals
from behaviorvlm.imaging.clips import GAP_PX, STRIP_PX, ClipScene, contact_sheet, paint_clip, sheet_columns
from behaviorvlm.imaging.crops import Crop, whole_picture
from behaviorvlm.types import SCENE, ByteArray, FloatArray, IntArray, Role, Tracks

FRAME_SIDE_PX = 448
"""Longer side of a frame: paws and whiskers of a mouse 50 px long show, at some 200 tokens a frame."""
LEAST_FRAMES = 6
"""With fewer pictures than this to spend, a clip becomes a contact sheet."""
JPEG_QUALITY = 90
BLANK = 90
"""Grey level of the ground where there is no video."""
_TAIL = (Role.TAIL_MIDDLE, Role.TAIL_TIP)


@dataclass(frozen=True)
class ClipForm:
    """How clips are shown to one model.

    Attributes:
        kind: Frame by frame, in one picture, or as the kind of video part that the server takes.
        rate_hz: Frames per second.
        most_frames: A longer clip is thinned to so many.
        max_pixels: The most pixels of one picture.
        max_pictures: The most pictures of one question, exemplars among them.
    """

    kind: Literal["pictures", "sheet", "video_url", "input_video"] = "pictures"
    rate_hz: float = 10.0
    most_frames: int = 12
    max_pixels: int = 1_003_520
    max_pictures: int = 16

    @classmethod
    def of(cls, binding: ModelBinding, *, rate_hz: float) -> ClipForm:
        """Return how clips are shown to a model.

        Args:
            binding: The model. One in this process takes no video: it is shown pictures.
            rate_hz: Frames per second.
        """
        kind = binding.clips
        if binding.folder is not None and kind in ("video_url", "input_video"):
            kind = "pictures"
        return cls(kind, rate_hz, max_pixels=binding.max_pixels, max_pictures=binding.max_pictures)

    def beside(self, pictures: int) -> ClipForm:
        """Return the form of a clip in a question that holds so many other pictures."""
        left = self.max_pictures - pictures
        if self.kind != "pictures" or left >= self.most_frames:
            return self
        if left >= LEAST_FRAMES:
            return replace(self, most_frames=left)
        return replace(self, kind="sheet")


@dataclass(frozen=True)
class Interval:
    """What of whom is shown.

    Attributes:
        individual: The animal in question, or the scene.
        start_frame: First frame.
        stop_frame: Frame behind the last.
    """

    individual: str
    start_frame: int
    stop_frame: int


def show_clip(view: RecordingView, interval: Interval, form: ClipForm) -> list[Part]:
    """Return an interval as parts of a message: a line that says what is shown, and the pictures.

    For one thread at a time, since it reads from the view's source.

    Args:
        view: The recording.
        interval: What of whom.
        form: How it is shown.
    """
    chosen, frames = paint_interval(view, interval, form)
    times_s = view.recording.times_s[chosen]
    said = Text(_in_words(view, interval, len(chosen), shown=form.kind))
    if form.kind in ("video_url", "input_video"):
        rate = (len(chosen) - 1) / float(times_s[-1] - times_s[0]) if len(chosen) > 1 else form.rate_hz
        return [said, encode_video(frames, rate_hz=rate, kind=form.kind)]
    if form.kind == "sheet":
        return [said, encode(sheet_of(frames))]
    return [said, *(encode(frame) for frame in frames)]


def paint_interval(
    view: RecordingView, interval: Interval, form: ClipForm, *, title: str = "", side_px: float = FRAME_SIDE_PX
) -> tuple[IntArray, list[ByteArray]]:
    """Return which frames of an interval are shown, (frame,), and how, (height, width, 3) uint8 RGB each.

    Args:
        view: The recording.
        interval: What of whom.
        form: How it is shown.
        title: Written above each frame.
        side_px: Longer side of a frame, as far as the form's pixels allow.
    """
    recording = view.recording
    chosen = sample_frames(
        recording.times_s, interval.start_frame, interval.stop_frame, rate_hz=form.rate_hz, most=form.most_frames
    )
    pictures = _pictures(view, chosen)
    first = next(pictures)
    size = first.shape[1], first.shape[0]
    animals = _animals(view, interval.individual, chosen)
    crop = whole_picture(size) if animals is None else _crop(animals, size)
    crop = _scaled(crop, form, len(chosen), side_px=side_px)
    scene = ClipScene(crop, recording.times_s[chosen] - recording.times_s[chosen[0]], animals, title)
    return chosen, paint_clip(chain([first], pictures), scene)


def sheet_of(frames: Sequence[ByteArray]) -> ByteArray:
    """Return (height, width, 3) uint8 RGB frames of one size in one such picture, a little wider than high."""
    height, width = frames[0].shape[:2]
    return contact_sheet(frames, columns=sheet_columns(len(frames), width_px=width, height_px=height))


def encode(picture: ByteArray) -> Picture:
    """Return a (height, width, 3) uint8 RGB picture as JPEG."""
    import cv2

    _, content = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return Picture(content.tobytes(), "image/jpeg")


def _animals(view: RecordingView, individual: str, frames: IntArray) -> ClipAnimals | None:
    tracks, moves = view.recording.tracks, view.kinematics
    if tracks is None or moves is None:
        return None
    tail = {view.recording.roles.names.get(role) for role in _TAIL}
    body = [place for place, name in enumerate(tracks.keypoints) if name not in tail]
    return ClipAnimals(
        tags=tags_of(tracks.individuals),
        focal=tracks.individuals.index(individual),
        points_px=_bridged(view, tracks, frames)[:, :, body or slice(None)],
        heading_rad=moves.heading_rad[frames],
        body_length_px=moves.body_length_px,
    )


def _bridged(view: RecordingView, tracks: Tracks, frames: IntArray) -> FloatArray:
    """Return (frame, individual, keypoint, 2) px with the short gaps filled that the measures have filled too."""
    points = tracks.points_px[frames].copy()
    if view.kinematics is None or not len(frames):
        return points
    first = int(frames.min())
    parts = view.kinematics.over(first, int(frames.max()) + 1).parts_px
    for role, filled in parts.items():
        points[:, :, tracks.keypoints.index(view.recording.roles.names[role])] = filled[frames - first]
    return points


def _crop(animals: ClipAnimals, size: tuple[int, int]) -> Crop:
    length = float(animals.body_length_px[animals.focal])
    return crop_to_action(animals.points_px, focal=animals.focal, body_length_px=length, image_size=size)[0]


def _scaled(crop: Crop, form: ClipForm, count: int, *, side_px: float) -> Crop:
    """Return the crop at its final size: strips and gaps are paid from the same pixels."""
    pixels = form.max_pixels / count if form.kind == "sheet" else form.max_pixels
    scaled = crop.scaled_to(side_px, max_pixels=pixels)
    for shrink in np.geomspace(1.0, 0.1, 60):
        scaled = crop.scaled_to(side_px, max_pixels=pixels * shrink)
        if _painted_pixels(scaled, form, count) <= form.max_pixels:
            break
    return scaled


def _painted_pixels(crop: Crop, form: ClipForm, count: int) -> int:
    width, height = crop.shown_size_px
    height += STRIP_PX
    if form.kind != "sheet":
        return width * height
    columns = sheet_columns(count, width_px=width, height_px=height)
    rows = -(-count // columns)
    return (columns * (width + GAP_PX) - GAP_PX) * (rows * (height + GAP_PX) - GAP_PX)


def _pictures(view: RecordingView, frames: IntArray) -> Iterator[ByteArray]:
    if view.source is not None:
        return iter(view.source.pick(frames.tolist()))
    width, height = view.recording.frame_size
    return repeat(np.full((max(height, 1), max(width, 1)), BLANK, dtype=np.uint8), len(frames))


def _in_words(view: RecordingView, interval: Interval, count: int, *, shown: str) -> str:
    times_s = view.recording.times_s
    inside = times_s[interval.start_frame : interval.stop_frame]
    length = float(inside[-1] - inside[0]) + 1.0 / view.recording.frame_rate_hz
    every = f", one every {float(inside[-1] - inside[0]) / (count - 1):.2f} s" if count > 1 else ""
    how = {
        "pictures": "a picture each, in order",
        "sheet": "in one picture, in reading order: from left to right, row by row",
    }.get(shown, "as a video")
    numbered = "Above each stand its number and the seconds since the first."
    return (
        f"{length:.1f} s of {_who(view, interval)}: {count} frames{every}, the first and the last included, {how}. "
        f"{numbered}"
    )


def _who(view: RecordingView, interval: Interval) -> str:
    individuals = view.recording.individuals
    if interval.individual == SCENE:
        return "the scene"
    return tags_of(individuals)[individuals.index(interval.individual)]
