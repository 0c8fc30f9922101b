"""Recordings of behaving animals: which files belong together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from behaviorvlm.errors import InputError, SettingsError
from behaviorvlm.io.project_file import ProjectRecording, read_project
from behaviorvlm.io.recording_file import RecordingFile
from behaviorvlm.io.recording_names import recording_name, unique_names
from behaviorvlm.io.session_layout import VIDEO_ENDINGS
from behaviorvlm.io.tracks_file import SEVERAL, detect_format, list_sequences

__all__ = ["RecordingFile", "find_recordings"]


def find_recordings(
    inputs: Sequence[Path],
    *,
    videos: Sequence[Path] = (),
    frame_rate_hz: float | None = None,
    px_per_mm: float | None = None,
    roles: Path | None = None,
    min_confidence: float | None = None,
) -> list[RecordingFile]:
    """Return the recordings that files of tracks, videos and projects stand for, in their order.

    Files are not read, only told apart: a video by its ending, a project by ``.toml``, tracks by their content.

    Args:
        inputs: Files of tracks, videos of animals nobody tracked, or projects.
        videos: The videos of the files of tracks: one each. They are matched by name where every name fits, and
            otherwise by their order.
        frame_rate_hz: Frames per second, where no video says.
        px_per_mm: Scale of the pictures.
        roles: What the keypoints are for (``roles.toml``).
        min_confidence: Below it a point is missing; None = usual for the kind of file.

    Raises:
        InputError: If there is nothing, a file is missing or given twice, names are not told apart, or the videos
            do not fit the tracks.
        FormatError: If a file is of no known kind.
    """
    _refuse_missing([*inputs, *videos, *([roles] if roles else [])])
    given = {
        "frame_rate_hz": frame_rate_hz,
        "px_per_mm": px_per_mm,
        "roles": str(roles) if roles else "",
        "min_confidence": min_confidence,
    }
    plain = [path for path in inputs if path.suffix.lower() != ".toml"]
    tracks = [path for path in plain if path.suffix.lower() not in VIDEO_ENDINGS]
    video_of = _pair(tracks, videos)
    names = dict(zip(plain, unique_names(plain), strict=True))
    found: list[RecordingFile] = []
    for path in inputs:
        if path not in names:
            found += _from_project(path, given)
        elif path in tracks:
            found += _from_tracks(path, names[path], video=video_of.get(path, ""), given=given)
        else:
            found.append(RecordingFile(names[path], video=str(path), **given))  # type: ignore[arg-type]
    _refuse_same_names(found)
    _refuse_paths(found)
    return found


def _from_tracks(path: Path, name: str, *, video: str, given: Mapping[str, object]) -> list[RecordingFile]:
    kind = detect_format(path)
    sequences = list_sequences(path, format=kind) if kind in SEVERAL else ("",)
    if video and len(sequences) > 1:
        raise InputError(
            "one video for a file of several recordings",
            where=str(path),
            expected="a project that names the sequence and the video of each recording",
            actual=f"{len(sequences)} sequences",
        )
    names = [name] if len(sequences) == 1 else [sequence.replace("/", "_") for sequence in sequences]
    return [
        RecordingFile(label, tracks=str(path), video=video, sequence=sequence, format=kind, **given)  # type: ignore[arg-type]
        for label, sequence in zip(names, sequences, strict=True)
    ]


def _from_project(path: Path, given: Mapping[str, object]) -> list[RecordingFile]:
    project = read_project(path)
    files = [_placed(path.parent, recording.tracks or recording.video) for recording in project.recordings]
    guessed = unique_names([Path(file) for file in files])
    found = [
        _of_project(
            recording, path.parent, name=recording.name or recording.sequence.replace("/", "_") or name, given=given
        )
        for recording, name in zip(project.recordings, guessed, strict=True)
    ]
    _refuse_missing([Path(file) for recording in found for file in recording.source_files.values()], where=str(path))
    return found


def _of_project(recording: ProjectRecording, folder: Path, *, name: str, given: Mapping[str, object]) -> RecordingFile:
    stated = {
        "frame_rate_hz": recording.fps,
        "px_per_mm": recording.px_per_mm,
        "min_confidence": recording.min_confidence,
    }
    return RecordingFile(
        name,
        tracks=_placed(folder, recording.tracks),
        video=_placed(folder, recording.video),
        roles=_placed(folder, recording.roles) or str(given["roles"]),
        sequence=recording.sequence,
        format=recording.format or "",
        groups={column: str(value) for column, value in recording.groups.items()},
        **{key: given[key] if value is None else value for key, value in stated.items()},  # type: ignore[arg-type]
    )


def _placed(folder: Path, path: str | None) -> str:
    return os.path.normpath(folder / path) if path else ""


def _pair(tracks: Sequence[Path], videos: Sequence[Path]) -> dict[Path, str]:
    """Return the video of each file of tracks."""
    if not videos:
        return {}
    if len(videos) != len(tracks):
        raise SettingsError(
            "not as many videos as files of tracks",
            expected=f"one --video for each of {len(tracks)} files of tracks, in the same order",
            actual=f"{len(videos)} videos",
            remedy="videos without tracks are inputs, without --video; list what belongs together in a project file",
        )
    by_name = {recording_name(video): video for video in videos}
    names = [recording_name(path) for path in tracks]
    if len(by_name) == len(videos) and set(names) == set(by_name):
        return {path: str(by_name[name]) for path, name in zip(tracks, names, strict=True)}
    return {path: str(video) for path, video in zip(tracks, videos, strict=True)}


def _refuse_missing(paths: Sequence[Path], *, where: str = "") -> None:
    if not paths:
        raise InputError("there is nothing to read", expected="files of tracks, videos or a project", actual="nothing")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise InputError("there is no such file", where=where, expected="a file", actual=", ".join(missing[:5]))


def _refuse_paths(found: Sequence[RecordingFile]) -> None:
    """Refuse names that lead elsewhere: files of a run are called after its recordings."""
    names = [one.name for one in found]
    paths = [name for name in names if Path(name).name != name or name == ".." or "\\" in name or "\0" in name]
    if paths:
        raise InputError(
            "a recording's name is a path",
            expected="a name, without / and \\",
            actual=", ".join(paths[:5]),
            remedy="give it another name in the project file",
        )


def _refuse_same_names(found: Sequence[RecordingFile]) -> None:
    places = Counter((recording.tracks, recording.sequence, recording.video) for recording in found)
    names = Counter(recording.name for recording in found)
    twice = [place for place, count in places.items() if count > 1]
    repeated = [name for name, count in names.items() if count > 1]
    if twice or repeated:
        raise InputError(
            "a recording is given twice" if twice else "recordings have the same name",
            expected="each once",
            actual=" ".join(filter(None, twice[0])) if twice else ", ".join(repeated),
            remedy="" if twice else "give each a name of its own in a project file: name = ...",
        )
