"""Is the review of a long pose run quick: 10,000 timepoints x 6 views, in Chromium, by clicks and keys?

The run is made by looping what there is: arena_ring is run once by the command line; its videos are joined end to end
without encoding them anew, and its results repeated, until there are enough timepoints. The left and the right forepaw
are then exchanged at one timepoint. Pictures stay 1024 x 1024 with a keyframe every 150 frames.

The app is the installed command. Times are those of the browser: from the key to the marks drawn, and to all pictures
shown. *step* goes one timepoint on; *worst* follows the list of the worst, with a second to look at each; *jump* goes
anywhere, where 75 frames of each video have to be decoded on average. Clicks are counted as they are made. Then the
page is asked for the copies it offers, of the videos that are shown, and jumps again to places where it has not been.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings

from behaviorvlm.api import open_run, open_session
from behaviorvlm.io.points3d import read_points3d
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.tables import write_tables

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIMULATED = "arena_ring's pictures; its motion is recorded, and repeated here"
PAIR = ("left_forepaw", "right_forepaw")
GOALS = {
    "first_page_s": Goal("<=", 2.0),
    "step_marks_ms": Goal("<=", 200.0),
    "step_pictures_ms": Goal("<=", 200.0),
    "worst_pictures_ms": Goal("<=", 200.0),
    "jump_marks_ms": Goal("<=", 200.0),
    "jump_pictures_ms": Goal("<=", 200.0),
    "copied_jump_pictures_ms": Goal("<=", 200.0),
    "peak_process_gb": Goal("<=", 1.0),
    "clicks": Goal("<=", 6.0),
}
N_TRAVELS = 15
MARKS = "t => [...document.querySelectorAll('.bv-view img')].every(one => one.src.includes(`/${t}.jpg`))"
PICTURES = """t => [...document.querySelectorAll('.bv-view img')].every(
  one => one.src.includes(`/${t}.jpg`) && one.complete && one.naturalWidth > 0)"""

FIRST = """() => document.querySelector('.bv-view svg') && [...document.querySelectorAll('.bv-view img')].every(
  one => one.src.includes('/picture/') && one.complete && one.naturalWidth > 0)"""


def main() -> None:
    """Make the run, open it, travel, and put a paw right."""
    options = arguments(__doc__, _options)
    report = Report("review_pose", SIMULATED)
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        run, wrong = looped_run(Path(temporary), recordings(options.data, "arena_ring"), options=options)
        load = os.getloadavg()[0]
        figures = reviewed(run, wrong)
        n_views = len(open_run(run).manifest.session.cameras)
        report.add(f"{options.timepoints:,} timepoints x {n_views} views", {"load_average": load, **figures}, GOALS)
    report.finish()


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--timepoints", type=int, default=10_000)
    parser.add_argument("--run", type=Path, help="a run of arena_ring that is there already")


# The run --------------------------------------------------------------------------------------------------------


def looped_run(folder: Path, recording: Path, *, options: argparse.Namespace) -> tuple[Path, int]:
    """Return a run of at least so many timepoints, and the one at which the paws are exchanged."""
    once_run = options.run or folder / "once"
    if options.run is None:
        measure(behaviorvlm("pose", "run", recording, "--run", once_run))
    with PoseRun.open(once_run) as once:
        length = once.manifest.session.n_timepoints
        loops = -(-options.timepoints // length)
        session = looped_session(recording, folder / "looped", loops=loops)
        wrong = (loops // 2) * length + shown_well(once)
        with PoseRun.start(folder / "run", open_session(session), settings=PoseSettings()) as run:
            for stage in once.sink.stages():
                for key in once.sink.keys(stage):
                    repeat(run, stage, key, once.sink.load(stage, key), loops=loops, length=length, wrong=wrong)
            write_tables(run)
    return folder / "run", wrong


def shown_well(run: PoseRun) -> int:
    """Return a timepoint at and around which both paws have a place, near the middle of the recording."""
    pair = [run.manifest.session.keypoints.index(name) for name in PAIR]
    present = np.concatenate([chunk.present[:, pair].all(axis=1) for chunk in run.poses()])
    around = present[:-2] & present[1:-1] & present[2:]
    rows = np.flatnonzero(around) + 1
    return int(rows[np.abs(rows - len(present) // 2).argmin()])


def looped_session(recording: Path, folder: Path, *, loops: int) -> Path:
    """Write a session whose videos are those of `recording` over and over."""
    (folder / "videos").mkdir(parents=True)
    for name in ("calibration.toml", "skeleton.toml", "seeds"):
        (folder / name).symlink_to((recording / name).resolve())
    for video in sorted((recording / "videos").iterdir()):
        join(video, folder / "videos" / video.name, loops=loops)
    return folder


def join(source: Path, target: Path, *, loops: int) -> None:
    """Write a video end to end so many times, its packets as they are."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        track = given.streams.video[0]
        copied = made.add_stream_from_template(track)
        each = round(track.frames / Fraction(track.average_rate or 30) / Fraction(track.time_base or 1))
        for loop in range(loops):
            given.seek(0)
            for packet in given.demux(track):
                if packet.dts is None:
                    continue
                packet.pts, packet.dts = (packet.pts or 0) + loop * each, packet.dts + loop * each
                packet.stream = copied
                made.mux(packet)


def repeat(
    run: PoseRun, stage: str, key: str, arrays: dict[str, Any] | None, *, loops: int, length: int, wrong: int
) -> None:
    """Save a result once for each loop, its timepoints moved on; one that is not of timepoints once."""
    given = dict(arrays or {})
    if "timepoint" not in given or "-" not in key:
        run.sink.save(stage, key, given)
        return
    start, stop = map(int, key.split("-"))
    for loop in range(loops):
        moved = given | {"timepoint": given["timepoint"] + loop * length}
        if stage == "poses" and start + loop * length <= wrong < stop + loop * length:
            moved = exchanged(moved, wrong, [run.manifest.session.keypoints.index(name) for name in PAIR])
        run.sink.save(stage, f"{start + loop * length:06d}-{stop + loop * length:06d}", moved)


def exchanged(poses: dict[str, Any], timepoint: int, pair: list[int]) -> dict[str, Any]:
    """Return poses in which a pair has changed names at one timepoint."""
    row = int(np.flatnonzero(poses["timepoint"] == timepoint)[0])
    changed = {name: np.array(values) for name, values in poses.items()}
    for name in ("points_mm", "numbers", "error_px", "margin", "runner_up_mm", "flags", "confidence"):
        changed[name][row, pair] = poses[name][row, pair[::-1]]
    changed["points_px"][row][:, pair] = poses["points_px"][row][:, pair[::-1]]
    return changed


# The browser ----------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """The app, running.

    Attributes:
        address: Where it answers.
        pid: Its process.
        start_s: From the command to its address.
    """

    address: str
    pid: int
    start_s: float

    @property
    def peak_gb(self) -> float:
        """The largest resident memory that the process had."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024 / 1e9  # type: ignore[index]


@contextmanager
def served(run: Path) -> Iterator[Server]:
    """Run ``behaviorvlm review`` until the end of the block."""
    begun = time.perf_counter()
    command = behaviorvlm("review", run, "--port", "0")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = ""
            while process.poll() is None and not (found := re.search(r"http://\S+", said)):
                if process.stderr and select.select([process.stderr], [], [], 60.0)[0]:
                    said += process.stderr.readline()
            yield Server(found[0], process.pid, time.perf_counter() - begun)
        finally:
            process.terminate()
            process.wait(30)


def reviewed(run: Path, wrong: int) -> dict[str, float]:
    """Return what it takes to open a run, to travel in it, and to put the exchanged paws right."""
    from playwright.sync_api import sync_playwright

    with served(run) as server, sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        begun = time.perf_counter()
        page.goto(server.address)
        page.wait_for_function(
            f"document.querySelector('.bv-view svg polygon') && ({PICTURES})('')".replace("/${t}", "")
        )
        first_page_s = time.perf_counter() - begun
        page.mouse.click(500, 10)
        figures = {"start_s": server.start_s, "first_page_s": first_page_s, **travelled(page, run)}
        figures |= put_right(page, run, wrong)
        figures |= copied(page, run)
        figures |= {"peak_process_gb": server.peak_gb}
        browser.close()
    return figures


def travelled(page: Page, run: Path) -> dict[str, float]:
    """Return medians and worst cases of travelling, in ms."""
    places = anywhere(run, seed=0)
    return {
        **timed(page, "jump", lambda number: jump(page, places[number])),
        **timed(page, "step", lambda _: pressed(page, "ArrowRight", lambda now: now + 1)),
        **timed(page, "worst", lambda _: followed(page)),
    }


def copied(page: Page, run: Path) -> dict[str, float]:
    """Return how long it takes to copy the videos that are shown, what the copies take, and to jump with them."""
    begun = time.perf_counter()
    offer = page.locator("button", has_text="make copies that scrub faster")
    offer.click()
    page.locator(".bv-top", has_text="is being made").wait_for()
    page.locator(".bv-top", has_text="is made").wait_for(timeout=3_600_000)
    copies_s, places = time.perf_counter() - begun, anywhere(run, seed=1)
    copies = list((run / "review_videos").iterdir())
    found = timed(page, "copied_jump", lambda number: jump(page, places[number]))
    return {"copies": len(copies), "copies_s": copies_s, "copies_gb": sum(map(size_of, copies)) / 1e9, **found}


def size_of(path: Path) -> int:
    """Return the bytes of a file."""
    return path.stat().st_size


def anywhere(run: Path, *, seed: int) -> list[int]:
    """Return timepoints drawn by chance."""
    with PoseRun.open(run) as opened:
        length = len(opened.asked_timepoints)
    return np.random.default_rng(seed).integers(0, length, N_TRAVELS).tolist()


def timed(page: Page, kind: str, go: Callable[[int], str]) -> dict[str, float]:
    """Return median and worst case of a way to travel, until marks and until pictures are there, in ms."""
    marks, pictures = [], []
    for number in range(N_TRAVELS):
        begun = time.perf_counter()
        wanted = go(number)
        page.wait_for_function(MARKS, arg=wanted)
        marks.append(1e3 * (time.perf_counter() - begun))
        page.wait_for_function(PICTURES, arg=wanted)
        pictures.append(1e3 * (time.perf_counter() - begun))
        page.wait_for_timeout(1000 if kind == "worst" else 100)
    found = {}
    for name, times in (("marks", marks), ("pictures", pictures)):
        found |= {f"{kind}_{name}_ms": statistics.median(times), f"{kind}_{name}_worst_ms": max(times)}
    return found


def jump(page: Page, timepoint: int) -> str:
    """Go anywhere by the field of timepoints."""
    field = page.locator(".bv-top input")
    field.fill(str(timepoint))
    field.press("Enter")
    return str(timepoint)


def pressed(page: Page, key: str, then: Callable[[int], int]) -> str:
    """Press a key, and return the timepoint that comes then."""
    now = int(page.locator(".bv-top input").input_value())
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(key)
    return str(then(now))


def followed(page: Page) -> str:
    """Go to the next of the worst, and return which that is."""
    rows = page.locator(".q-tab-panel .bv-row")
    listed = [int(text) for text in page.locator(".q-tab-panel .bv-row .bv-num:first-child").all_inner_texts()]
    now = int(page.locator(".bv-top input").input_value())
    after = listed[listed.index(now) + 1] if now in listed and listed.index(now) + 1 < len(listed) else listed[0]
    if now in listed and rows.count() > 1:
        return pressed(page, "n", lambda _: after)
    return pressed(page, "n", lambda _: listed[0])


def put_right(page: Page, run: Path, wrong: int) -> dict[str, float]:
    """Return clicks and seconds from the open page to the corrected and exported table."""
    clicks = 0

    def click(where: str, words: str) -> None:
        nonlocal clicks
        page.locator(where, has_text=words).first.click()
        clicks += 1

    begun = time.perf_counter()
    click(".bv-right .q-select", "reprojection error")
    click(".q-item", "step beyond both neighbors")
    page.wait_for_timeout(1000)
    if page.locator(".q-tab-panel .bv-row", has_text=str(wrong)).count():
        click(".q-tab-panel .bv-row", str(wrong))
    else:  # a repeated recording repeats its own jumps, too, and the list is short: the place is typed
        page.wait_for_function(MARKS, arg=jump(page, wrong))
        click(".bv-row", PAIR[0])
    click(".bv-buttons button", "Swap left/right")
    page.locator(".bv-top", has_text="tables written").wait_for(timeout=120_000)
    tables_s = time.perf_counter() - begun
    click(".q-tab", "Filter")
    click("button", "Export what stays")
    page.locator("text=/ written to /").wait_for(timeout=120_000)
    with PoseRun.open(run) as opened:
        place = opened.manifest.session.keypoints.index(PAIR[0])
        chunk, found = opened.poses_at(wrong), opened.found_at(wrong)
    table = read_points3d(run / "filtered" / "points3d.csv")
    row = int(np.flatnonzero(found.timepoint == wrong)[0])
    right = np.allclose(table.points_mm[wrong, place], chunk.points_mm[row, place], atol=1e-3)
    if not right or np.allclose(chunk.points_mm[row, place], found.points_mm[row, place], atol=1.0):
        raise SystemExit("the exported table is not corrected")
    return {"clicks": clicks, "tables_s": tables_s, "exported_s": time.perf_counter() - begun}


if __name__ == "__main__":
    main()
