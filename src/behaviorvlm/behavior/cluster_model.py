"""A fitted clustering: embeds and assigns rows, of old and new recordings alike. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from behaviorvlm.behavior.cluster_settings import ClusterReport, ClusterSettings
from behaviorvlm.behavior.soft_assignment import soft_assignment
from behaviorvlm.errors import InputError, ShapeError
from behaviorvlm.types import AnyArray, Float32Array
from behaviorvlm.types.packing import pack_json, unpack_json

ROWS_AT_A_TIME = 1 << 14
"""Rows embedded at a time: their hidden layers stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class ClusterModel:
    """What deep embedded clustering has learnt.

    Attributes:
        settings: How it was fitted.
        report: How the fit went.
        animals: The animals it was fitted on.
        layers: (below, above) float32 weights and (above,) float32 biases of each layer of the encoder.
        centroids: (table, cluster, dimension) float32; one table for all animals, or one for each.
    """

    settings: ClusterSettings
    report: ClusterReport
    animals: tuple[str, ...]
    layers: tuple[tuple[Float32Array, Float32Array], ...]
    centroids: Float32Array

    @property
    def n_features(self) -> int:
        """Features of a row."""
        return int(self.layers[0][0].shape[0])

    def embed(self, rows: Float32Array) -> Float32Array:
        """Return the (row, dimension) float32 embedding of (row, feature) float32 rows, perhaps mapped from disk.

        Raises:
            ShapeError: If these are other features than those it was fitted on.
        """
        if rows.ndim != 2 or rows.shape[1] != self.n_features:
            raise ShapeError(
                "these are not the features that the clusters were fitted on",
                expected=f"(row, {self.n_features})",
                actual=str(rows.shape),
            )
        embedded = np.empty((len(rows), self.centroids.shape[-1]), np.float32)
        for start in range(0, len(rows), ROWS_AT_A_TIME):
            part = slice(start, start + ROWS_AT_A_TIME)
            embedded[part] = self._embed(np.asarray(rows[part], np.float32))
        return embedded

    def assign(self, rows: Float32Array, animal: str = "") -> Float32Array:
        """Return how much each row belongs to each cluster, (row, cluster) float32, 1 in sum over the clusters.

        Args:
            rows: (row, feature) float32.
            animal: Whose rows they are; does not matter where all animals share their clusters.

        Raises:
            InputError: If each animal has its own clusters, and this one was not there.
            ShapeError: If these are other features than those it was fitted on.
        """
        return self.assign_embedded(self.embed(rows), animal)

    def assign_embedded(self, embedded: Float32Array, animal: str = "") -> Float32Array:
        """Return what `assign` returns, for rows that are embedded already, (row, dimension) float32."""
        return soft_assignment(embedded, self.centroids[self._table(animal)])

    def arrays(self) -> dict[str, AnyArray]:
        """Return all of it as named arrays of any shape, for whoever stores it."""
        layers = {
            f"layer_{number}_{name}": values
            for number, layer in enumerate(self.layers)
            for name, values in zip(("weight", "bias"), layer, strict=True)
        }
        words = {"settings": self.settings, "report": self.report, "animals": self.animals}
        return {
            **layers,
            "centroids": self.centroids,
            **{name: pack_json(kept)["json"] for name, kept in words.items()},
        }

    @classmethod
    def from_arrays(cls, stored: Mapping[str, AnyArray]) -> ClusterModel:
        """Return what `arrays` gave, arrays of any shape by name."""
        layers: list[tuple[Float32Array, Float32Array]] = []
        while (name := f"layer_{len(layers)}") + "_weight" in stored:
            layers.append((_numbers(stored[f"{name}_weight"]), _numbers(stored[f"{name}_bias"])))
        return cls(
            settings=unpack_json({"json": stored["settings"]}, ClusterSettings),
            report=unpack_json({"json": stored["report"]}, ClusterReport),
            animals=unpack_json({"json": stored["animals"]}, tuple[str, ...]),
            layers=tuple(layers),
            centroids=_numbers(stored["centroids"]),
        )

    def _embed(self, rows: Float32Array) -> Float32Array:
        for number, (weight, bias) in enumerate(self.layers):
            rows = rows @ weight
            rows += bias
            if number < len(self.layers) - 1:
                np.maximum(rows, 0, out=rows)
        return rows

    def _table(self, animal: str) -> int:
        if len(self.centroids) == 1:
            return 0
        if animal not in self.animals:
            raise InputError(
                "each animal has its own clusters, and this one was not there when they were fitted",
                where=animal,
                expected=", ".join(self.animals),
                remedy="fit with shared centroids to label animals that were never met",
            )
        return self.animals.index(animal)


def _numbers(values: AnyArray) -> Float32Array:
    return np.asarray(values, np.float32)
