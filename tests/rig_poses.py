"""Poses with gaps and names of any script, and what two of them must have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from session_files import make_rig

from behaviorvlm.types import CameraGroup, Skeleton
from behaviorvlm.types.pose_table import PoseBlock, PoseTable

PLAIN = ("nose", "left_ear", "right_ear", "tail_base")


def make_table(
    *,
    keypoints: Sequence[str] = PLAIN,
    individuals: Sequence[str] = ("animal",),
    cameras: Sequence[str] = ("cam0", "cam1", "cam2"),
    timepoints: Sequence[int] = (0, 1, 2, 5, 6, 9),
    n_timepoints: int = 12,
    block: int = 4,
    missing: float = 0.3,
    seed: int = 0,
    with_mm: bool = True,
    rig: CameraGroup | None = None,
    frame_offsets: Mapping[str, int] | None = None,
) -> PoseTable:
    """Return a table of random points with gaps, the same whenever it is asked for blocks."""
    rng = np.random.default_rng(seed)
    shape = (len(timepoints), len(individuals), len(keypoints))
    seen = (len(timepoints), len(cameras), *shape[1:])
    gone, blind = rng.random(shape) < missing, rng.random(seen) < missing
    gone |= not with_mm
    points_mm = np.where(gone[..., None], np.nan, np.round(rng.normal(0, 200, (*shape, 3)), 4))
    points_px = np.where(blind[..., None], np.nan, np.round(rng.uniform(0, 1024, (*seen, 2)), 4))
    confidence = np.where(blind, np.nan, np.round(rng.random(seen), 4))
    error, score = (np.where(gone, np.nan, np.round(rng.random(shape), 4)) for _ in range(2))
    views = np.where(gone, -1, rng.integers(2, 7, shape))
    when = np.asarray(timepoints, dtype=np.int64)

    def blocks() -> Iterator[PoseBlock]:
        for start in range(0, len(when), block):
            part = slice(start, start + block)
            yield PoseBlock(
                when[part], points_px[part], confidence[part], points_mm[part], error[part], views[part], score[part]
            )

    named = tuple(keypoints)
    pairs = (("left_ear", "right_ear"),) if {"left_ear", "right_ear"} <= set(named) else ()
    return PoseTable(
        "monday",
        Skeleton(named, edges=tuple(pairwise(named)), symmetries=pairs),
        tuple(individuals),
        tuple(cameras),
        n_timepoints,
        blocks,
        frame_rate_hz=30.0,
        image_sizes=dict.fromkeys(cameras, (1024, 1024)),
        rig=rig,
        frame_offsets=frame_offsets or {},
        provenance={"software": "behaviorvlm", "version": "0.1.0"},
    )


def make_rig_table(n_cameras: int = 3, **words: object) -> PoseTable:
    """Return such a table with the cameras it was filmed by."""
    rig = make_rig(n_cameras, size=(1024, 1024))
    return make_table(cameras=rig.names, rig=rig, **words)  # type: ignore[arg-type]


NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=8) | st.sampled_from(
    ["nan", "a,b", 'he said "x"', "../up", "a/b", "x_x_px", "100%", "ñandú", "尾巴"]
)


def distinct(names: st.SearchStrategy[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(names, min_size=1, max_size=most, unique=True)


@st.composite
def pose_tables(
    draw: st.DrawFn,
    *,
    names: st.SearchStrategy[str] = NAMES,
    individuals: int = 2,
    cameras: int = 2,
    with_mm: bool | None = None,
) -> PoseTable:
    """Return tables of a few timepoints, with gaps in time and in space."""
    timepoints = sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=6)))
    return make_table(
        keypoints=draw(distinct(names, 4)),
        individuals=draw(distinct(names, individuals)),
        cameras=draw(distinct(names, cameras)) if cameras else (),
        timepoints=timepoints,
        n_timepoints=timepoints[-1] + 1,
        block=draw(st.integers(1, 4)),
        missing=draw(st.sampled_from([0.0, 0.3, 0.9])),
        seed=draw(st.integers(0, 1000)),
        with_mm=draw(st.booleans()) if with_mm is None else with_mm,
    )


FIELDS = ("points_px", "confidence", "points_mm", "error_px", "n_views", "score")


def whole(poses: PoseTable) -> dict[str, np.ndarray]:
    """Return all of a pose, every timepoint from 0 to the last, by field."""
    blocks = list(poses.blocks())
    times = np.concatenate([block.timepoint for block in blocks] or [np.empty(0, dtype=np.int64)])
    if np.any(np.diff(times) <= 0):
        raise ValueError(f"timepoints do not rise: {times}")
    found = {}
    for field in FIELDS:
        joined = np.concatenate([getattr(block, field) for block in blocks])
        empty = -1 if field == "n_views" else np.nan
        found[field] = np.full((poses.n_timepoints, *joined.shape[1:]), empty, dtype=joined.dtype)
        found[field][times] = joined
    return found


def assert_same(one: PoseTable, other: PoseTable, *, fields: Sequence[str] = FIELDS, atol: float = 0.0) -> None:
    """Fail unless two poses are equal in `fields`, names and number of timepoints."""
    assert one.keypoints == other.keypoints
    assert one.individuals == other.individuals
    assert one.n_timepoints == other.n_timepoints
    mine, others = whole(one), whole(other)
    for field in fields:
        np.testing.assert_allclose(mine[field], others[field], rtol=0, atol=atol, err_msg=field)
