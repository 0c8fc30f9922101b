"""Skeletons of any body, and every way in which one may not fit together."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from behaviorvlm.errors import SkeletonError
from behaviorvlm.types import BodyRegion, Skeleton

MOUSE = Skeleton(
    ("nose", "left_ear", "right_ear", "tail"),
    edges=(("nose", "tail"), ("left_ear", "nose")),
    symmetries=(("left_ear", "right_ear"),),
    regions=(BodyRegion("head", ("right_ear", "nose", "left_ear")), BodyRegion("tail", ("tail",))),
)


def test_indices_follow_the_order_of_the_keypoints() -> None:
    assert len(MOUSE) == 4
    assert [MOUSE.index(name) for name in MOUSE.keypoints] == [0, 1, 2, 3]
    assert MOUSE.edge_indices.tolist() == [[0, 3], [1, 0]]
    assert MOUSE.mirror_indices.tolist() == [0, 2, 1, 3]
    assert {name: rows.tolist() for name, rows in MOUSE.region_indices.items()} == {"head": [2, 0, 1], "tail": [3]}
    for array in (MOUSE.edge_indices, MOUSE.mirror_indices, *MOUSE.region_indices.values()):
        assert array.dtype == np.int64


def test_mirroring_twice_changes_nothing() -> None:
    mirror = MOUSE.mirror_indices
    assert mirror[mirror].tolist() == [0, 1, 2, 3]


def test_a_single_keypoint_is_a_skeleton() -> None:
    dot = Skeleton(("dot",))
    assert dot.edge_indices.shape == (0, 2)
    assert dot.mirror_indices.tolist() == [0]
    assert dot.region_indices == {}


@pytest.mark.parametrize(
    ("changes", "where", "actual"),
    [
        ({"keypoints": ("a", "b", "a", "b", "c")}, "keypoints", "a, b"),
        ({"regions": (BodyRegion("r", ("a",)), BodyRegion("r", ("b",)))}, "region names", "r"),
        ({"regions": (BodyRegion("r", ("a",)), BodyRegion("s", ("b", "a")))}, "regions", "a"),
        ({"symmetries": (("a", "b"), ("b", "c"))}, "symmetries", "b"),
        ({"symmetries": (("a", "a"),)}, "symmetries", "a"),
        ({"edges": (("a", "b"), ("a", "x"))}, "edges", "x"),
        ({"symmetries": (("y", "x"),)}, "symmetries", "x, y"),
        ({"regions": (BodyRegion("r", ("a", "x")),)}, "regions", "x"),
    ],
)
def test_names_that_do_not_fit_are_refused(changes: dict[str, Any], where: str, actual: str) -> None:
    with pytest.raises(SkeletonError) as caught:
        Skeleton(**{"keypoints": ("a", "b", "c"), **changes})
    assert caught.value.where == where
    assert caught.value.actual == actual
    assert actual in caught.value.message
    assert caught.value.expected


def test_a_skeleton_without_keypoints_is_refused() -> None:
    with pytest.raises(SkeletonError, match="at least one keypoint"):
        Skeleton(())


def test_an_unknown_keypoint_is_named_with_the_known_ones() -> None:
    with pytest.raises(SkeletonError, match="unknown keypoint paw") as caught:
        MOUSE.index("paw")
    assert caught.value.expected == "nose, left_ear, right_ear, tail"


def test_skeletons_are_compared_by_value_and_cross_process_borders() -> None:
    assert MOUSE.index("tail") == 3
    again = pickle.loads(pickle.dumps(MOUSE))
    assert again == MOUSE
    assert hash(again) == hash(MOUSE)
    assert again.mirror_indices.tolist() == [0, 2, 1, 3]
    assert Skeleton(("nose",)) != MOUSE
