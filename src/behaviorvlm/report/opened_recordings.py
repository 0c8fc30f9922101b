"""The recordings of a behavior run, opened again: tracks and videos, where they are at hand and still the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from behaviorvlm.errors import InputError
from behaviorvlm.io.recording_file import RecordingFile
from behaviorvlm.io.tracks_file import SEVERAL, detect_format, list_sequences
from behaviorvlm.runs.manifest import InputFile
from behaviorvlm.types import Recording, RecordingSummary


def open_recording(summary: RecordingSummary, inputs: Mapping[str, InputFile]) -> Recording:
    """Return a recording as a run was given it, from the files that the run names.

    Args:
        summary: What the run knows of it.
        inputs: The files of the run, by role.

    Raises:
        InputError: If a file is gone, has another size, or does not hold what the run saw.
    """
    own = {role: inputs.get(f"{summary.name}/{role}") for role in ("tracks", "video", "roles")}
    paths = {role: same_file(file) for role, file in own.items() if file is not None}
    tracks = paths.get("tracks", "")
    file = RecordingFile(
        summary.name,
        tracks=tracks,
        video=paths.get("video", ""),
        roles=paths.get("roles", ""),
        frame_rate_hz=None if paths.get("video") else summary.frame_rate_hz,
        sequence=_sequence(Path(tracks), summary.name) if tracks else "",
    )
    opened = file.open()
    if (opened.individuals, opened.n_timepoints) != (summary.individuals, summary.n_timepoints):
        raise InputError(
            "the recording is not what the run saw",
            where=summary.name,
            expected=f"{', '.join(summary.individuals)}, {summary.n_timepoints} frames",
            actual=f"{', '.join(opened.individuals)}, {opened.n_timepoints} frames",
        )
    return replace(opened, groups=summary.groups)


def same_file(file: InputFile) -> str:
    """Return the path of a file of the size it had; a hash of a long video would take longer than the report.

    Raises:
        InputError: If it is gone, or has another size.
    """
    path = Path(file.path)
    size = path.stat().st_size if path.is_file() else None
    if size != file.size_bytes:
        raise InputError(
            "a file of the run is gone" if size is None else "a file of the run has changed",
            where=file.path,
            expected=f"{file.size_bytes} bytes",
            actual="no such file" if size is None else f"{size} bytes",
        )
    return file.path


def _sequence(tracks: Path, name: str) -> str:
    """Return which of the recordings in a file of several it is: the one whose name it bears."""
    kind = detect_format(tracks)
    held = list_sequences(tracks, format=kind) if kind in SEVERAL else ()
    return next((one for one in held if one.replace("/", "_") == name), held[0] if len(held) == 1 else "")
