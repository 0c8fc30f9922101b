"""Records are frozen, refuse arrays that do not fit together, and cross process borders."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from behaviorvlm.errors import ShapeError
from behaviorvlm.types import (
    Camera,
    CameraGroup,
    CandidateFlag,
    CandidateSet,
    Correspondence,
    Exemplar,
    KeypointAssignment,
    Pose3D,
    PoseFlag,
    RecordingSession,
    Skeleton,
    View,
)

CANDIDATES = CandidateSet(4, "a", np.ones((3, 2)), np.ones(3), np.ones(3), np.array([0, 1, 3]))
RECORDS = [
    CANDIDATES,
    KeypointAssignment(4, "a", np.array([0, -1, 2]), np.array([0.5, 0, 1.0])),
    Correspondence(4, np.ones((2, 3)), np.array([[0, -1], [1, 1]]), np.ones(2), np.array([True, False])),
    Exemplar(4, "a", np.ones((5, 2))),
    Pose3D(4, np.ones((2, 3)), np.array([[0, -1], [1, 1]]), np.ones(2), np.ones(2), np.ones((2, 3)), np.array([0, 3])),
]
EVERY_RECORD = pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
ARRAYS = [
    (record, field.name)
    for record in RECORDS
    for field in fields(record)
    if isinstance(getattr(record, field.name), np.ndarray)
]


def each_array(arrays):
    ids = [f"{type(record).__name__}.{field}" for record, field in arrays]
    return pytest.mark.parametrize(("record", "field"), arrays, ids=ids)


EVERY_ARRAY = each_array(ARRAYS)


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray):
        return bool(one.dtype == np.asarray(other).dtype and np.array_equal(one, np.asarray(other)))
    return one == other


@EVERY_RECORD
def test_a_field_cannot_be_replaced(record) -> None:
    with pytest.raises(FrozenInstanceError):
        record.timepoint = 5


@EVERY_ARRAY
def test_an_array_is_a_read_only_copy(record, field: str) -> None:
    mine = np.array(getattr(record, field))
    copied = getattr(replace(record, **{field: mine}), field)
    before = copied.copy()
    mine[...] = 0
    np.testing.assert_array_equal(copied, before)
    with pytest.raises(ValueError, match="read-only"):
        copied[...] = 0


@EVERY_ARRAY
def test_one_axis_too_many_is_refused(record, field: str) -> None:
    with pytest.raises(ShapeError, match=f"{field} has the wrong shape"):
        replace(record, **{field: getattr(record, field)[None]})


@each_array([(r, f) for r, f in ARRAYS if not isinstance(r, Exemplar)])
def test_a_length_that_does_not_fit_is_refused(record, field: str) -> None:
    """Every array of a record has as many rows; an exemplar has but one array."""
    with pytest.raises(ShapeError):
        replace(record, **{field: getattr(record, field)[:-1]})


@each_array([(r, f) for r, f in ARRAYS if f in ("points_px", "points_mm", "runner_up_mm")])
def test_a_point_has_as_many_coordinates_as_its_space(record, field: str) -> None:
    with pytest.raises(ShapeError, match=field):
        replace(record, **{field: getattr(record, field)[:, :-1]})


@EVERY_RECORD
def test_a_record_crosses_process_borders(record) -> None:
    again = pickle.loads(pickle.dumps(record))
    assert type(again) is type(record)
    for field in fields(record):
        assert same(getattr(again, field.name), getattr(record, field.name))


def test_candidates_of_positions_alone_know_nothing_else() -> None:
    candidates = CandidateSet.from_points(4, "a", np.array([[1.0, 2], [3, 4]]))
    assert len(candidates) == 2
    assert np.isnan(candidates.brightness).all()
    assert np.isnan(candidates.size_px).all()
    assert candidates.flags.tolist() == [0, 0]
    assert len(CandidateSet.from_points(4, "a", np.empty((0, 2)))) == 0


def test_flags_of_candidates_and_poses_are_bits() -> None:
    for flags in (CandidateFlag, PoseFlag):
        bits = [flag.value for flag in flags if flag.value]
        assert all(bit & (bit - 1) == 0 for bit in bits)
        assert len(set(bits)) == len(bits)
    assert CandidateFlag(int(CANDIDATES.flags[2])) == CandidateFlag.STATIC_SPECK | CandidateFlag.FLOOR_MIRROR


def test_a_missing_assignment_names_no_candidate() -> None:
    nothing = KeypointAssignment.missing(4, "a", 3)
    assert nothing.numbers.tolist() == [-1, -1, -1]
    assert nothing.confidence.tolist() == [0, 0, 0]
    assert nothing.reason == ""


def test_a_missing_pose_has_no_keypoint() -> None:
    pose = Pose3D.missing(4, n_keypoints=3, n_cameras=2)
    assert not pose.present.any()
    assert pose.n_views.tolist() == [0, 0, 0]
    assert pose.numbers.shape == (3, 2)
    for array in (pose.points_mm, pose.error_px, pose.margin, pose.runner_up_mm):
        assert np.isnan(array).all()
    assert pose.flags.tolist() == [PoseFlag.NONE] * 3


def test_a_pose_counts_its_views_and_its_keypoints() -> None:
    points = np.array([[1.0, 2, 3], [np.nan] * 3])
    numbers = np.array([[0, -1, 5], [-1, -1, -1]])
    pose = Pose3D(4, points, numbers, np.ones(2), np.ones(2), points, np.zeros(2))
    assert pose.present.tolist() == [True, False]
    assert pose.n_views.tolist() == [2, 0]


def test_a_correspondence_has_as_many_points_as_rows() -> None:
    assert len(RECORDS[2]) == 2


def test_an_exemplar_is_a_seed_unless_said_otherwise() -> None:
    assert Exemplar(0, "a", np.ones((1, 2))).kind == "seed"
    assert Exemplar(0, "a", np.ones((1, 2)), kind="rolling").kind == "rolling"


def test_a_view_has_no_pictures_until_they_are_asked_for() -> None:
    view = View(4, "a", (64, 48), CANDIDATES)
    assert view.images == {}
    with pytest.raises(FrozenInstanceError):
        view.camera = "b"  # type: ignore[misc]


def test_a_session_crosses_process_borders() -> None:
    matrix = np.array([[100.0, 0, 32], [0, 100, 24], [0, 0, 1]])
    cameras = tuple(
        Camera(name, (64, 48), matrix, np.zeros(5), np.zeros(3), np.array([shift, 0.0, 0]))
        for name, shift in (("a", 0.0), ("b", 50.0))
    )
    session = RecordingSession(
        name="s",
        folder="s",
        skeleton=Skeleton(("nose", "tail")),
        cameras=CameraGroup(cameras),
        seeds=(Exemplar(1, "a", np.ones((2, 2))),),
        videos={"a": {"fluorescence": "s/a.mp4"}},
        n_timepoints=12,
        frame_rate_hz=30.0,
    )
    again = pickle.loads(pickle.dumps(session))
    assert (again.name, again.skeleton, again.cameras.names) == ("s", session.skeleton, ("a", "b"))
    assert (again.videos, again.n_timepoints, again.frame_rate_hz) == (session.videos, 12, 30.0)
    assert again.frame_offsets == again.candidate_files == again.source_files == {}
    np.testing.assert_array_equal(again.seeds[0].points_px, session.seeds[0].points_px)


@pytest.mark.parametrize("confidence", [1.5, -0.1, np.nan, np.inf])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(ShapeError, match="confidence"):
        KeypointAssignment(4, "a", np.array([0, 1]), np.array([0.5, confidence]))
