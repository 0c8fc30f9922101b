"""Review of a real clip of three mice in a real browser: its video plays, its points lie on it, frames are frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from browser import new_page, opened_browser, served
from unit.review.behavior_runs import write_bare_run

from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.io.recordings import RecordingFile
from behaviorvlm.types import Bout

pytestmark = pytest.mark.slow
CLIP, RATE = "EGS8X2MN4SSUGFWAV976", 30
MOVING = (1457, 1128)
"""Frames between neighbors of which each is far otherwise: elsewhere the mice rest, and frames are alike."""
PIXELS = """() => {
  const video = document.querySelector('video'), canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d').drawImage(video, 0, 0);
  const seen = canvas.getContext('2d').getImageData(0, 192, canvas.width, 96).data;
  return Array.from(seen).filter((_, at) => at % 4 === 0);
}"""
SHOWN = """second => {
  const video = document.querySelector('video');
  return !video.seeking && Math.abs(video.currentTime - second) < 0.001;
}"""


def test_a_frame_that_is_asked_for_is_the_frame_that_is_seen(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "mabe22_mouse_triplet"
    recording = RecordingFile("clip", tracks=str(folder / f"{CLIP}.h5"), video=str(folder / f"{CLIP}.mp4"))
    bouts = [Bout("clip", "mouse1", "mouse3", "huddle", 0, 1500, 0.0, 50.0, 0.9)]
    with served("review", write_bare_run(tmp_path / "run", recording, bouts)) as place, opened_browser() as browser:
        page, faults = new_page(browser, place)
        page.wait_for_function("document.querySelector('video')?.readyState >= 2")
        for frame in MOVING:
            page.locator(".st-field").fill(f"f{frame}")
            page.locator(".st-field").press("Enter")
            page.wait_for_function(SHOWN, arg=(frame + 0.5) / RATE)
            seen = np.array(page.evaluate(PIXELS), dtype=float).reshape(96, 512)
            near = {
                other: float(np.abs(seen - picture[192:288, :, 0]).mean())
                for other, picture in zip(
                    range(frame - 2, frame + 3),
                    ColorVideoSource(folder / f"{CLIP}.mp4").read(frame - 2, frame + 3),
                    strict=True,
                )
            }
            assert min(near, key=near.get) == frame, near
        page.locator(".bv-card", has_text="huddle → mouse3").wait_for()
        page.context.close()
    assert faults == []
