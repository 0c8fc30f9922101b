"""CalMS21's json written and read whole: a label for each frame of every recording, without points.

A sequence says what one animal does. Where several do something each gets a sequence, ``<recording>/<individual>``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.calms21_labels import BACKGROUND, INDIVIDUAL, TARGET, read_annotations
from behaviorvlm.io.frame_marks import labels_of
from behaviorvlm.io.label_intervals import LabelFile, LabelledPart
from behaviorvlm.io.label_table import table_of_labels
from behaviorvlm.io.npy import MAGIC
from behaviorvlm.io.recording_files import actors_of
from behaviorvlm.io.sequence_file import sequences
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

ANNOTATOR = "annotator-id_0"


def is_labelled(path: Path) -> bool:
    """Return whether a file holds sequences with labels."""
    try:
        with path.open("rb") as stream:
            head = stream.read(64)
        return (head.startswith(MAGIC) or head.lstrip().startswith(b"{")) and any(
            "annotations" in one for one in sequences(path).values()
        )
    except (FormatError, OSError):
        return False


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of all sequences.

    Raises:
        FormatError: If it is no such file, or its labels have no names.
    """
    files = {name: read_annotations(path, name) for name in sequences(path)}
    owners = {name: _recording(name, file) for name, file in files.items()}
    parts: dict[str, LabelledPart] = {}
    for name, file in files.items():
        before = parts.get(owners[name], LabelledPart(owners[name], file.n_frames, file.frame_rate_hz))
        who = dict.fromkeys([*before.individuals, *(one.individual for one in file.intervals)])
        parts[owners[name]] = replace(before, individuals=tuple(who))
    return LabelFile(
        tuple(replace(one, recording=owners[name]) for name, file in files.items() for one in file.intervals),
        parts=tuple(parts.values()),
        behaviors=tuple({one.name: one for file in files.values() for one in file.behaviors}.values()),
    )


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of all sequences.

    Raises:
        FormatError: If it is no such file, or its labels have no names.
        SettingsError: If the file states no frame rate, and none is given.
    """
    return table_of_labels(read_intervals(path), path, frame_rate_hz=frame_rate_hz)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a sequence for each recording and individual, one at a time; returns the path.

    Raises:
        RunStorageError: If the disk refuses.
    """
    behaviors = [one.name for one in table.ethogram.behaviors if one.name != BACKGROUND]
    sequence = (text for one in table.recordings for text in _sequences(one, behaviors))
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f'{{"{ANNOTATOR}": {{\n')
        stream.writelines(f"{',' if at else ''}{text}\n" for at, text in enumerate(sequence))
        stream.write("}}\n")
    return (path,)


def _sequences(one: LabelledRecording, behaviors: list[str]) -> Iterator[str]:
    vocabulary = {name: number for number, name in enumerate([*behaviors, BACKGROUND])}
    actors = actors_of(one)
    for who in actors:
        own = [bout for bout in one.bouts if bout.individual == who and bout.behavior != BACKGROUND]
        targets = {bout.target for bout in own}
        labels = labels_of(own, behaviors, n_frames=one.n_frames, background=len(behaviors))
        about = {
            "fps": one.frame_rate_hz, "num_frames": one.n_frames, "vocab": vocabulary, INDIVIDUAL: who,
            TARGET: targets.pop() if len(targets) == 1 else "",
        }  # fmt: skip
        name = json.dumps(f"{one.name}/{who}" if who and len(actors) > 1 else one.name, ensure_ascii=False)
        yield (
            f'{name}: {{"keypoints": [], "scores": [], "annotations": {json.dumps(labels.tolist())}, '
            f'"metadata": {json.dumps(about, ensure_ascii=False)}}}'
        )


def _recording(sequence: str, file: LabelFile) -> str:
    """Return a sequence's name without the individual that was put behind it, and with _ for /."""
    who = next((one.individual for one in file.intervals), "")
    return (sequence.removesuffix(f"/{who}") if who else sequence).replace("/", "_")
