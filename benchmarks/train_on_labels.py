"""Labels that train the next tool: a 2D keypoint network on labels exported from a run, and on the three seeds.

A run of arena_ring (simulated pictures, recorded motion) is exported as a DeepLabCut project; a small network sees its
ordinary pictures only, in which no dot shines. The same network, steps and augmentation learn from the three seeds.
Both are measured on the last fifth of the recording, of which neither saw a picture or a label, against the true places
of the keypoints that a view shows.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from _harness import Goal, Report, arguments, behaviorvlm, recordings
from _small_keypoint_network import SIDE, LabelledPictures, predict, train

SHOWN = 0.5
"""Likelihood in the truth from which a view shows a keypoint: a dot that can just be seen."""
FIRST_DRAW = 101
"""Seed of the first simulated session; nobody looked at it before network, steps and loss were fixed."""
NEAR_PX = 20.0
"""A keypoint this near to its true place counts as found; px of 1024."""
GOALS = {"error_ratio": Goal("<=", 0.999)}


def main() -> None:
    """Export, train both, measure both, on the recorded motion and on simulated sessions."""
    options = arguments(__doc__, _options)
    report = Report("train_on_labels", "pictures; the motion of arena_ring is recorded")
    folder = Path(tempfile.mkdtemp(prefix="behaviorvlm-benchmark-"))
    try:
        for session in _sessions(folder, options):
            few, many = compare(session, folder / f"{session.name} exported", options)
            ratio = {"error_ratio": many["mean_error_px"] / few["mean_error_px"]}
            report.add(f"{session.name}, trained on the three seeds", few)
            report.add(f"{session.name}, trained on labels exported from a run", {**many, **ratio}, GOALS)
    finally:
        shutil.rmtree(folder)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", default="arena_ring", help="a session with truth: arena_ring or arena_ring_small")
    parser.add_argument("--draws", type=int, default=0, help="simulated sessions instead, from seed 101 on")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=1, help="networks trained, each from another beginning")


def _sessions(folder: Path, options: argparse.Namespace) -> Iterator[Path]:
    if not options.draws:
        yield recordings(options.data, options.session)
    for seed in range(FIRST_DRAW, FIRST_DRAW + options.draws):
        session = folder / f"draw {seed}"
        words = ("simulate", "arena", session, "--seed", str(seed))
        subprocess.run(behaviorvlm(*words), check=True, capture_output=True)
        yield session


def compare(session: Path, folder: Path, options: argparse.Namespace) -> tuple[dict[str, float], dict[str, float]]:
    """Return what a network learns from the three seeds of a session, and from the labels of a run."""
    n_timepoints = len(pd.read_csv(session / "truth" / "points3d.csv"))
    held_out = range(int(n_timepoints * 0.8), n_timepoints)
    seeds = sorted((session / "seeds").glob("CollectedData_*.csv"))
    project = export(session, folder, stop=held_out.start)
    labels = sorted(project.glob("labeled-data/*/CollectedData_*.csv"))
    test = read_truth(session, held_out)
    few, many = (
        measure_training(
            read_labels(tables, root, before=held_out.start), test, steps=options.steps, repeats=options.repeats
        )
        for tables, root in ((seeds, session), (labels, project))
    )
    return few, many


def export(session: Path, folder: Path, *, stop: int) -> Path:
    """Return a DeepLabCut project of a run over the timepoints before `stop`."""
    run, out = folder / "run", folder / "project"
    commands = (
        ("pose", "run", session, "--run", run, "--timepoints", f"0:{stop}"),
        ("export", run, "--to", "deeplabcut", "--out", out, "--channel", "visible", "--max-frames", str(stop)),
    )
    for words in commands:
        subprocess.run(behaviorvlm(*words), check=True, capture_output=True)
    return out


def read_labels(tables: list[Path], root: Path, *, before: int) -> LabelledPictures:
    """Return the labels in DeepLabCut's tables with their pictures; from the videos where there are no pictures."""
    pictures, points = [], []
    for path in tables:
        table = pd.read_csv(path, header=[0, 1, 2], index_col=None)
        names = table.iloc[:, 0].astype(str)
        if not names.str.endswith(".png").all():  # the path in three columns
            names = table.iloc[:, :3].astype(str).agg("/".join, axis=1)
        coordinates = table.iloc[:, -2 * 12 :].to_numpy(dtype=np.float64).reshape(len(table), 12, 2)
        for name, places in zip(names, coordinates, strict=True):
            frame = int("".join(filter(str.isdigit, Path(name).stem)))
            if frame < before:
                pictures.append(_picture(root, name, frame))
                points.append(places * (SIDE / pictures[-1].shape[0]) + (SIDE / pictures[-1].shape[0] - 1) / 2)
    return LabelledPictures(np.stack([_scaled(one) for one in pictures]), np.stack(points))


def read_truth(session: Path, timepoints: range) -> LabelledPictures:
    """Return pictures and true places, of all views, of keypoints that a view shows."""
    pictures, points = [], []
    for path in sorted((session / "truth").glob("points2d_*.csv")):
        camera = path.stem.removeprefix("points2d_")
        table = pd.read_csv(path, header=[0, 1, 2], index_col=0).to_numpy(dtype=np.float64).reshape(-1, 12, 3)
        for timepoint in timepoints:
            picture = _frame(session, camera, timepoint)
            shown = table[timepoint, :, 2:] >= SHOWN
            scale = SIDE / picture.shape[0]
            pictures.append(_scaled(picture))
            points.append(np.where(shown, table[timepoint, :, :2] * scale + (scale - 1) / 2, np.nan))
    return LabelledPictures(np.stack(pictures), np.stack(points))


def measure_training(data: LabelledPictures, test: LabelledPictures, *, steps: int, repeats: int) -> dict[str, float]:
    """Return errors on `test`, px of 1024, mean of so many networks."""
    began, errors = time.perf_counter(), []
    for seed in range(repeats):
        net = train(data, steps=steps, seed=seed)
        errors.append(np.linalg.norm(predict(net, test.pictures) - test.points, axis=-1) * (1024 / SIDE))
    shown = np.isfinite(errors[0])
    return {
        "pictures": len(data.pictures),
        "labels": int(np.isfinite(data.points).all(axis=-1).sum()),
        "mean_error_px": float(np.mean([one[shown].mean() for one in errors])),
        "median_error_px": float(np.mean([np.median(one[shown]) for one in errors])),
        "share_within_20px": float(np.mean([(one[shown] <= NEAR_PX).mean() for one in errors])),
        "worst_mean_error_px": float(max(one[shown].mean() for one in errors)),
        "best_mean_error_px": float(min(one[shown].mean() for one in errors)),
        "training_s": (time.perf_counter() - began) / repeats,
    }


def _picture(root: Path, name: str, frame: int) -> np.ndarray:
    if not (root / name).is_file():
        return _frame(root, Path(name).parent.name.rsplit("_", 1)[-1], frame)
    return cv2.imread(str(root / name), cv2.IMREAD_GRAYSCALE)


def _frame(session: Path, camera: str, frame: int) -> np.ndarray:
    video = cv2.VideoCapture(str(next((session / "videos").glob(f"*_{camera}_visible.mp4"))))
    video.set(cv2.CAP_PROP_POS_FRAMES, frame)
    read, picture = video.read()
    video.release()
    if not read:
        raise SystemExit(f"no frame {frame} of {camera}")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def _scaled(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
