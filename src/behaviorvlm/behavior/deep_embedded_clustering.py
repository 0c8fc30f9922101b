"""Stage 2: deep embedded clustering of all animals together.

Xie, Girshick and Farhadi 2016, with what the BehaviorVLM paper adds: one encoder for all animals, ten clusters each,
and one KL objective summed over them. An autoencoder learns to reproduce the rows; k-means places the centroids in its
embedding; then encoder and centroids follow the target distribution, which trusts what is assigned clearly.

By default the animals share their clusters. Then cluster 3 is the same in every animal and recording, ethograms can be
compared, and animals that were never met can be labelled; each animal having its own is for animals that do not behave
alike. See docs/decisions/0018-deep-embedded-clustering.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from behaviorvlm.behavior.cluster_model import ClusterModel
from behaviorvlm.behavior.cluster_settings import ClusterSettings
from behaviorvlm.behavior.row_streams import RowStreams, Stream
from behaviorvlm.extras import require
from behaviorvlm.types import AnyArray

Progress = Callable[[str, int, int], None]
Keep = Callable[[Mapping[str, AnyArray]], None]


def fit_clusters(
    streams: Sequence[Stream],
    settings: ClusterSettings,
    *,
    progress: Progress | None = None,
    kept: Mapping[str, AnyArray] | None = None,
    keep: Keep | None = None,
) -> ClusterModel:
    """Return the clusters of the animals' rows. The same streams, settings and threads give the same clusters.

    Memory holds a pool of rows (`row_streams.POOL_BYTES`), a sample for k-means and one byte for each row.

    Args:
        streams: The rows of each animal in each recording, scaled, (row, feature).
        settings: How.
        progress: Told the stage (``pretraining``, ``clustering``), its epochs done, and its epochs at most.
        kept: What `keep` was last given before a kill, arrays of any shape by name: the fit goes on from there, with
            the result that it would have had.
        keep: Given the whole state after each epoch.

    Raises:
        InputError: If no row is usable, a usable one is not finite, or `kept` is of another fit.
        SettingsError: If torch or threadpoolctl is not installed.
        ShapeError: If streams have different features.
    """
    require_training_libraries()
    from behaviorvlm.behavior.deep_embedded_training import Training, threads

    with threads(settings.threads):
        training = Training(RowStreams(streams), settings, kept=kept)
        told = progress or (lambda *_: None)
        told("pretraining", training.pretrained, settings.pretraining_epochs)
        while training.pretrained < settings.pretraining_epochs:
            training.pretrain()
            if keep is not None:
                keep(training.state())
            told("pretraining", training.pretrained, settings.pretraining_epochs)
        while training.stop is None:
            training.cluster()
            if keep is not None:
                keep(training.state())
            told("clustering", training.clustered, settings.clustering_epochs)
        return training.model()


def require_training_libraries() -> None:
    """Refuse to go on without what training needs.

    Raises:
        SettingsError: If it is not installed; the message says how.
    """
    require(
        "behavior",
        "clustering needs libraries that are not installed",
        expected="torch 2.6 or newer (the build for CPUs will do) and threadpoolctl",
    )
