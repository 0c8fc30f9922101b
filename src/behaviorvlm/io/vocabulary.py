"""The user's own words: a vocabulary of behaviors with definitions, and exemplar bouts that show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from behaviorvlm.errors import FormatError, InputError
from behaviorvlm.io.behavior_labels import detect_label_format, read_label_file
from behaviorvlm.io.bouts import BoutRow, read_bout_rows
from behaviorvlm.io.ethogram_file import EthogramFile, behaviors_of
from behaviorvlm.io.frame_clock import FrameClock
from behaviorvlm.io.label_intervals import LabelInterval
from behaviorvlm.io.toml_file import did_you_mean, read_model
from behaviorvlm.types import Behavior, Bout, FloatArray

NOT_SAID = float("nan")


class _Exemplar(BaseModel):
    """One ``[[exemplars]]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    behavior: str = Field(min_length=1)
    recording: str = ""
    individual: str = ""
    target: str = ""
    start_s: float | None = None
    stop_s: float | None = None
    start_frame: int | None = None
    stop_frame: int | None = None


class _Exemplars(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    exemplars: tuple[_Exemplar, ...] = Field(min_length=1)


def read_vocabulary(path: Path) -> tuple[Behavior, ...]:
    """Return the behaviors of a vocabulary, in its order.

    A table for each, ``[behaviors.chase]`` with ``definition``, ``kind`` (state or point) and ``social``, or one line
    each under ``[behaviors]``: ``chase = "runs after the other"``. An ``ethogram.toml`` is a vocabulary too.

    Raises:
        FormatError: If it is no TOML.
        InputError: If a key is unknown, or there is no behavior.
    """
    behaviors = behaviors_of(read_model(path, EthogramFile, error=InputError))
    if not behaviors:
        raise InputError(
            "the vocabulary names no behavior",
            where=str(path),
            expected='[behaviors.chase], and definition = "..."',
            actual="none",
        )
    return behaviors


def read_exemplars(
    path: Path,
    *,
    times_s: Mapping[str, FloatArray],
    individuals: Mapping[str, Sequence[str]] | None = None,
    behaviors: Sequence[str] | None = None,
) -> tuple[Bout, ...]:
    """Return bouts that a person named, of recordings of a run, in order of the file.

    A CSV with columns of ``bouts.csv``, or TOML with ``[[exemplars]]`` of the same keys, in frames or in seconds; or
    any file of labels that people made.
    The recording may be left out where there is one only, the individual likewise.

    Args:
        path: The file.
        times_s: Recording to (frame,) float64 seconds of its frames.
        individuals: Recording to its individuals; None = any name is good.
        behaviors: Names of the vocabulary; None = any name is good.

    Raises:
        FormatError: If it is no such file.
        InputError: If a recording, individual or behavior is unknown, or an exemplar lies outside its recording.
    """
    return tuple(
        _place(row, where, times_s=times_s, individuals=individuals or {}, behaviors=behaviors)
        for where, row in _rows(path)
    )


def _rows(path: Path) -> list[tuple[str, BoutRow]]:
    if path.suffix.lower() != ".toml":
        rows = read_bout_rows(path) if _kind(path) == "csv" else map(_of_label, read_label_file(path).intervals)
        return [(f"{path}, line {row.line}" if row.line else str(path), row) for row in rows]
    entries = read_model(path, _Exemplars, error=InputError).exemplars
    return [(f"{path}, exemplar {number}", _row(entry)) for number, entry in enumerate(entries, start=1)]


def _kind(path: Path) -> str:
    """Return the kind of labels in a file; a table of bouts where it is none, whose reader says what is wrong."""
    try:
        return detect_label_format(path)
    except FormatError:
        return "csv"


def _of_label(one: LabelInterval) -> BoutRow:
    frames = (int(one.start), int(one.stop)) if one.in_frames else None
    seconds = None if one.in_frames else (one.start, one.stop)
    who = one.recording, one.individual, one.target, one.behavior
    return BoutRow(one.line, *who, seconds, frames, one.confidence, one.segments)


def _row(entry: _Exemplar) -> BoutRow:
    seconds = None if entry.start_s is None or entry.stop_s is None else (entry.start_s, entry.stop_s)
    frames = None if entry.start_frame is None or entry.stop_frame is None else (entry.start_frame, entry.stop_frame)
    who = entry.recording, entry.individual, entry.target, entry.behavior
    return BoutRow(0, *who, seconds, frames, NOT_SAID, ())


def _place(
    row: BoutRow,
    where: str,
    *,
    times_s: Mapping[str, FloatArray],
    individuals: Mapping[str, Sequence[str]],
    behaviors: Sequence[str] | None,
) -> Bout:
    recording = _known(row.recording, list(times_s), what="recording", where=where)
    names = individuals.get(recording)
    individual = row.individual if names is None else _known(row.individual, names, what="individual", where=where)
    target = (
        row.target if names is None or not row.target else _known(row.target, names, what="individual", where=where)
    )
    if behaviors is not None:
        _known(row.behavior, behaviors, what="behavior", where=where)
    clock = FrameClock.of(times_s[recording], None, where=where)
    frames = row.frames or (row.seconds and (clock.frame_at(row.seconds[0]), clock.frame_at(row.seconds[1])))
    count = len(times_s[recording])
    if not frames or not 0 <= frames[0] < frames[1] <= count:
        raise InputError(
            "an exemplar lies outside its recording",
            where=where,
            expected=f"a start before its stop, within {count} frames, {clock.second_at(count):.3f} s",
            actual=str(row.seconds or row.frames or "neither seconds nor frames"),
        )
    seconds = clock.second_at(frames[0]), clock.second_at(frames[1])
    return Bout(recording, individual, target, row.behavior, *frames, *seconds, NOT_SAID)


def _known(name: str, known: Sequence[str], *, what: str, where: str) -> str:
    """Return the name if it is known, or the only one there is if nothing was said."""
    if not name and len(known) == 1:
        return known[0]
    if name not in known:
        raise InputError(
            f"unknown {what} {name}" if name else f"the {what} is not stated",
            where=where,
            expected=f"one of {', '.join(known[:20])}",
            actual=name or "nothing",
            remedy=did_you_mean(name, list(known)),
        )
    return name
