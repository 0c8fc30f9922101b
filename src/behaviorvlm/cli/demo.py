"""``behaviorvlm demo``: both pipelines on what was simulated, measured and drawn: keypoints, and an ethogram."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.output import Json, print_json, say, stoppable
from behaviorvlm.cli.pose_run import available_cores
from behaviorvlm.cli.progress import shown_progress
from behaviorvlm.extras import require, require_figures

if TYPE_CHECKING:
    from behaviorvlm.evaluate.keypoint_error import PoseScores
    from behaviorvlm.runs.behavior_summary import BehaviorSummary
    from behaviorvlm.runs.store import PoseRun

DEFAULT_OUT = Path("out") / "demo"
SESSION = "simulated_session"
N_CAMERAS = 6
N_TIMEPOINTS = 120
SEED = 1
ENCOUNTER = "simulated_encounter"
N_ANIMALS, ENCOUNTER_S = 2, 60.0


def demo(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to make; out/demo, out/demo-2 ... if not given.")
    ] = None,
    as_json: Json = False,
) -> None:
    """See it work: a simulated session with its named 3D keypoints, a simulated encounter with its ethogram."""
    require("behavior", "the demo needs packages that are not installed", where="demo")
    require_figures(where="demo")
    from behaviorvlm.evaluate.keypoint_error import evaluate_pose

    folder, begun = out or _unused(DEFAULT_OUT), time.monotonic()
    with stoppable(f"Delete {folder} before you try again, or name another folder with --out.", as_json=as_json):
        with _run(folder) as run:
            pictures = _draw(run, folder)
        scores = evaluate_pose(run.folder, folder / SESSION / "truth")
        behaviors, agreement = _label(folder)
    _show(folder, (scores, behaviors, agreement), pictures, seconds=time.monotonic() - begun, as_json=as_json)


def _unused(folder: Path) -> Path:
    names = (folder if number == 1 else folder.with_name(f"{folder.name}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _run(folder: Path) -> PoseRun:
    from behaviorvlm import api
    from behaviorvlm.simulate.arena import simulate_arena

    with shown_progress() as progress:
        say(f"1 of 4: simulating {N_TIMEPOINTS} timepoints seen by {N_CAMERAS} cameras")
        session = simulate_arena(
            folder / SESSION, n_cameras=N_CAMERAS, n_timepoints=N_TIMEPOINTS, seed=SEED, progress=progress
        )
        say("2 of 4: finding and naming the dots")
        opened = api.open_session(session)
        return api.estimate_pose(opened, run=folder / "run", workers=available_cores(), progress=progress)


def _draw(run: PoseRun, folder: Path) -> dict[str, Path]:
    import numpy as np

    from behaviorvlm import api
    from behaviorvlm.io.video import VideoFrameSource
    from behaviorvlm.report.pose_3d_picture import draw_pose_3d
    from behaviorvlm.report.pose_pictures import draw_labelled_views

    say("3 of 4: measuring and drawing")
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


def _label(folder: Path) -> tuple[BehaviorSummary, float | None]:
    """Return what animals of a simulated encounter were found to do, and Cohen's kappa over frames."""
    from behaviorvlm.api import behavior
    from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS
    from behaviorvlm.evaluate.behavior_run import evaluate_behavior
    from behaviorvlm.evaluate.label_map import LabelMap
    from behaviorvlm.evaluate.labelled_recording import LabelChoice
    from behaviorvlm.report.behavior_pictures import draw_behavior
    from behaviorvlm.runs.behavior_summary import summarize_behavior
    from behaviorvlm.simulate.social import simulate_social

    say(f"4 of 4: simulating {ENCOUNTER_S:.0f} s of {N_ANIMALS} animals, and naming what they do")
    with shown_progress() as progress:
        encounter = simulate_social(
            folder / ENCOUNTER, n_animals=N_ANIMALS, seconds=ENCOUNTER_S, seed=SEED, progress=progress
        )
        files = behavior.BehaviorFiles((encounter / f"{ENCOUNTER}.csv",), (encounter / f"{ENCOUNTER}.mp4",))
        found = behavior.find_recordings(files)
        with behavior.segment_behavior(found, run=folder / "ethogram", progress=progress) as run:
            draw_behavior(run, lambda name: found[0].open(), progress=progress)
            summary = summarize_behavior(run)
    # simulated huddles are shorter than those the thresholds ask for, so resting side by side counts as one
    names = {one.name: one.name for one in BEHAVIORS} | {"side-by-side contact": "huddle"}
    choice = LabelChoice(label_map=LabelMap(map=names))
    scores = evaluate_behavior(folder / "ethogram", [encounter / "truth" / "bouts.csv"], choice=choice)
    return summary, scores.named.frames.kappa


def _show(
    folder: Path,
    found: tuple[PoseScores, BehaviorSummary, float | None],
    pictures: dict[str, Path],
    *,
    seconds: float,
    as_json: bool,
) -> None:
    from behaviorvlm.cli.behavior_tables import print_behavior_summary
    from behaviorvlm.cli.evaluate_pose import print_scores

    scores, behaviors, kappa = found
    labelled = folder / "ethogram"
    files = {
        "session": folder / SESSION,
        "points3d": folder / "run" / "points3d.csv",
        "quality": folder / "run" / "quality.csv",
        **pictures,
        "bouts": labelled / "bouts.csv",
        "ethogram": labelled / "pictures" / f"ethogram_{ENCOUNTER}.png",
        "video": labelled / "pictures" / f"labelled_{ENCOUNTER}.mp4",
    }
    if as_json:
        named = {name: str(path) for name, path in files.items()}
        measured = {"scores": scores.model_dump(), "behaviors": behaviors.model_dump(mode="json"), "kappa": kappa}
        print_json({"simulated": True, "seconds": round(seconds, 1), "files": named, **measured})
        return
    print_scores(scores, title="Simulated session: reported keypoints against the truth")
    typer.echo("")
    print_behavior_summary(behaviors)
    typer.echo(f"Simulated encounter: Cohen's kappa over frames, against the script it was played by, {kappa or 0:.2f}")
    typer.echo(f"These figures are of simulated recordings. The demo took {seconds:.0f} s.\n")
    titles = (
        "simulated session", "named 3D keypoints (mm)", "how sure of each", "labelled views", "poses in space",
        "bouts", "ethogram over time", "labelled video",
    )  # fmt: skip
    for title, path in zip(titles, files.values(), strict=True):
        typer.echo(f"{title:<24} {path}")
    typer.echo(f"\nNext: behaviorvlm runs show {folder / 'run'}, and behaviorvlm runs show {labelled}")
