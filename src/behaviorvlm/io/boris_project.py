"""BORIS's project, ``.boris``: ethogram, subjects, observations with their media and events, as one JSON.

A recording is an observation, an individual a subject, a target the only modifier. BORIS rounds times to milliseconds
and finds out by counting which event starts a state and which stops it.
"""

from __future__ import annotations

import json
import math
import string
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.boris_bouts import comment_of, joined, legal_behavior, legal_modifier
from behaviorvlm.io.boris_events import POINT, START, STOP, pair_events
from behaviorvlm.io.boris_table import BorisTable
from behaviorvlm.io.label_intervals import LabelFile, LabelledPart
from behaviorvlm.io.label_table import table_of_labels
from behaviorvlm.io.number_table import UNREADABLE, open_text
from behaviorvlm.io.text_cells import legal_names, one_line
from behaviorvlm.types import Behavior, Bout
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

VERSION = "7.0"
"""Of the project format, since BORIS 7 and still in BORIS 10."""
VERSION_KEY = "project_format_version"
RATE, FRAMES = "frame rate (Hz)", "frames"
"""Independent variables that hold what an observation without media cannot."""
KEYS = string.ascii_lowercase + string.digits
EVENT_COLUMNS = ("Time", "Status", "Observation id", "Subject", "Behavior", "Modifier #1")
Json = dict[str, Any]


def is_project(path: Path) -> bool:
    """Return whether a file is a project of BORIS."""
    try:
        content = _load(path)
    except FormatError:
        return False
    return isinstance(content, dict) and {"behaviors_conf", "observations"} <= set(content)


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of all observations.

    Raises:
        FormatError: If it is no project, one of a later version, or an event is damaged.
    """
    project = _load(path)
    if not isinstance(project, dict) or not {"behaviors_conf", "observations"} <= set(project):
        raise FormatError("the file is no project of BORIS", where=str(path), expected="behaviors_conf, observations")
    version = str(project.get(VERSION_KEY, "0"))
    if int(version.split(".", maxsplit=1)[0] if version.split(".", maxsplit=1)[0].isdigit() else 0) > int(
        float(VERSION)
    ):
        raise FormatError(
            "the project is of a later version", where=f"{path}, {VERSION_KEY}", expected=f"{VERSION} or earlier",
            actual=version, remedy="export its aggregated events from BORIS, and read these",
        )  # fmt: skip
    try:
        behaviors = tuple(_behavior(one) for one in project["behaviors_conf"].values())
        parts = tuple(_part(name, one) for name, one in project["observations"].items())
        states = {one.name for one in behaviors if one.kind == "state"}
        found = [
            pair_events(_table(part.name, project["observations"][part.name], states), path, length=_length_s(part))
            for part in parts
        ]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise FormatError(
            "the project is damaged", where=str(path), expected="behaviors_conf and observations as BORIS writes them",
            actual=f"{type(error).__name__}: {error}",
        ) from error  # fmt: skip
    notes = tuple(note for _, each in found for note in each)
    behaviors = tuple({one.name: one for one in behaviors}.values())
    return LabelFile(tuple(one for each, _ in found for one in each), notes=notes, parts=parts, behaviors=behaviors)


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of all observations.

    Raises:
        FormatError: If it is no project, or damaged.
        SettingsError: If an observation has no frame rate, and none is given.
    """
    return table_of_labels(read_intervals(path), path, frame_rate_hz=frame_rate_hz)


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a project; returns its path.

    Raises:
        RunStorageError: If the disk refuses.
    """
    recordings = table.recordings
    names = legal_names([one.name for one in recordings], lambda name: one_line(name).strip() or "observation")
    behaviors = legal_names([one.name for one in table.ethogram.behaviors], legal_behavior)
    targets = legal_names([bout.target for bout in table.bouts if bout.target], legal_modifier)
    subjects = dict.fromkeys(who for one in recordings for who in one.individuals if who)
    legal = {"": "", **behaviors}, {"": "", **targets}
    project = {
        "time_format": "hh:mm:ss",
        "project_date": table.provenance.get("created", "1970-01-01T00:00:00")[:19],
        "project_name": path.name.removesuffix(".boris"),
        "project_description": "; ".join(f"{key} {value}" for key, value in table.provenance.items()),
        VERSION_KEY: VERSION,
        "subjects_conf": {
            str(at): {"key": str(at + 1) if at < 9 else "", "name": one_line(who), "description": ""}
            for at, who in enumerate(subjects)
        },
        "behaviors_conf": {
            str(at): _behavior_entry(one, behaviors[one.name], at=at, targets=_targets(table, one.name, targets))
            for at, one in enumerate(table.ethogram.behaviors)
        },
        "behavioral_categories": [],
        "behavioral_categories_config": {},
        "independent_variables": {str(at): _variable(label) for at, label in enumerate(_labels(recordings))},
        "coding_map": {},
        "behaviors_coding_map": [],
        "converters": {},
    }  # fmt: skip
    points = {one.name for one in table.ethogram.behaviors if one.kind == "point"}
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(json.dumps(project, ensure_ascii=False, indent=1)[:-2] + ',\n "observations": {\n')
        for at, one in enumerate(recordings):
            events = list(_events(one.bouts, points, behaviors=legal[0], targets=legal[1]))
            text = json.dumps(_observation(one, events), ensure_ascii=False)
            stream.write(f"{',' if at else ''}{json.dumps(names[one.name], ensure_ascii=False)}: {text}\n")
        stream.write(" }\n}\n")
    return (path,)


def _events(
    bouts: Sequence[Bout], points: set[str], *, behaviors: Mapping[str, str], targets: Mapping[str, str]
) -> Iterator[list[object]]:
    """Return events in order of time; at the same moment one bout stops before the next starts."""
    timed: list[tuple[float, int, list[object]]] = []
    for bout in joined(bouts):
        who = [one_line(bout.individual), behaviors[bout.behavior], targets[bout.target]]
        start, stop = round(bout.start_s, 3), max(round(bout.stop_s, 3), round(bout.start_s, 3) + 0.001)
        timed.append((start, 1, [start, *who, comment_of(bout), bout.start_frame]))
        if bout.behavior not in points:
            timed.append((stop, 0, [round(stop, 3), *who, "", bout.stop_frame]))
    return (event for _, _, event in sorted(timed, key=lambda one: one[:2]))


def _observation(one: LabelledRecording, events: list[list[object]]) -> Json:
    media = one.video
    values = {**one.groups, RATE: f"{one.frame_rate_hz:.10g}", FRAMES: str(one.n_frames)}
    common = {
        "file": {str(player): [media] if player == 1 and media else [] for player in range(1, 9)},
        "type": "MEDIA" if media else "LIVE",
        "date": "1970-01-01T00:00:00",
        "description": "",
        "time offset": 0.0,
        "events": events if media else [event[:-1] for event in events],
        "observation time interval": [0, 0],
        "independent_variables": values,
        "visualize_spectrogram": False,
        "visualize_waveform": False,
        "close_behaviors_between_videos": False,
        "media_creation_date_as_offset": False,
        "media_scan_sampling_duration": 0,
        "image_display_duration": 1,
    }
    if not media:
        live = {"scan_sampling_time": 0, "start_from_current_time": False, "start_from_current_epoch_time": False}
        return {**common, **live}
    about = {"length": one.duration_s, "fps": one.frame_rate_hz, "hasVideo": True, "hasAudio": False}
    return {**common, "media_info": {**{key: {media: value} for key, value in about.items()}, "offset": {"1": 0.0}}}


def _behavior_entry(one: Behavior, name: str, *, at: int, targets: Sequence[str]) -> Json:
    whom = {"name": "target", "description": "", "ask at stop": False, "type": 0, "values": list(targets)}
    return {
        "type": "Point event" if one.kind == "point" else "State event",
        "key": KEYS[at] if at < len(KEYS) else "",
        "code": name,
        "description": one_line(one.definition),
        "color": "",
        "category": "",
        "modifiers": {"0": whom} if targets else {},
        "excluded": "",
        "coding map": "",
    }


def _targets(table: BoutTable, behavior: str, targets: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(targets[one.target] for one in table.bouts if one.behavior == behavior and one.target))


def _variable(label: str) -> Json:
    kind = "numeric" if label in (RATE, FRAMES) else "text"
    return {"label": label, "description": "", "type": kind, "default value": "", "possible values": ""}


def _labels(recordings: Sequence[LabelledRecording]) -> list[str]:
    return list(dict.fromkeys([*(column for one in recordings for column in one.groups), RATE, FRAMES]))


def _load(path: Path) -> object:
    try:
        with open_text(path) as stream:
            return json.load(stream)
    except (*UNREADABLE, ValueError) as error:
        raise FormatError(
            "the file cannot be read", where=str(path), expected="a project of BORIS, JSON", actual=str(error)
        ) from error


def _behavior(entry: Json) -> Behavior:
    kind = "point" if str(entry["type"]).lower().startswith("point") else "state"
    return Behavior(str(entry["code"]), str(entry.get("description", "")), "point" if kind == "point" else "state")


def _part(name: str, one: Json) -> LabelledPart:
    media = [file for files in [one.get("file") or {}] for file in files.get("1", ())]
    about, stated = one.get("media_info") or {}, dict(one.get("independent_variables") or {})
    frames, known = stated.pop(FRAMES, ""), stated.pop(RATE, "")
    rate = next((float(about["fps"][file]) for file in media if file in about.get("fps", {})), 0.0) or float(known or 0)
    length = sum(float(about.get("length", {}).get(file, math.nan)) for file in media) if media else math.nan
    n_frames = int(frames) if str(frames).isdigit() else round(length * rate) if rate and length > 0 else None
    subjects = tuple(dict.fromkeys(str(event[1]) for event in one["events"]))
    return LabelledPart(name, n_frames, rate or None, subjects, media[0] if media else "", stated)


def _major(version: str) -> int:
    first = version.split(".", maxsplit=1)[0]
    return int(first) if first.isdigit() else 0


def _length_s(part: LabelledPart) -> float | None:
    return part.n_frames / part.frame_rate_hz if part.n_frames and part.frame_rate_hz else None


def _table(name: str, one: Json, states: set[str]) -> BorisTable:
    seen: Counter[tuple[str, ...]] = Counter()
    cells: list[tuple[int, list[str]]] = []
    for at, event in enumerate(one["events"]):
        who = (str(event[1]), str(event[2]), str(event[3]))
        status = (STOP if seen[who] % 2 else START) if who[1] in states else POINT
        seen[who] += 1
        cells.append((at, [str(event[0]), status, name, *who]))
    return BorisTable("events", EVENT_COLUMNS, tuple(cells), {})
