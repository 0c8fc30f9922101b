"""States of keypoint-MoSeq for `rat_segmentation.py --states`: run by the Python that keypoint-moseq is installed in.

Its licence is non-commercial, so it lives apart from everything of ours, and is only looked at::

    python -m venv kpms && kpms/bin/pip install keypoint-moseq
    kpms/bin/python benchmarks/_keypoint_moseq.py ../shared/data/rat_dyad states.npz
    python benchmarks/rat_segmentation.py --states states.npz

Settings are those it comes with, but for ten states, as many as every other method gets, and a frame rate of 10 Hz:
with all 48 recordings, or at 30 Hz, it would take hours on two cores. It gets every coordinate with the likelihood that
DeepLabCut gives, and no label. The first few recordings with even numbers are fitted together with as many odd ones.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

STATES, STEP, RATE_HZ = 10, 3, 10
FRONT, BACK = "top", "tail"
EDGES = [["top", "body"], ["body", "tail"], ["tail", "tail-m"], ["tail-m", "tail-e"]]
EXPLAINED = 0.9
"""Share of the variance that the latent dimensions explain, as its guide advises."""


def main() -> None:
    """Fit it, and write the states of both animals of each recording, (individual, frame) int64 at the full rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--recordings", type=int, default=4, help="even ones, and as many odd ones (default: 4)")
    parser.add_argument("--ar-rounds", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    paths = sorted((options.data / "dlc_csv").glob("*.csv.gz"), key=number_of)
    chosen = [
        path for rest in (0, 1) for path in [one for one in paths if number_of(one) % 2 == rest][: options.recordings]
    ]
    found = fitted(chosen, options.ar_rounds, options.rounds)
    states = {}
    for path in chosen:
        both = [found[f"{number_of(path)} {animal}"] for animal in range(2)]
        n_frames = len(read(path)[0][0])
        states[str(number_of(path))] = np.repeat(np.stack(both), STEP, axis=1)[:, :n_frames]
    np.savez(options.states, **states)


def number_of(path: Path) -> int:
    """Return the number of a recording."""
    return int(re.match(r"\d+", path.name)[0])  # type: ignore[index]


def read(path: Path) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return (individual, frame, keypoint, 2) px, (individual, frame, keypoint) likelihood, and the keypoints."""
    import pandas as pd

    table = pd.read_csv(path, header=[0, 1, 2, 3], index_col=0)
    table.columns = table.columns.droplevel(0)
    animals, names = (list(dict.fromkeys(table.columns.get_level_values(level))) for level in (0, 1))
    values = np.stack(
        [[table[animal, name][["x", "y", "likelihood"]].to_numpy(float) for name in names] for animal in animals]
    ).transpose(0, 2, 1, 3)
    return values[..., :2], values[..., 2], names


def fitted(paths: list[Path], ar_rounds: int, rounds: int) -> dict[str, np.ndarray]:
    """Return the state of each animal of each recording, (timepoint,) int64."""
    import keypoint_moseq as kpms

    points, likelihood = {}, {}
    for path in paths:
        places, sure, names = read(path)
        for animal in range(2):
            key = f"{number_of(path)} {animal}"
            points[key], likelihood[key] = places[animal, ::STEP], np.nan_to_num(sure[animal, ::STEP])
    with tempfile.TemporaryDirectory() as project:
        kpms.setup_project(
            project, bodyparts=names, use_bodyparts=names, anterior_bodyparts=[FRONT], posterior_bodyparts=[BACK],
            skeleton=EDGES, fps=RATE_HZ, video_dir=project, overwrite=True,
        )  # fmt: skip
        settings: dict[str, Any] = kpms.load_config(project)
        data, about = kpms.format_data(points, likelihood, **settings)
        pca = kpms.fit_pca(**data, **settings)
        explained = np.cumsum(pca.explained_variance_ratio_)
        settings["latent_dim"] = settings["ar_hypparams"]["latent_dim"] = int((explained < EXPLAINED).sum()) + 1
        settings["trans_hypparams"]["num_states"] = STATES
        model = kpms.init_model(data, pca=pca, **settings)
        quiet = {"generate_progress_plots": False, "save_every_n_iters": None}
        model, name = kpms.fit_model(model, data, about, project, ar_only=True, num_iters=ar_rounds, **quiet)
        model, name = kpms.fit_model(
            model, data, about, project, model_name=name, start_iter=ar_rounds, num_iters=ar_rounds + rounds, **quiet
        )
        results = kpms.extract_results(model, about, project, name, save_results=False)
    return {key: np.asarray(results[key]["syllable"], np.int64) for key in points}


if __name__ == "__main__":
    main()
