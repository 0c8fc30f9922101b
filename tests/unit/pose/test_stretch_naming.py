"""A stretch as a job: named, named again with votes, and left missing where a model was wanted and not to be had."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from unit.pose.scenes import make_poses, make_rig, make_session, make_shape, nothing_known, show_all
from unit.pose.scripted_annotator import WatchedAnnotator

from behaviorvlm.pose.chunks import Anchor
from behaviorvlm.pose.exemplars import triangulate_seeds
from behaviorvlm.pose.geometric_annotator import GeometricPoseAnnotator
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.pose.stretch_naming import (
    Scene,
    StretchJob,
    StretchResult,
    geometric_scene,
    name_again,
    name_stretch,
)
from behaviorvlm.pose.together import SideBySide
from behaviorvlm.pose.votes import Vote
from behaviorvlm.types import PoseFlag

RIG = make_rig()
SESSION = make_session(RIG)
SEEDS = triangulate_seeds(SESSION)
WALK = make_poses(range(12))
GIVEN = show_all(WALK, RIG, clutter=2)
TAIL = 8
LASTING = int(PoseFlag.TRACK_UNSURE | PoseFlag.PASSES_DISAGREE)


def make_job(settings: PoseSettings, *, annotator=None, seeded: bool = True, **rest) -> StretchJob:
    """Return timepoints 4 to 11; they begin and end without a seed, which lies at 8."""
    who = annotator or GeometricPoseAnnotator()
    scene = Scene(SESSION, settings, SEEDS, make_shape(), nothing_known(4), who, **rest)
    candidates = [[GIVEN[name][time] for name in RIG.names] for time in range(4, 12)]
    anchors = [Anchor(int(time), SEEDS.points_mm[row], np.inf) for row, time in enumerate(SEEDS.timepoints)]
    return StretchJob(scene, (4, 12), candidates, anchors if seeded else ())


@cache
def named(seeded: bool = True) -> tuple[StretchJob, StretchResult]:
    job = make_job(PoseSettings(annotator="auto"), seeded=seeded)
    return job, name_stretch(job)


def assert_same(one: dict, other: dict, *, except_for: tuple[str, ...] = ()) -> None:
    assert one.keys() == other.keys()
    for name in one.keys() - set(except_for):
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def against_the_tail(result: StretchResult, row: int) -> list[Vote]:
    """Return votes of all views that the dot of the tail is no tail."""
    numbers = result.poses["numbers"][row, TAIL]
    return [Vote(4 + row, camera, TAIL, int(number), -9.0) for camera, number in enumerate(numbers) if number >= 0]


def test_doubts_are_kept_for_auto_alone() -> None:
    assert named()[1].doubts
    assert not name_stretch(make_job(PoseSettings())).doubts


def test_a_job_that_was_not_named_is_named() -> None:
    job, result = named()
    again = name_again(job)
    for kept in ("flags", "views", "poses", "doubts"):
        assert_same(getattr(again, kept), getattr(result, kept))


def test_votes_change_poses_and_what_is_doubtful_and_nothing_else() -> None:
    job, result = named()
    again = name_again(replace(job, named=result, votes=against_the_tail(result, 3)))
    for kept in ("flags", "views"):
        assert getattr(again, kept) is getattr(result, kept)
    assert set(again.doubts) == set(result.doubts) and again.doubts["start"] == result.doubts["start"]
    points, before = again.poses["points_mm"], result.poses["points_mm"]
    changed = np.argwhere(~((points == before) | (np.isnan(points) & np.isnan(before))).all(axis=-1))
    assert changed.tolist() == [[3, TAIL]]
    assert np.isnan(points[3, TAIL]).all()
    assert np.isnan(again.poses["points_px"][3, :, TAIL]).all()
    assert again.poses["flags"][3, TAIL] == 0


def test_a_vote_about_another_stretch_is_not_heard() -> None:
    job, result = named()
    votes = [replace(vote, timepoint=vote.timepoint + 8) for vote in against_the_tail(result, 3)]
    again = name_again(replace(job, named=result, votes=votes))
    np.testing.assert_array_equal(again.poses["points_mm"], result.poses["points_mm"])


def test_flags_that_votes_can_raise_or_lower_are_set_anew() -> None:
    job, result = named()
    flags = result.poses["flags"] | int(PoseFlag.JUMP | PoseFlag.LOW_MARGIN)
    wrong = replace(result, poses={**result.poses, "flags": flags})
    again = name_again(replace(job, named=wrong, votes=against_the_tail(result, 3)))
    assert not (again.poses["flags"] & int(PoseFlag.JUMP)).any()
    low = (again.poses["flags"] & int(PoseFlag.LOW_MARGIN)) > 0
    np.testing.assert_array_equal(low, np.nan_to_num(again.poses["margin"], nan=np.inf) < 3)


def test_a_seed_that_disagrees_is_told_again() -> None:
    job, result = named()
    moved = SEEDS.points_mm.copy()
    moved[1, 2] += 30.0
    strange = replace(job.scene, seeds=replace(SEEDS, points_mm=moved))
    again = name_again(replace(job, scene=strange, named=result))
    told = np.argwhere(again.poses["flags"] & int(PoseFlag.SEED_DISAGREES)).tolist()
    assert told == [[4, 2]]


@pytest.mark.parametrize("row", [3, 6])
def test_votes_do_not_hide_that_passes_disagreed_or_that_no_pose_was_to_be_trusted(row: int) -> None:
    job, result = named(seeded=False)
    assert (result.poses["flags"] & int(PoseFlag.TRACK_UNSURE)).all()
    flags = result.poses["flags"] | int(PoseFlag.PASSES_DISAGREE)
    told = replace(result, poses={**result.poses, "flags": flags})
    again = name_again(replace(job, named=told, votes=against_the_tail(result, row)))
    present = np.isfinite(again.poses["points_mm"][..., 0])
    assert np.argwhere(~present).tolist() == [[row, TAIL]]
    np.testing.assert_array_equal(again.poses["flags"] & LASTING, np.where(present, LASTING, 0))


# The budget is spent -------------------------------------------------------------------------------------------------


def test_what_could_not_be_asked_is_left_missing_if_so_wanted() -> None:
    def after(count: int):
        left = iter([True] * count)
        return lambda: next(left, False)

    found = {}
    for wanted in ("geometry", "missing"):
        annotator = WatchedAnnotator(needs_pixels=False)
        settings = PoseSettings(annotator="vlm", when_spent=wanted, exemplar_lag=1)
        found[wanted] = name_stretch(make_job(settings, annotator=annotator, admits=after(5)))
    geometry, missing = found["geometry"], found["missing"]
    # The pass that asks begins at the seed, 8, runs to 11, then backwards from 7.
    assert missing.views["unasked"].tolist() == geometry.views["unasked"].tolist() == [1, 1, 1, 0, 0, 0, 0, 0]
    assert np.isfinite(geometry.poses["points_mm"]).all()
    assert np.isnan(missing.poses["points_mm"][:3]).all()
    assert (missing.poses["numbers"][:3] == -1).all()
    assert np.isnan(missing.poses["points_px"][:3]).all()
    assert missing.poses["timepoint"].tolist() == list(range(4, 12))
    np.testing.assert_array_equal(missing.poses["points_mm"][3:], geometry.poses["points_mm"][3:])


def test_with_a_budget_left_nothing_is_left_missing() -> None:
    settings = PoseSettings(annotator="vlm", when_spent="missing")
    result = name_stretch(make_job(settings, annotator=WatchedAnnotator(needs_pixels=False)))
    assert not result.views["unasked"].any()
    assert np.isfinite(result.poses["points_mm"]).all()


def test_a_worker_can_be_handed_the_scene_of_a_run_that_asks() -> None:
    with SideBySide(1, 1) as together:
        job = make_job(PoseSettings(annotator="auto"), together=together, admits=lambda: True)
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
            pickle.dumps(job)
        back = pickle.loads(pickle.dumps(replace(job, scene=geometric_scene(job.scene))))
    assert back.scene.annotator.name == "geometric"
    assert back.scene.admits()
    assert back.scene.settings == job.scene.settings
