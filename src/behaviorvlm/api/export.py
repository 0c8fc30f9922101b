"""Runs and files written as other tools read them; every format is a row of `io.registry`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from behaviorvlm.errors import SettingsError

if TYPE_CHECKING:
    from typing import TypeAlias

    from behaviorvlm.io.file_format import Content, ExportOptions, FileFormat
    from behaviorvlm.runs.behavior_store import BehaviorRun
    from behaviorvlm.runs.bout_filter import BoutFilter
    from behaviorvlm.runs.quality_filter import QualityFilter
    from behaviorvlm.runs.store import PoseRun
    from behaviorvlm.types import CameraGroup
    from behaviorvlm.types.bout_table import BoutTable
    from behaviorvlm.types.pose_table import PoseTable

    Table: TypeAlias = PoseTable | BoutTable | CameraGroup


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        paths: The files.
        format: Name of the format.
        content: What it holds: pose, calibration or behavior.
        loses: What the format cannot hold.
        notes: What a person should know: of how the input was read, or of what is not at hand any more.
    """

    paths: tuple[str, ...]
    format: str
    content: str
    loses: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hints:
    """What a file that is read does not say by itself.

    Attributes:
        frame_rate_hz: Frames per second, None = as the file says.
        units: Of a calibration: mm, cm or m; "" = as the file says.
        image_size: Of a calibration: (width, height) px, None = as the file says.
    """

    frame_rate_hz: float | None = None
    units: str = ""
    image_size: tuple[int, int] | None = None


def export_run(
    run: Path | str,
    out: Path | str,
    *,
    to: str,
    points: QualityFilter | None = None,
    bouts: BoutFilter | None = None,
    options: ExportOptions | None = None,
) -> Exported:
    """Write a run in another tool's format, corrections included.

    Args:
        run: The run folder of either pipeline.
        out: Where to.
        to: Name of the format; `io.registry.FORMATS` lists them.
        points: Of a pose run: which points stay.
        bouts: Of a behavior run: which bouts stay.
        options: What writers of points may be told.

    Returns:
        What was written.

    Raises:
        SettingsError: If the format cannot hold a run of this kind, or needs a package that is not there.
        RunError: If the run cannot be read, a behavior run is not finished, or the disk refuses.
    """
    from behaviorvlm import api
    from behaviorvlm.io.registry import find_format
    from behaviorvlm.runs.behavior_store import BehaviorRun

    with api.open_any_run(run) as opened:
        if isinstance(opened, BehaviorRun):
            return _written(find_format(to, "behavior", to="write"), Path(out), bouts_of_run(opened, chosen=bouts))
        target = find_format(to, "pose", to="write")  # refused before cameras and videos are looked for
        return _written(target, Path(out), points_of_run(opened, chosen=points), options=options)


def convert_file(
    source: Path | str,
    out: Path | str,
    *,
    read_as: str | None = None,
    to: str | None = None,
    hints: Hints | None = None,
    options: ExportOptions | None = None,
) -> Exported:
    """Read a file of one tool and write it as another's.

    Args:
        source: The file or folder.
        out: Where to.
        read_as: Name of its format; None = told by its content.
        to: Name of the format to write; None = told by the ending of `out`.
        hints: What the file does not say.
        options: What writers of points may be told.

    Returns:
        What was written.

    Raises:
        FormatError: If the file is of no known format, or damaged.
        SettingsError: If it cannot be told or done: no such format, another content, a package that is not there.
        RunStorageError: If the disk refuses.
    """
    from behaviorvlm.io.registry import recognized

    source, out, hints = Path(source), Path(out), hints or Hints()
    held = recognized(source, name=read_as)
    target = _target(out, held.content, to)
    return _written(target, out, _read(held, source, hints), options=options)


def points_of_run(run: PoseRun, *, chosen: QualityFilter | None = None) -> PoseTable:
    """Return the points of an open pose run as writers take them, with what can still be had of its session."""
    from behaviorvlm.runs.opened_session import open_session_of
    from behaviorvlm.runs.pose_export import pose_table
    from behaviorvlm.runs.quality_filter import EVERYTHING

    return pose_table(run, open_session_of(run), chosen=chosen or EVERYTHING)


def bouts_of_run(run: BehaviorRun, *, chosen: BoutFilter | None = None) -> BoutTable:
    """Return the bouts of an open, finished behavior run as writers take them.

    Raises:
        RunStorageError: If the run is not finished.
    """
    from behaviorvlm.runs.behavior_export import bout_table
    from behaviorvlm.runs.bout_filter import EVERY_BOUT

    return bout_table(run, chosen=chosen or EVERY_BOUT)


def _target(out: Path, content: Content, name: str | None) -> FileFormat:
    from behaviorvlm.io.registry import find_format, told_by_ending, writable_names

    found = None if name else told_by_ending(out, content)
    if name is None and found is None:
        raise SettingsError(
            f"the ending of the path does not say in which format to write this {content}",
            where=str(out),
            expected=f"--to with one of {', '.join(writable_names(content))}",
        )
    return find_format(name or (found.name if found else ""), content, to="write")


def _read(held: FileFormat, source: Path, hints: Hints) -> Table:
    said: dict[str, object] = {}
    if held.content == "behavior":
        said = {"frame_rate_hz": hints.frame_rate_hz}
    elif held.content == "calibration":
        said = {"units": hints.units or None, "image_size": hints.image_size}
    table: Table = _function(held.read)(source, **said)
    return _with_rate(table, hints.frame_rate_hz)


def _with_rate(table: Table, frame_rate_hz: float | None) -> Table:
    """Return a table of points with the frame rate that somebody stated, where the file states none."""
    from behaviorvlm.types.pose_table import PoseTable

    if isinstance(table, PoseTable) and table.frame_rate_hz is None and frame_rate_hz is not None:
        return replace(table, frame_rate_hz=frame_rate_hz)
    return table


def _function(place: str) -> Callable[..., Any]:
    from behaviorvlm.io.file_format import function

    return function(place)


def _written(target: FileFormat, out: Path, table: Table, *, options: ExportOptions | None = None) -> Exported:
    told = (options,) if target.content == "pose" else ()
    paths = _function(target.write)(out, table, *told) or (out,)  # writers of calibrations return nothing
    notes = tuple(getattr(table, "notes", ()))  # cameras have none
    return Exported(tuple(map(str, paths)), target.name, target.content, target.loses, notes)
