"""Which file of labels belongs to which recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from behaviorvlm.errors import InputError
from behaviorvlm.io.behavior_labels import detect_label_format, read_labels


def match_files(paths: Sequence[Path], recordings: Sequence[str], *, format: str | None = None) -> dict[str, Path]:
    """Return the file of labels of each recording that has one.

    A file belongs to the recording whose name its own begins with (``10_annot.txt`` to ``10``). A single file may hold
    the labels of several recordings under their names. A single recording takes a single file whatever its name. As
    many files as recordings of which no name fits are taken in order.

    Args:
        paths: The files.
        recordings: Names.
        format: Kind of the files, None = told by their content.

    Raises:
        InputError: If it cannot be told which belongs to which, or two belong to one.
        FormatError: If a file holds no labels.
    """
    if len(paths) == len(recordings) == 1:
        return {recordings[0]: paths[0]}
    found: dict[str, Path] = {}
    rest = []
    for path in paths:
        name = _named_by(path, recordings)
        if name is None:
            rest.append(path)
        elif name in found:
            raise _unclear([found[name], path], "one file of labels for each recording")
        else:
            found[name] = path
    if rest and not found and len(rest) == len(recordings) > 1:
        return dict(zip(recordings, rest, strict=True))
    if len(rest) == 1 and not found:
        return dict.fromkeys(_held_in(rest[0], recordings, format=format), rest[0])
    if rest:
        raise _unclear(rest, f"names that begin as those of recordings: {', '.join(recordings[:5])}")
    return found


def _named_by(path: Path, recordings: Sequence[str]) -> str | None:
    """Return the recording with whose whole name a file's name begins, the longest of several."""
    stem = path.name
    fitting = [
        name
        for name in recordings
        if stem.startswith(name) and (len(stem) == len(name) or not stem[len(name)].isalnum())
    ]
    return max(fitting, key=len, default=None)


def _held_in(path: Path, recordings: Sequence[str], *, format: str | None) -> list[str]:
    """Return the recordings whose labels a file holds under their names."""
    if (format or detect_label_format(path)) == "calms21":
        return [name for name in recordings if _has_sequence(path, name)] or _refuse(path, recordings)
    labels = read_labels(path, format=format, frame_rate_hz=1.0)
    named = {bout.recording for bout in labels.bouts}
    return [name for name in recordings if name in named] or _refuse(path, recordings)


def _has_sequence(path: Path, recording: str) -> bool:
    try:
        read_labels(path, format="calms21", frame_rate_hz=1.0, recording=recording)
    except InputError:
        return False
    return True


def _refuse(path: Path, recordings: Sequence[str]) -> list[str]:
    raise _unclear([path], f"labels of recordings by their names: {', '.join(recordings[:5])}")


def _unclear(paths: Sequence[Path], expected: str) -> InputError:
    return InputError(
        "it cannot be told which labels belong to which recording",
        expected=expected,
        actual=", ".join(path.name for path in paths),
        remedy="name the files as the recordings are named in recordings.csv, or give one for each in the same order",
    )
