"""Review of an hour of three mice in Chromium: the first page, travelling, a correction, what the server holds.

The recording is a real clip of a minute, looped; so is what its run found. What the browser shows is real.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings
from _looped_clip import loop_run, loop_tracks, loop_video

from behaviorvlm.review.film_copies import write_copy
from behaviorvlm.review.filmed import copy_place

CLIP = "EGS8X2MN4SSUGFWAV976"
TURNS, TRAVELS, PAGES = 60, 40, 5
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SHOWN = """() => {
  const stage = document.querySelector('.st-stage'), video = document.querySelector('video');
  return stage && stage.dataset.revision && stage.dataset.frame && video.readyState >= 2
    && document.querySelectorAll('.bv-card').length === 3;
}"""
TRAVEL = """async (second) => {
  const stage = document.querySelector('.st-stage'), video = document.querySelector('video');
  const field = document.querySelector('.st-field'), words = document.querySelector('.bv-cards');
  const wait = (ready) => new Promise((done) => {
    const look = () => (ready() ? done() : requestAnimationFrame(look));
    look();
  });
  const begin = performance.now();
  field.value = String(second);
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
  const frame = stage.dataset.frame;
  let told = false;
  const watch = new MutationObserver(() => { told = true; });
  watch.observe(words, { childList: true, subtree: true, characterData: true });
  await wait(() => !video.seeking && video.readyState >= 2 && stage.dataset.frame !== frame);
  const shown = performance.now() - begin;
  await wait(() => told);
  return [shown, performance.now() - begin];
}"""


def main() -> None:
    """Build the hour, open it, travel, correct."""
    options = arguments(__doc__, _more)
    folder = recordings(options.data, "mabe22_mouse_triplet")
    report = Report("review_behavior", f"an hour made by looping a minute {options.turns} times")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        run = build(folder, Path(temporary), turns=options.turns)
        found = measured(run, seconds=60.0 * options.turns)
        copy_s = timed(lambda: put_copy(folder / f"{CLIP}.mp4", run, turns=options.turns))
        copied = {"copy_of_a_minute_s": copy_s, **measured(run, seconds=60.0 * options.turns)}
    goals = {
        "first_page_s": Goal("<=", 2.0),
        "travel_median_ms": Goal("<=", 200.0),
        "travel_p95_ms": Goal("<=", 200.0),
        "server_peak_gb": Goal("<=", 1.0),
    }
    report.add("an hour of three mice, keyframes every 250 frames", found, goals)
    report.add("the same with the copy that the page offers to make, keyframes every 15 frames", copied, goals)
    report.finish()


def _more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=TURNS, help="how often the minute is looped")


def build(folder: Path, target: Path, *, turns: int) -> Path:
    """Return the folder of a run of the looped clip."""
    clip, tracks = folder / f"{CLIP}.mp4", folder / f"{CLIP}.h5"
    short, video, long_tracks = target / "short", target / "hour.mp4", target / "hour.h5"
    measure(behaviorvlm("behavior", "run", tracks, "--video", clip, "--run", short, "--no-pictures"))
    frames = loop_video(clip, video, turns)
    loop_tracks(tracks, long_tracks, times=turns, frames=frames)
    return loop_run(short, target / "long", tracks=long_tracks, video=video, times=turns, frames=frames)


def put_copy(clip: Path, run: Path, *, turns: int) -> None:
    """Put the copy of the looped clip where the page would: that of a minute, looped."""
    place = copy_place(run, 0)
    write_copy(clip, place.with_name("minute.mp4"))
    loop_video(place.with_name("minute.mp4"), place, turns)


def measured(run: Path, *, seconds: float) -> dict[str, object]:
    """Return the figures of one session with a run, and how busy the machine was."""
    before = os.getloadavg()[0]
    with served(run) as (address, process):
        found = in_browser(address, seconds=seconds)
        return {
            **found,
            "server_peak_gb": peak_gb(process.pid),
            "load_before": before,
            "load_after": os.getloadavg()[0],
        }


@contextmanager
def served(run: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the review and give its address and process."""
    command = behaviorvlm("review", run, "--port", "0")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            said, until = "", time.monotonic() + 120
            while process.stderr is not None and time.monotonic() < until and process.poll() is None:
                if select.select([process.stderr], [], [], 1.0)[0]:
                    said += process.stderr.readline()
                found = re.search(r"http://\S+", said)
                if found:
                    yield found[0], process
                    return
            sys.exit(f"the app did not start: {said}")
        finally:
            process.terminate()


def in_browser(address: str, *, seconds: float) -> dict[str, object]:
    """Return how long pages, travels and a correction take."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        pages = [timed(lambda: opened(browser, address)) for _ in range(PAGES)]
        page = opened(browser, address)
        places = [(place * 0.618034 % 1) * (seconds - 1) for place in range(1, TRAVELS + 1)]
        travels = [page.evaluate(TRAVEL, round(place, 2)) for place in places]
        shown, told = ([each[at] for each in travels] for at in (0, 1))
        page.mouse.click(500, 10)
        corrected = timed(lambda: correct(page))
        clips = timed(lambda: clip_grid(page))
        browser.close()
    ranked = sorted(shown)
    return {
        "first_page_s": statistics.median(pages),
        "first_page_worst_s": max(pages),
        "travel_median_ms": statistics.median(shown),
        "travel_p95_ms": ranked[int(0.95 * len(ranked))],
        "travel_worst_ms": ranked[-1],
        "words_follow_median_ms": statistics.median(told),
        "correction_kept_s": corrected,
        "twelve_clips_s": clips,
    }


def timed(done: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    begin = time.perf_counter()
    done()
    return time.perf_counter() - begin


def opened(browser, address: str):  # noqa: ANN001, ANN201  # Playwright is no dependency
    """Return a new page once picture, ethograms and words are shown."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(address)
    page.wait_for_function(SHOWN, timeout=60_000)
    return page


def correct(page) -> None:  # noqa: ANN001
    """Relabel a bout by a key, and wait until the ethogram shows it."""
    page.keyboard.press("n")
    revision = page.evaluate("document.querySelector('.st-stage').dataset.revision")
    page.keyboard.press("2")
    page.wait_for_function(f"document.querySelector('.st-stage').dataset.revision !== '{revision}'", timeout=60_000)


def clip_grid(page) -> None:  # noqa: ANN001
    """Open the clips of a behavior, and wait until all strips of the page have come."""
    page.keyboard.press("b")
    page.wait_for_function(
        """() => performance.getEntriesByType('resource')
        .filter((one) => one.name.includes('/clip/') && one.responseEnd > 0).length >= 12""",
        timeout=60_000,
    )


def peak_gb(process: int) -> float:
    """Return the largest resident memory that a process ever had."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1e6 if found else float("nan")


if __name__ == "__main__":
    main()
