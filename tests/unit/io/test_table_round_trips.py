"""Whatever the skeleton, the animals and the gaps: a table of every frame gives the same points back."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from label_files import same_points

from behaviorvlm.io import deeplabcut_project, sleap_project
from behaviorvlm.io.pose_of_tracks import blocks_of
from behaviorvlm.types import Skeleton
from behaviorvlm.types.pose_table import ONE_ANIMAL, PoseTable

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).filter(
    lambda name: name.strip()
)
NOT_ANIMALS = {"single"}
"""Whom DeepLabCut lets own points of no animal."""


@st.composite
def tables(draw: st.DrawFn) -> PoseTable:
    keypoints = tuple(draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)))
    edges = tuple(pairwise(keypoints))
    animals = draw(st.lists(NAMES.filter(lambda name: name not in NOT_ANIMALS), min_size=2, max_size=3, unique=True))
    individuals = draw(st.sampled_from([(ONE_ANIMAL,), tuple(animals)]))
    timepoints = np.array(sorted(draw(st.sets(st.integers(0, 30), min_size=1, max_size=6))))
    shape = (len(timepoints), 1, len(individuals), len(keypoints))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    points = np.round(random.uniform(-50, 5000, (*shape, 2)), 3)
    confidence = np.round(random.uniform(0, 1, shape), 4)
    missing = random.random(shape) < draw(st.sampled_from([0, 0.5]))
    missing[0, 0, 0, 0] = False
    points[missing], confidence[missing] = np.nan, np.nan
    last = int(timepoints[-1]) + draw(st.integers(1, 3))
    return PoseTable(
        "t", Skeleton(keypoints, edges), individuals, ("t",), last, blocks_of(timepoints, points, confidence)
    )


@pytest.mark.parametrize("ending", [".csv", ".h5", ".analysis.h5"])
@given(poses=tables())
@settings(max_examples=30, deadline=None)
def test_tables_of_every_frame(ending: str, poses: PoseTable) -> None:
    module = sleap_project if "analysis" in ending else deeplabcut_project
    with tempfile.TemporaryDirectory() as folder:
        (path,) = module.write(Path(folder) / f"t{ending}", poses)
        again = module.read(path)
        assert (again.keypoints, again.individuals) == (poses.keypoints, poses.individuals)
        assert again.n_timepoints == poses.n_timepoints
        assert same_points(again, poses)
        if module is sleap_project:
            assert again.skeleton.edges == poses.skeleton.edges
