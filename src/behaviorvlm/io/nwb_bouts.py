"""`EthogramBouts` of ndx-ethogram, read with h5py from any NWB file that holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.hdf5 import reading, texts
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, LabelledPart
from behaviorvlm.io.label_table import read_each, table_of_labels
from behaviorvlm.io.nwb_catalogue import NO_CLUSTER, CatalogueRow, behaviors_of_rows
from behaviorvlm.io.recording_files import is_each
from behaviorvlm.types.bout_table import BoutTable

ENDING = ".nwb"
HDF5_MAGIC = b"\x89HDF"
EXPECTED = "NWB with EthogramBouts of ndx-ethogram"
NOT_DEFINED = "not defined"


def is_ethogram(path: Path) -> bool:
    """Return whether a file, or every one of a folder, holds `EthogramBouts`."""
    return is_each(path, ENDING, _holds_bouts)


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a file, or of all those in a folder.

    Raises:
        FormatError: If there are none in it, or it is damaged.
        SettingsError: If the file states no frame rate, and none is given.
    """
    return table_of_labels(read_each(path, ENDING, read_intervals), path, frame_rate_hz=frame_rate_hz)


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of all tables of bouts.

    A table that does not say who does it is taken for an individual of its own name.

    Raises:
        FormatError: If there are none in it, or it is damaged.
    """
    with reading(path, expected=EXPECTED) as file:
        tables = list(_of_type(file, "EthogramBouts"))
        if not tables:
            raise FormatError("the file holds no bouts", where=str(path), expected=EXPECTED, actual="no such table")
        intervals = [one for name, table in tables for one in _intervals(name, table)]
        about = _parameters(tables[0][1])
        catalogues = [behaviors_of_rows(_rows(table)) for _, table in _of_type(file, "Ethogram")]
        recording = _text(file["identifier"][()]) if "identifier" in file else ""
        named = [one for name, table in tables for one in _individuals(name, table)]
        who = tuple(dict.fromkeys(map(str, [*(about.get("individuals") or ()), *named])))
        part = LabelledPart(
            recording, _whole(about.get("n_frames")), _positive(about.get("frame_rate_hz")), who, _video(file),
            dict(about.get("groups") or {}),
        )  # fmt: skip
    behaviors = tuple({one.name: one for each in catalogues for one in each}.values())
    return LabelFile(tuple(intervals), part.n_frames, part.frame_rate_hz, parts=(part,), behaviors=behaviors)


def _holds_bouts(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            if not stream.read(4).startswith(HDF5_MAGIC):
                return False
        with reading(path, expected=EXPECTED) as file:
            return next(_of_type(file, "EthogramBouts"), None) is not None
    except (OSError, FormatError):
        return False


def _of_type(file: Any, kind: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 -- h5py ships no types
    found: list[tuple[str, Any]] = []

    def collect(name: str, item: Any) -> None:  # noqa: ANN401
        if _text(item.attrs.get("neurodata_type", "")) == kind:
            found.append((name.rsplit("/", 1)[-1], item))

    for place in ("processing", "intervals", "analysis", "scratch"):
        if place in file:
            file[place].visititems(collect)
    return iter(found)


def _intervals(name: str, table: Any) -> Iterator[LabelInterval]:  # noqa: ANN401
    count = len(table["label"])
    columns = {key: texts(table[key]) for key in ("label", "individual", "target") if key in table}
    in_frames = "start_frame" in table and "stop_frame" in table
    starts = np.asarray(table["start_frame" if in_frames else "start_time"]).tolist()
    stops = np.asarray(table["stop_frame" if in_frames else "stop_time"]).tolist()
    confidence = np.asarray(table["confidence"]).tolist() if "confidence" in table else [float("nan")] * count
    segments = _segments(table, count)
    for at in range(count):
        yield LabelInterval(
            columns["label"][at], starts[at], stops[at], in_frames=in_frames,
            individual=columns["individual"][at] if "individual" in columns else name,
            target=columns["target"][at] if "target" in columns else "",
            confidence=confidence[at], segments=segments[at],
        )  # fmt: skip


def _individuals(name: str, table: Any) -> list[str]:  # noqa: ANN401
    return list(dict.fromkeys(texts(table["individual"]))) if "individual" in table else [name]


def _segments(table: Any, count: int) -> list[tuple[int, ...]]:  # noqa: ANN401
    if "segments_index" not in table:
        return [()] * count
    numbers, ends = np.asarray(table["segments"]).tolist(), np.asarray(table["segments_index"]).tolist()
    return [tuple(numbers[start:stop]) for start, stop in zip([0, *ends[:-1]], ends, strict=True)]


def _rows(table: Any) -> list[CatalogueRow]:  # noqa: ANN401
    names = texts(table["behavior"])
    said = {key: texts(table[key]) for key in ("definition", "behavior_type", "category") if key in table}
    codes = np.asarray(table["native_code"]).tolist() if "native_code" in table else [NO_CLUSTER] * len(names)
    definitions = ["" if one == NOT_DEFINED else one for one in said["definition"]]
    kinds, categories = (said.get(key, ("",) * len(names)) for key in ("behavior_type", "category"))
    return [CatalogueRow(*row) for row in zip(names, definitions, kinds, codes, categories, strict=True)]


def _parameters(table: Any) -> Mapping[str, Any]:  # noqa: ANN401
    try:
        stored = json.loads(_text(table.attrs.get("parameters", "")) or "{}")
    except ValueError:
        return {}
    return stored if isinstance(stored, Mapping) else {}


def _video(file: Any) -> str:  # noqa: ANN401
    found = file["acquisition"]["video"] if "acquisition" in file and "video" in file["acquisition"] else None
    return texts(found["external_file"])[0] if found is not None and "external_file" in found else ""


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _positive(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None
