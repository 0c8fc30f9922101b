"""A small session, and a pipeline whose answers are a script: what a run folder does is tested without pixels."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.types import (
    BodyRegion,
    Camera,
    CameraGroup,
    Exemplar,
    FrameSource,
    PoseFlag,
    RecordingSession,
    ResultSink,
    Skeleton,
)

SKELETON = Skeleton(
    ("nose", "left_ear", "right_ear", "tail"),
    edges=(("nose", "tail"),),
    symmetries=(("left_ear", "right_ear"),),
    regions=(BodyRegion("head", ("nose", "left_ear", "right_ear")), BodyRegion("tail", ("tail",))),
)
CAMERA_NAMES = ("top", "side", "back")
N_TIMEPOINTS = 47
CHUNK, BLOCK = 10, 4
EMPTY_TIMEPOINT = 13
"""No camera shows a dot there."""
BLANK_TIMEPOINT = 14
"""There are dots, and nobody is named."""
SIDE, DOT, AUDIT = range(3)
"""Kinds of decisions."""


def make_session(folder: Path, *, n_timepoints: int = N_TIMEPOINTS, offsets: Mapping[str, int] | None = None):
    """Return a session of 3 cameras and 4 keypoints whose source files lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"calibration": folder / "calibration.toml", "video top": folder / "top.mp4"}
    for role, path in files.items():
        if not path.exists():
            path.write_text(f"content of {role}")
    matrix = [[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]]
    cameras = [
        Camera(name, (640, 480), np.array(matrix), np.zeros(5), np.array([0.0, 0.1 * number, 0.0]), np.full(3, 200.0))
        for number, name in enumerate(CAMERA_NAMES)
    ]
    points = np.arange(8.0).reshape(4, 2)
    return RecordingSession(
        name="scripted",
        folder=str(folder),
        skeleton=SKELETON,
        cameras=CameraGroup(tuple(cameras)),
        seeds=(Exemplar(0, "top", points), Exemplar(5, "side", points + 1)),
        videos={},
        n_timepoints=n_timepoints,
        frame_rate_hz=50.0,
        frame_offsets=offsets or {},
        source_files={role: str(path) for role, path in files.items()},
    )


def scripted_run_pose(
    session: RecordingSession,
    *,
    source: FrameSource | None = None,
    sink: ResultSink,
    settings: PoseSettings,
    workers: int = 1,
    progress: Callable[[str, int, int], None] = lambda *_: None,
    candidates: object = None,
    annotator: object = None,
    together: object = None,
    admits: object = None,
    pause_s: float = 0.0,
    chunks: Callable[[list[range]], list[range]] = lambda chunks: chunks,
) -> None:
    """Save what the pipeline saves. `chunks` may change the order in which they are worked on."""
    asked = range(*(settings.timepoints or (0, session.n_timepoints)))
    _save(sink, "survey", "all", lambda: {"noise_dn": np.ones(len(CAMERA_NAMES))}, pause_s)
    for block in chunks(_pieces(asked, BLOCK)):
        _save(sink, "candidates", _key(block), lambda block=block: candidate_block(block), pause_s)
    pieces = chunks(_pieces(asked, CHUNK))
    for done, chunk in enumerate(pieces):
        _save(sink, "flags", _key(chunk), lambda chunk=chunk: flag_block(chunk), pause_s)
        _save(sink, "views", _key(chunk), lambda chunk=chunk: view_chunk(chunk), pause_s)
        _save(sink, "poses", _key(chunk), lambda chunk=chunk: pose_chunk(chunk), pause_s)
        progress("poses", done + 1, len(pieces))
    if settings.refine_calibration:
        _save(sink, "calibration", "refined", lambda: refined(session.cameras), pause_s)
        for chunk in _pieces(asked, CHUNK):
            _save(sink, "poses_recalibrated", _key(chunk), lambda chunk=chunk: recalibrated(chunk), pause_s)


def candidate_block(block: range) -> dict[str, np.ndarray]:
    """Return 5 candidates in each view, none at `EMPTY_TIMEPOINT`."""
    places = [(t, c) for t in block if t != EMPTY_TIMEPOINT for c in range(len(CAMERA_NAMES)) for _ in range(5)]
    timepoint, camera = np.array(places, dtype=np.int64).reshape(-1, 2).T
    number = np.tile(np.arange(5), len(places) // 5)
    return {
        "timepoint": timepoint,
        "camera": camera,
        "points_px": np.stack([timepoint + 10.0 * number, camera + 0.25], axis=-1),
        "brightness": 20.0 + number,
        "size_px": np.full(len(places), 1.5),
    }


def flag_block(chunk: range) -> dict[str, np.ndarray]:
    """Return the flags of the candidates: the last of each view is a speck."""
    block = candidate_block(chunk)
    number = np.tile(np.arange(5), len(block["timepoint"]) // 5)
    return {"timepoint": block["timepoint"], "camera": block["camera"], "flags": (number == 4).astype(np.int64)}


def view_chunk(chunk: range) -> dict[str, np.ndarray]:
    """Return assignments: keypoint k is candidate k, but the tail is named by the first view only."""
    shape = (len(chunk), len(CAMERA_NAMES), len(SKELETON))
    assigned = np.broadcast_to(np.arange(len(SKELETON)), shape).copy()
    assigned[:, 1:, 3] = -1
    assigned[_rows(chunk, EMPTY_TIMEPOINT, BLANK_TIMEPOINT)] = -1
    reconciled = assigned.copy()
    reconciled[np.array([t % 7 == 0 for t in chunk]), :2, 2] = -1
    boxes = np.tile([0.0, 1.0, 100.0, 200.0], (*shape[:2], 2, 1))
    boxes[:, 1, 0] = np.nan
    return {
        "timepoint": np.array(chunk),
        "boxes_px": boxes,
        "assigned": assigned,
        "reconciled": reconciled,
        "confidence": np.where(reconciled >= 0, 0.75, 0.0),
        "unasked": np.zeros(len(chunk), dtype=np.int64),
    }


def pose_chunk(chunk: range) -> dict[str, np.ndarray]:
    """Return poses that move smoothly; the tail is always missing, and what its views do not name."""
    view = view_chunk(chunk)
    numbers = np.moveaxis(view["reconciled"], 1, 2)
    present = (numbers >= 0).sum(axis=-1) >= 2
    time_ = np.array(chunk, dtype=np.float64)[:, None]
    keypoint = np.arange(len(SKELETON))[None]
    base = np.sin(time_ / 9 + keypoint) * 50
    points = np.where(present[..., None], np.stack([base, base / 3, base * 0 + 7.00004], axis=-1), np.nan)
    seen = np.moveaxis((numbers >= 0) & present[..., None], 1, 2)
    margin = np.where(present, 1.0 + time_ % 5 + keypoint, np.nan)
    return {
        "timepoint": np.array(chunk),
        "points_mm": points,
        "numbers": np.where(present[..., None], numbers, -1),
        "points_px": np.where(seen[..., None], [3.25, -0.5], np.nan) + time_[..., None, None],
        "error_px": np.where(present, 0.5 + keypoint / 10, np.nan),
        "margin": margin,
        "runner_up_mm": np.where(margin[..., None] < 3, points + 12, np.nan),
        "flags": np.where(present & (time_ % 5 == 0), int(PoseFlag.TWO_VIEWS | PoseFlag.JUMP), 0),
        "confidence": np.where(present, 0.9, 0.0),
    }


def decisions(*asked: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return what ``auto`` asked, as kinds and the readings that were chosen."""
    kind, reading = np.array(asked, dtype=np.int64).reshape(-1, 2).T
    nothing = np.zeros(len(asked), dtype=np.int64)
    return {
        "timepoint": nothing,
        "camera": nothing,
        "kind": kind,
        "about": nothing,
        "reading": reading,
        "confidence": np.full(len(asked), 0.9),
        "readings": np.zeros((len(asked), 2, len(SKELETON)), dtype=np.int64),
    }


def recalibrated(chunk: range) -> dict[str, np.ndarray]:
    """Return the poses of the refined rig: 1 mm higher, and half as far from the dots."""
    poses = pose_chunk(chunk)
    return {**poses, "points_mm": poses["points_mm"] + [0.0, 0.0, 1.0], "error_px": poses["error_px"] / 2}


def refined(cameras: CameraGroup) -> dict[str, np.ndarray]:
    """Return the cameras, each moved by 0.5 mm."""
    fields = {name: np.stack([getattr(camera, name) for camera in cameras]) for name in ("matrix", "distortion")}
    moved = {name: np.stack([getattr(camera, name) for camera in cameras]) for name in ("rvec", "tvec")}
    residuals = {"residual_before_px": np.full(len(cameras), 0.8), "residual_after_px": np.full(len(cameras), 0.2)}
    return {**fields, "rvec": moved["rvec"], "tvec": moved["tvec"] + 0.5, **residuals}


def _pieces(asked: range, length: int) -> list[range]:
    return [range(start, min(start + length, asked.stop)) for start in range(asked.start, asked.stop, length)]


def _key(piece: range) -> str:
    return f"{piece.start:06d}-{piece.stop:06d}"


def _rows(chunk: range, *timepoints: int) -> list[int]:
    return [row for row, timepoint in enumerate(chunk) if timepoint in timepoints]


def _save(sink: ResultSink, stage: str, key: str, make: Callable[[], dict[str, np.ndarray]], pause_s: float) -> None:
    if sink.load(stage, key) is None:
        time.sleep(pause_s)
        sink.save(stage, key, make())
