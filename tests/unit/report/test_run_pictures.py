"""The pictures of a run, from its folder."""

from __future__ import annotations

import numpy as np
import pytest
from unit.runs.scripted_pipeline import make_session, scripted_run_pose

from behaviorvlm.errors import SettingsError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.report.run_pictures import draw_run, middle_timepoint
from behaviorvlm.runs.store import PoseRun


def test_a_finished_run_is_drawn_and_an_unknown_timepoint_is_refused(tmp_path) -> None:
    session, settings = make_session(tmp_path / "session"), PoseSettings(refine_calibration=True)
    with PoseRun.start(tmp_path / "run", session, settings=settings) as run:
        assert draw_run(run, session, None, folder=tmp_path / "none") == ()
        scripted_run_pose(session, sink=run.sink, settings=settings)
        paths = draw_run(run, session, None, folder=tmp_path / "pictures")
        assert [path.name for path in paths] == ["labelled_views.png", "poses_3d.png", "quality.png"]
        assert min(path.stat().st_size for path in paths) > 1000
        with pytest.raises(SettingsError, match="99999"):
            draw_run(run, session, None, folder=tmp_path / "pictures", timepoint=99999)


def test_the_timepoint_shown_is_the_first_from_the_middle_that_has_a_keypoint() -> None:
    present = np.zeros((10, 2), dtype=bool)
    assert middle_timepoint(np.arange(20, 30), present) == 25
    present[[2, 8], 1] = True
    assert middle_timepoint(np.arange(20, 30), present) == 28
