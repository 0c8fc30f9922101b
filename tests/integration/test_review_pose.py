"""Review of a pose run in a real browser: every action, down to the tables."""

from __future__ import annotations

import csv
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from browser import new_page, opened_browser, served
from session_files import SIZE, SKELETON
from unit.runs.answer_records import ATTEMPT, record
from unit.runs.correctable import LEFT, N_TIMEPOINTS, WRONG, dots_px, settle, true_mm, write_run

from behaviorvlm.api.corrections import rerun
from behaviorvlm.chat.message import Picture
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.store import PoseRun

pytestmark = pytest.mark.slow
NOSE, TAIL = SKELETON.index("nose"), SKELETON.index("tail")
HOSTILE = "<img src=x onerror=alert(1)>"
PICTURE = Picture(bytes(cv2.imencode(".png", np.zeros((4, 6), np.uint8))[1]))
SCRIPT = Picture(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose name would be markup, and in which a model was asked that replied with markup."""
    made = write_run(tmp_path_factory.mktemp("review"))
    with AnswerJournal(made / ANSWERS_FILE, writable=True) as journal:
        reply = ATTEMPT.model_copy(update={"reply": HOSTILE})
        journal.save(record(2, PICTURE, attempts=(reply,), about="timepoint=2 camera=cam1"), [PICTURE])
        journal.save(record(3, SCRIPT), [SCRIPT])
    return made.rename(made.parent / HOSTILE)


@pytest.fixture(scope="module")
def address(run: Path) -> Iterator[str]:
    with served("review", run) as place:
        yield place


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def tab(browser, address: str):
    """Return the page of a new tab, whole pictures shown, and what went wrong in it."""
    page, faults = new_page(browser, address)
    page.wait_for_selector(".bv-view svg polygon")
    page.keyboard.press("z")
    yield page, faults
    page.context.close()


@pytest.fixture
def page(tab):
    """Return the tab with nothing selected; after each test nothing went wrong in it, nor was another machine asked."""
    page, faults = tab
    page.mouse.click(500, 10)  # away from any field, so that keys are keys
    for _ in range(2):
        page.keyboard.press("Escape")
    yield page
    assert faults == []


def place_of(page, camera: int, point_px) -> tuple[float, float]:
    """Return where on the screen a raw px of a view lies."""
    box = page.locator(".bv-view").nth(camera).locator("img").bounding_box()
    return tuple(box[corner] + (p + 0.5) / size * box[side] for corner, p, size, side in zip(
        ("x", "y"), point_px, SIZE, ("width", "height"), strict=True))  # fmt: skip


def click(page, camera: int, point_px, **how) -> None:
    page.mouse.move(*place_of(page, camera, point_px))
    shift = how.pop("shift", False)
    if shift:
        page.keyboard.down("Shift")
    page.mouse.down()
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def travel(page, timepoint: int) -> None:
    field = page.locator(".bv-top input")
    field.fill(str(timepoint))
    field.press("Enter")
    page.mouse.click(500, 10)  # away from any field, so that keys are keys
    says(page, timepoint=timepoint)


def says(page, words: str | None = None, *, timepoint: int | None = None) -> None:
    if words is not None:
        page.locator(".bv-said", has_text=words).wait_for()
    if timepoint is not None:
        page.wait_for_function(f"document.querySelector('.bv-top input').value === '{timepoint}'")


def select(page, keypoint: str) -> None:
    row = page.locator(".bv-row", has=page.get_by_text(keypoint)).first
    if "bv-chosen" not in (row.get_attribute("class") or ""):
        row.click()
    page.locator(".bv-row.bv-chosen", has_text=keypoint).first.wait_for()


def eventually(holds, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def pose(run: Path, timepoint: int):
    """Return what holds at a timepoint: points, numbers and px."""
    with PoseRun.open(run) as opened:
        chunk = opened.poses_at(timepoint)
    row = timepoint - int(chunk.timepoint[0])
    return chunk.points_mm[row], chunk.numbers[row], chunk.points_px[row]


def test_a_swapped_pair_is_right_in_the_tables_after_four_clicks(page, run: Path) -> None:
    page.locator(".bv-right .q-select", has_text="reprojection error").click()
    page.locator(".q-item", has_text="step beyond both neighbors").click()
    page.locator(".q-tab-panel .bv-row", has_text="ear").first.click()
    says(page, timepoint=WRONG)
    page.locator(".bv-buttons button", has_text="Swap left/right").click()
    says(page, "kept; u undoes it")
    page.locator(".bv-top", has_text="tables written").wait_for()
    table = read_points3d(run / "points3d.csv")
    np.testing.assert_allclose(table.points_mm[WRONG], true_mm()[WRONG], atol=2e-4)
    assert b"corrected" in (run / "quality.csv").read_bytes()


def test_keys_travel_and_the_worst_come_one_after_the_other(page) -> None:
    travel(page, 5)
    page.keyboard.press("ArrowRight")
    says(page, timepoint=6)
    page.keyboard.press("Shift+ArrowLeft")
    says(page, timepoint=0)
    page.keyboard.press("n")
    page.locator(".q-tab-panel .bv-row.bv-chosen").wait_for()
    page.keyboard.press("p")


def test_the_timeline_is_clicked_to_travel(page) -> None:
    box = page.locator(".bv-map img").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 9.5 / N_TIMEPOINTS, box["y"] + box["height"] * (TAIL + 0.5) / 7)
    says(page, timepoint=9)
    page.locator(".bv-row.bv-chosen", has_text="tail").first.wait_for()


def test_another_dot_is_clicked_and_undone(page, run: Path) -> None:
    travel(page, 2)
    page.keyboard.press("Escape")
    click(page, 0, dots_px(2)[0, NOSE])
    page.locator(".bv-row.bv-chosen", has_text="nose").first.wait_for()
    click(page, 0, dots_px(2)[0, -1])
    says(page, "kept; u undoes it")
    assert pose(run, 2)[1][NOSE].tolist() == [7, 0, 0, 0]
    page.keyboard.press("u")
    says(page, "undone")
    assert pose(run, 2)[1][NOSE].tolist() == [0, 0, 0, 0]


def test_missing_in_one_view_and_in_all(page, run: Path) -> None:
    travel(page, 4)
    select(page, "tail")
    click(page, 1, (32, 24), shift=True)
    says(page, "kept")
    assert np.isnan(pose(run, 4)[2][:, TAIL, 0]).tolist() == [False, True, False, False]
    page.keyboard.press("m")
    page.locator(".bv-row", has_text="tail").locator(".bv-num", has_text="missing").wait_for()
    assert np.isnan(pose(run, 4)[0][TAIL]).all()


def test_free_points_show_their_lines_and_where_they_meet(page, run: Path) -> None:
    travel(page, 10)
    select(page, "nose")
    page.keyboard.press("m")
    says(page, "kept")
    page.keyboard.press("f")
    says(page, "free point")
    truth = dots_px(10)[:, NOSE]
    click(page, 0, truth[0])
    says(page, "one view: the point lies on the lines")
    assert page.locator(".bv-view").nth(2).locator("svg polyline").count() == 1
    page.mouse.move(*place_of(page, 2, truth[2] + 6))
    page.mouse.down()
    page.mouse.move(*place_of(page, 2, truth[2] + 3), steps=3)
    page.mouse.move(*place_of(page, 2, truth[2]))
    page.mouse.up()
    says(page, "Enter keeps it")
    page.keyboard.press("Enter")
    says(page, "kept")
    assert np.linalg.norm(pose(run, 10)[0][NOSE] - true_mm()[10, NOSE]) < 5.0  # a screen pixel is 0.2 px of the view


def test_a_range_is_swapped_with_two_presses(page, run: Path) -> None:
    travel(page, 8)
    select(page, "left_paw")
    page.keyboard.press("w")
    says(page, "travel to the last one")
    travel(page, 11)
    page.keyboard.press("w")
    says(page, "kept")
    for timepoint in (8, 11):
        np.testing.assert_allclose(pose(run, timepoint)[0][3], true_mm()[timepoint, 4], atol=1e-6)
    page.keyboard.press("u")
    says(page, "undone")


def test_a_box_is_dragged(page, run: Path) -> None:
    travel(page, 3)
    page.keyboard.press("b")
    says(page, "drag the new box of head")
    page.mouse.move(*place_of(page, 1, (10, 10)))
    page.mouse.down()
    page.mouse.move(*place_of(page, 1, (30, 20)), steps=3)
    page.mouse.up()
    says(page, "kept")
    with PoseRun.open(run) as opened:
        np.testing.assert_allclose(opened.views_at(3).boxes_px[3, 1, 0], [10, 10, 30, 20], atol=0.3)


def test_an_exemplar_is_accepted_and_listed(page, run: Path) -> None:
    travel(page, 1)
    page.keyboard.press("e")
    says(page, "kept")
    page.locator(".q-tab", has_text="Corrections").click()
    page.locator(".q-tab-panel .bv-row", has_text="accepted as exemplar").wait_for()
    seeds = run / "exemplars" / "CollectedData_cam3.csv"
    eventually(lambda: seeds.is_file() and seeds.read_text().count("img00001") == 1)


def test_a_filter_counts_what_stays_and_exports_exactly_that(page, run: Path) -> None:
    travel(page, 5)
    select(page, "nose")
    click(page, 1, (32, 24), shift=True)
    says(page, "kept")
    page.locator(".q-tab", has_text="Filter").click()
    page.locator("text=/\\d+ of 84 keypoints stay/").wait_for()
    field = page.get_by_label("views at least")
    field.fill("5")
    page.locator("text=/0 of 84 keypoints stay/").wait_for()
    field.fill("3.5")
    page.locator("text=/\\d\\d of 84 keypoints stay/").wait_for()
    kept = int(page.locator("text=/of 84 keypoints stay/").inner_text().split(" ")[0])
    page.locator("button", has_text="Export what stays").click()
    page.locator(f"text=/{kept} of 84 written to/").wait_for()
    table = read_points3d(run / "filtered" / "points3d.csv")
    assert np.isfinite(table.points_mm[..., 0]).sum() == kept < 84
    assert "min_views = 4" in (run / "filtered" / "filter.toml").read_text()


def test_answers_show_stages_and_questions_whole_with_markup_as_text(page) -> None:
    travel(page, 2)
    select(page, "tail")
    page.keyboard.press("a")
    page.locator(".bv-answers", has_text="answers · timepoint 2").wait_for()
    page.locator(".bv-asked-list", has_text="it leaves the keypoint missing").wait_for()
    page.locator(".bv-asked-list .bv-row.bv-chosen", has_text="cam1 · keypoint assignment").wait_for()
    page.locator(".bv-words .bv-text", has_text=HOSTILE).wait_for()
    page.wait_for_function("document.querySelector('.bv-words img').naturalWidth === 6")
    page.locator(".bv-words", has_text="Which dot is the nose?").wait_for()
    page.locator(".bv-answers .q-select", has_text="every view").click()
    page.locator(".q-item", has_text="cam3").click()
    page.locator(".bv-asked-list", has_text="Nothing was asked about it.").wait_for()
    page.locator(".bv-words", has_text="Dots that positions rest on").wait_for()
    page.keyboard.press("Escape")
    page.locator(".bv-answers").wait_for(state="hidden")


def test_help_channels_labels_and_large_views(page) -> None:
    page.keyboard.press("?")
    page.locator(".q-card", has_text="swap from here to there").wait_for()
    page.keyboard.press("Escape")
    page.locator(".q-card").wait_for(state="hidden")
    labels = page.locator(".bv-view svg text").count()
    page.keyboard.press("l")
    page.wait_for_function(f"document.querySelectorAll('.bv-view svg text').length < {labels}")
    width = page.locator(".bv-view").first.bounding_box()["width"]
    page.locator(".bv-title", has_text="cam0").click()
    page.wait_for_function(f"document.querySelector('.bv-view').getBoundingClientRect().width > {width * 1.3}")


def test_the_skeleton_is_turned_by_dragging(page) -> None:
    space = page.locator(".bv-space")
    before = space.locator("svg").first.inner_html()
    box = space.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 80, steps=4)
    page.mouse.up()
    page.wait_for_function("before => document.querySelector('.bv-space svg').innerHTML !== before", arg=before)


def test_a_name_that_is_markup_is_shown_as_text(page) -> None:
    assert page.locator(".bv-name").inner_text() == f"review · {HOSTILE}"
    assert page.locator(".bv-name img").count() == 0


def test_a_run_that_goes_on_is_followed_and_can_be_corrected(browser, tmp_path: Path) -> None:
    made = write_run(tmp_path, until=5)
    with served("review", made) as place, PoseRun.reopen(made) as writing:
        page, faults = new_page(browser, place)
        page.locator(".bv-top", has_text="5 of 12 timepoints settled").wait_for()
        page.keyboard.press("e")
        page.locator(".bv-top", has_text="another process is writing").wait_for()
        settle(writing, 5, N_TIMEPOINTS)
        page.locator(".bv-top", has_text="12 of 12 timepoints settled").wait_for()
        page.context.close()
    assert faults == []
    rerun(made)
    with (made / "corrections.csv").open(newline="") as stream:
        assert [row["what"] for row in csv.DictReader(stream)] == ["accepted as exemplar"]


def test_without_its_session_a_run_is_still_shown(browser, tmp_path: Path) -> None:
    made = write_run(tmp_path)
    (tmp_path / "session").rename(tmp_path / "moved")
    with served("review", made) as place:
        page, faults = new_page(browser, place, dark=True)
        page.locator(".bv-bad", has_text="nothing can be corrected").wait_for()
        page.wait_for_selector(".bv-space svg polygon")
        page.wait_for_selector(".body--dark")  # as the system prefers
        page.locator("button", has_text="contrast").click(click_count=2)
        page.wait_for_selector(".body--light")
        page.context.close()
    assert faults == []


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/", {}, 200),
        ("/", {"Host": "evil.example"}, 403),
        ("/", {"Origin": "http://evil.example"}, 403),
        ("/picture/cam0/fluorescence/3.jpg?x=0&y=0&w=64&h=48", {}, 200),
        ("/picture/cam0/fluorescence/3.jpg?x=0&y=0&w=64&h=48", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/picture/..%2F..%2Frun.toml/fluorescence/3.jpg?x=0&y=0&w=64&h=48", {}, 404),
        ("/picture/cam0/..%2F..%2Fvisible/3.jpg?x=0&y=0&w=64&h=48", {}, 404),
        ("/picture/cam0/fluorescence/99.jpg?x=0&y=0&w=64&h=48", {}, 404),
        ("/picture/cam0/fluorescence/3.jpg?x=0&y=0&w=65&h=48", {}, 404),
        ("/timeline/..%2Frun.toml.png", {}, 404),
        (f"/asked/{PICTURE.content_hash}", {}, 200),
        (f"/asked/{PICTURE.content_hash}", {"Sec-Fetch-Site": "cross-site"}, 403),
        (f"/asked/{PICTURE.content_hash[:12]}", {}, 404),
        (f"/asked/{PICTURE.content_hash.upper()}", {}, 404),
        (f"/asked/{SCRIPT.content_hash}", {}, 404),
        (f"/asked/{'0' * 64}", {}, 404),
        ("/asked/..%2Frun.toml", {}, 404),
        ("/run.toml", {}, 404),
        ("/docs", {}, 404),
    ],
)
def test_what_is_answered_and_what_is_refused(address: str, path: str, headers: dict[str, str], code: int) -> None:
    asked = urllib.request.Request(address.rstrip("/") + path, headers=headers)
    try:
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == code
    except urllib.error.HTTPError as error:
        assert error.code == code
        error.close()


def test_the_first_ear_stays_where_it_was_put(run: Path) -> None:
    np.testing.assert_allclose(pose(run, WRONG)[0][LEFT], true_mm()[WRONG, LEFT], atol=1e-6)
