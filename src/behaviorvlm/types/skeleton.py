"""The nouns of a body: keypoints, edges, left/right pairs and body regions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from behaviorvlm.errors import SkeletonError
from behaviorvlm.types.arrays import IntArray


@dataclass(frozen=True)
class BodyRegion:
    """A named group of keypoints that are looked at together (paper section 3.1: ears, back, paws, tail)."""

    name: str
    keypoints: tuple[str, ...]


@dataclass(frozen=True)
class Skeleton:
    """A body plan. Nothing about species, number of keypoints or regions is assumed.

    Attributes:
        keypoints: Anatomical names; their order is the keypoint axis everywhere.
        edges: Pairs of names that a viewer draws as bones.
        symmetries: (left, right) pairs of names.
        regions: Body regions; each keypoint belongs to at most one.

    Raises:
        SkeletonError: On duplicate or unknown names, or a keypoint in two regions or two pairs.
    """

    keypoints: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()
    symmetries: tuple[tuple[str, str], ...] = ()
    regions: tuple[BodyRegion, ...] = ()

    def __post_init__(self) -> None:
        if not self.keypoints:
            raise SkeletonError("a skeleton needs at least one keypoint", expected="1 or more names", actual="none")
        _refuse_duplicates(self.keypoints, "keypoints")
        _refuse_duplicates((region.name for region in self.regions), "region names")
        _refuse_duplicates((name for pair in self.symmetries for name in pair), "symmetries")
        _refuse_duplicates((name for region in self.regions for name in region.keypoints), "regions")
        self._refuse_unknown((name for pair in self.edges for name in pair), "edges")
        self._refuse_unknown((name for pair in self.symmetries for name in pair), "symmetries")
        self._refuse_unknown((name for region in self.regions for name in region.keypoints), "regions")

    def __len__(self) -> int:
        """Return the number of keypoints."""
        return len(self.keypoints)

    def index(self, keypoint: str) -> int:
        """Return the place of `keypoint` on the keypoint axis.

        Raises:
            SkeletonError: If there is no keypoint of that name.
        """
        self._refuse_unknown([keypoint], "a request")
        return self._indices[keypoint]

    @cached_property
    def edge_indices(self) -> IntArray:
        """Edges as keypoint indices, (edge, 2) int64."""
        return np.array([[self.index(a), self.index(b)] for a, b in self.edges], dtype=np.int64).reshape(-1, 2)

    @cached_property
    def mirror_indices(self) -> IntArray:
        """For each keypoint the index of its left/right partner, or its own, (keypoint,) int64."""
        mirror = np.arange(len(self.keypoints), dtype=np.int64)
        for left, right in self.symmetries:
            mirror[self.index(left)], mirror[self.index(right)] = self.index(right), self.index(left)
        return mirror

    @cached_property
    def region_indices(self) -> dict[str, IntArray]:
        """For each region name the indices of its keypoints, (keypoint of the region,) int64."""
        return {
            region.name: np.array([self.index(name) for name in region.keypoints], dtype=np.int64)
            for region in self.regions
        }

    @cached_property
    def _indices(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.keypoints)}

    def _refuse_unknown(self, names: Iterable[str], where: str) -> None:
        unknown = sorted(set(names) - set(self.keypoints))
        if unknown:
            raise SkeletonError(
                f"unknown keypoint{'s' if len(unknown) > 1 else ''} {', '.join(unknown)}",
                where=where,
                expected=", ".join(self.keypoints),
                actual=", ".join(unknown),
            )


def _refuse_duplicates(names: Iterable[str], where: str) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise SkeletonError(
            f"named more than once: {', '.join(twice)}", where=where, expected="each name once", actual=", ".join(twice)
        )
