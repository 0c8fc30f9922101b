"""Behavior runs under review, made record by record: two animals, three behaviors, features over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from unit.report.made_runs import ANIMALS, FRAMES, made_bouts, make_behavior_run

from behaviorvlm.behavior.settings import BehaviorSettings
from behaviorvlm.io.recordings import RecordingFile
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Behavior, Bout, Ethogram, RecordingSummary
from behaviorvlm.types.packing import pack_json

CHASE, REST, SNIFF = "chase", "rest", "sniff"
COLUMNS = ("elongation", "turning", "speed", "distance")


def reviewed_bouts(name: str, behaviors: Sequence[str] = (CHASE, REST, SNIFF)) -> list[Bout]:
    """Return bouts of 20 frames of the first animal, then one of the second."""
    second = Bout(name, ANIMALS[1], "", REST, 10, 70, 1.0, 7.0, 0.4, (5,))
    return [*made_bouts(name, behaviors), second]


def write_bare_run(folder: Path, recording: RecordingFile, bouts: Sequence[Bout]) -> Path:
    """Write a run of real files with these bouts, without segments and features, and return its folder."""
    opened = recording.open()
    behaviors = tuple(Behavior(name) for name in dict.fromkeys(bout.behavior for bout in bouts))
    with BehaviorRun.start(folder, [recording], settings=BehaviorSettings()) as run:
        run.sink.save("recordings", opened.name, pack_json(RecordingSummary.of(opened)))
        run.sink.save("times", opened.name, {"times_s": opened.times_s})
        run.sink.save("bouts", opened.name, pack_json(list(bouts)))
        run.sink.save("merges", opened.name, pack_json([]))
        run.sink.save("ethogram", "", pack_json(Ethogram(behaviors)))
    return folder


def make_reviewed_run(
    folder: Path,
    names: Sequence[str] = ("day1", "day2"),
    *,
    finished: bool = True,
    definitions: Mapping[str, str] | None = None,
    video: Path | None = None,
) -> Path:
    """Write a run with bouts, segments, merges and features, and return its folder."""
    bouts = {name: reviewed_bouts(name) for name in names}
    defined = definitions or {CHASE: "runs behind another"}
    make_behavior_run(folder, bouts, finished=finished, definitions=defined, video=video)
    with BehaviorRun.reopen(folder) as run:
        columns = [{"name": one, "unit": "bl", "block": "motion", "definition": f"{one} of it"} for one in COLUMNS]
        run.sink.save("columns", "all", pack_json(columns))
        for name in names:
            table = run.rows.begin("features", name, (len(ANIMALS), FRAMES, len(COLUMNS)))
            table[:] = np.arange(FRAMES)[None, :, None] * np.arange(1, 5) / FRAMES
            table[0, :20] = np.nan
            run.rows.finish("features", name)
    return folder
