"""``bouts.csv`` as Parquet: the same columns with their types; the ethogram and the recordings in the metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from behaviorvlm.errors import FormatError
from behaviorvlm.io.atomic import replacing
from behaviorvlm.io.bouts import COLUMNS
from behaviorvlm.io.ethogram_file import BehaviorEntry, behavior_of, entry_of
from behaviorvlm.io.label_intervals import LabelFile, LabelInterval, LabelledPart
from behaviorvlm.io.label_table import table_of_labels
from behaviorvlm.types import Behavior, Bout
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
METADATA = b"behaviorvlm"


def is_bouts(path: Path) -> bool:
    """Return whether a file is Parquet."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def write(path: Path, table: BoutTable) -> tuple[Path, ...]:
    """Write the bouts of all recordings, a row group each; returns the path.

    Raises:
        RunStorageError: If the disk refuses.
    """
    from pyarrow.parquet import ParquetWriter

    schema = _schema(table)
    with replacing(path) as temporary, ParquetWriter(temporary, schema, compression="zstd") as writer:
        for one in table.recordings:
            writer.write_table(_columns(one.bouts, schema))
    return (path,)


def read_intervals(path: Path) -> LabelFile:
    """Return the intervals of a table; columns but ``behavior`` and the frames may be missing.

    Raises:
        FormatError: If it is no such table.
    """
    import pyarrow as pa
    from pyarrow.parquet import read_table

    try:
        table = read_table(path)
        rows = table.to_pylist()
        about = json.loads((table.schema.metadata or {}).get(METADATA, b"{}"))
        return LabelFile(
            tuple(map(_interval, rows)),
            parts=tuple(
                LabelledPart(**{**one, "individuals": tuple(one["individuals"])}) for one in about["recordings"]
            )
            if about
            else (),
            behaviors=tuple(_behavior(one) for one in about.get("behaviors", ())),
        )
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            "the file holds no bouts", where=str(path), expected=f"Parquet with the columns {', '.join(COLUMNS)}",
            actual=f"{type(error).__name__}: {error}",
        ) from error  # fmt: skip


def read(path: Path, *, frame_rate_hz: float | None = None) -> BoutTable:
    """Return the bouts of a table.

    Raises:
        FormatError: If it is no such table.
        SettingsError: If the table states no frame rate, and none is given.
    """
    return table_of_labels(read_intervals(path), path, frame_rate_hz=frame_rate_hz)


def _schema(table: BoutTable) -> pa.Schema:
    import pyarrow as pa

    kinds = {"_s": pa.float64(), "_frame": pa.int64(), "confidence": pa.float64(), "segments": pa.list_(pa.int64())}
    fields = [
        (name, next((kind for end, kind in kinds.items() if name.endswith(end)), pa.string())) for name in COLUMNS
    ]
    about = {
        "recordings": [_part(one) for one in table.recordings],
        "behaviors": [{"name": one.name, **entry_of(one)} for one in table.ethogram.behaviors],
        "provenance": dict(table.provenance),
    }
    return pa.schema(fields, metadata={METADATA: json.dumps(about, ensure_ascii=False)})


def _columns(bouts: Sequence[Bout], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    columns = {name: [getattr(bout, name) for bout in bouts] for name in COLUMNS}
    return pa.table(columns, schema=schema)


def _part(one: LabelledRecording) -> dict[str, Any]:
    return {
        "name": one.name, "n_frames": one.n_frames, "frame_rate_hz": one.frame_rate_hz,
        "individuals": list(one.individuals), "video": one.video, "groups": dict(one.groups),
    }  # fmt: skip


def _behavior(stored: Mapping[str, Any]) -> Behavior:
    entry = {key: value for key, value in stored.items() if key != "name"}
    return behavior_of(stored["name"], BehaviorEntry.model_validate(entry))


def _interval(row: Mapping[str, Any]) -> LabelInterval:
    confidence = row.get("confidence")
    return LabelInterval(
        row["behavior"], row["start_frame"], row["stop_frame"], in_frames=True,
        individual=row.get("individual") or "", target=row.get("target") or "", recording=row.get("recording") or "",
        confidence=float("nan") if confidence is None else confidence, segments=tuple(row.get("segments") or ()),
    )  # fmt: skip
