"""An ethogram from video alone: how much its clusters know of what tracks, or the script of a simulation, say.

Normalised mutual information between the clusters of the one stream of a video without tracks and, frame by frame: the
clusters of each animal in the run with tracks (the mean over animals), the combination of all animals' clusters; and,
for a simulated encounter, the true behavior of each animal, and of both together.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from _harness import Report, arguments, behaviorvlm, measure, recordings

from behaviorvlm.evaluate.clustering_agreement import clustering_agreement
from behaviorvlm.io.bouts import read_bouts

CLIP, ENCOUNTER = "EGS8X2MN4SSUGFWAV976", "encounter"
SECONDS, ANIMALS, SEED = 120, 2, 7


def main() -> None:
    """Run the real clip with and without its tracks, and a simulated encounter without."""
    options = arguments(__doc__, _options)
    report = Report("video_alone", "the encounter, where named so")
    folder = recordings(options.data, "mabe22_mouse_triplet")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        runs = Path(temporary)
        video = folder / f"{CLIP}.mp4"
        tracked = labels(runs / "tracked", CLIP, [folder / f"{CLIP}.h5", "--video", video], "cluster")
        scene = labels(runs / "alone", CLIP, [video, "--encoder", options.encoder], "cluster")
        report.add("real clip, three mice", against(scene, tracked, "tracked clusters"))
        words = ["--animals", str(ANIMALS), "--seconds", str(SECONDS), "--seed", str(SEED)]
        measure(behaviorvlm("simulate", "social", runs / ENCOUNTER, *words))
        film = runs / ENCOUNTER / f"{ENCOUNTER}.mp4"
        scene = labels(runs / "simulated", ENCOUNTER, [film, "--encoder", options.encoder], "cluster")
        truth = true_labels(runs / ENCOUNTER / "truth" / "bouts.csv", len(scene[0]))
        report.add("simulated encounter, two animals", against(scene, truth, "true behaviors"))
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--encoder", default="plain")


def labels(run: Path, name: str, words: Sequence[object], what: str) -> list[np.ndarray]:
    """Run a recording and return one array of labels for each stream, (frame,) str."""
    measure(behaviorvlm("behavior", "run", *words, "--run", run, "--no-pictures"))
    with (run / "frame_labels" / f"{name}.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns = [column for column in rows[0] if column.endswith(f"_{what}")]
    return [np.array([row[column] for row in rows]) for column in columns]


def true_labels(path: Path, n_frames: int) -> list[np.ndarray]:
    """Return the true behavior of each animal, (frame,) str."""
    found: dict[str, np.ndarray] = {}
    for bout in read_bouts(path):
        names = found.setdefault(bout.individual, np.full(n_frames, "", dtype="U40"))
        names[bout.start_frame : bout.stop_frame] = bout.behavior
    return list(found.values())


def against(scene: Sequence[np.ndarray], others: Sequence[np.ndarray], what: str) -> dict[str, object]:
    """Return how much the scene's clusters know of each other labelling, and of all of them together."""
    n_frames = min(len(scene[0]), *(len(other) for other in others))
    own = codes(scene[0][:n_frames])
    together = codes(np.array(["|".join(row) for row in zip(*(other[:n_frames] for other in others), strict=True)]))
    each = [clustering_agreement(codes(other[:n_frames]), own).nmi for other in others]
    return {
        "frames": n_frames,
        "clusters": len(set(own.tolist())),
        f"nmi_with_{what.replace(' ', '_')}_of_each_animal": float(np.mean(each)),
        f"nmi_with_{what.replace(' ', '_')}_together": clustering_agreement(together, own).nmi,
    }


def codes(names: np.ndarray) -> np.ndarray:
    """Return names as numbers from 0."""
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


if __name__ == "__main__":
    main()
