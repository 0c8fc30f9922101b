"""A behavior review in a browser: where it is, what it says, what it did to the run."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.types import Bout


def write_unplayed(path: Path, video: Path) -> None:
    """Write the beginning of a video as Motion JPEG, which browsers do not play."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for picture in ColorVideoSource(video).read(0, 60):
            small = np.ascontiguousarray(picture[:48, :64])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(small, format="rgb24")))
        container.mux(stream.encode())


def frame_of(page) -> int:
    return int(page.locator(".st-stage").get_attribute("data-frame"))


def at(page, frame: int) -> None:
    page.wait_for_function(f"document.querySelector('.st-stage').dataset.frame === '{frame}'")


def travel(page, frame: int) -> None:
    page.locator(".st-field").fill(f"f{frame}")
    page.locator(".st-field").press("Enter")
    at(page, frame)


def says(page, words: str) -> None:
    page.locator(".bv-right > .bv-said", has_text=words).wait_for()


def bouts_of(run: Path, animal: int = 0) -> list[Bout]:
    with BehaviorRun.open(run) as opened:
        reader = BehaviorReader(opened)
        (name,) = reader.names
        individual = reader.summary(name).individuals[animal]
        return [one for one in reader.bouts(name) if one.individual == individual]


def corrected(page, do: Callable[[], None]) -> None:
    """Do something that is a correction, and wait until the ethogram shows it."""
    before = page.locator(".st-stage").get_attribute("data-revision")
    do()
    says(page, "u undoes it")
    page.wait_for_function(f"document.querySelector('.st-stage').dataset.revision !== '{before}'")


def undo(page, times: int = 1) -> None:
    for _ in range(times):
        before = page.locator(".st-stage").get_attribute("data-revision")
        page.keyboard.press("u")
        page.wait_for_function(f"document.querySelector('.st-stage').dataset.revision !== '{before}'")
    says(page, "undone")


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def long_bout(run: Path, animal: int = 0) -> Bout:
    return max(bouts_of(run, animal), key=lambda one: one.stop_frame - one.start_frame)
