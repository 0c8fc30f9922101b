"""Review of a pose run whose videos are slow to travel in, in a real browser: copies are offered, made and used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from browser import new_page, opened_browser, served
from session_files import SIZE, bar_column, make_pictures, make_session

from behaviorvlm.io.session_folder import open_session
from behaviorvlm.io.session_layout import video_path
from behaviorvlm.io.video import write_video
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun

pytestmark = pytest.mark.slow


def test_copies_are_offered_made_and_used(tmp_path: Path) -> None:
    session = tmp_path / "session"
    videos = [
        video_path(session, "walk", camera=camera, channel="fluorescence")
        for camera in make_session(session, n_cameras=2).names
    ]
    for path in videos:
        write_video(path, make_pictures(70), frame_rate_hz=25, x264={"g": "250", "sc_threshold": "0"})
    PoseRun.start(tmp_path / "run", open_session(session), settings=PoseSettings()).close()
    with opened_browser() as browser, served("review", tmp_path / "run") as place:
        page, faults = new_page(browser, place)
        offer = page.locator("button", has_text="make copies that scrub faster")
        offer.click()
        page.locator(".bv-top", has_text="is made").wait_for()
        offer.wait_for(state="hidden")
        for path in videos:
            path.unlink()  # what is shown now comes from the copies
        page.keyboard.press("z")  # whole views
        field = page.locator(".bv-top input")
        field.fill("66")
        field.press("Enter")
        page.wait_for_function(
            "[...document.querySelectorAll('.bv-view img')].every(one => one.src.includes('/66.jpg'))"
        )
        shown = [page.request.get(one.evaluate("one => one.src")).body() for one in page.locator(".bv-view img").all()]
        page.context.close()
    for picture in shown:
        columns = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE).mean(axis=0)
        bar = np.flatnonzero(columns > 150) * SIZE[0] / len(columns)
        assert bar_column(66) - 1 <= bar.min() <= bar.max() <= bar_column(66) + 5
    assert faults == [] and len(list((tmp_path / "run" / "review_videos").glob("*.mp4"))) == 2
