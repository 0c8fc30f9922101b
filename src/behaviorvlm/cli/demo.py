"""``behaviorvlm demo``: simulate a session, find its keypoints, measure them, draw them."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.output import Json, print_json, say, stoppable
from behaviorvlm.cli.pose_run import available_cores
from behaviorvlm.cli.progress import shown_progress

if TYPE_CHECKING:
    from behaviorvlm.evaluate.keypoint_error import PoseScores
    from behaviorvlm.runs.store import PoseRun

DEFAULT_OUT = Path("out") / "demo"
SESSION = "simulated_session"
N_CAMERAS = 6
N_TIMEPOINTS = 120
SEED = 1


def demo(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to make; out/demo, out/demo-2 ... if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """See it work: a simulated session, its named 3D keypoints, how far they are from the truth, and pictures."""
    from behaviorvlm.evaluate.keypoint_error import evaluate_pose

    folder, begun = out or _unused(DEFAULT_OUT), time.monotonic()
    with stoppable(f"Delete {folder} before you try again, or name another folder with --out.", as_json=as_json):
        with _run(folder) as run:
            pictures = _draw(run, folder)
        scores = evaluate_pose(run.folder, folder / SESSION / "truth")
    _show(folder, scores, pictures, seconds=time.monotonic() - begun, as_json=as_json)


def _unused(folder: Path) -> Path:
    names = (folder if number == 1 else folder.with_name(f"{folder.name}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _run(folder: Path) -> PoseRun:
    from behaviorvlm import api
    from behaviorvlm.simulate.arena import simulate_arena

    with shown_progress() as progress:
        say(f"1 of 3: simulating {N_TIMEPOINTS} timepoints seen by {N_CAMERAS} cameras")
        session = simulate_arena(
            folder / SESSION, n_cameras=N_CAMERAS, n_timepoints=N_TIMEPOINTS, seed=SEED, progress=progress
        )
        say("2 of 3: finding and naming the dots")
        opened = api.open_session(session)
        return api.estimate_pose(opened, run=folder / "run", workers=available_cores(), progress=progress)


def _draw(run: PoseRun, folder: Path) -> dict[str, Path]:
    import numpy as np

    from behaviorvlm import api
    from behaviorvlm.io.video import VideoFrameSource
    from behaviorvlm.report.pose_3d_picture import draw_pose_3d
    from behaviorvlm.report.pose_pictures import draw_labelled_views

    say("3 of 3: measuring and drawing")
    chunks, session = list(run.poses()), api.open_session(folder / SESSION)
    points_mm = np.concatenate([chunk.points_mm for chunk in chunks])
    points_px = np.concatenate([chunk.points_px for chunk in chunks])
    error_px = np.concatenate([chunk.error_px for chunk in chunks])
    shown = int(np.isfinite(points_px).sum(axis=(1, 2, 3)).argmax())  # the timepoint that most views see most of
    pictures = {"views": folder / "labelled_views.png", "space": folder / "poses_3d.png"}
    draw_labelled_views(
        session,
        VideoFrameSource(session),
        timepoint=shown,
        points_mm=points_mm[shown],
        points_px=points_px[shown],
        error_px=error_px[shown],
        path=pictures["views"],
    )
    draw_pose_3d(points_mm, session.skeleton, path=pictures["space"], title="simulated session")
    return pictures


def _show(folder: Path, scores: PoseScores, pictures: dict[str, Path], *, seconds: float, as_json: bool) -> None:
    from behaviorvlm.cli.evaluate_pose import print_scores

    files = {
        "session": folder / SESSION,
        "points3d": folder / "run" / "points3d.csv",
        "quality": folder / "run" / "quality.csv",
        **pictures,
    }
    if as_json:
        named = {name: str(path) for name, path in files.items()}
        print_json({"simulated": True, "seconds": round(seconds, 1), "files": named, "scores": scores.model_dump()})
        return
    print_scores(scores, title="Simulated session: reported keypoints against the truth")
    typer.echo(f"These figures are of a simulated session. The demo took {seconds:.0f} s.\n")
    titles = ("simulated session", "named 3D keypoints (mm)", "how sure of each", "labelled views", "poses in space")
    for title, path in zip(titles, files.values(), strict=True):
        typer.echo(f"{title:<24} {path}")
    typer.echo(f"\nNext: behaviorvlm runs show {folder / 'run'}")
