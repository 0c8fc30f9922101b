"""Stage 2 over a whole run: clusters fitted once over all animals, every frame assigned, segments decoded."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from behaviorvlm.behavior.cluster_model import ClusterModel
from behaviorvlm.behavior.cluster_settings import ClusterSettings
from behaviorvlm.behavior.deep_embedded_clustering import fit_clusters
from behaviorvlm.behavior.kept_results import KeptResults, Progress, left_over
from behaviorvlm.behavior.mapped_rows import let_go
from behaviorvlm.behavior.over_segmentation import SegmentLengths, segment_individual
from behaviorvlm.behavior.row_streams import Stream
from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.types import AnyArray, ResultSink, Segment
from behaviorvlm.types.packing import pack_json, pack_segments

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
        kept: What was found so far; embedding and soft assignments go there.
        settings: What is asked.
        progress: Told how far it is.
        threads: Processor threads of training on many rows.
    """

    kept: KeptResults
    settings: BehaviorSettings
    progress: Progress
    threads: int = 1

    def fit(self, names: Sequence[str], fitted: Mapping[str, AnyArray] | None) -> None:
        """Fit the clusters over all animals of all recordings, or take over those of another run; once per run.

        Args:
            names: The recordings.
            fitted: The clusters of another run; None = they are fitted here.
        """
        if self.kept.has("clusters", "all"):
            return
        if fitted is not None:
            self.kept.sink.save("clusters", "all", fitted)
            self.kept.sink.save("clustering", "report", pack_json({"stop": "taken from another run"}))
            return
        keeper, streams = _Keeper(self.kept.sink), self._streams(names)
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
        self.kept.sink.save("clusters", "all", model.arrays())
        self.kept.sink.save("clustering", "report", pack_json(model.report))

    def assign(self, names: Sequence[str]) -> None:
        """Embed and assign every frame of every recording that is not yet."""
        model = ClusterModel.from_arrays(self.kept.record("clusters", "all"))
        done = partial(self.kept.has_table, "assignments")
        for name in left_over(names, done, stage="assignments", progress=self.progress):
            self._assign(name, model)

    def segment(self, name: str, cut: Cut) -> None:
        """Decode the segments of a recording, if it has none yet.

        Args:
            name: The recording.
            cut: May cut its segments further.
        """
        if not self.kept.has("segments", name):
            segments = cut(name, self._decoded(name))
            self.kept.sink.save("segments", name, pack_segments(segments, self.kept.summary(name).individuals))

    def _streams(self, names: Sequence[str]) -> list[Stream]:
        return [
            Stream(self.kept.table("scaled", name)[place], individual, self.kept.visible(name)[:, place])
            for name in names
            for place, individual in enumerate(self.kept.summary(name).individuals)
        ]

    def _assign(self, name: str, model: ClusterModel) -> None:
        scaled, individuals = self.kept.table("scaled", name), self.kept.summary(name).individuals
        shape = scaled.shape[:2]
        embedding = self.kept.rows.begin("embedding", name, (*shape, model.centroids.shape[-1]))
        assignments = self.kept.rows.begin("assignments", name, (*shape, model.centroids.shape[1]))
        for place, individual in enumerate(individuals):
            for start in range(0, shape[1], ASSIGNED_FRAMES):
                part = slice(start, start + ASSIGNED_FRAMES)
                embedding[place, part] = model.embed(scaled[place, part])
                assignments[place, part] = model.assign_embedded(embedding[place, part], individual)
                for table in (scaled, embedding, assignments):
                    let_go(table[place, part])
        self.kept.rows.finish("embedding", name)
        self.kept.rows.finish("assignments", name)

    def _decoded(self, name: str) -> list[Segment]:
        summary, visible = self.kept.summary(name), self.kept.visible(name)
        lengths = SegmentLengths(summary.frame_rate_hz, self.settings.min_bout_s, self.settings.max_bout_s)
        assignments, scaled = self.kept.table("assignments", name), self.kept.table("scaled", name)
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
