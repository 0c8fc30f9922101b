"""Review of behavior runs that go on, hold several recordings, or have no video that plays, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from behavior_review import corrected, long_bout, says, travel, write_unplayed
from browser import new_page, opened_browser, served
from unit.review.behavior_runs import make_reviewed_run, write_bare_run

from behaviorvlm.io.recordings import RecordingFile
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.simulate.social import simulate_social
from behaviorvlm.simulate.social_settings import SocialSettings
from behaviorvlm.types import Bout

pytestmark = pytest.mark.slow
SECONDS, RATE = 4.0, 30


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with pair.csv and pair.mp4 of two animals."""
    folder = tmp_path_factory.mktemp("filmed") / "pair"
    return simulate_social(folder, n_animals=2, seconds=SECONDS, seed=3, settings=SocialSettings())


def test_a_run_that_goes_on_is_read_only_and_followed(browser, tmp_path: Path) -> None:
    done, made = make_reviewed_run(tmp_path / "done"), make_reviewed_run(tmp_path / "made", finished=False)
    with served("review", made) as place, BehaviorRun.reopen(made) as writing, BehaviorRun.open(done) as other:
        page, faults = new_page(browser, place)
        page.locator(".bv-top", has_text="the run is going on").wait_for()
        page.locator(".st-notice", has_text="The run was given no video.").wait_for()
        page.locator(".q-tab-panel", has_text="No bouts yet.").wait_for()
        page.keyboard.press("n")
        page.keyboard.press("s")
        says(page, "no bout here")
        for name in ("day1", "day2"):
            writing.sink.save("bouts", name, other.sink.load("bouts", name))
        writing.sink.save("ethogram", "", other.sink.load("ethogram", ""))
        page.locator(".q-tab-panel .bv-row", has_text="sniff").wait_for()
        page.context.close()
    assert faults == []


def test_recordings_are_chosen_and_time_runs_without_video(browser, tmp_path: Path) -> None:
    made = make_reviewed_run(tmp_path / "made")
    with served("review", made) as place:
        page, faults = new_page(browser, place)
        page.wait_for_selector(".st-stage[data-place='0']")
        page.locator(".bv-top .q-select").click()
        page.locator(".q-menu .q-item", has_text="day2").click()
        page.wait_for_selector(".st-stage[data-place='1']")
        page.keyboard.press(" ")
        page.wait_for_function("Number(document.querySelector('.st-stage').dataset.frame) > 3")
        page.keyboard.press(" ")
        page.context.close()
    assert faults == []


def test_without_its_video_a_run_is_still_corrected(browser, pair: Path, tmp_path: Path) -> None:
    video = pair / "pair.mp4"
    recording = RecordingFile("pair", tracks=str(pair / "pair.csv"), video=str(video))
    bouts = [Bout("pair", recording.open().individuals[0], "", "rest", 30, 90, 1.0, 3.0, 0.9)]
    made = write_bare_run(tmp_path / "made", recording, bouts)
    video.rename(video.with_suffix(".gone"))
    try:
        with served("review", made) as place:
            page, faults = new_page(browser, place, dark=True)
            page.locator(".st-notice", has_text="a file of the run is gone").wait_for()
            page.wait_for_selector(".body--dark")  # as the system prefers
            page.locator(".bv-card").first.click()
            travel(page, long_bout(made).start_frame + 2)
            corrected(page, lambda: page.keyboard.press("s"))
            page.context.close()
    finally:
        video.with_suffix(".gone").rename(video)
    assert faults == []


def test_a_video_that_browsers_do_not_play_is_copied_for_them(browser, pair: Path, tmp_path: Path) -> None:
    write_unplayed(tmp_path / "film.avi", pair / "pair.mp4")
    made = make_reviewed_run(tmp_path / "made", ["film"], video=tmp_path / "film.avi")
    with served("review", made) as place:
        page, faults = new_page(browser, place)
        page.locator(".st-notice", has_text="Browsers do not play this video").wait_for()
        page.locator("button", has_text="make a copy that plays").click()
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        page.locator(".st-notice").wait_for(state="hidden")
        travel(page, 30)
        page.wait_for_function("Math.abs(document.querySelector('video').currentTime - 3.05) < 0.02")
        page.context.close()
    assert faults == []
