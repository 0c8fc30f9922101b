"""Whole reports of runs made record by record: what stands in them, hostile names included, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import session_files
from unit.report.made_runs import (
    HOSTILE,
    HOSTILE_RECORDING,
    figures_undrawn,
    made_bouts,
    made_session,
    make_behavior_run,
    make_pose_run,
    walking,
)
from unit.report.page_reader import Reader

from behaviorvlm import api
from behaviorvlm.errors import RunStorageError
from behaviorvlm.markup import readable
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.report.run_report import Report, report_behavior, report_pose
from behaviorvlm.runs.behavior_changes import record_undone
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.opened_session import open_session_of
from behaviorvlm.runs.store import PoseRun

FORMULA = "$\\frac{1}{0}$"


@pytest.fixture(scope="module", autouse=True)
def undrawn() -> Iterator[None]:
    with figures_undrawn():
        yield


def reported(folder: Path, out: Path | None = None) -> tuple[Report, Reader]:
    with api.open_any_run(folder) as run:
        report = report_behavior(run, out=out) if isinstance(run, BehaviorRun) else report_pose(run, out=out)
    return report, Reader(Path(report.page.path).read_text())


def headings(page: Reader) -> list[str]:
    return [str(own.get("id")) for name, own in page.elements if name == "section"]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Reader]:
    """Return the report of recordings and behaviors with names that would like to be code, in two groups."""
    names = [HOSTILE_RECORDING, "b", "c", "d", "e", "f"]
    bouts = {name: made_bouts(name, [HOSTILE, FORMULA, "rest"][: 2 + place % 2]) for place, name in enumerate(names)}
    groups = {name: {"<b>drug</b>": HOSTILE if place < 3 else "none"} for place, name in enumerate(names)}
    folder = tmp_path_factory.mktemp("hostile") / "run"
    make_behavior_run(folder, bouts, groups=groups, definitions={HOSTILE: HOSTILE})
    with BehaviorRun.reopen(folder) as run:
        record_undone(run, [(HOSTILE_RECORDING, 0)], author="<i>me</i>", reason=HOSTILE)
        for name in names:
            run.sink.save("bouts-r1", name, run.sink.load("bouts", name) or {})
        run.sink.save("ethogram", "-r1", run.sink.load("ethogram", "") or {})
    return reported(folder)


def test_a_behavior_run_is_reported_with_every_part(hostile: tuple[Report, Reader]) -> None:
    report, page = hostile
    parts = ["overview", "groups", "ethogram", "budget", "transitions", "durations", "behaviors", "merges", "run"]
    assert headings(page) == parts
    names = {Path(one.path).name for one in report.figures}
    charts = ["time_budget", "transitions", "durations", "ethogram_1", "ethogram_6", "groups_1_1", "groups_1_3"]
    assert {f"{name}.{form}" for name in charts for form in ("png", "svg")} <= names
    assert all(one.size_bytes == Path(one.path).stat().st_size > 0 for one in (report.page, *report.figures))
    shown = [own for name, own in page.elements if name == "img"]
    assert len(shown) == 12
    assert all(str(own["src"]).startswith("data:image/png;base64,") and own["alt"] for own in shown)
    assert "1 of them undone" in page.text and "no wings" in page.text
    assert "No video is at hand" in page.text
    assert "n is the number of recordings" in page.text and "(n 3)" in page.text


def test_names_that_would_be_code_are_shown_as_text(hostile: tuple[Report, Reader]) -> None:
    report, page = hostile
    for name in (HOSTILE, HOSTILE_RECORDING, FORMULA, "<b>drug</b>", "<i>me</i>"):
        assert readable(name) in page.text
    kinds = {name for name, _ in page.elements}
    assert not kinds & {"script", "i", "link", "iframe", "form"}
    assert not [own for _, own in page.elements if any(name.startswith("on") for name in own)]
    assert {str(own["href"])[0] for name, own in page.elements if name == "a"} == {"#"}
    folder = Path(report.page.path).with_name("report_figures")
    assert {Path(one.path).parent for one in report.figures} == {folder}


def test_a_run_without_bouts_says_so(tmp_path: Path) -> None:
    report, page = reported(make_behavior_run(tmp_path / "run", {"one": []}))
    assert headings(page) == ["overview", "behaviors", "run"]
    assert "named no bout" in page.text and "100% of the time bears no name" in page.text
    assert report.figures == ()


def test_a_run_that_is_not_finished_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    folder = make_behavior_run(tmp_path / "run", {"one": made_bouts("one", ["rest"])}, finished=False)
    with pytest.raises(RunStorageError, match="goes on where it stopped"):
        reported(folder)
    assert not list(folder.glob("*report*"))


@pytest.fixture(scope="module")
def absurd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Reader]:
    """Return the report of views that agree on a tail that jumps half a meter; of a session that is gone."""
    points = walking(40)
    points[::2, 3] += [0, 0, 300]
    points[10:14, 0] = np.nan
    return reported(make_pose_run(tmp_path_factory.mktemp("absurd") / "run", points))


def test_a_pose_run_is_reported_with_every_part(absurd: tuple[Report, Reader]) -> None:
    report, page = absurd
    assert headings(page) == ["overview", "keypoints", "worst", "trajectory", "bones", "calibration", "run"]
    names = {Path(one.path).name for one in report.figures}
    charts = ("keypoints", "quality", "poses_3d", "bones", "cameras")
    assert names == {f"{name}.{form}" for name in charts for form in ("png", "svg")}
    for words in (
        "97.5%",
        "No model was asked",
        "No files",
        "high_error",
        "1 of 4 keypoints missing",
        "1.000",
        "0.200",
    ):
        assert words in page.text, words


def test_views_that_agree_on_what_cannot_be_are_the_first_thing_said(absurd: tuple[Report, Reader]) -> None:
    _, page = absurd
    assert page.text.index("still this is not plausible: lengths of bones") < page.text.index("made by")
    assert "▲ look" in page.text and "✓ fine" in page.text


def test_a_session_that_is_gone_is_named_and_its_pictures_are_not_missed_silently(
    absurd: tuple[Report, Reader],
) -> None:
    _, page = absurd
    assert "No pictures of the cameras" in page.text and "is not at" in page.text


def test_worst_timepoints_are_shown_where_videos_are_at_hand(tmp_path: Path) -> None:
    session_files.make_session(tmp_path / "session", n_cameras=2)
    session = api.open_session(tmp_path / "session")
    points = session_files.make_poses(range(session.n_timepoints))
    report, page = reported(make_pose_run(tmp_path / "run", points, session=session), tmp_path / "page.html")
    assert report.page.path == str(tmp_path / "page.html")
    photos = [own for name, own in page.elements if name == "img" and str(own["src"]).startswith("data:image/jpeg")]
    assert len(photos) == 4
    assert (tmp_path / "page_figures" / "worst_4.png").is_file()
    assert "largest reprojection error" in page.text and "No pictures" not in page.text
    session_files.edit(tmp_path / "session" / "calibration.toml", "140.8", "150.8")
    with PoseRun.open(tmp_path / "run") as run:
        assert "has changed since the run: other calibration" in open_session_of(run).lacking


def test_a_pose_run_that_has_just_begun_says_so(tmp_path: Path) -> None:
    PoseRun.start(tmp_path / "run", made_session(tmp_path), settings=PoseSettings()).close()
    report, page = reported(tmp_path / "run")
    assert headings(page) == ["overview", "run"]
    assert "No timepoint is settled yet" in page.text and report.figures == ()


def test_a_second_report_takes_the_place_of_the_first(tmp_path: Path) -> None:
    folder = make_behavior_run(tmp_path / "run", {"one": []})
    figures = folder / "report_figures"
    figures.mkdir()
    (figures / "old.png").write_bytes(b"")
    reported(folder)
    assert list(figures.iterdir()) == []
    (figures / "notes.txt").write_text("mine")
    with pytest.raises(RunStorageError, match=r"notes\.txt"):
        reported(folder)


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    folder = make_behavior_run(tmp_path / "run", {"one": []})
    with pytest.raises(RunStorageError, match="cannot be written"):
        reported(folder, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(RunStorageError, match="cannot be written"):
        reported(folder, tmp_path / "file" / "page.html")
