"""One fit of deep embedded clustering under way: epoch by epoch, each from a state that can be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import ceil, cos, pi
from typing import Literal

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from behaviorvlm.behavior.cluster_model import ROWS_AT_A_TIME, ClusterModel
from behaviorvlm.behavior.cluster_settings import ClusterReport, ClusterSettings, StopReason
from behaviorvlm.behavior.collapse import collapsed_clusters, empty_clusters
from behaviorvlm.behavior.deep_embedded_network import Adam, Autoencoder, native_precision
from behaviorvlm.behavior.k_means import draw_far, k_means, squared_distances
from behaviorvlm.behavior.row_streams import RowBatch, RowStreams
from behaviorvlm.behavior.soft_assignment import pull, soft_assignment
from behaviorvlm.errors import InputError
from behaviorvlm.types import AnyArray, Float32Array, IntArray

STEPS_PER_EPOCH = 200
FEWEST_ROWS, MOST_ROWS = 64, 1024
"""Rows of a step, if nobody says how many."""
WARMING = 0.05
"""Share of the pretraining steps in which the rate rises."""
SAMPLED_ROWS = 20_000
"""Rows that k-means sees of each table of centroids."""
EMBEDDING_SPREAD = 5.0
"""Standard deviation of the embedding, root mean square over its dimensions, that clustering begins with."""
FREQUENCY_ROWS = 20_000
"""About so many rows say how frequent each cluster is. What evens out the target must follow what it does: with the
frequencies of the epoch before, a cluster that grows looks small for a whole epoch, and grows until it holds all."""
LEAST_VARIETY = 0.8
"""Share of the clusters that are in use at the start, in effect, that must be in use after every epoch."""
NO_LABEL = 255
_ORDER, _WEIGHTS, _SAMPLE, _RESEED = range(4)


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Calculate with so many threads for a while, in torch and in numpy; None = as they find it."""
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        with threadpool_limits(count, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)


def variety(counts: IntArray) -> float:
    """Return how many clusters are in use in effect: the exponential of the entropy of (table, cluster) counts."""
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1)
    return float(np.exp(entropy).mean())


class Training:
    """A fit under way.

    Attributes:
        pretrained: Epochs of pretraining done.
        clustered: Epochs of clustering done.
    """

    def __init__(self, streams: RowStreams, settings: ClusterSettings, *, kept: Mapping[str, AnyArray] | None) -> None:
        """Begin, or go on with what was kept: named arrays of any shape.

        Raises:
            InputError: If what was kept is of another fit.
        """
        self._streams, self._settings = streams, settings
        self._epoch_rows = min(streams.n_rows, settings.epoch_rows)
        spread = ceil(self._epoch_rows / STEPS_PER_EPOCH)
        self._batch = settings.batch or min(MOST_ROWS, max(FEWEST_ROWS, spread))
        self._precision: Literal["float32", "bfloat16"] = (
            native_precision() if settings.precision == "auto" else settings.precision
        )
        if kept is not None:
            self._precision = "bfloat16" if kept["bfloat16"].item() else "float32"
        widths = (streams.n_features, *settings.hidden, settings.embedding)
        self._network = Autoencoder(widths, batch=self._batch, precision=self._precision)
        self._adam = Adam(self._network.weights)
        tables = 1 if settings.centroids == "shared" else len(streams.animals)
        self._table_of = np.arange(len(streams.animals)) * (tables > 1)
        self._centroids = np.zeros((tables, settings.clusters, settings.embedding), np.float32)
        self._centroid_adam = Adam(torch.from_numpy(self._centroids).view(-1))
        self._frequencies = np.ones((tables, settings.clusters))
        self._labels = np.full(streams.n_numbers, NO_LABEL, np.uint8)
        self._histories: dict[str, list[float]] = {"reconstruction": [], "divergence": [], "changed": []}
        self._reseeded, self._just_reseeded = 0, False
        self._variety, self._collapsing = 0.0, False
        if kept is None:
            self._network.start(self._rng(_WEIGHTS))
        else:
            self._restore(kept)

    @property
    def pretrained(self) -> int:
        """Epochs of pretraining done."""
        return len(self._histories["reconstruction"])

    @property
    def clustered(self) -> int:
        """Epochs of clustering done."""
        return len(self._histories["divergence"])

    @property
    def stop(self) -> StopReason | None:
        """Why there is no further epoch; None = there is one."""
        if self._collapsing:
            return "collapsing"
        changed = self._histories["changed"]
        if changed and changed[-1] < self._settings.tolerance and not self._just_reseeded:
            return "settled"
        if self.clustered < self._settings.clustering_epochs:
            return None
        return "epochs" if self.clustered else "unclustered"

    def pretrain(self) -> None:
        """One pass over the rows with the autoencoder alone."""
        errors = 0.0
        for batch in self._batches(self.pretrained):
            errors += self._network.reconstruct(batch.rows) * len(batch.rows)
            self._adam.step(self._network.slope, self._rate())
            self._network.refresh()
        self._histories["reconstruction"].append(errors / self._epoch_rows)

    def cluster(self) -> None:
        """One pass over the rows with the clustering objective.

        The target of a batch is that of its rows as they are assigned now, evened out with the frequencies of the
        rows before; so nothing is kept of a row but its label. An epoch after which few clusters hold nearly all rows
        is taken back, and is the last.
        """
        if not self.clustered:
            self._place_centroids()
        before_all = self.state()
        counts = np.zeros(self._centroids.shape[:2], np.int64)
        divergence, changed, known = 0.0, 0, 0
        for batch in self._batches(self._settings.pretraining_epochs + self.clustered):
            assigned, lost = self._cluster_step(batch)
            labels = assigned.argmax(axis=1).astype(np.uint8)
            before = self._labels[batch.numbers]
            known += int((before != NO_LABEL).sum())
            changed += int(((before != NO_LABEL) & (before != labels)).sum())
            self._labels[batch.numbers] = labels
            np.add.at(counts, (self._table_of[batch.animals], labels), 1)
            divergence += lost
        if self._variety_now() < LEAST_VARIETY * self._variety:
            self._restore(before_all)
            self._collapsing = True
            return
        if self.clustered:  # in the first epoch every label is new
            self._histories["changed"].append(changed / known if known else 1.0)
        self._histories["divergence"].append(divergence / self._epoch_rows)
        self._reseed(counts)

    def model(self) -> ClusterModel:
        """Return what was learnt, with every usable row counted in its cluster."""
        if not self.clustered:
            self._place_centroids()
        layers, animals = tuple(self._network.encoder_layers()), self._streams.animals
        model = ClusterModel(self._settings, self._report({}), animals, layers, self._centroids.copy())
        sizes = np.zeros((len(animals), self._settings.clusters), np.int64)
        for batch in self._streams.in_order(ROWS_AT_A_TIME):
            animal = int(batch.animals[0])
            labels = model.assign(batch.rows, animals[animal]).argmax(axis=1)
            sizes[animal] += np.bincount(labels, minlength=self._settings.clusters)
        counted = {name: tuple(own) for name, own in zip(animals, sizes.tolist(), strict=True)}
        return replace(model, report=self._report(counted))

    def state(self) -> dict[str, AnyArray]:
        """Return all that the next epoch depends on, arrays of any shape by name."""
        marks = {
            "bfloat16": self._precision == "bfloat16",
            "reseeded": self._reseeded,
            "just_reseeded": self._just_reseeded,
            "variety": self._variety,
            "collapsing": self._collapsing,
            "steps": (self._adam.steps, self._centroid_adam.steps),
        }
        return {
            **{name: values.copy() for name, values in self._arrays().items()},
            **{name: np.array(value) for name, value in marks.items()},
            **{name: np.array(values, np.float64) for name, values in self._histories.items()},
        }

    def _restore(self, kept: Mapping[str, AnyArray]) -> None:
        for name, values in self._arrays().items():
            if kept[name].shape != values.shape:
                raise InputError(
                    "what was kept of a fit does not belong to these rows and settings",
                    where=name,
                    expected=str(values.shape),
                    actual=str(kept[name].shape),
                    remedy="begin anew",
                )
            values[...] = kept[name]
        self._histories = {name: kept[name].tolist() for name in self._histories}
        self._reseeded, self._just_reseeded = int(kept["reseeded"].item()), bool(kept["just_reseeded"].item())
        self._variety, self._collapsing = float(kept["variety"].item()), bool(kept["collapsing"].item())
        self._adam.steps, self._centroid_adam.steps = kept["steps"].tolist()
        self._network.refresh()

    def _arrays(self) -> dict[str, AnyArray]:
        """Return the arrays that change, themselves and not copies."""
        return {
            "weights": self._network.weights.numpy(),
            "mean": self._adam.mean.numpy(),
            "square": self._adam.square.numpy(),
            "centroids": self._centroids,
            "centroid_mean": self._centroid_adam.mean.numpy(),
            "centroid_square": self._centroid_adam.square.numpy(),
            "frequencies": self._frequencies,
            "labels": self._labels,
        }

    def _rng(self, *purpose: int) -> np.random.Generator:
        return np.random.default_rng((self._settings.seed, *purpose))

    def _batches(self, epoch: int) -> Iterator[RowBatch]:
        return self._streams.batches(self._batch, self._rng(_ORDER, epoch), most=self._epoch_rows)

    def _rate(self) -> float:
        """Return the step size of pretraining: up to its largest, and down to 0 along a cosine."""
        steps = self._settings.pretraining_epochs * ceil(self._epoch_rows / self._batch)
        done = self._adam.steps / steps
        rise = min(1.0, (done + 1 / steps) / WARMING)
        return self._settings.pretraining_rate * rise * (1 + cos(pi * done)) / 2

    def _cluster_step(self, batch: RowBatch) -> tuple[Float32Array, float]:
        """Return the soft assignment of a batch and its divergence, and let encoder and centroids follow."""
        embedded = self._network.embed(batch.rows)
        tables = self._table_of[batch.animals]
        assigned = np.empty((len(embedded), self._settings.clusters), np.float32)
        slope, centroid_slope = np.empty_like(embedded), np.zeros_like(self._centroids)
        divergence = 0.0
        for table in np.unique(tables):
            own = slice(None) if len(self._centroids) == 1 else tables == table
            pulled = pull(embedded[own], self._centroids[table], self._frequencies[table].astype(np.float32))
            assigned[own], slope[own], centroid_slope[table] = pulled.assigned, pulled.embedded, pulled.centroids
            kept = max(0.0, 1 - len(pulled.assigned) / FREQUENCY_ROWS)
            self._frequencies[table] *= kept
            self._frequencies[table] += (1 - kept) * pulled.assigned.mean(axis=0)
            divergence += pulled.divergence
        share = np.float32(1 / len(embedded))
        self._network.pull_back(batch.rows, slope * share)
        rate = self._settings.clustering_rate
        self._adam.step(self._network.slope[: self._network.encoder_size], rate)
        self._centroid_adam.step(torch.from_numpy(centroid_slope * share).view(-1), rate)
        self._network.refresh()
        return assigned, divergence

    def _place_centroids(self) -> None:
        """Begin with k-means on a sample of embedded rows, and with a fresh memory of slopes.

        The autoencoder leaves the size of its embedding open, Student's t does not: an embedding that is narrow beside
        its one degree of freedom is assigned to all clusters alike, and the objective is then best met by drawing
        everything together. So it is stretched first.
        """
        embedded = np.concatenate([rows for rows in self._sample(0).values() if len(rows)])
        spread = float(np.sqrt(embedded.var(axis=0).mean()))
        if spread > 0:
            self._network.stretch(EMBEDDING_SPREAD / spread)
        for table, embedded in self._sample(0).items():
            self._centroids[table] = k_means(embedded, self._settings.clusters, rng=self._rng(_SAMPLE, table))
            if len(embedded):
                self._frequencies[table] = soft_assignment(embedded, self._centroids[table]).mean(axis=0)
        self._variety = self._variety_now()
        self._adam.forget()

    def _variety_now(self) -> float:
        """Return how many clusters a sample of the rows falls into, in effect."""
        counts = np.zeros(self._centroids.shape[:2], np.int64)
        for table, embedded in self._sample(0).items():
            labels = soft_assignment(embedded, self._centroids[table]).argmax(axis=1)
            counts[table] = np.bincount(labels, minlength=self._settings.clusters)
        return variety(counts)

    def _sample(self, epoch: int) -> dict[int, Float32Array]:
        """Return table to embedded rows, (row, dimension) float32 each; a sample of them."""
        drawn = self._streams.sample(SAMPLED_ROWS, self._rng(_SAMPLE, epoch))
        rows: dict[int, list[Float32Array]] = {}
        for animal, own in drawn.items():
            pieces = [
                self._network.embed(own[start : start + self._batch]).copy()
                for start in range(0, len(own), self._batch)
            ]
            rows.setdefault(int(self._table_of[animal]), []).extend(pieces)
        nothing = np.empty((0, self._settings.embedding), np.float32)
        return {table: np.concatenate([nothing, *pieces]) for table, pieces in rows.items()}

    def _reseed(self, counts: IntArray) -> None:
        """Put clusters without a row onto rows far from all centroids, while there are epochs left to learn from it."""
        self._just_reseeded = False
        tables, clusters = np.nonzero(counts == 0)
        if not len(tables) or self.clustered >= self._settings.clustering_epochs:
            return
        sample, rng = self._sample(self.clustered), self._rng(_RESEED, self.clustered)
        memory = [
            values.view(self._centroids.shape) for values in (self._centroid_adam.mean, self._centroid_adam.square)
        ]
        for table, cluster in zip(tables.tolist(), clusters.tolist(), strict=True):
            embedded = sample[table]
            distances = squared_distances(embedded, self._centroids[table]).min(axis=1, initial=np.inf)
            if not (distances > 0).any():
                continue  # every row lies on a centroid: there is nothing left to find
            self._centroids[table, cluster] = embedded[draw_far(distances, rng)[0]]
            for values in memory:
                values[table, cluster] = 0
            self._reseeded, self._just_reseeded = self._reseeded + 1, True

    def _report(self, sizes: dict[str, tuple[int, ...]]) -> ClusterReport:
        shared = len(self._centroids) == 1
        return ClusterReport(
            rows=self._streams.n_rows,
            batch=self._batch,
            precision=self._precision,
            **{name: tuple(values) for name, values in self._histories.items()},
            stop=self.stop or "epochs",
            sizes=sizes,
            empty=empty_clusters(sizes, shared=self._settings.centroids == "shared"),
            collapsed=collapsed_clusters(self._centroids, ("",) if shared else self._streams.animals),
            reseeded=self._reseeded,
        )
