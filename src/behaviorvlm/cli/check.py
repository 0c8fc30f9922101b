"""``behaviorvlm check SESSION``: what is wrong, in seconds, before anybody waits an hour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.output import FAILED, Json, print_json, results_console, say
from behaviorvlm.extras import require_figures

if TYPE_CHECKING:
    from behaviorvlm.evaluate.findings import CameraCheck, SessionCheck


def check(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="Session folder.")],
    preview: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the rig and the seeds there.")] = None,
    as_json: Json = False,
) -> None:
    """Say what is wrong with SESSION: names, sizes, frames, units, seeds. Exit code 1 if a run would refuse it."""
    from behaviorvlm.evaluate.session_check import check_session

    if preview is not None:
        require_figures(where="--preview", instead="leave out --preview")
    found = check_session(session)
    if as_json:
        print_json(found)
    else:
        _show(found)
    if preview is not None:
        _draw(session, preview, found)
    if not found.ok:
        raise typer.Exit(FAILED)


def _draw(session: Path, preview: Path, found: SessionCheck) -> None:
    if not found.ok:
        say("No preview: a session with errors cannot be drawn.")
        return
    from behaviorvlm import api
    from behaviorvlm.io.video import VideoFrameSource
    from behaviorvlm.report.session_preview import draw_session_preview

    opened = api.open_session(session)
    draw_session_preview(opened, VideoFrameSource(opened) if opened.videos else None, preview)
    say(f"Preview: {preview}")


def _show(found: SessionCheck) -> None:
    from rich.table import Table
    from rich.text import Text

    console = results_console()
    rate = "unknown rate" if found.frame_rate_hz is None else f"{found.frame_rate_hz:g} Hz"
    seeds = ", ".join(map(str, found.seed_timepoints)) or "none"
    length = "unknown length" if found.n_timepoints is None else f"{found.n_timepoints} timepoints"
    console.print(Text(f"{found.session}: {length}, {rate}, {len(found.cameras)} cameras, seeds at {seeds}"))
    if found.cameras:
        table = Table("camera", "size", "channels", "frames", "dropped", "labels", "seed error px (median, max)")
        for camera in found.cameras:
            table.add_row(*map(Text, _cells(camera)))
        console.print(table)
    for finding in found.findings:
        color = {"error": "bold red", "warning": "yellow", "note": "cyan"}[finding.level]
        console.print(Text.assemble((finding.level, color), f": {finding.what}"))
        for title in ("where", "expected", "actual", "remedy"):
            if text := getattr(finding, title):
                console.print(Text(f"  {title}: {text}"))
    console.print(Text("A run will take this session." if found.ok else "A run will refuse this session."))


def _cells(camera: CameraCheck) -> tuple[str, ...]:
    size = "?" if camera.image_size is None else "{} x {}".format(*camera.image_size)
    errors = (camera.seed_error_median_px, camera.seed_error_max_px)
    return (
        camera.name,
        size,
        ", ".join(camera.channels),
        ", ".join(str(count) for count in sorted(set(camera.n_frames.values()))),
        ", ".join(str(count) for count in sorted(set(camera.dropped_frames.values()))),
        "" if camera.seed_labels is None else str(camera.seed_labels),
        ", ".join("?" if error is None else f"{error:.2f}" for error in errors),
    )
