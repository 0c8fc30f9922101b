"""What may be turned in stage 2, and what it reports."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Centroids = Literal["shared", "per_animal"]
Precision = Literal["auto", "float32", "bfloat16"]
StopReason = Literal["settled", "epochs", "unclustered", "collapsing"]


class ClusterSettings(BaseModel):
    """Settings of deep embedded clustering.

    Attributes:
        clusters: Number of clusters of each animal.
        centroids: ``shared``: cluster 3 means the same in every animal, and animals never met before can be
            labelled; ``per_animal``: each animal has its own clusters in the same embedding.
        hidden: Widths of the encoder's hidden layers; the decoder mirrors them.
        embedding: Width of the embedding.
        pretraining_epochs: Passes over the rows with the autoencoder alone.
        clustering_epochs: Passes at most with the clustering objective; 0 = k-means on the autoencoder's embedding.
        epoch_rows: Rows of an epoch at most. Where there are more, each epoch takes another part of them, drawn at
            random, so that time does not grow with hours of video.
        batch: Rows of one step; None = an epoch has about 200 steps of 64 to 1024 rows.
        pretraining_rate: Adam's step size at its largest; it rises over the first steps and falls to 0.
        clustering_rate: Adam's step size while clustering.
        tolerance: Share of the labels; when fewer change from one epoch to the next, it is over.
        seed: Of everything random.
        precision: Numbers that layers are multiplied in; ``auto`` = bfloat16 where the processor multiplies it itself.
        threads: Threads to calculate with; None = as many as torch and numpy like. Another number may change the last
            digits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    clusters: int = Field(default=10, ge=2, le=200)
    centroids: Centroids = "shared"
    hidden: tuple[int, ...] = (256, 128)
    embedding: int = Field(default=10, ge=1)
    pretraining_epochs: int = Field(default=20, ge=1)
    clustering_epochs: int = Field(default=10, ge=0)
    epoch_rows: int = Field(default=300_000, ge=1)
    batch: int | None = Field(default=None, ge=1)
    pretraining_rate: float = Field(default=2e-3, gt=0)
    clustering_rate: float = Field(default=3e-4, gt=0)
    tolerance: float = Field(default=0.001, ge=0, le=1)
    seed: int = Field(default=0, ge=0)
    precision: Precision = "auto"
    threads: int | None = Field(default=None, ge=1)


class ClusterReport(BaseModel):
    """How a fit went.

    Attributes:
        rows: Rows it was fitted on.
        batch: Rows of one step.
        precision: Numbers that layers were multiplied in.
        reconstruction: Mean squared error of the autoencoder in each epoch, in units of the rows squared.
        divergence: Mean KL divergence (nats a row) of each clustering epoch, taken as it went.
        changed: Share of the labels given before that changed, in each clustering epoch after the first.
        stop: ``settled``: fewer changed than the tolerance; ``epochs``: there were no more; ``unclustered``: no
            clustering epochs were wanted; ``collapsing``: few clusters came to hold nearly all rows, and that epoch was
            taken back.
        sizes: Animal to the rows in each cluster, at the end.
        empty: Clusters without a row, as ``(animal, cluster)``; the animal is "" where all share their clusters.
        collapsed: Clusters that lie on another one, likewise; one of each such group is not listed.
        reseeded: How many empty clusters were put somewhere else on the way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    batch: int
    precision: Literal["float32", "bfloat16"]
    reconstruction: tuple[float, ...]
    divergence: tuple[float, ...]
    changed: tuple[float, ...]
    stop: StopReason
    sizes: dict[str, tuple[int, ...]]
    empty: tuple[tuple[str, int], ...]
    collapsed: tuple[tuple[str, int], ...]
    reseeded: int
