"""Labels that people made, in whatever file they come, as bouts of one recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from behaviorvlm.errors import FormatError, InputError, SettingsError
from behaviorvlm.io import boris, bouts, calms21_labels, caltech
from behaviorvlm.io.boris_table import find_boris_table
from behaviorvlm.io.frame_clock import FrameClock
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, place_intervals
from behaviorvlm.io.npy import MAGIC
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.types import Bout, FloatArray

LabelFormat = Literal["boris", "caltech", "calms21", "csv"]
FORMATS: tuple[LabelFormat, ...] = get_args(LabelFormat)


@dataclass(frozen=True)
class BehaviorLabels:
    """What people said of one recording.

    Attributes:
        bouts: In order of time; without segments.
        streams: The individuals, subjects or streams in the file.
        behaviors: The names in the chosen streams, in order of their first bout.
        n_frames: Length of what was labelled, where the format states it.
        notes: What a person should know of how it was read.
    """

    bouts: tuple[Bout, ...]
    streams: tuple[str, ...]
    behaviors: tuple[str, ...]
    n_frames: int | None
    notes: tuple[str, ...] = ()


def read_labels(
    path: Path,
    *,
    format: str | None = None,
    stream: str | None = None,
    times_s: FloatArray | None = None,
    frame_rate_hz: float | None = None,
    recording: str = "",
) -> BehaviorLabels:
    """Return the labels of one recording.

    Args:
        path: The file.
        format: Its kind, one of `FORMATS`; None = told by its content.
        stream: The stream, subject or individual whose labels are wanted; None = all.
        times_s: (frame,) float64 seconds of the recording's frames; what lies behind them is cut off.
        frame_rate_hz: Frames per second, where there are no times; None = as the file says.
        recording: Name of the recording: of the bouts, and of the part of the file where it holds several.

    Raises:
        FormatError: If it is none of the known kinds, or is damaged.
        InputError: If there is no such stream, or no label lies within the recording.
        SettingsError: If there is no such format, or nothing says how many frames there are in a second.
    """
    kind = format or detect_label_format(path)
    if kind not in FORMATS:
        raise SettingsError(
            "unknown format", expected=", ".join(FORMATS), actual=kind, remedy=did_you_mean(kind, list(FORMATS))
        )
    file = _read(path, kind, recording=recording)
    intervals = _of_recording(file.intervals, recording, path=path)
    streams = tuple(dict.fromkeys(one.individual for one in intervals))
    chosen = [one for one in intervals if stream in (None, one.individual)]
    if stream is not None and stream not in streams:
        raise InputError(
            f"there is no stream {stream}",
            where=str(path),
            expected=f"one of {', '.join(streams) or 'none'}",
            actual=stream,
            remedy=did_you_mean(stream, list(streams)),
        )
    clock = FrameClock.of(
        times_s, frame_rate_hz or (None if times_s is not None else file.frame_rate_hz), where=str(path)
    )
    placed, cut = place_intervals(chosen, clock, recording=recording, where=str(path))
    behaviors = tuple(dict.fromkeys(bout.behavior for bout in placed))
    return BehaviorLabels(placed, streams, behaviors, file.n_frames, (*file.notes, *cut, *_length_notes(file, clock)))


def detect_label_format(path: Path) -> LabelFormat:
    """Return which of `FORMATS` a file is, told by its content.

    Raises:
        FormatError: If it cannot be read, or is none of them.
    """
    try:
        head = path.read_bytes()[:64]
    except OSError as error:
        raise FormatError(
            "the file cannot be read", where=str(path), expected="a file of labels", actual=str(error)
        ) from error
    if head.startswith(caltech.TITLE.encode()):
        return "caltech"
    if head.startswith(MAGIC) or head.lstrip().startswith(b"{") or calms21_labels.is_label_table(path):
        return "calms21"
    if bouts.is_bout_table(path):
        return "csv"
    if find_boris_table(path) is not None:
        return "boris"
    raise FormatError(
        "the file holds no labels of a known format",
        where=str(path),
        expected=f"one of {', '.join(FORMATS)}",
        actual=repr(head[:32]) if head else "an empty file",
    )


def _read(path: Path, kind: str, *, recording: str) -> LabelFile:
    if kind == "caltech":
        return caltech.read_intervals(path)
    if kind == "boris":
        return boris.read_intervals(path)
    if kind == "csv":
        return LabelFile(tuple(_from_row(row) for row in bouts.read_bout_rows(path)))
    in_table = path.suffix.lower() not in (".json", ".npy") and calms21_labels.is_label_table(path)
    return calms21_labels.read_table(path) if in_table else calms21_labels.read_annotations(path, recording)


def _from_row(row: bouts.BoutRow) -> LabelInterval:
    start, stop = row.frames or row.seconds or (0, 0)
    return LabelInterval(
        row.behavior, start, stop, in_frames=row.frames is not None, individual=row.individual, target=row.target,
        recording=row.recording, confidence=row.confidence, line=row.line,
    )  # fmt: skip


def _of_recording(intervals: Sequence[LabelInterval], recording: str, *, path: Path) -> Sequence[LabelInterval]:
    """Return the intervals of a recording; all of them where the file knows one only, by whatever name."""
    named = list(dict.fromkeys(one.recording for one in intervals if one.recording))
    if not recording or len(named) < 2:
        return intervals
    if recording not in named:
        raise InputError(
            f"there are no labels of {recording}",
            where=str(path),
            expected=f"one of {', '.join(named[:10])}",
            actual=recording,
            remedy=did_you_mean(recording, named),
        )
    return [one for one in intervals if one.recording in ("", recording)]


def _length_notes(file: LabelFile, clock: FrameClock) -> tuple[str, ...]:
    if file.n_frames is None or clock.n_frames in (None, file.n_frames):
        return ()
    return (f"{file.n_frames} frames were labelled, and the recording has {clock.n_frames}",)
