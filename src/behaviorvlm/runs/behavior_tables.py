"""The tables of a behavior run: a pure function of its journal, a recording in memory at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.boris import write_boris_aggregated
from behaviorvlm.io.bouts import write_bouts
from behaviorvlm.io.ethogram_file import write_ethogram
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.correction_tables import write_corrections
from behaviorvlm.runs.frame_labels import frame_labels
from behaviorvlm.types import Bout, RecordingSummary

RECORDINGS_FILE, SEGMENTS_FILE, BOUTS_FILE, MERGES_FILE = "recordings.csv", "segments.csv", "bouts.csv", "merges.csv"
ETHOGRAM_FILE, BORIS_FILE, COLUMNS_FILE = "ethogram.toml", "boris_aggregated.csv", "feature_columns.csv"
LABELS_FOLDER = "frame_labels"
SAID = (
    "behavior", "target", "description", "posture", "direction", "speed", "social_contact", "confidence",
    "confidence_kind", "evidence", "source", "status",
)  # fmt: skip
"""What ``segments.csv`` holds of a description; its confidence is called ``description_confidence`` there."""
FRAMES_AT_A_TIME = 8192
"""Rows of ``frame_labels`` that are put together at a time."""
Row = Sequence[object]


def write_behavior_tables(run: BehaviorRun, *, folder: Path | None = None) -> tuple[Path, ...]:
    """Write the tables of a finished run and return their paths.

    Args:
        run: The run.
        folder: Where to; None = the run folder.

    Raises:
        RunStorageError: If the run is not finished, or a table cannot be written; the one of before is then untouched.
        RunCorruptError: If a result in the journal is not what was saved.
    """
    folder, reader = folder or run.folder, BehaviorReader(run)
    summaries = {name: reader.summary(name) for name in reader.names}
    bouts_of = {name: reader.bouts(name) for name in reader.names}
    bouts = [bout for each in bouts_of.values() for bout in each]
    paths = [
        _write(folder / RECORDINGS_FILE, _recording_rows(summaries.values())),
        _write(folder / SEGMENTS_FILE, _segment_rows(reader)),
        _write(folder / MERGES_FILE, _merge_rows(reader)),
        _write(folder / COLUMNS_FILE, _column_rows(reader)),
    ]
    write_bouts(folder / BOUTS_FILE, bouts)
    write_ethogram(folder / ETHOGRAM_FILE, reader.ethogram())
    write_boris_aggregated(
        folder / BORIS_FILE, bouts, frame_rates_hz={name: one.frame_rate_hz for name, one in summaries.items()},
        durations_s={name: float(reader.frame_edges_s(name)[-1]) for name in reader.names},
    )  # fmt: skip
    paths += [folder / name for name in (BOUTS_FILE, ETHOGRAM_FILE, BORIS_FILE)]
    for name, summary in summaries.items():
        rows = _frame_rows(reader, summary, bouts_of[name])
        paths.append(_write(folder / LABELS_FOLDER / f"{name}.csv", rows))
    return (*paths, *write_corrections(run, folder))


def _write(path: Path, rows: Iterable[Row]) -> Path:
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    return path


def _recording_rows(summaries: Iterable[RecordingSummary]) -> Iterator[Row]:
    summaries = list(summaries)
    groups = list(dict.fromkeys(column for one in summaries for column in one.groups))
    yield ["recording", "individuals", "n_frames", "frame_rate_hz", "video", "px_per_mm", *groups, "notes"]
    for one in summaries:
        values = [one.groups.get(column, "") for column in groups]
        scale = "" if one.px_per_mm is None else f"{one.px_per_mm:g}"
        known = (" ".join(one.individuals), one.n_timepoints, f"{one.frame_rate_hz:.6g}", one.video, scale)
        yield [one.name, *known, *values, "; ".join(one.notes)]


def _segment_rows(reader: BehaviorReader) -> Iterator[Row]:
    named = ["description_confidence" if field == "confidence" else field for field in SAID]
    intervals = ["start_frame", "stop_frame", "start_s", "stop_s", "cluster", "confidence"]
    yield ["recording", "individual", "number", *intervals, *named]
    for name in reader.names:
        edges_s = reader.frame_edges_s(name)
        for one, said in zip(reader.segments(name), reader.each_description(name), strict=True):
            seconds = (f"{edges_s[one.start_frame]:.4f}", f"{edges_s[one.stop_frame]:.4f}")
            frames = (one.start_frame, one.stop_frame, *seconds)
            values = [f"{said[field]:.4f}" if field == "confidence" else said[field] for field in SAID]
            yield [name, one.individual, one.number, *frames, one.cluster, f"{one.confidence:.4f}", *values]


def _merge_rows(reader: BehaviorReader) -> Iterator[Row]:
    said = ("individual", "behavior", "target", "segments", "confidence", "source")
    yield ["merge", "recording", *said, "undone", "reason"]
    undone = reader.undone_places()
    for name in reader.names:
        for number, one in enumerate(reader.merges(name)):
            segments = " ".join(map(str, one["segments"]))
            known = (one["individual"], one["behavior"], one["target"], segments, f"{one['confidence']:.4f}")
            yield [number, name, *known, one["source"], "yes" if number in undone.get(name, ()) else "", one["reason"]]


def _column_rows(reader: BehaviorReader) -> Iterator[Row]:
    columns = reader.columns()
    fields = ("name", "unit", "block", "definition")
    yield ["column", *fields]
    for number, one in enumerate(columns):
        yield [number, *(one[field] for field in fields)]


def _frame_rows(reader: BehaviorReader, summary: RecordingSummary, bouts: Sequence[Bout]) -> Iterator[Row]:
    """Yield a header and one row for each frame: its time, and cluster, behavior and target of each individual."""
    times_s, segments = reader.times_s(summary.name), reader.segments(summary.name)
    yield [
        "frame",
        "time_s",
        *(f"{one}_{what}" for one in summary.individuals for what in ("cluster", "behavior", "target")),
    ]
    labels = [
        label for one in summary.individuals for label in frame_labels(one, segments, bouts, n_frames=len(times_s))
    ]
    del segments
    for start in range(0, len(times_s), FRAMES_AT_A_TIME):
        part = slice(start, start + FRAMES_AT_A_TIME)
        times = [f"{time:.4f}" for time in times_s[part].tolist()]
        yield from zip(range(start, start + len(times)), times, *(label.over(part) for label in labels), strict=True)
