"""Labels that people made, in whatever file they come, as bouts of one recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from behaviorvlm.errors import FormatError, InputError, SettingsError
from behaviorvlm.io import (
    boris,
    boris_project,
    bouts,
    bouts_csv,
    bouts_parquet,
    calms21_labels,
    caltech,
    mabe,
    nwb_bouts,
    simba,
    srt,
    vtrace,
)
from behaviorvlm.io.boris_table import kind_of
from behaviorvlm.io.frame_clock import FrameClock
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, LabelledPart, place_intervals
from behaviorvlm.io.npy import MAGIC
from behaviorvlm.io.toml_file import did_you_mean
from behaviorvlm.types import Bout, FloatArray

LabelFormat = Literal["boris", "caltech", "calms21", "csv", "mabe", "nwb", "parquet", "simba", "srt", "vtrace"]
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
    part = file.part(recording)
    clock = FrameClock.of(
        times_s, frame_rate_hz or (None if times_s is not None else part.frame_rate_hz), where=str(path)
    )
    placed, cut = place_intervals(chosen, clock, recording=recording, where=str(path))
    behaviors = tuple(dict.fromkeys(bout.behavior for bout in placed))
    return BehaviorLabels(placed, streams, behaviors, part.n_frames, (*file.notes, *cut, *_length_notes(part, clock)))


def read_label_file(path: Path) -> LabelFile:
    """Return the labels of a file of any kind as they stand, of all its recordings.

    Raises:
        FormatError: If it is none of the known kinds, or is damaged.
        InputError: If it is of CalMS21 and holds several sequences.
    """
    return _read(path, detect_label_format(path), recording="")


def detect_label_format(path: Path) -> LabelFormat:
    """Return which of `FORMATS` a file is, told by its content.

    Raises:
        FormatError: If it cannot be read, or is none of them.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
    except OSError as error:
        raise FormatError(
            "the file cannot be read", where=str(path), expected="a file of labels", actual=str(error)
        ) from error
    kind = _of_head(head, path) or _of_table(path)
    if kind is not None:
        return kind
    raise FormatError(
        "the file holds no labels of a known format",
        where=str(path),
        expected=f"one of {', '.join(FORMATS)}",
        actual=repr(head[:32]) if head else "an empty file",
    )


def _of_head(head: bytes, path: Path) -> LabelFormat | None:
    """Return the format that the first bytes of a file say."""
    if head.startswith(caltech.TITLE.encode()):
        return "caltech"
    if head.startswith(bouts_parquet.MAGIC):
        return "parquet"
    if head.startswith(nwb_bouts.HDF5_MAGIC):
        return "nwb"
    if head.startswith(MAGIC):
        return "calms21"
    if head.lstrip().startswith(b"{"):
        return "boris" if boris_project.is_project(path) else "calms21"
    return "srt" if b"-->" in head and srt.is_subtitles(path) else None


def _of_table(path: Path) -> LabelFormat | None:
    """Return the format that the header of a table says."""
    if calms21_labels.is_label_table(path):
        return "calms21" if calms21_labels.has_known_names(path) else "vtrace"
    if bouts.is_bout_table(path):
        return "csv"
    if mabe.is_bout_table(path):
        return "mabe"
    if vtrace.is_label_table(path):
        return "vtrace"
    if kind_of(path):
        return "boris"
    return "simba" if simba.is_project_table(path) else None


def _read(path: Path, kind: str, *, recording: str) -> LabelFile:
    if kind == "boris":
        return boris_project.read_intervals(path) if boris_project.is_project(path) else boris.read_intervals(path)
    if kind == "calms21":
        in_table = path.suffix.lower() not in (".json", ".npy") and calms21_labels.is_label_table(path)
        return calms21_labels.read_table(path) if in_table else calms21_labels.read_annotations(path, recording)
    return _READERS[kind](path)


_READERS: Mapping[str, Callable[[Path], LabelFile]] = {
    "caltech": caltech.read_intervals,
    "csv": bouts_csv.read_intervals,
    "mabe": mabe.read_intervals,
    "nwb": nwb_bouts.read_intervals,
    "parquet": bouts_parquet.read_intervals,
    "simba": simba.read_intervals,
    "srt": srt.read_intervals,
    "vtrace": vtrace.read_intervals,
}


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


def _length_notes(part: LabelledPart, clock: FrameClock) -> tuple[str, ...]:
    if part.n_frames is None or clock.n_frames in (None, part.n_frames):
        return ()
    return (f"{part.n_frames} frames were labelled, and the recording has {clock.n_frames}",)
