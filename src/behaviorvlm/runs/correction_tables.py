"""Tables of what a person did to a run: ``corrections.csv``, and the accepted exemplars as DeepLabCut writes labels."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from behaviorvlm.io import deeplabcut
from behaviorvlm.io.atomic import replacing
from behaviorvlm.runs.correction_kinds import AcceptExemplar, in_words
from behaviorvlm.runs.corrections import undone_numbers
from behaviorvlm.runs.run_folder import RunFolder
from behaviorvlm.runs.store import PoseRun

CORRECTIONS_TABLE = "corrections.csv"
EXEMPLARS_FILE = "exemplars/CollectedData_{}.csv"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""
PLACES = ("recording", "individual", "timepoint", "start", "stop", "start_frame", "stop_frame")


def write_corrections(run: RunFolder[Any], folder: Path) -> tuple[Path, ...]:
    """Write all corrections of a run as a table, those that were undone included; nothing where nobody corrected.

    Raises:
        RunStorageError: If it cannot be written.
        RunCorruptError: If a correction is not what was written.
    """
    if run.corrections is None:
        return ()
    path = folder / CORRECTIONS_TABLE
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(_rows(run))
    return (path,)


def write_exemplars(run: PoseRun, folder: Path) -> tuple[Path, ...]:
    """Write the views of accepted timepoints, one file per camera; nothing where none ever was accepted.

    Raises:
        RunStorageError: If they cannot be written.
        RunCorruptError: If a result is not what was saved.
    """
    records = () if run.corrections is None else run.corrections.records()
    if not any(isinstance(one.change, AcceptExemplar) for one in records):
        return ()
    session, corrected = run.manifest.session, run.corrected
    timepoints = [] if corrected is None else corrected.exemplars()
    chunks = [(timepoint, chunk) for timepoint in timepoints if (chunk := run.poses_at(timepoint)) is not None]
    paths = []
    for place, camera in enumerate(session.cameras):
        points = [chunk.points_px[timepoint - int(chunk.timepoint[0]), place] for timepoint, chunk in chunks]
        deeplabcut.write_labels(
            path := folder / EXEMPLARS_FILE.format(camera),
            np.array([timepoint for timepoint, _ in chunks], dtype=np.int64) + session.frame_offsets.get(camera, 0),
            np.reshape(points, (len(chunks), len(session.keypoints), 2)),
            keypoints=session.keypoints,
            video=f"{session.name}_{camera}",
        )
        paths.append(path)
    return tuple(paths)


def _rows(run: RunFolder[Any]) -> Iterator[list[object]]:
    yield ["correction", "at", "author", "what", *PLACES, "reason", "undone"]
    records = () if run.corrections is None else run.corrections.records()
    undone = undone_numbers(records)
    for one in records:
        places = [getattr(one.change, name, "") for name in PLACES]
        said = [_as_text(text) for text in (one.author, in_words(one.change))]
        yield [
            one.number, one.at, *said, *(_as_text(place) if isinstance(place, str) else place for place in places),
            _as_text(one.reason), "yes" if one.number in undone else "",
        ]  # fmt: skip


def _as_text(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
