from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from label_files import make_poses

from behaviorvlm.errors import SettingsError
from behaviorvlm.io import labelled_views
from behaviorvlm.io.labelled_views import every_frame, paths_of_cameras, pick_labelled
from behaviorvlm.io.pose_of_tracks import blocks_of
from behaviorvlm.types import Skeleton
from behaviorvlm.types.pose_table import PoseTable


def test_timepoints_are_spread_over_those_with_points() -> None:
    poses = make_poses(n_timepoints=100)
    every = pick_labelled(poses, 1000).timepoint
    assert 1 not in every and 2 not in every and len(every) > 90
    few = pick_labelled(poses, 5).timepoint
    assert len(few) == 5 and (few[0], few[-1]) == (every[0], every[-1])
    assert np.diff(few).min() > 15


def test_without_views_or_points_there_is_nothing_to_pick() -> None:
    poses = make_poses()
    with pytest.raises(SettingsError, match="points in pictures, and there are none"):
        pick_labelled(replace(poses, cameras=()), 5)
    with pytest.raises(SettingsError, match="no view shows a point"):
        pick_labelled(replace(poses, blocks=lambda: iter(())), 5)


@given(
    st.sets(st.integers(0, 40), min_size=1),
    st.lists(st.integers(1, 40), max_size=4),
    st.integers(0, 5),
    st.integers(1, 12),
)
def test_every_frame_has_one_row(timepoints: set[int], cuts: list[int], offset: int, rows: int) -> None:
    times = np.array(sorted(timepoints))
    points = np.arange(len(times) * 2.0).reshape(-1, 1, 1, 1, 2) + 1
    edges = sorted({0, len(times), *(cut for cut in cuts if cut < len(times))})

    def blocks() -> object:
        for start, stop in pairwise(edges):
            yield from blocks_of(times[start:stop], points[start:stop], np.ones((stop - start, 1, 1, 1)))()

    poses = PoseTable("p", Skeleton(("k",)), ("a",), ("c",), 44, blocks, frame_offsets={"c": offset})  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labelled_views, "BLOCK_ROWS", rows)
        found = list(every_frame(poses, "c"))
    frames = np.concatenate([frames for frames, _, _ in found])
    cells = np.concatenate([cells for _, cells, _ in found])[:, 0, 0]
    np.testing.assert_array_equal(frames, np.arange(44 + offset))
    there = np.flatnonzero(np.isfinite(cells[:, 0]))
    np.testing.assert_array_equal(there, times + offset)
    np.testing.assert_array_equal(cells[there], points[:, 0, 0, 0])


def test_files_of_cameras() -> None:
    one, two = make_poses(cameras=("top",)), make_poses()
    assert paths_of_cameras(Path("x/2024.01.02.csv"), one, ("top",)) == {"top": Path("x/2024.01.02.csv")}
    assert list(paths_of_cameras(Path("x/2024.01.csv"), two, ("a", "b")).values()) == [
        Path("x/2024.01_a.csv"), Path("x/2024.01_b.csv"),
    ]  # fmt: skip
    assert paths_of_cameras(Path("m.analysis.h5"), two, ("a", "b"))["cam1"] == Path("m_b.analysis.h5")
