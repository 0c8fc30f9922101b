"""A behavior run as bouts of whole recordings, corrections included, for those who write files of it."""

from __future__ import annotations

from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.bout_filter import EVERY_BOUT, BoutFilter
from behaviorvlm.runs.pose_export import provenance
from behaviorvlm.types.bout_table import BoutTable, LabelledRecording


def bout_table(run: BehaviorRun, *, chosen: BoutFilter = EVERY_BOUT) -> BoutTable:
    """Return the bouts of a finished run.

    Args:
        run: The run.
        chosen: Which bouts stay.

    Raises:
        RunStorageError: If the run is not finished.
    """
    reader = BehaviorReader(run)
    filtered = {f"filter_{name}": str(value) for name, value in chosen.thresholds.items()}
    return BoutTable(
        tuple(_recording(reader, name, chosen) for name in reader.names),
        reader.ethogram(),
        provenance(run.manifest) | {"corrections": str(len(run.changes))} | filtered,
    )


def _recording(reader: BehaviorReader, name: str, chosen: BoutFilter) -> LabelledRecording:
    known = reader.summary(name)
    return LabelledRecording(
        name,
        known.individuals,
        reader.frame_edges_s(name),
        known.frame_rate_hz,
        tuple(chosen.kept(reader.bouts(name))),
        video=known.video,
        px_per_mm=known.px_per_mm,
        groups=known.groups,
    )
