"""What a run says of itself: the whole pipeline over simulated dots of a moving body, or a session with a truth."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _candidate_session import named_pixels, seed_views, write_session

from behaviorvlm import api
from behaviorvlm.evaluate.ceiling import oracle_points
from behaviorvlm.evaluate.error_detection import wrong_keypoints
from behaviorvlm.evaluate.pose_truth import PoseTruth, read_truth
from behaviorvlm.pose.confidence import missing_nearby
from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.simulate.dots import SimulatedCandidates
from behaviorvlm.types import BoolArray, CameraGroup, FloatArray, RecordingSession, Skeleton


@dataclass(frozen=True, eq=False)
class Statements:
    """What runs say of all the keypoints they report, whether or not two views show them.

    Attributes:
        margin: (keypoint,) float64 nats.
        missing: (keypoint,) float64 share of keypoints missing nearby.
        confidence: (keypoint,) float64 in [0, 1].
        right: (keypoint,) bool, not wrong in the sense of `wrong_keypoints`.
    """

    margin: FloatArray
    missing: FloatArray
    confidence: FloatArray
    right: BoolArray

    @classmethod
    def joined(cls, parts: Sequence[Statements]) -> Statements:
        """Return several one after the other."""
        names = ("margin", "missing", "confidence", "right")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class MovingDots:
    """A moving body and the simulated dots of it.

    Attributes:
        points_mm: (timepoint, keypoint, 3) float64 mm, the truth.
        dots: What a detector would find of it.
        cameras: The rig.
        skeleton: Its keypoints.
        frame_rate_hz: Timepoints per second.
    """

    points_mm: FloatArray
    dots: SimulatedCandidates
    cameras: CameraGroup
    skeleton: Skeleton
    frame_rate_hz: float

    @property
    def supported(self) -> BoolArray:
        """Which keypoints at least 2 views show, (timepoint, keypoint) bool."""
        return np.asarray((self.dots.numbers >= 0).sum(axis=1) >= 2)

    def name(self, seeds: Sequence[int], *, workers: int) -> Statements:
        """Run the pipeline with the dots of some timepoints labelled by hand, and return what it says."""
        named_px = named_pixels(self.dots, self.cameras)
        oracle_mm = oracle_points(named_px, self.dots.numbers >= 0, cameras=self.cameras)
        truth = PoseTruth(self.points_mm, self.supported, oracle_mm)
        with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
            session = write_session(
                Path(temporary) / "mouse",
                cameras=self.cameras,
                skeleton=self.skeleton,
                seeds=seed_views(named_px, seeds, cameras=self.cameras),
                candidates=[self.dots.candidates[name] for name in self.cameras.names],
                frame_rate_hz=self.frame_rate_hz,
            )
            return run_pipeline(api.open_session(session), truth, workers=workers)


def best_seen(supported: BoolArray, n_seeds: int) -> list[int]:
    """Return of each of `n_seeds` equal parts the timepoint that shows most keypoints, as a person would choose."""
    parts = np.array_split(np.arange(len(supported)), n_seeds)
    return [int(part[supported[part].sum(axis=1).argmax()]) for part in parts]


def name_session(folder: Path, *, workers: int) -> Statements:
    """Run the pipeline over a session folder that has a truth, and return what it says."""
    session = api.open_session(folder)
    timepoints, keypoints = np.arange(session.n_timepoints), session.skeleton.keypoints
    truth = read_truth(folder / "truth", keypoints=keypoints, cameras=session.cameras, timepoints=timepoints)
    return run_pipeline(session, truth, workers=workers)


def run_pipeline(session: RecordingSession, truth: PoseTruth, *, workers: int) -> Statements:
    """Run the pipeline over a session; row t of the truth is timepoint t."""
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        run = api.estimate_pose(session, run=Path(temporary) / "run", workers=workers)
        try:
            return Statements.joined([_statements(chunk, truth) for chunk in run.poses()])
        finally:
            run.close()


def _statements(chunk: PoseChunk, truth: PoseTruth) -> Statements:
    rows, here = chunk.timepoint, chunk.present
    there = PoseTruth(truth.points_mm[rows], truth.supported[rows], truth.oracle_mm[rows])
    missing = np.broadcast_to(missing_nearby(np.isnan(chunk.margin)), here.shape)
    right = ~wrong_keypoints(chunk.points_mm, there)
    return Statements(*(values[here] for values in (chunk.margin, missing, chunk.confidence, right)))
