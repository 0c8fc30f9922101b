"""Deep embedded clustering beside ClustPy's, in one run: same rows, network, epochs and steps; then our own network.

Two sets of rows: a simulated mixture of ten bent groups in 64 dimensions, of unequal size, and the 1797 handwritten
digits that come with scikit-learn. Both estimators get the network of Xie et al. 2016 (500-500-2000-10), the same few
epochs, rows in a step and one thread, and run alternately, so that whatever else the machine does meets both; the
median of the repeats counts. NMI is that of the labels each ends with. k-means on rows and on the embedding of the
autoencoder stand beside.

"Sooner" is the shortest of a few schedules of our default network that ends with at least ClustPy's NMI, whole fit.

ClustPy is installed by itself (``pip install --no-deps clustpy``): it wants torchvision, which comes built for CUDA,
but uses none of it here, so that an empty module by that name will do.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from _harness import Goal, Report, arguments

from behaviorvlm.behavior.cluster_settings import ClusterSettings
from behaviorvlm.behavior.deep_embedded_clustering import fit_clusters
from behaviorvlm.behavior.row_streams import Stream
from behaviorvlm.types import Float32Array, IntArray

CLUSTERS = 10
PAPER = (500, 500, 2000)
CLUSTPY_BATCH = 256
CLUSTPY_RATES = {"pretraining_rate": 1e-3, "clustering_rate": 1e-4}
"""Rows in a step, and Adam's step sizes, as ClustPy has them by default; ours are the largest, from which they fall."""
SCHEDULES = ((1, 1), (2, 2), (2, 5), (5, 5), (10, 5), (20, 10))
"""Epochs of pretraining and clustering of our default network that are tried, the shortest first."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What is clustered.

    Attributes:
        name: Of the set.
        rows: (row, feature) float32.
        truth: (row,) int64 the group of each.
        epochs: Of pretraining and of clustering.
        batch: Rows of one step, of both.
    """

    name: str
    rows: Float32Array
    truth: IntArray
    epochs: tuple[int, int]
    batch: int


@dataclass(frozen=True)
class Timed:
    """What one fit cost and reached."""

    cpu_s: float
    wall_s: float
    nmi: float


def main() -> None:
    """Run both estimators on both sets of rows."""
    options = arguments(__doc__, _options)
    import torch

    torch.set_num_threads(options.threads)
    report = Report("dec_beside_clustpy", "the mixture; the digits are real")
    for rows in (mixture(options.rows, tuple(options.epochs)), digits(tuple(options.digits_epochs))):
        compare(report, rows, repeats=options.repeats, threads=options.threads)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=200_000, help="rows of the mixture")
    parser.add_argument("--epochs", type=int, nargs=2, default=(2, 2), help="on the mixture: pretraining, clustering")
    parser.add_argument("--digits-epochs", type=int, nargs=2, default=(30, 30), help="likewise on the digits")
    parser.add_argument("--repeats", type=int, default=1, help="fits of each; the median counts")
    parser.add_argument("--threads", type=int, default=1)


def mixture(count: int, epochs: tuple[int, int], *, seed: int = 7) -> Rows:
    """Return groups of normal points in 10 dimensions, bent into 64 by a random layer, with noise."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(CLUSTERS, size=count, p=rng.dirichlet(np.full(CLUSTERS, 5.0)))
    latent = rng.normal(scale=1.6, size=(CLUSTERS, 10))[truth] + rng.normal(size=(count, 10))
    bent = np.tanh(latent @ rng.normal(size=(10, 64)) / 3) + 0.3 * rng.normal(size=(count, 64))
    return Rows(f"mixture, {count} x 64", _scaled(bent), truth, epochs, CLUSTPY_BATCH)


def digits(epochs: tuple[int, int]) -> Rows:
    """Return the digits of scikit-learn."""
    from sklearn.datasets import load_digits

    pixels, truth = load_digits(return_X_y=True)
    return Rows("digits, 1797 x 64", _scaled(pixels), truth.astype(np.int64), epochs, CLUSTPY_BATCH)


def _scaled(values: np.ndarray) -> Float32Array:
    """Return values with mean 0 and one global spread of 1: what each column varies is kept."""
    return np.asarray((values - values.mean(axis=0)) / values.std(), np.float32)


def compare(report: Report, rows: Rows, *, repeats: int, threads: int) -> None:
    """Report every way to cluster one set of rows."""
    pretraining, clustering = rows.epochs
    same = ClusterSettings(
        hidden=PAPER, pretraining_epochs=pretraining, clustering_epochs=clustering, batch=rows.batch, tolerance=0,
        **CLUSTPY_RATES, precision="float32", threads=threads,
    )  # fmt: skip
    report.add(f"{rows.name}: k-means", _figures(timed(lambda: k_means_labels(rows.rows), rows)))
    plain = same.model_copy(update={"clustering_epochs": 0})
    report.add(f"{rows.name}: autoencoder + k-means", _figures(timed(lambda: our_labels(rows, plain), rows)))
    ways: dict[str, Callable[[int], IntArray]] = {
        "ours, float32": lambda seed: our_labels(rows, same.model_copy(update={"seed": seed}))
    }
    if native() == "bfloat16":
        half = same.model_copy(update={"precision": "bfloat16"})
        ways["ours, bfloat16"] = lambda seed: our_labels(rows, half.model_copy(update={"seed": seed}))
    if has_clustpy():
        ways["ClustPy"] = lambda seed: clustpy_labels(rows, seed=seed)
    runs: dict[str, list[Timed]] = {name: [] for name in ways}
    for seed in range(repeats):
        for name, labels in ways.items():
            runs[name].append(timed(lambda seed=seed, labels=labels: labels(seed), rows))
    middle = {name: _middle(taken) for name, taken in runs.items()}
    for name, taken in middle.items():
        report.add(f"{rows.name}: {name}, {pretraining} + {clustering} epochs", _figures(taken))
    if "ClustPy" in middle:
        beside(report, rows, middle, threads=threads)
    else:
        print("\nClustPy is not installed: pip install --no-deps clustpy")


def beside(report: Report, rows: Rows, middle: dict[str, Timed], *, threads: int) -> None:
    """Report the ratios, and how soon our default network is where ClustPy ends."""
    theirs = middle["ClustPy"]
    for name, least in (("ours, float32", 1.4), ("ours, bfloat16", 2.5)):
        taken = middle.get(name)
        ratios = {
            "cpu_ratio": None if taken is None else theirs.cpu_s / taken.cpu_s,
            "wall_ratio": None if taken is None else theirs.wall_s / taken.wall_s,
            "nmi_gain": None if taken is None else taken.nmi - theirs.nmi,
        }
        goals = {"cpu_ratio": Goal(">=", least), "nmi_gain": Goal(">=", 0)}
        report.add(f"{rows.name}: {name} beside ClustPy", ratios, goals)
    soonest: dict[str, object] = {"cpu_ratio": None, "wall_ratio": None}
    for pretraining, clustering in SCHEDULES:
        quick = ClusterSettings(pretraining_epochs=pretraining, clustering_epochs=clustering, threads=threads)
        taken = timed(lambda quick=quick: our_labels(rows, quick), rows)
        report.add(f"{rows.name}: our default network, {pretraining} + {clustering} epochs", _figures(taken))
        if taken.nmi >= theirs.nmi:
            soonest = {"cpu_ratio": theirs.cpu_s / taken.cpu_s, "wall_ratio": theirs.wall_s / taken.wall_s}
            break
    report.add(f"{rows.name}: our default network, sooner at ClustPy's NMI", soonest, {"cpu_ratio": Goal(">=", 10)})


def timed(labels: Callable[[], IntArray], rows: Rows) -> Timed:
    """Return what it takes to get labels, and their NMI."""
    from sklearn.metrics import normalized_mutual_info_score

    cpu, wall = time.process_time(), time.perf_counter()
    found = labels()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Timed(cpu, wall, float(normalized_mutual_info_score(rows.truth, found)))


def our_labels(rows: Rows, settings: ClusterSettings) -> IntArray:
    """Return the labels of our estimator."""
    model = fit_clusters([Stream(rows.rows, "rows")], settings)
    return np.asarray(model.assign(rows.rows).argmax(axis=1), np.int64)


def k_means_labels(rows: Float32Array) -> IntArray:
    """Return the labels of scikit-learn's k-means."""
    from sklearn.cluster import KMeans

    return np.asarray(KMeans(CLUSTERS, n_init=4, random_state=0).fit_predict(rows), np.int64)


def has_clustpy() -> bool:
    """Return whether ClustPy is installed."""
    return importlib.util.find_spec("clustpy") is not None


def clustpy_labels(rows: Rows, *, seed: int) -> IntArray:
    """Return the labels of ClustPy's DEC, as it comes but for its epochs."""
    _stand_in_for_torchvision()
    import torch
    from clustpy.deep import DEC

    torch.manual_seed(seed)
    pretraining, clustering = rows.epochs
    fitted = DEC(CLUSTERS, pretrain_epochs=pretraining, clustering_epochs=clustering, random_state=seed).fit(rows.rows)
    return np.asarray(fitted.dec_labels_, np.int64)


def native() -> str:
    """Return the numbers that this processor multiplies fastest."""
    from behaviorvlm.behavior.deep_embedded_network import native_precision

    return native_precision()


def _stand_in_for_torchvision() -> None:
    names = {"torchvision": (), "torchvision.models": (), "torchvision.models._api": ("Weights", "WeightsEnum")}
    for name, classes in names.items():
        module = types.ModuleType(name)
        for one in classes:
            setattr(module, one, type(one, (), {}))
        sys.modules.setdefault(name, module)


def _middle(taken: list[Timed]) -> Timed:
    return Timed(*(float(np.median([getattr(one, name) for one in taken])) for name in ("cpu_s", "wall_s", "nmi")))


def _figures(taken: Timed) -> dict[str, object]:
    return {"cpu_s": taken.cpu_s, "wall_s": taken.wall_s, "nmi": taken.nmi}


if __name__ == "__main__":
    main()
