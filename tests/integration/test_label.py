"""Labelling seeds in a real browser: from no seeds to a session that opens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import new_page, opened_browser, served
from session_files import N_FRAMES, SIZE, SKELETON, make_poses, make_session

from behaviorvlm.geometry.projection import project_all
from behaviorvlm.io.session_folder import open_session
from behaviorvlm.io.session_layout import video_path
from behaviorvlm.io.video import write_video

pytestmark = pytest.mark.slow
NOSE = SKELETON.index("nose")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a session without seeds whose pictures show its dots."""
    folder = tmp_path_factory.mktemp("label") / "session"
    rig = make_session(folder)
    for path in (folder / "seeds").iterdir():
        path.unlink()
    dots = project_all(make_poses(range(N_FRAMES)), rig)
    for place, camera in enumerate(rig.names):
        pictures = (picture(dots[place, frame]) for frame in range(N_FRAMES))
        write_video(video_path(folder, "walk", camera=camera, channel="fluorescence"), pictures, frame_rate_hz=25)
    return folder


def picture(dots_px: np.ndarray) -> np.ndarray:
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    light = sum(np.exp(-((x - u) ** 2 + (y - v) ** 2) / 3.0) for u, v in dots_px)
    return np.clip(10 + 150 * light, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[object]:
    with served("label", folder) as address, opened_browser() as browser:
        page, faults = new_page(browser, address)
        page.wait_for_selector(".bv-view svg circle")
        yield page
        page.context.close()
    assert faults == []


def click(page, camera: int, point_px) -> None:
    box = page.locator(".bv-view").nth(camera).locator("img").bounding_box()
    x, y = ((p + 0.5) / size for p, size in zip(point_px, SIZE, strict=True))
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def says(page, words: str) -> None:
    page.locator(".bv-said", has_text=words).wait_for()


def row(page, keypoint: str, *, views: int) -> None:
    page.locator(".bv-row", has_text=keypoint).locator(".bv-num", has_text=str(views)).first.wait_for()


def test_three_seeds_are_labelled_and_written(page, folder: Path) -> None:
    assert page.locator(".bv-top .q-btn").filter(has_text="✓").count() == 0
    shown = int(page.locator(".bv-top input").input_value())
    seen = project_all(make_poses([shown])[0], open_rig(folder))
    for keypoint, name in enumerate(SKELETON.keypoints):
        page.locator(".bv-row", has_text=name).click()
        page.locator(".bv-row.bv-chosen", has_text=name).wait_for()
        for camera in (0, 1, 2):
            click(page, camera, seen[camera, keypoint])
            row(page, name, views=camera + 1)
        if keypoint == NOSE:
            assert page.locator(".bv-view").nth(3).locator("svg polyline").count() == 3
            assert page.locator(".bv-view").nth(3).locator("svg path").count() == 1
    for _ in range(2):
        page.keyboard.press("n")
        page.keyboard.press("c")
        says(page, "copied from timepoint")
    page.keyboard.press("Enter")
    says(page, "seeds of 3 timepoints written")
    page.locator(".bv-top", has_text="all is written").wait_for()
    session = open_session(folder)
    assert len({seed.timepoint for seed in session.seeds}) == 3
    seed = next(one for one in session.seeds if one.timepoint == shown and one.camera == "cam1")
    assert np.abs(seed.points_px - seen[1]).max() < 1.5


def test_what_contradicts_itself_is_said_at_once(page) -> None:
    said = page.locator(".bv-faults").inner_text()
    page.locator(".bv-row", has_text="left_paw").click()
    page.locator(".bv-row.bv-chosen", has_text="left_paw").wait_for()
    click(page, 2, (60, 4))
    page.wait_for_function("said => document.querySelector('.bv-faults').innerText !== said", arg=said)
    worse = page.locator(".bv-faults").inner_text()
    assert "the labels of left_paw contradict one another" in worse or "do not fit the calibration" in worse
    page.locator(".bv-top", has_text="not written yet").wait_for()
    page.keyboard.press("m")
    page.wait_for_function("said => document.querySelector('.bv-faults').innerText !== said", arg=worse)


def test_help_zoom_and_keypoints_by_key(page) -> None:
    page.keyboard.press("?")
    page.locator(".q-card", has_text="copy the nearest labelled timepoint").wait_for()
    page.keyboard.press("Escape")
    page.locator(".q-card").wait_for(state="hidden")
    page.locator(".bv-row", has_text="nose").click()
    page.keyboard.press("ArrowDown")
    page.locator(".bv-row.bv-chosen", has_text="left_ear").wait_for()
    page.keyboard.press("z")


def open_rig(folder: Path):
    from behaviorvlm.io.anipose import read_calibration

    return read_calibration(folder / "calibration.toml")
