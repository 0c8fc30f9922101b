"""One view, stage by stage."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.runs.scripted_pipeline import EMPTY_TIMEPOINT

from behaviorvlm.errors import SettingsError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.view_report import ViewReport, report_view
from behaviorvlm.types import RecordingSession


def report(folder: Path, timepoint: int, camera: str) -> ViewReport:
    with PoseRun.open(folder) as run:
        return report_view(run, timepoint=timepoint, camera=camera)


def test_candidates_bear_their_numbers(finished: Path) -> None:
    candidates = report(finished, 7, "side").candidates
    assert [row.number for row in candidates] == [0, 1, 2, 3, 4]
    assert candidates[2].model_dump() == {
        "number": 2, "x_px": 27.0, "y_px": 1.25, "brightness": 22.0, "size_px": 1.5, "flags": "",
    }  # fmt: skip
    assert candidates[4].flags == "static_speck"


def test_a_box_that_was_not_found_is_left_out(finished: Path) -> None:
    assert [(box.region, box.y_max_px) for box in report(finished, 7, "top").boxes] == [("head", 200), ("tail", 200)]
    assert [box.region for box in report(finished, 7, "side").boxes] == ["tail"]


def test_each_keypoint_is_followed_through_the_stages(finished: Path) -> None:
    rows = {row.keypoint: row for row in report(finished, 7, "side").keypoints}
    nose, ear, tail = rows["nose"], rows["right_ear"], rows["tail"]
    assert (nose.assigned, nose.reconciled, nose.final, nose.views_used) == (0, 0, 0, 3)
    assert nose.point_mm is not None and nose.point_mm[2] == 8.00004
    assert (nose.error_px, nose.margin, nose.runner_up_mm) == (0.25, 3.0, None)
    assert (ear.assigned, ear.reconciled, ear.final, ear.point_mm, ear.margin) == (2, None, None, None, None)
    assert ear.reason.startswith("the whole view contradicts")
    assert (tail.assigned, tail.reason) == (None, "only top names it, and a position needs 2 views")


def test_a_view_without_dots_says_so(finished: Path) -> None:
    empty = report(finished, EMPTY_TIMEPOINT, "top")
    assert empty.candidates == ()
    assert {row.reason for row in empty.keypoints} == {"no camera shows a dot"}


def test_what_is_not_done_yet_is_empty(session: RecordingSession, tmp_path: Path) -> None:
    with PoseRun.start(tmp_path / "run", session, settings=PoseSettings()) as run:
        empty = report_view(run, timepoint=0, camera="top")
    assert (empty.candidates, empty.boxes, empty.keypoints) == ((), (), ())


@pytest.mark.parametrize(("timepoint", "camera", "said"), [(7, "front", "top, side, back"), (47, "top", "0 to 46")])
def test_what_the_run_does_not_have_is_named(finished: Path, timepoint: int, camera: str, said: str) -> None:
    with pytest.raises(SettingsError) as error:
        report(finished, timepoint, camera)
    assert error.value.expected == said
