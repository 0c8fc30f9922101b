"""Runs made record by record: a report is tested without a pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from unit.report.conftest import look_at

from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.geometry.projection import project_all
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.report.pose_measures import PoseMeasures
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.types import (
    Behavior,
    BodyRegion,
    Bout,
    CameraGroup,
    Ethogram,
    KeypointRoles,
    PoseFlag,
    Recording,
    RecordingSession,
    RecordingSummary,
    Segment,
    Skeleton,
    Tracks,
)
from behaviorvlm.types.packing import pack_json, pack_segments

RATE, FRAMES = 10.0, 200
ANIMALS = ("left", "right")
HOSTILE = '<script>document.title="taken"</script> "quoted" & $\\frac{1}{0}$ =HYPERLINK("http://x.y") \u202egnp'
"""What a label may hold at worst: a script, quotes, a formula of TeX and one of a table, letters that turn around."""
HOSTILE_RECORDING = "../../etc/passwd<img src=x onerror=alert(1)>"
SKELETON = Skeleton(
    ("nose", "left_ear", "right_ear", "tail"),
    edges=(("nose", "left_ear"), ("nose", "right_ear"), ("nose", "tail")),
    symmetries=(("left_ear", "right_ear"),),
    regions=(BodyRegion("head", ("nose", "left_ear", "right_ear")), BodyRegion("tail", ("tail",))),
)
BODY_MM = np.array([(40, 0, 12), (30, 10, 20), (30, -10, 20), (-40, 0, 8)], dtype=np.float64)


def made_recording(name: str, groups: Mapping[str, str] | None = None, *, video: Path | None = None) -> Recording:
    """Return a recording of two animals; a video is named, not looked at."""
    points = np.zeros((FRAMES, 2, 1, 2))
    tracks = Tracks(ANIMALS, ("nose",), points, np.ones((FRAMES, 2, 1)), np.arange(FRAMES) / RATE)
    files = {} if video is None else {"video": str(video)}
    return Recording(name, tracks.times_s, RATE, tracks, KeypointRoles(), groups=groups or {},
                     video=str(video or ""), source_files=files)  # fmt: skip


def made_bouts(name: str, behaviors: Sequence[str], *, each: int = 20) -> list[Bout]:
    """Return bouts of the first animal, one after the other, the even ones directed at the second."""
    return [
        Bout(
            name, ANIMALS[0], ANIMALS[1] if place % 2 == 0 else "", behavior, place * each, (place + 1) * each,
            place * each / RATE, (place + 1) * each / RATE, 0.9, (place,),
        )
        for place, behavior in enumerate(behaviors)
    ]  # fmt: skip


def make_behavior_run(
    folder: Path,
    bouts: Mapping[str, Sequence[Bout]],
    *,
    groups: Mapping[str, Mapping[str, str]] | None = None,
    definitions: Mapping[str, str] | None = None,
    finished: bool = True,
    video: Path | None = None,
) -> Path:
    """Write a run of these bouts, each of a segment of its own, and return its folder."""
    recordings = [made_recording(name, (groups or {}).get(name), video=video) for name in bouts]
    behaviors = dict.fromkeys(bout.behavior for each in bouts.values() for bout in each)
    with BehaviorRun.start(folder, recordings, settings=BehaviorSettings()) as run:
        for one in recordings:
            segments = [
                Segment(one.name, ANIMALS[0], number, 20 * number, 20 * number + 20, number % 3, 0.9)
                for number in range(FRAMES // 20)
            ]
            said = [{"behavior": "", "status": "answered"} for _ in segments]
            merges = [
                {
                    "recording": one.name, "individual": ANIMALS[0], "segments": [0, 1], "behavior": bout.behavior,
                    "target": bout.target, "confidence": 0.9, "reason": f"2 neighbors are {bout.behavior}",
                    "source": "rule",
                }
                for bout in bouts[one.name][:2]
            ]  # fmt: skip
            run.sink.save("recordings", one.name, pack_json(RecordingSummary.of(one)))
            run.sink.save("times", one.name, {"times_s": one.times_s})
            run.sink.save("segments", one.name, pack_segments(segments, ANIMALS))
            run.sink.save("descriptions", one.name, pack_json(said))
            run.sink.save("merges", one.name, pack_json(merges))
            if finished:
                run.sink.save("bouts", one.name, pack_json(list(bouts[one.name])))
        if finished:
            stated = definitions or {}
            catalogue = Ethogram(tuple(Behavior(name, stated.get(name, "")) for name in behaviors), {"fly": "no wings"})
            run.sink.save("ethogram", "", pack_json(catalogue))
    return folder


def made_rig() -> CameraGroup:
    """Return three cameras around the middle."""
    places = (("a", (300, 0, 200)), ("b", (-150, 260, 200)), ("c", (-150, -260, 200)))
    return CameraGroup(tuple(look_at(name, place) for name, place in places))


def made_session(folder: Path, *, n_timepoints: int = 40) -> RecordingSession:
    """Return a session of three cameras without videos, whose folder is not there to be read again."""
    return RecordingSession("made", str(folder / "gone"), SKELETON, made_rig(), (), {}, n_timepoints, 25.0)


def walking(n_timepoints: int) -> np.ndarray:
    """Return (timepoint, keypoint, 3) mm: the body, walking along x."""
    return BODY_MM + np.arange(n_timepoints)[:, None, None] * np.array([1.0, 0.5, 0.0])


def make_pose_run(
    folder: Path, points_mm: np.ndarray, *, noise_px: float = 0.2, session: RecordingSession | None = None
) -> Path:
    """Write a run with these poses and return its folder.

    Args:
        folder: The run.
        points_mm: (timepoint, keypoint, 3) mm, NaN = missing.
        noise_px: Of the dots around where the poses fall.
        session: What was filmed; without it a session that is gone, whose rig the run refined.
    """
    filmed = session or made_session(folder, n_timepoints=len(points_mm))
    settings = PoseSettings(refine_calibration=session is None)
    with PoseRun.start(folder, filmed, settings=settings) as run:
        if session is None:
            run.sink.save("calibration", "refined", _refined(filmed.cameras))
        chunk = _pose_chunk(points_mm, filmed.cameras, noise_px=noise_px)
        run.sink.save("poses", f"{0:06d}-{len(points_mm):06d}", chunk)
    return folder


def _refined(rig: CameraGroup) -> dict[str, np.ndarray]:
    fields = {
        field: np.stack([getattr(camera, field) for camera in rig])
        for field in ("matrix", "distortion", "rvec", "tvec")
    }
    return fields | {"residual_before_px": np.full(len(rig), 1.0), "residual_after_px": np.full(len(rig), 0.2)}


def _pose_chunk(points_mm: np.ndarray, rig: CameraGroup, *, noise_px: float) -> dict[str, np.ndarray]:
    seen = np.moveaxis(project_all(points_mm, rig), 0, 1)
    dots = seen + np.random.default_rng(0).normal(0, noise_px, seen.shape)
    here = np.isfinite(points_mm).all(axis=-1)
    numbers = np.where(here[..., None], np.arange(here.shape[1])[None, :, None], -1).repeat(len(rig), axis=2)
    error = np.sqrt(((dots - seen) ** 2).sum(axis=-1).mean(axis=1))
    return {
        "timepoint": np.arange(len(points_mm)),
        "points_mm": points_mm,
        "numbers": numbers,
        "points_px": dots,
        "error_px": error,
        "margin": np.where(here, 9.0, 0.0),
        "runner_up_mm": points_mm + 5,
        "flags": np.where(error > 2 * noise_px, int(PoseFlag.HIGH_ERROR), 0),
        "confidence": np.where(here, 0.9, 0.0),
    }


def made_measures(points_mm: np.ndarray, *, error_px: float = 0.2) -> PoseMeasures:
    """Return what is measured of poses whose views all agree to this."""
    here = np.isfinite(points_mm).all(axis=-1)
    error = np.where(here, error_px, np.nan)
    return PoseMeasures(
        SKELETON, 25.0, np.arange(len(points_mm)), points_mm, error, np.where(here, 9.0, np.nan),
        here.astype(np.int64) * 3, np.zeros(here.shape, dtype=np.int64),
    )  # fmt: skip


@contextmanager
def figures_undrawn() -> Iterator[None]:
    """Let figures be made up but not rendered, which takes nine tenths of the time and is tested with each of them."""

    def draw(figure: object, path: Path) -> None:
        if path.suffix == ".png":
            cv2.imwrite(str(path), np.full((8, 8, 3), 255, dtype=np.uint8))
        else:
            path.write_text("<svg/>")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("behaviorvlm.report.drawing_style._print", draw)
        yield
