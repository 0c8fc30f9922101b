"""The whole pose pipeline in memory: pictures of a simulated animal in, records out, held against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from unit.pose.scenes import DictSink, assert_same, blocks_of

from behaviorvlm.errors import VideoError
from behaviorvlm.evaluate.keypoint_error import PoseScores, score_pose
from behaviorvlm.evaluate.pose_truth import PoseTruth, read_truth
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.io.video import VideoFrameSource
from behaviorvlm.pose.pipeline import run_pose
from behaviorvlm.pose.records import block_key, unpack_candidates
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.simulate.arena import simulate_arena
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.types import CameraGroup, CandidateSet, FrameSource, PoseFlag, RecordingSession
from behaviorvlm.types.body_limits import BodyLimits

N_TIMEPOINTS = 40
DETECTED = ("candidates", "thresholds", "survey")
"""Stages that settings of naming do not touch."""


@dataclass(frozen=True)
class Arena:
    """A simulated session and the truth about it."""

    session: RecordingSession
    source: FrameSource
    truth: PoseTruth

    def score(self, sink: DictSink) -> PoseScores:
        return score_pose(sink.joined("poses", "points_mm"), truth=self.truth, skeleton=self.session.skeleton)


def make_arena(folder: Path, *, n_cameras: int = 5, n_timepoints: int = N_TIMEPOINTS, dots: str = "bright") -> Arena:
    look = ArenaSettings(
        channels=("fluorescence",), dots=dots, seed_window=15, n_specks=2, glints_per_picture=0.2, reflection=0.05
    )
    simulate_arena(folder, n_cameras=n_cameras, n_timepoints=n_timepoints, image_size=(320, 320), settings=look)
    session = open_session(folder)
    times = np.arange(n_timepoints)
    truth = read_truth(
        folder / "truth", keypoints=session.skeleton.keypoints, cameras=session.cameras, timepoints=times
    )
    return Arena(session, VideoFrameSource(session), truth)


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Arena:
    return make_arena(tmp_path_factory.mktemp("pipeline") / "arena")


def run(arena: Arena, settings: PoseSettings | None = None, *, sink: DictSink | None = None, **rest) -> DictSink:
    sink = DictSink() if sink is None else sink
    source = rest.pop("source", arena.source)
    run_pose(arena.session, source=source, sink=sink, settings=settings or PoseSettings(), **rest)
    return sink


@pytest.fixture(scope="session")
def reference(arena: Arena) -> DictSink:
    """Return the records of a run with the default settings."""
    return run(arena)


def candidates_of(sink: DictSink, arena: Arena) -> list[list[CandidateSet]]:
    """Return the kept candidates, (timepoint)(camera)."""
    names = arena.session.cameras.names
    return [
        views
        for block in blocks_of(sink, "candidates")
        for views in unpack_candidates(sink["candidates", block_key(*block)], names, timepoints=block)
    ]


def test_the_limits_that_flags_are_raised_by_are_kept(arena: Arena, reference: DictSink) -> None:
    limits = BodyLimits.unpacked(reference["limits", "all"])
    points, flags = (reference.joined("poses", name) for name in ("points_mm", "flags"))
    again = limits.flags(points, arena.session.skeleton.edge_indices)
    judged = int(PoseFlag.JUMP | PoseFlag.BONE_LENGTH)
    np.testing.assert_array_equal(again & judged, flags & judged)
    tight = replace(limits, jump_mm=0.0).flags(points, arena.session.skeleton.edge_indices)
    assert (tight & int(PoseFlag.JUMP)).any()


# Pictures in ---------------------------------------------------------------------------------------------------------


def test_dots_in_pictures_become_named_keypoints(arena: Arena, reference: DictSink) -> None:
    scores = arena.score(reference)
    assert scores.mean_error_mm is not None
    assert scores.mean_error_mm < 1.5
    assert (scores.identity_accuracy or 0) > 0.95
    assert (scores.coverage or 0) > 0.8


def test_the_records_are_what_the_run_promises(arena: Arena, reference: DictSink) -> None:
    t, c, k, r = N_TIMEPOINTS, 5, 12, 4
    (poses,) = (arrays for (stage, _), arrays in reference.items() if stage == "poses")
    assert {name: values.shape for name, values in poses.items()} == {
        "timepoint": (t,),
        "points_mm": (t, k, 3),
        "numbers": (t, k, c),
        "points_px": (t, c, k, 2),
        "error_px": (t, k),
        "margin": (t, k),
        "runner_up_mm": (t, k, 3),
        "flags": (t, k),
        "confidence": (t, k),
    }
    (views,) = (arrays for (stage, _), arrays in reference.items() if stage == "views")
    assert views["boxes_px"].shape == (t, c, r, 4)
    assert views["assigned"].shape == views["reconciled"].shape == views["confidence"].shape == (t, c, k)
    assert sorted(key for stage, key in reference if stage == "candidates") == ["000000-000040"]
    assert reference.joined("candidates", "timepoint").max() == t - 1


def test_a_pose_rests_on_the_dots_it_names(arena: Arena, reference: DictSink) -> None:
    poses = reference["poses", "000000-000040"]
    candidates = candidates_of(reference, arena)
    used = np.argwhere(poses["numbers"] >= 0)
    for time, keypoint, camera in used[::7]:
        dot = candidates[time][camera].points_px[poses["numbers"][time, keypoint, camera]]
        np.testing.assert_array_equal(poses["points_px"][time, camera, keypoint], dot)
    present = np.isfinite(poses["points_mm"]).all(axis=-1)
    assert ((poses["numbers"] >= 0).sum(axis=-1)[present] >= 2).all()
    assert (poses["numbers"][~present] == -1).all()
    np.testing.assert_array_equal(np.isfinite(poses["error_px"]), present)
    np.testing.assert_array_equal(np.isfinite(poses["margin"]), present)
    assert (poses["confidence"][~present] == 0).all()
    two = poses["flags"] & int(PoseFlag.TWO_VIEWS) > 0
    np.testing.assert_array_equal(two, present & ((poses["numbers"] >= 0).sum(axis=-1) == 2))


def test_candidates_given_instead_of_pixels_are_named_the_same(arena: Arena, reference: DictSink) -> None:
    kept = candidates_of(reference, arena)
    given = {name: [views[index] for views in kept] for index, name in enumerate(arena.session.cameras.names)}
    found = run(arena, source=None, candidates=given)
    assert set(reference) - set(found) == {("thresholds", "all")}
    assert_same(found, DictSink({key: reference[key] for key in found}))


def test_the_number_of_workers_makes_no_difference(arena: Arena, reference: DictSink) -> None:
    """Detection, cuts and stretches on two processes, videos included."""
    settings = PoseSettings(timepoints=(0, 24), chunk_timepoints=12, block_timepoints=10)
    told: list[tuple[str, int, int]] = []
    alone = run(arena, settings, progress=lambda *step: told.append(step))
    assert len([key for key in alone if key[0] == "poses"]) == 2
    assert_same(run(arena, settings, workers=2), alone)
    assert told[0] == ("candidates", 0, 3)
    assert [step for step in told if step[0] == "poses"] == [("poses", 0, 2), ("poses", 1, 2), ("poses", 2, 2)]
    errors = np.linalg.norm(alone.joined("poses", "points_mm") - arena.truth.points_mm[:24], axis=-1)
    assert np.nanmedian(errors) < 1.0


@pytest.mark.parametrize(
    ("asked", "most_mm"),
    [
        ({"stages": (1, 2, 3)}, 4.0),
        ({"stages": (2,)}, 20.0),
        ({"stages": (2, 3)}, 20.0),
        ({"stages": (1, 2)}, 20.0),
        ({"stages": (4,)}, 1.5),
        ({"stages": (2, 3, 4)}, 1.5),
        ({"refine": "per_keypoint"}, 12.0),
        ({"refine": "per_keypoint", "stages": (2, 4)}, 20.0),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_every_sensible_choice_of_stages_runs(
    arena: Arena, reference: DictSink, asked: dict[str, object], most_mm: float
) -> None:
    sink = DictSink({key: reference[key] for key in reference if key[0] in DETECTED})
    found = run(arena, PoseSettings.model_validate(asked), sink=sink, source=None)
    scores = arena.score(found)
    assert scores.mean_error_mm is not None
    assert scores.mean_error_mm < most_mm
    assert (scores.coverage or 0) > 0.5
    stages = asked.get("stages", (1, 2, 3, 4))
    views = found["views", "000000-000040"]
    whole = (views["boxes_px"] == [0, 0, 319, 319]).all(axis=-1)
    assert (np.isfinite(views["boxes_px"]).any()) == bool({1, 2} & set(stages))
    if 2 in stages and 1 not in stages:
        assert whole.all()
    if 2 not in stages:
        assert (views["assigned"] == -1).all()
    if 3 not in stages:
        np.testing.assert_array_equal(views["reconciled"], views["assigned"])


@pytest.mark.parametrize("stages", [(), (1,), (3,), (1, 3)], ids=str)
def test_stages_that_name_nobody_leave_everything_missing(
    arena: Arena, reference: DictSink, stages: tuple[int, ...]
) -> None:
    sink = DictSink({key: reference[key] for key in reference if key[0] in DETECTED})
    found = run(arena, PoseSettings(stages=stages, timepoints=(0, 6)), sink=sink, source=arena.source)
    assert np.isnan(found.joined("poses", "points_mm")).all()


@pytest.mark.parametrize("n_cameras", [2, 3])
def test_few_cameras_are_enough(arena: Arena, n_cameras: int) -> None:
    names = arena.session.cameras.names[:n_cameras]
    session = replace(
        arena.session,
        cameras=CameraGroup(arena.session.cameras.cameras[:n_cameras]),
        seeds=tuple(seed for seed in arena.session.seeds if seed.camera in names),
    )
    sink = DictSink()
    run_pose(session, source=arena.source, sink=sink, settings=PoseSettings(timepoints=(0, 20)))
    points = sink.joined("poses", "points_mm")
    present = np.isfinite(points).all(axis=-1)
    errors = np.linalg.norm(points - arena.truth.points_mm[:20], axis=-1)[present]
    assert present.mean() > 0.4
    assert np.median(errors) < 1.5
    assert sink.joined("poses", "numbers").shape == (20, 12, n_cameras)


def test_a_part_of_the_video_is_named_as_a_part(arena: Arena) -> None:
    sink = run(arena, PoseSettings(timepoints=(17, 29), block_timepoints=8))
    assert sink.joined("poses", "timepoint").tolist() == list(range(17, 29))
    assert blocks_of(sink, "candidates") == [(17, 25), (25, 29)]
    errors = np.linalg.norm(sink.joined("poses", "points_mm") - arena.truth.points_mm[17:29], axis=-1)
    assert np.nanmedian(errors) < 1.5  # though no seed lies in it


def test_dark_dots_on_bright_ground(tmp_path: Path) -> None:
    arena = make_arena(tmp_path / "dark", n_cameras=4, n_timepoints=16, dots="dark")
    scores = arena.score(run(arena, PoseSettings(dots="dark")))
    assert scores.mean_error_mm is not None
    assert scores.mean_error_mm < 2.0
    assert (scores.identity_accuracy or 0) > 0.9
    assert (scores.coverage or 0) > 0.7


@dataclass(frozen=True)
class Blackened:
    """A source of which some cameras are black for a while."""

    source: FrameSource
    black: Mapping[str, range]

    @property
    def n_timepoints(self) -> int:
        return self.source.n_timepoints

    def channels(self, camera: str) -> tuple[str, ...]:
        return self.source.channels(camera)

    def read(self, camera: str, *, channel: str, start: int, stop: int) -> Iterator[np.ndarray]:
        for time, frame in enumerate(self.source.read(camera, channel=channel, start=start, stop=stop), start):
            yield np.zeros_like(frame) if time in self.black.get(camera, ()) else frame


def test_a_camera_that_is_black_for_a_while_costs_no_more_than_its_views(arena: Arena, reference: DictSink) -> None:
    black = Blackened(arena.source, {"cam1": range(8, 20)})
    sink = run(arena, PoseSettings(timepoints=(0, 26)), source=black)
    poses = sink["poses", "000000-000026"]
    assert (poses["numbers"][8:20, :, 1] == -1).all()
    assert (poses["numbers"][:8, :, 1] >= 0).any()
    assert (poses["numbers"][20:, :, 1] >= 0).any()
    errors = np.linalg.norm(poses["points_mm"] - arena.truth.points_mm[:26], axis=-1)
    assert np.nanmedian(errors) < 1.0
    assert np.isfinite(errors[8:20]).mean() > 0.5


def test_no_dots_at_all_is_a_finished_run_with_everything_missing(arena: Arena) -> None:
    night = Blackened(arena.source, {name: range(N_TIMEPOINTS) for name in arena.session.cameras.names})
    sink = run(arena, PoseSettings(timepoints=(0, 20), chunk_timepoints=10, refine_calibration=True), source=night)
    assert len(sink.joined("candidates", "timepoint")) == 0
    assert np.isnan(sink.joined("poses", "points_mm")).all()
    assert np.isnan(sink.joined("poses_recalibrated", "points_mm")).all()
    assert not sink.joined("poses", "flags").any() or sink.joined("poses", "flags").max() == PoseFlag.SEED_DISAGREES
    refined = sink["calibration", "refined"]
    np.testing.assert_array_equal(refined["tvec"], [camera.tvec for camera in arena.session.cameras])


def test_refining_the_calibration_lowers_the_residuals_and_keeps_the_rest(arena: Arena, reference: DictSink) -> None:
    sink = run(arena, PoseSettings(refine_calibration=True), sink=DictSink(reference), source=None)
    refined = sink["calibration", "refined"]
    before, after = refined["residual_before_px"], refined["residual_after_px"]
    assert np.median(after) < 0.8 * np.median(before)
    assert (after < 1.05 * before).all()
    assert_same(DictSink({key: sink[key] for key in reference}), reference)
    again = sink.joined("poses_recalibrated", "points_mm")
    errors, refined_errors = (
        np.linalg.norm(points - arena.truth.points_mm, axis=-1)
        for points in (reference.joined("poses", "points_mm"), again)
    )
    assert np.nanmedian(refined_errors) < np.nanmedian(errors) + 0.1


def test_a_channel_that_was_not_filmed_is_an_error(arena: Arena) -> None:
    with pytest.raises(VideoError, match="has no infrared video"):
        run(arena, PoseSettings(channel="infrared"))


# Seeds that say too little -------------------------------------------------------------------------------------------


def without_labels(arena: Arena, *keypoints: int) -> Arena:
    """Return the arena whose seeds do not label these keypoints."""
    blank = np.isin(np.arange(len(arena.session.skeleton)), keypoints)[:, None]
    seeds = tuple(replace(seed, points_px=np.where(blank, np.nan, seed.points_px)) for seed in arena.session.seeds)
    return replace(arena, session=replace(arena.session, seeds=seeds))


def test_a_pair_that_no_seed_places_is_missing_and_spoils_nothing(arena: Arena, reference: DictSink) -> None:
    names = arena.session.skeleton.keypoints
    paws = [names.index("left_forepaw"), names.index("right_forepaw")]
    others, before = np.delete(np.arange(len(names)), paws), reference.joined("poses", "points_mm")
    for settings in (PoseSettings(), PoseSettings(refine="per_keypoint"), PoseSettings(stages=(1, 2, 3))):
        sink = run(without_labels(arena, *paws), settings)
        points = sink.joined("poses", "points_mm")
        assert np.isnan(points[:, paws]).all() and (sink.joined("views", "reconciled")[..., paws] == -1).all()
        assert np.flatnonzero(sink["limits", "sideless"]["sideless"]).tolist() == paws
        if settings == PoseSettings():
            gaps = np.linalg.norm(points - before, axis=-1)[:, others]
            assert (gaps[np.isfinite(gaps)] < 1).mean() > 0.98
            placed = np.isfinite(points).all(axis=-1)[:, others].mean()
            assert placed > np.isfinite(before).all(axis=-1)[:, others].mean() - 0.02


def test_a_keypoint_alone_that_no_seed_places_is_flagged(arena: Arena) -> None:
    tail = arena.session.skeleton.keypoints.index("tail_tip")
    sink = run(without_labels(arena, tail))
    flagged = (sink.joined("poses", "flags") & int(PoseFlag.UNSEEDED)) > 0
    present = np.isfinite(sink.joined("poses", "points_mm")[..., 0])
    np.testing.assert_array_equal(flagged[:, tail], present[:, tail])
    assert present[:, tail].any() and not np.delete(flagged, tail, axis=1).any()
    assert not sink["limits", "sideless"]["sideless"].any()
