"""A small animal before a small rig, without files and pixels: what the pose stages are tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.imaging.specks import StaticSpecks
from behaviorvlm.pose.body_shape import BodyShape, learn_body_shape
from behaviorvlm.pose.candidate_detection import Survey
from behaviorvlm.pose.evidence import Evidence
from behaviorvlm.pose.evidence_building import build_evidence
from behaviorvlm.simulate.rig import ring_of_cameras
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.types import BodyRegion, CameraGroup, CandidateSet, Exemplar, RecordingSession, Skeleton

SKELETON = Skeleton(
    ("left_ear", "right_ear", "back", "rump", "left_paw", "right_paw", "left_foot", "right_foot", "tail"),
    edges=(("left_ear", "back"), ("right_ear", "back"), ("back", "rump"), ("rump", "tail")),
    symmetries=(("left_ear", "right_ear"), ("left_paw", "right_paw"), ("left_foot", "right_foot")),
    regions=(
        BodyRegion("ears", ("left_ear", "right_ear")),
        BodyRegion("trunk", ("back", "rump", "tail")),
        BodyRegion("paws", ("left_paw", "right_paw", "left_foot", "right_foot")),
    ),
)
MIRROR = SKELETON.mirror_indices
BODY_MM = np.array(
    [
        [30.0, 9.0, 24.0],
        [30.0, -9.0, 24.0],
        [8.0, 0.0, 30.0],
        [-22.0, 0.0, 26.0],
        [20.0, 10.0, 2.0],
        [20.0, -10.0, 2.0],
        [-24.0, 13.0, 2.0],
        [-24.0, -13.0, 2.0],
        [-62.0, 0.0, 6.0],
    ]
)
SEED_TIMEPOINTS = (2, 8, 14)
GATE_PX = 3.0


def make_rig(n_cameras: int = 4, *, size: tuple[int, int] = (640, 640)) -> CameraGroup:
    """Return cameras on a ring that look at the middle of the floor."""
    return ring_of_cameras(n_cameras, image_size=size, settings=ArenaSettings(), seed=1)


def make_poses(timepoints: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return (timepoint, keypoint, 3) mm: a body that walks in a circle, swings its paws and tail."""
    poses = []
    for time in timepoints:
        body = BODY_MM.copy()
        swing = np.sin(0.45 * time)
        body[4:8, 0] += 5.0 * swing * np.array([1.0, -1.0, -1.0, 1.0])
        body[8, 1] += 9.0 * np.sin(0.2 * time)
        turn = Rotation.from_euler("z", 0.06 * time).as_matrix()
        poses.append(body @ turn.T + [30 * np.sin(0.06 * time), -30 * np.cos(0.06 * time), 0.0])
    return np.stack(poses)


def moved(points_mm: np.ndarray, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """Return (..., 3) points moved by so many mm."""
    return np.add(points_mm, [x, y, z])


def show(points_mm: np.ndarray, rig: CameraGroup, *, timepoint: int = 0) -> list[CandidateSet]:
    """Return one candidate set per camera: the number of a dot is its row of (point, 3) mm; NaN points are left out."""
    return [
        CandidateSet.from_points(timepoint, camera.name, pixels[np.isfinite(pixels).all(axis=1)])
        for camera, pixels in zip(rig, project_all(points_mm, rig), strict=True)
    ]


def show_all(
    poses_mm: np.ndarray, rig: CameraGroup, *, seed: int = 0, clutter: int = 0, hidden: float = 0.0
) -> dict[str, list[CandidateSet]]:
    """Return camera name to candidate sets over time: shuffled dots, 0.2 px off, some hidden, some false."""
    rng = np.random.default_rng(seed)
    sets: dict[str, list[CandidateSet]] = {name: [] for name in rig.names}
    for time, pose in enumerate(poses_mm):
        for camera, pixels in zip(rig, project_all(pose, rig), strict=True):
            seen = pixels[rng.random(len(pixels)) >= hidden]
            seen = seen + rng.normal(scale=0.2, size=seen.shape)
            false = rng.uniform(0, np.array(camera.image_size) - 1.0, size=(clutter, 2))
            dots = rng.permutation(np.concatenate([seen, false]))
            sets[camera.name].append(CandidateSet.from_points(time, camera.name, dots))
    return sets


def make_seeds(rig: CameraGroup, timepoints: Sequence[int] = SEED_TIMEPOINTS) -> list[Exemplar]:
    """Return every keypoint labelled in every view at some timepoints."""
    pixels = project_all(make_poses(timepoints), rig)
    return [
        Exemplar(time, camera.name, pixels[index, row])
        for row, time in enumerate(timepoints)
        for index, camera in enumerate(rig)
    ]


def make_session(
    rig: CameraGroup, seeds: Sequence[Exemplar] | None = None, *, n_timepoints: int = 20, skeleton: Skeleton = SKELETON
) -> RecordingSession:
    """Return a session that names no file."""
    videos: Mapping[str, Mapping[str, str]] = {}
    seeds = make_seeds(rig) if seeds is None else seeds
    return RecordingSession("walk", "walk", skeleton, rig, tuple(seeds), videos, n_timepoints, 30.0)


def make_shape(timepoints: Sequence[int] = SEED_TIMEPOINTS) -> BodyShape:
    """Return the shape of the body as three of its poses show it."""
    return learn_body_shape(make_poses(timepoints), MIRROR)


def nothing_known(n_cameras: int) -> Survey:
    """Return a survey that found neither specks nor a floor."""
    return Survey((StaticSpecks(np.zeros((0, 2)), np.zeros(0)),) * n_cameras, None)


def evidence_of(points_mm: np.ndarray, rig: CameraGroup, *, survey: Survey | None = None) -> Evidence:
    """Return the evidence of one timepoint at which every camera sees all (point, 3) mm, in order."""
    return build_evidence(show(points_mm, rig), rig, survey=survey or nothing_known(len(rig)), gate_px=GATE_PX)


class DictSink(dict[tuple[str, str], dict[str, np.ndarray]]):
    """A result sink that forgets when the test ends."""

    def load(self, stage, key):
        return self.get((stage, key))

    def save(self, stage, key, arrays):
        self[stage, key] = {name: np.asarray(values).copy() for name, values in arrays.items()}

    def joined(self, stage: str, name: str) -> np.ndarray:
        """Return one array of a stage over all timepoints."""
        return np.concatenate([self[key][name] for key in sorted(self) if key[0] == stage])


def blocks_of(sink: DictSink, stage: str) -> list[tuple[int, int]]:
    """Return first (included) and last (excluded) timepoint of what a stage kept."""
    first_last = (key.split("-") for kept, key in sorted(sink) if kept == stage)
    return [(int(first), int(last)) for first, last in first_last]


def assert_same(one: DictSink, other: DictSink) -> None:
    assert sorted(one) == sorted(other)
    for key in one:
        assert sorted(one[key]) == sorted(other[key])
        for name, values in one[key].items():
            np.testing.assert_array_equal(values, other[key][name], err_msg=f"{key} {name}")
