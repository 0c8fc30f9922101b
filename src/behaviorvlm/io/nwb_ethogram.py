"""NWB with ndx-ethogram: the catalogue as `Ethogram`, and what each individual does as `EthogramBouts`.

One recording a file. Written with pynwb; read with h5py alone, from any file that holds `EthogramBouts`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.nwb_catalogue import catalogue_rows
from behaviorvlm.io.recording_files import actors_of, placing_files
from behaviorvlm.io.text_cells import legal_names
from behaviorvlm.types import Bout
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

if TYPE_CHECKING:
    from pynwb import NWBFile

ENDING = ".nwb"
MICROSECOND = 1e-6
UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
MANUAL, AUTOMATED, CURATED = "manual", "automated", "curated"
COLUMNS = {
    "start_frame": "first frame",
    "stop_frame": "frame behind the last",
    "individual": "who does it",
    "target": "whom it is done to, blank = nobody",
    "confidence": "in [0, 1], of whoever named it; NaN = nobody said",
    "segments": "numbers of the segments it was merged from",
}
"""Columns beside those of ndx-ethogram."""
TEXTS = ("behavior", "individual", "target")


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write a file for each recording; returns the files.

    Raises:
        SettingsError: If one file is to hold several, or the folder is in use.
        RunStorageError: If the disk refuses.
    """
    import h5py
    from pynwb import NWBHDF5IO, get_manager

    with placing_files(path, [one.name for one in table.recordings], ending=ENDING, format="nwb") as place:
        files = place.final(place.files)
        for file, final, one in zip(place.files, files, table.recordings, strict=True):
            content = _content(one, table, final)
            with (
                replacing(file) as temporary,
                h5py.File(temporary, "w") as target,
                # All files share pynwb's map of types: a copy for each takes a third of the time.
                NWBHDF5IO(file=target, mode="w", manager=get_manager(copy=False)) as stream,
            ):
                stream.write(content)
    return files


def labeling_method(table: BoutTable) -> str:
    """Return how the labels came about: as the provenance says, by a program and perhaps corrected, or by people."""
    said = table.provenance
    stated = said.get("labeling_method", "")
    if stated in (MANUAL, AUTOMATED, CURATED):
        return stated
    if not said.get("software"):
        return MANUAL
    return AUTOMATED if said.get("corrections", "0") == "0" else CURATED


def _content(one: LabelledRecording, table: BoutTable, file: Path) -> NWBFile:
    from pynwb import NWBFile

    started = table.provenance.get("session_start_time", "")
    content = NWBFile(
        session_description=f"Behavior in the recording {one.name}." + ("" if started else " Its start is not known."),
        identifier=one.name,
        session_start_time=datetime.fromisoformat(started) if started else UNKNOWN_START,
        keywords=["behavior", "ethogram"],
    )
    module = content.create_processing_module("behavior", "ethogram and bouts")
    ethogram = _ethogram(table)
    module.add(ethogram)
    links = {"ethogram": ethogram}
    if one.video and one.n_frames:
        links["source_video"] = _video(one, file)
        content.add_acquisition(links["source_video"])
    names = actors_of(one)
    titles = legal_names([f"bouts {who}" if who else "bouts" for who in names], _title)
    for who in names:
        own = [bout for bout in one.bouts if bout.individual == who]
        title = titles[f"bouts {who}" if who else "bouts"]
        module.add(_bouts(own, title, who, links=links, about=_about(table, one)))
    return content


def _ethogram(table: BoutTable) -> Any:  # noqa: ANN401 -- the type is made when the extension is loaded
    from hdmf.common import VectorData
    from ndx_ethogram import Ethogram

    rows = catalogue_rows(table.ethogram.behaviors)
    columns = {
        "behavior": ("name", [row.name for row in rows]),
        "definition": ("what is seen", [row.definition or "not defined" for row in rows]),
        "behavior_type": ("state or point", [row.kind for row in rows]),
        "native_code": ("number of the cluster, -1 = none, or several", [row.cluster for row in rows]),
        "category": ("the behavior that a cluster was merged into", [row.category for row in rows]),
    }
    return Ethogram(
        name="ethogram",
        description="Behaviors that bouts are named after, and the clusters they were merged from.",
        columns=[VectorData(name=name, description=what, data=values) for name, (what, values) in columns.items()],
    )


def _bouts(bouts: Sequence[Bout], title: str, who: str, *, links: dict[str, Any], about: dict[str, str]) -> Any:  # noqa: ANN401
    from hdmf.common import VectorData, VectorIndex
    from ndx_ethogram import EthogramBouts

    values = {
        "start_time": ("seconds", np.array([bout.start_s for bout in bouts])),
        "stop_time": ("seconds", np.array([bout.stop_s for bout in bouts])),
        "label": ("behavior", _column("behavior", bouts)),
        **{
            name: (what, _column(name, bouts))
            for name, what in COLUMNS.items()
            if name != "segments" or any(bout.segments for bout in bouts)
        },
    }
    columns = [VectorData(name=name, description=what, data=data) for name, (what, data) in values.items()]
    if "segments" in values:
        ends = np.cumsum([len(bout.segments) for bout in bouts])
        columns.append(VectorIndex(name="segments_index", data=ends, target=columns[-1]))
    description = f"What {who or 'somebody'} does, a bout a row, half-open."
    return EthogramBouts(name=title, description=description, columns=columns, **about, **links)


def _column(name: str, bouts: Iterable[Bout]) -> Any:  # noqa: ANN401 -- an array: lists are gone through one by one
    if name == "segments":
        return np.array([number for bout in bouts for number in bout.segments], dtype=np.int64)
    values = [getattr(bout, name) for bout in bouts]
    return np.array(values, dtype="U" if name in TEXTS else None)


def _about(table: BoutTable, one: LabelledRecording) -> dict[str, str]:
    said = dict(table.provenance)
    software = f"{said.get('software', '')} {said.get('version', '')}".strip()
    parameters = {
        **said, "n_frames": one.n_frames, "frame_rate_hz": one.frame_rate_hz, "individuals": list(one.individuals),
        "groups": dict(one.groups),
    }  # fmt: skip
    about = {"labeling_method": labeling_method(table), "parameters": json.dumps(parameters, ensure_ascii=False)}
    optional = {"source_software": software, "annotator": said.get("annotator", "")}
    return about | {key: value for key, value in optional.items() if value}


def _video(one: LabelledRecording, file: Path) -> Any:  # noqa: ANN401 -- pynwb ships no types
    from pynwb.image import ImageSeries

    path = Path(one.video)
    inside = path.is_absolute() and path.is_relative_to(file.resolve().parent)
    return ImageSeries(
        name="video",
        description=f"The video of {one.name}.",
        external_file=[str(path.relative_to(file.resolve().parent)) if inside else one.video],
        format="external",
        starting_frame=[0],
        num_samples=one.n_frames,
        **_clock(one),
    )


def _clock(one: LabelledRecording) -> dict[str, Any]:
    """Return when frames begin: by a rate where it is constant, one by one where it is not."""
    starts_s = one.edges_s[:-1]
    regular = starts_s[0] + np.arange(one.n_frames) / one.frame_rate_hz
    if np.abs(regular - starts_s).max() < MICROSECOND:
        return {"rate": one.frame_rate_hz, "starting_time": float(starts_s[0])}
    return {"timestamps": starts_s}


def _title(name: str) -> str:
    return name.replace("/", "_").replace(":", "_")
