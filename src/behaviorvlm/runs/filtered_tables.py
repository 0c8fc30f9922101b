"""``RUN/filtered``: the points that meet thresholds, as the run's own tables, with the thresholds beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from behaviorvlm import __version__
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.toml_file import toml_table
from behaviorvlm.runs.quality_filter import QualityFilter
from behaviorvlm.runs.storage import storage_errors
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.tables import write_points

FILTERED_FOLDER = "filtered"
FILTER_FILE = "filter.toml"
WHAT_IT_IS = "# The points of the run beside this folder that meet these thresholds; all others are missing here.\n\n"


@dataclass(frozen=True)
class Filtered:
    """What was written.

    Attributes:
        folder: Where.
        kept: How many points stayed.
        total: How many keypoints were settled, missing ones included.
    """

    folder: Path
    kept: int
    total: int


def export_filtered(run: Path, wanted: QualityFilter) -> Filtered:
    """Write what stays of a run, corrections included, to ``RUN/filtered``; of a run that goes on, what is settled.

    ``filter.toml`` is written last and is gone while the tables are replaced: where it is, tables and thresholds
    belong together.

    Raises:
        RunStorageError: If there is no run, or the tables cannot be written.
        RunCorruptError: If a result is not what was saved.
    """
    folder = run / FILTERED_FOLDER
    with PoseRun.open(run) as opened:
        note = folder / FILTER_FILE
        with storage_errors(note):
            note.unlink(missing_ok=True)
        write_points(opened, folder, kept=wanted)
        done = _counted(opened, folder, wanted)
        write_text(note, WHAT_IT_IS + _note(opened, wanted, done))
    return done


def _counted(run: PoseRun, folder: Path, wanted: QualityFilter) -> Filtered:
    masks = [wanted.mask(chunk) for chunk in run.poses()]
    return Filtered(folder, kept=sum(int(mask.sum()) for mask in masks), total=sum(mask.size for mask in masks))


def _note(run: PoseRun, wanted: QualityFilter, done: Filtered) -> str:
    corrections = () if run.corrections is None else run.corrections.records()
    written = {
        "behaviorvlm": __version__,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "points_kept": done.kept,
        "points_settled": done.total,
        "last_correction": corrections[-1].number if corrections else 0,
    }
    return toml_table("thresholds", wanted.thresholds) + toml_table("written", written)
