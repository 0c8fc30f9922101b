"""A run as one page and its figures: ``behaviorvlm report RUN``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

import behaviorvlm
from behaviorvlm.io.atomic import write_text
from behaviorvlm.report.behavior_report import behavior_sections
from behaviorvlm.report.drawing_style import plain_text
from behaviorvlm.report.page import Section, render_page
from behaviorvlm.report.page_figures import drawn_files, figures_anew, report_written
from behaviorvlm.report.pose_report import pose_sections
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.store import PoseRun

if TYPE_CHECKING:
    from behaviorvlm.evaluate.behavior_run import BehaviorScores
    from behaviorvlm.evaluate.keypoint_error import PoseScores

REPORT_FILE = "report.html"
SHOWN = 3
"""Recordings named below the title."""
PAGE = "The page asks nothing of any network, and no script runs in it."


class ReportFile(BaseModel):
    """One file of a report."""

    model_config = ConfigDict(frozen=True)

    path: str
    size_bytes: int


class Report(BaseModel):
    """The files of a report.

    Attributes:
        run: The run folder.
        page: The page.
        figures: Its figures, as files of their own.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    page: ReportFile
    figures: tuple[ReportFile, ...]


def report_pose(run: PoseRun, *, out: Path | None = None, scores: PoseScores | None = None) -> Report:
    """Write the page of a pose run, also of one that is going on, and its figures.

    Args:
        run: The run.
        out: The page; None = ``report.html`` in the run folder. Figures go to the folder beside it that bears its name
            and ``_figures``, which is made anew.
        scores: Against the truth, where that is known.

    Raises:
        SettingsError: If what draws pictures is not installed.
        VideoError: If a video cannot be read.
        RunStorageError: If page or figures cannot be written; those of before are then untouched.
        RunCorruptError: If the run is damaged.
    """
    page = _page_of(run.folder, out)
    with plain_text(), figures_anew(figures_folder(page)) as figures:
        sections = pose_sections(run, figures, scores=scores)
        _write(page, f"Pose run {run.folder.resolve().name}", sections, subtitle=f"Session {run.manifest.session.name}")
    return _report(run.folder, page)


def report_behavior(run: BehaviorRun, *, out: Path | None = None, scores: BehaviorScores | None = None) -> Report:
    """Write the page of a finished behavior run and its figures.

    Args:
        run: The run.
        out: As of `report_pose`.
        scores: Against a person's labels, where there are any.

    Raises:
        SettingsError: If what draws pictures is not installed.
        RunStorageError: If the run is not finished, or page or figures cannot be written; those of before are then
            untouched.
        VideoError: If a video cannot be read.
        RunCorruptError: If the run is damaged.
    """
    page = _page_of(run.folder, out)
    with plain_text(), figures_anew(figures_folder(page)) as figures:
        sections = behavior_sections(run, figures, scores=scores)
        count = len(run.manifest.recordings)
        told = f"{count} recording{'s' if count > 1 else ''}: {', '.join(list(run.manifest.recordings)[:SHOWN])}"
        _write(
            page, f"Behavior run {run.folder.resolve().name}", sections, subtitle=told + (" ..." if count > 3 else "")
        )
    return _report(run.folder, page)


def _page_of(run: Path, out: Path | None) -> Path:
    page = run / REPORT_FILE if out is None else out
    with report_written(page):
        if page.is_dir():
            raise IsADirectoryError(21, "a folder of that name is there")
    return page


def figures_folder(page: Path) -> Path:
    """Return the folder of the figures of a page."""
    return page.with_name(f"{page.stem}_figures")


def _write(page: Path, title: str, sections: list[Section], *, subtitle: str) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    foot = f"Written by behaviorvlm {behaviorvlm.__version__} at {at}. {PAGE}"
    write_text(page, render_page(title, sections, subtitle=subtitle, foot=foot))


def _report(run: Path, page: Path) -> Report:
    files = drawn_files(figures_folder(page))
    return Report(run=str(run), page=_file(page), figures=tuple(map(_file, files)))


def _file(path: Path) -> ReportFile:
    return ReportFile(path=str(path), size_bytes=path.stat().st_size)
