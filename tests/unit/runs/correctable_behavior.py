"""A finished behavior run of one recording of two animals, its results written by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.behavior_tables import write_behavior_tables
from behaviorvlm.types import Behavior, Bout, Ethogram, RecordingSummary, Segment
from behaviorvlm.types.packing import pack_json, pack_segments

RATE_HZ = 25.0
N_FRAMES = 100
ANIMALS = ("black", "white")
SAID = {
    "description": "It stands.", "posture": "upright", "direction": "", "speed": "slow", "social_contact": "",
    "confidence": 0.8, "confidence_kind": "measured", "evidence": "", "source": "kinematic", "status": "answered",
}  # fmt: skip
BOUTS = [
    ("black", "", "rest", 0, 40),
    ("black", "white", "follow", 40, 60),
    ("black", "", "rest", 70, 100),
    ("white", "", "walk", 0, 100),
]
"""Individual, target, behavior, first frame and frame behind the last: each one segment, and 60 to 70 unseen."""


class NoSettings(BaseModel):
    """What is asked of a run whose results are written by hand."""


@dataclass(frozen=True)
class Paths:
    """A recording as a manifest knows it."""

    name: str = "meeting"
    groups: dict[str, str] = field(default_factory=dict)
    source_files: dict[str, str] = field(default_factory=dict)
    stated: dict[str, object] = field(default_factory=dict)


def write_behavior_run(folder: Path, *, video: str = "") -> Path:
    """Write the run into `folder`, which it returns."""
    with BehaviorRun.start(folder, [Paths()], settings=NoSettings()) as run:
        for stage, key, value in _values(video):
            run.sink.save(stage, key, pack_json(value))
        times = {"times_s": np.arange(N_FRAMES) / RATE_HZ, "visible": np.ones((N_FRAMES, 2), dtype=np.bool_)}
        run.sink.save("times", "meeting", times)
        run.sink.save("segments", "meeting", pack_segments(_segments(), ANIMALS))
        scaled = run.rows.begin("scaled", "meeting", (2, N_FRAMES, 2))
        scaled[...] = np.sin(np.arange(N_FRAMES)[:, None] / 9 + np.arange(2))
        del scaled
        run.rows.finish("scaled", "meeting")
        write_behavior_tables(run)
    return folder


def _values(video: str) -> list[tuple[str, str, object]]:
    summary = RecordingSummary(
        name="meeting", individuals=ANIMALS, keypoints=("nose",), roles={}, roles_guessed=False, n_timepoints=N_FRAMES,
        frame_rate_hz=RATE_HZ, video=video, frame_size=(64, 48), px_per_mm=None, groups={}, notes=(),
        visible=(1.0, 1.0),
    )  # fmt: skip
    bouts = [
        Bout("meeting", who, target, name, start, stop, start / RATE_HZ, stop / RATE_HZ, 0.8, (number,))
        for number, (who, target, name, start, stop) in enumerate(BOUTS)
    ]
    behaviors = tuple(
        Behavior(name, f"It does {name}.", clusters=(n,)) for n, name in enumerate(("rest", "follow", "walk"))
    )
    merges = [
        {"individual": one.individual, "behavior": one.behavior, "target": one.target, "segments": [number],
         "confidence": 0.8, "source": "rule", "reason": "alone"}
        for number, one in enumerate(bouts)
    ]  # fmt: skip
    said = [{**SAID, "behavior": one.behavior, "target": one.target} for one in bouts]
    columns = [
        {"name": name, "unit": "mm/s", "block": "keypoints", "definition": name} for name in ("speed", "turning")
    ]
    return [
        ("recordings", "meeting", summary), ("descriptions", "meeting", said), ("merges", "meeting", merges),
        ("bouts", "meeting", bouts), ("ethogram", "", Ethogram(behaviors)), ("columns", "all", columns),
    ]  # fmt: skip


def _segments() -> list[Segment]:
    return [
        Segment("meeting", who, number, start, stop, number % 3, 0.9)
        for number, (who, _, _, start, stop) in enumerate(BOUTS)
    ]
