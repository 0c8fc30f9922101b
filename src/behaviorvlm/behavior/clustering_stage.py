"""Stage 2 over a whole run: clusters fitted once over all animals, every frame assigned, segments decoded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.cluster_model import ClusterModel
from behaviorvlm.behavior.cluster_settings import ClusterSettings
from behaviorvlm.behavior.deep_embedded_clustering import fit_clusters
from behaviorvlm.behavior.over_segmentation import SegmentLengths, segment_individual
from behaviorvlm.behavior.row_streams import Stream
from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.errors import InputError
from behaviorvlm.types import AnyArray, BoolArray, Float32Array, RecordingSummary, ResultSink, RowStore, Segment
from behaviorvlm.types.packing import pack_json, pack_segments, unpack_json

Progress = Callable[[str, int, int], None]
Cut = Callable[[str, Sequence[Segment]], Sequence[Segment]]
KEPT_EVERY_S = 20.0
"""Training is kept no more often than this: a kill loses no more."""
ASSIGNED_FRAMES = 50_000
"""Frames that are embedded at a time."""
TRAINING = "training"
FEW_ROWS = 200_000
"""Fewer are clustered by one thread: several would wait for one another longer than they work, above all beside other
programs, and the last digits would depend on their number."""


@dataclass(frozen=True, eq=False)
class ClusteringStage:
    """Stage 2 of one run.

    Attributes:
        sink: Where results go and are found again.
        rows: Where scaled features are; embedding and soft assignments go there.
        settings: What is asked.
        progress: Told how far it is.
        threads: Processor threads of training on many rows.
    """

    sink: ResultSink
    rows: RowStore
    settings: BehaviorSettings
    progress: Progress
    threads: int = 1

    def fit(self, names: Sequence[str], fitted: Mapping[str, AnyArray] | None) -> None:
        """Fit the clusters over all animals of all recordings, or take over those of another run; once per run.

        Args:
            names: The recordings.
            fitted: The clusters of another run; None = they are fitted here.
        """
        if self.sink.load("clusters", "all") is not None:
            return
        if fitted is not None:
            self.sink.save("clusters", "all", fitted)
            self.sink.save("clustering", "report", pack_json({"stop_reason": "taken from another run"}))
            return
        keeper, streams = _Keeper(self.sink), self._streams(names)
        few = sum(len(one.rows) for one in streams) < FEW_ROWS
        model = fit_clusters(
            streams,
            ClusterSettings(
                clusters=self.settings.clusters,
                centroids=self.settings.centroids,
                seed=self.settings.seed,
                pretraining_epochs=self.settings.pretraining_epochs,
                clustering_epochs=self.settings.clustering_epochs,
                threads=1 if few else self.threads,
            ),
            progress=self.progress,
            kept=keeper.last(),
            keep=keeper.keep,
        )
        self.sink.save("clusters", "all", model.arrays())
        self.sink.save("clustering", "report", pack_json(model.report))

    def assign(self, names: Sequence[str]) -> None:
        """Embed and assign every frame of every recording that is not yet."""
        left = [name for name in names if self.rows.load("assignments", name) is None]
        self.progress("assignments", len(names) - len(left), len(names))
        model = self._model() if left else None
        for number, name in enumerate(left, 1):
            if model is not None:
                self._assign(name, model)
            self.progress("assignments", len(names) - len(left) + number, len(names))

    def segment(self, names: Sequence[str], cut: Cut) -> None:
        """Decode the segments of every recording that has none yet.

        Args:
            names: The recordings.
            cut: May cut the segments of a recording further.
        """
        left = [name for name in names if self.sink.load("segments", name) is None]
        self.progress("segments", len(names) - len(left), len(names))
        for number, name in enumerate(left, 1):
            segments = cut(name, self._decoded(name))
            self.sink.save("segments", name, pack_segments(segments, self._summary(name).individuals))
            self.progress("segments", len(names) - len(left) + number, len(names))

    def _streams(self, names: Sequence[str]) -> list[Stream]:
        return [
            Stream(rows=self._table("scaled", name)[place], animal=individual, usable=self._visible(name)[:, place])
            for name in names
            for place, individual in enumerate(self._summary(name).individuals)
        ]

    def _model(self) -> ClusterModel:
        return ClusterModel.from_arrays(self.sink.load("clusters", "all") or {})

    def _assign(self, name: str, model: ClusterModel) -> None:
        scaled, individuals = self._table("scaled", name), self._summary(name).individuals
        shape = scaled.shape[:2]
        embedding = self.rows.begin("embedding", name, (*shape, model.centroids.shape[-1]))
        assignments = self.rows.begin("assignments", name, (*shape, model.centroids.shape[1]))
        for place, individual in enumerate(individuals):
            for start in range(0, shape[1], ASSIGNED_FRAMES):
                part = slice(start, start + ASSIGNED_FRAMES)
                embedding[place, part] = model.embed(scaled[place, part])
                assignments[place, part] = model.assign_embedded(embedding[place, part], individual)
        self.rows.finish("embedding", name)
        self.rows.finish("assignments", name)

    def _decoded(self, name: str) -> list[Segment]:
        summary, visible = self._summary(name), self._visible(name)
        lengths = SegmentLengths(summary.frame_rate_hz, self.settings.min_bout_s, self.settings.max_bout_s)
        assignments, scaled = self._table("assignments", name), self._table("scaled", name)
        found: list[Segment] = []
        for place, individual in enumerate(summary.individuals):
            found += segment_individual(
                assignments[place],
                visible[:, place],
                lengths,
                recording=name,
                individual=individual,
                first_number=len(found),
                features=scaled[place],
            )
        return found

    def _summary(self, name: str) -> RecordingSummary:
        return unpack_json(self.sink.load("recordings", name) or {}, RecordingSummary)

    def _visible(self, name: str) -> BoolArray:
        return np.asarray((self.sink.load("times", name) or {})["visible"], dtype=np.bool_)

    def _table(self, stage: str, name: str) -> Float32Array:
        table = self.rows.load(stage, name)
        if table is None:
            raise InputError("a stage before has not been run", where=f"{name}, {stage}")
        return table


@dataclass(eq=False)
class _Keeper:
    """Keeps the state of training now and then, and finds the last one."""

    sink: ResultSink
    kept_at: float = 0.0
    number: int = 0

    def last(self) -> dict[str, AnyArray] | None:
        """Return the state that was kept last."""
        state = None
        while (found := self.sink.load(TRAINING, f"{self.number:06d}")) is not None:
            state, self.number = found, self.number + 1
        self.kept_at = time.monotonic()
        return state

    def keep(self, state: Mapping[str, AnyArray]) -> None:
        """Keep the state of training if the last one is old enough."""
        if time.monotonic() - self.kept_at >= KEPT_EVERY_S:
            self.sink.save(TRAINING, f"{self.number:06d}", state)
            self.number += 1
            self.kept_at = time.monotonic()
