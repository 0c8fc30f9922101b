"""The pose pipeline from given candidates: cuts, runs cut in two, annotators, seeds, what cannot be asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from unit.pose.pictures import grey, telling_source
from unit.pose.scenes import (
    DictSink,
    assert_same,
    blocks_of,
    make_poses,
    make_rig,
    make_seeds,
    make_session,
    show_all,
)
from unit.pose.scripted_annotator import WatchedAnnotator

from behaviorvlm.errors import InputError, SeedError, SettingsError
from behaviorvlm.pose.pipeline import run_pose
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.types import CandidateSet, PoseFlag

RIG = make_rig()
STEPS = 30
WALK = make_poses(range(STEPS))
SHORT = PoseSettings(chunk_timepoints=10, block_timepoints=8)


def walk(
    settings: PoseSettings = SHORT, *, sink: DictSink | None = None, n_timepoints: int = STEPS, **rest
) -> DictSink:
    """Return the records of a walk given as candidates, 3 false dots and a fifth of the true ones hidden per view."""
    sink = DictSink() if sink is None else sink
    session = rest.pop("session", None) or make_session(RIG, n_timepoints=n_timepoints)
    given = rest.pop("candidates", None) or show_all(WALK[:n_timepoints], RIG, clutter=3, hidden=0.2)
    run_pose(session, source=rest.pop("source", None), sink=sink, settings=settings, candidates=given, **rest)
    return sink


@pytest.fixture(scope="session")
def walked() -> DictSink:
    return walk()


def test_stretches_cover_the_walk_and_name_it(walked: DictSink) -> None:
    pieces = blocks_of(walked, "poses")
    assert len(pieces) == 3
    assert blocks_of(walked, "views") == pieces
    assert walked.joined("poses", "timepoint").tolist() == list(range(STEPS))
    assert len([key for stage, key in walked if stage == "cuts"]) == 2
    errors = np.linalg.norm(walked.joined("poses", "points_mm") - WALK, axis=-1)
    assert np.nanmean(errors) < 0.5
    assert np.isfinite(errors).mean() > 0.9
    assert (errors[np.isfinite(errors)] < 8).mean() > 0.99


@pytest.mark.parametrize("chunk_timepoints", [15, 40])
def test_where_the_video_is_cut_hardly_matters(walked: DictSink, chunk_timepoints: int) -> None:
    other = walk(PoseSettings(chunk_timepoints=chunk_timepoints, block_timepoints=STEPS))
    assert [time for block in blocks_of(other, "poses") for time in range(*block)] == list(range(STEPS))
    here, there = (sink.joined("poses", "points_mm") for sink in (walked, other))
    both = np.isfinite(here) & np.isfinite(there)
    assert both.mean() > 0.9
    assert (np.abs(here - there)[both] < 1e-6).mean() > 0.97


class Killed(Exception):
    """The machine went away."""


class FailingSink(DictSink):
    """Dies after so many results were kept."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def save(self, stage, key, arrays):
        if not self.left:
            raise Killed
        self.left -= 1
        super().save(stage, key, arrays)


@pytest.mark.parametrize("kept", [0, 3, 5, 7, 10, 16])
def test_a_run_cut_in_two_ends_as_one_that_was_not(walked: DictSink, kept: int) -> None:
    assert kept < len(walked)
    dying = FailingSink(kept)
    with pytest.raises(Killed):
        walk(sink=dying)
    assert len(dying) == kept
    finished = DictSink(dying)
    assert_same(walk(sink=finished), walked)


def test_a_finished_run_is_not_done_again(walked: DictSink) -> None:
    done = FailingSink(0)
    done.update(walked)
    assert_same(walk(sink=done), walked)


def test_an_interrupted_refinement_of_the_calibration_is_taken_up() -> None:
    settings = PoseSettings(refine_calibration=True, timepoints=(0, 6))
    whole = walk(settings)
    dying = FailingSink(len(whole) - 1)
    with pytest.raises(Killed):
        walk(settings, sink=dying)
    assert_same(walk(settings, sink=DictSink(dying)), whole)


def test_a_model_gets_pictures_boxes_candidates_and_a_rolling_window() -> None:
    annotator = WatchedAnnotator()
    source = telling_source(RIG.names, ("visible", "fluorescence"), 20)
    sink = walk(PoseSettings(exemplar_lag=1), n_timepoints=20, source=source, annotator=annotator)
    by_time: dict[int, list[tuple[int, str]]] = {}
    for question in annotator.asked:
        view = question.view
        camera = RIG.index(view.camera)
        for number, channel in enumerate(("visible", "fluorescence")):
            assert (view.images[channel] == grey(camera, number, view.timepoint)).all()
        assert len(view.candidates) > 0
        assert len(question.exemplars) == 3
        assert all(
            one.camera == view.camera and one.timepoint != view.timepoint
            for one in question.exemplars
            if one.kind == "rolling"
        )
        by_time[view.timepoint] = [(one.timepoint, one.kind) for one in question.exemplars]
    assert sorted(by_time) == list(range(20))
    assert by_time[2] == [(2, "seed"), (8, "seed"), (14, "seed")]  # the pass begins at the first seed
    assert by_time[12] == [(9, "rolling"), (10, "rolling"), (11, "rolling")]
    assert_same(sink, walk(PoseSettings(), n_timepoints=20))  # and the answers are what counts


def test_answers_of_an_annotator_that_knows_nothing_do_not_hurt_joint_naming() -> None:
    class Silent(WatchedAnnotator):
        def detect_body_regions(self, question):
            return ()

    settings = PoseSettings()
    errors = np.linalg.norm(
        walk(settings, n_timepoints=20, annotator=Silent(needs_pixels=False)).joined("poses", "points_mm") - WALK[:20],
        axis=-1,
    )
    assert np.nanmean(errors) < 0.5
    assert np.isfinite(errors).mean() > 0.9


def hide(given: dict[str, list[CandidateSet]], timepoints: range) -> dict[str, list[CandidateSet]]:
    """Return the candidates with no dot in any view for a while."""
    for time in timepoints:
        for name in RIG.names:
            given[name][time] = CandidateSet.from_points(time, name, np.zeros((0, 2)))
    return given


def test_cuts_do_not_pass_each_other_where_nothing_is_seen() -> None:
    """From 10 on the next clear timepoint is 22, from 20 on it is 20."""
    sink = walk(candidates=hide(show_all(WALK, RIG), range(8, 20)))
    assert sink.joined("poses", "timepoint").tolist() == list(range(STEPS))
    assert np.nanmax(np.linalg.norm(sink.joined("poses", "points_mm") - WALK, axis=-1)) < 5.0


def test_an_animal_that_is_gone_for_a_while_is_found_again() -> None:
    given = hide(show_all(WALK, RIG), range(10, 20))
    points = walk(PoseSettings(), candidates=given).joined("poses", "points_mm")
    assert np.isnan(points[10:20]).all()
    errors = np.linalg.norm(points - WALK, axis=-1)
    assert np.nanmax(errors) < 2.0
    assert np.isfinite(errors[26:]).all()


def test_a_stretch_without_a_trusted_pose_is_told() -> None:
    """No seed lies in it, and half of the animal is hidden: nobody can be sure, and the flags say so."""
    given = show_all(WALK[:, :4], RIG)
    near, far = (
        walk(PoseSettings(timepoints=timepoints), candidates=given).joined("poses", "flags")
        for timepoints in ((2, 6), (20, 24))
    )
    assert not (near & int(PoseFlag.TRACK_UNSURE)).any()
    present = walk(PoseSettings(timepoints=(20, 24)), candidates=given).joined("poses", "margin") > -np.inf
    np.testing.assert_array_equal(far & int(PoseFlag.TRACK_UNSURE) > 0, present)


def test_an_exchanged_seed_is_outvoted_told_and_hurts_nothing() -> None:
    seeds = make_seeds(RIG)
    crossed = np.arange(9)
    crossed[[4, 5]] = 5, 4
    seeds = [replace(seed, points_px=seed.points_px[crossed]) if seed.timepoint == 8 else seed for seed in seeds]
    session = make_session(RIG, seeds, n_timepoints=20)
    sink = walk(PoseSettings(), n_timepoints=20, session=session)
    errors = np.linalg.norm(sink.joined("poses", "points_mm") - WALK[:20], axis=-1)
    assert np.nanmax(errors) < 8.0
    assert np.nanmean(errors) < 0.5
    told = np.argwhere(sink.joined("poses", "flags") & int(PoseFlag.SEED_DISAGREES)).tolist()
    assert told == [[8, 4], [8, 5]]


@pytest.mark.parametrize("timepoints", [(5, 5), (9, 3), (-1, 4), (0, 21), (20, 25)])
def test_timepoints_the_session_does_not_have_are_refused(timepoints: tuple[int, int]) -> None:
    with pytest.raises(SettingsError, match="0 <= A < B <= 20"):
        walk(PoseSettings(timepoints=timepoints), n_timepoints=20)


def test_neither_pictures_nor_candidates_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing to find dots in"):
        run_pose(make_session(RIG), source=None, sink=DictSink(), settings=PoseSettings())


def test_seeds_that_cannot_be_placed_are_an_error() -> None:
    alone = [seed for seed in make_seeds(RIG) if seed.camera == "cam0"]
    with pytest.raises(SeedError, match="cannot be placed in 3D"):
        walk(PoseSettings(), n_timepoints=20, session=make_session(RIG, alone))


@pytest.mark.parametrize("shortened", [lambda views: [], lambda views: views[:10]])
def test_a_camera_that_lacks_candidates_is_named(shortened) -> None:
    given = dict(show_all(WALK, RIG))
    name = RIG.names[1]
    given[name] = shortened(given[name])
    with pytest.raises(InputError, match=f"camera {name} lacks candidates"):
        walk(candidates=given)
