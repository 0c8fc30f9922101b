"""``behaviorvlm report``: what it prints, what it takes, what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.cli.conftest import Call
from unit.report.made_runs import figures_undrawn, made_bouts, make_behavior_run, make_pose_run, walking

LABELS = "recording,individual,behavior,start_s,stop_s\none,left,rest,0,2\none,left,walk,2,20\n"


@pytest.fixture(scope="module", autouse=True)
def undrawn() -> Iterator[None]:
    with figures_undrawn():
        yield


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return make_behavior_run(tmp_path / "run", {"one": made_bouts("one", ["rest", "walk"])})


def test_paths_and_sizes_are_printed(call: Call, run: Path, tmp_path: Path) -> None:
    answer = call("report", run, "--json")
    assert answer.code == 0, answer.err
    assert set(answer.json) == {"run", "page", "figures"}
    page = Path(answer.json["page"]["path"])
    assert page == run / "report.html" and page.stat().st_size == answer.json["page"]["size_bytes"]
    assert {Path(one["path"]).parent for one in answer.json["figures"]} == {run / "report_figures"}
    told = call("report", run, "--out", tmp_path / "page.html")
    assert f"{tmp_path / 'page.html'}  (" in told.out and "page_figures  (8 figures" in told.out
    assert call("runs", "show", run).code == 0  # a run with a report in it is still a run


def test_labels_come_with_the_ceiling(call: Call, run: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(LABELS)
    assert call("report", run, "--labels", tmp_path / "labels.csv").code == 0
    page = (run / "report.html").read_text()
    for words in ("Against a person", "ceiling F1", "macro-F1, without background", "1 recording, 0.3 min that count"):
        assert words in page
    assert "Against a person" not in _page_without(call, run)


def _page_without(call: Call, run: Path) -> str:
    call("report", run)
    return (run / "report.html").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recording,individual,behavior,start_s,stop_s\na,left,rest,0,2\nb,left,rest,0,2\n", "no labels of one"),
        ("recording,individual,behavior,start_s,stop_s\none,left,rest,100,200\n", "recording"),
        ("neither,labels\n1,2\n", "labels.csv"),
    ],
    ids=["of others", "behind the end", "no labels"],
)
def test_labels_that_do_not_fit_are_refused(call: Call, run: Path, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    answer = call("report", run, "--labels", tmp_path / "labels.csv", "--json")
    assert answer.code == 1
    assert words in answer.json["error"]["message"] + str(answer.json["error"])
    assert not (run / "report.html").exists()


def test_options_of_the_other_pipeline_are_refused(call: Call, run: Path, tmp_path: Path) -> None:
    poses = make_pose_run(tmp_path / "poses", walking(10))
    for words in (
        ("report", run, "--truth", tmp_path),
        ("report", poses, "--labels", tmp_path / "labels.csv"),
        ("report", run, "--stream", "S1"),
    ):
        assert call(*words).code == 2
    gone = call("report", poses, "--truth", tmp_path)
    assert gone.code == 1 and "gone" in gone.err


def test_what_is_no_run_is_refused(call: Call, tmp_path: Path) -> None:
    answer = call("report", tmp_path)
    assert answer.code == 1 and "holds no run" in answer.err
    (tmp_path / "run.toml").write_text("pipeline = [")
    assert call("report", tmp_path).code == 1
    unfinished = make_behavior_run(tmp_path / "run", {"one": made_bouts("one", ["rest"])}, finished=False)
    answer = call("report", unfinished)
    assert answer.code == 1 and "goes on where it stopped" in answer.err
