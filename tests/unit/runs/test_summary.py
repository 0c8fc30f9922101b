"""The summary of a run agrees with what its script answered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from unit.runs.scripted_pipeline import (
    AUDIT,
    BLANK_TIMEPOINT,
    EMPTY_TIMEPOINT,
    N_TIMEPOINTS,
    SIDE,
    decisions,
    recalibrated,
    scripted_run_pose,
    view_chunk,
)

from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.summary import summarize
from behaviorvlm.types import RecordingSession


def test_a_finished_run(finished: Path) -> None:
    with PoseRun.open(finished) as run:
        summary = summarize(run)
    truth = recalibrated(range(N_TIMEPOINTS))
    present = np.isfinite(truth["points_mm"]).all(axis=-1)
    assert (summary.timepoints_asked, summary.timepoints_done) == (N_TIMEPOINTS, N_TIMEPOINTS)
    assert summary.share_named == pytest.approx(present.mean())
    assert summary.mean_error_px == pytest.approx(truth["error_px"][present].mean())
    assert summary.median_margin == pytest.approx(np.median(truth["margin"][present]))
    assert summary.share_flagged == pytest.approx((truth["flags"][present] > 0).mean())
    assert summary.results == {
        "calibration": 1,
        "candidates": 12,
        "flags": 5,
        "poses": 5,
        "poses_recalibrated": 5,
        "survey": 1,
        "views": 5,
    }
    assert summary.settings["refine_calibration"] is True
    assert (summary.timepoints_unasked, summary.decisions, summary.audit) == (0, {}, None)


def test_the_worst_timepoints_come_first(finished: Path) -> None:
    with PoseRun.open(finished) as run:
        worst = summarize(run).worst
    assert [quality.timepoint for quality in worst] == [EMPTY_TIMEPOINT, BLANK_TIMEPOINT, 0, 35, 21]
    assert [quality.named for quality in worst] == [0, 0, 2, 2, 2]
    assert worst[0].mean_error_px is None and worst[0].lowest_margin is None
    assert worst[2].lowest_margin == 1.0
    assert worst[2].doubtful == {"nose": "two_views|jump", "left_ear": "two_views|jump"}


def test_a_run_that_has_just_begun(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings(timepoints=(3, 9))) as run:
        summary = summarize(run)
    assert (summary.timepoints_asked, summary.timepoints_done, summary.worst) == (6, 0, ())
    assert summary.share_named is None and summary.median_margin is None


def test_what_a_model_was_asked_and_what_the_budget_left_out(session: RecordingSession, tmp_path: Path) -> None:
    settings = PoseSettings(timepoints=(0, 20))
    with PoseRun.start(tmp_path / "run", session, settings=settings) as run:
        run.sink.save("decisions", "000000-000010", decisions((SIDE, 1), (AUDIT, 0), (AUDIT, 0)))
        run.sink.save("decisions", "000010-000020", decisions((AUDIT, -1), (AUDIT, -2)))
        late = view_chunk(range(10, 20))
        run.sink.save("views", "000010-000020", {**late, "unasked": (late["timepoint"] >= 14).astype(np.int64)})
        scripted_run_pose(session, sink=run.sink, settings=settings)
        summary = summarize(run)
    assert summary.timepoints_unasked == 6
    assert {kind: counts.asked for kind, counts in summary.decisions.items()} == {"side": 1, "audit": 4}
    assert summary.decisions["side"].other == summary.decisions["audit"].unanswered == 1
    assert summary.audit is not None
    assert (summary.audit.disagreed, summary.audit.answered) == (1, 3)
    assert summary.audit.lowest < 1 / 3 < summary.audit.highest


def test_it_is_plain_json(finished: Path) -> None:
    with PoseRun.open(finished) as run:
        assert json.loads(summarize(run).model_dump_json())["run"] == str(finished)
