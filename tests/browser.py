"""A real browser for tests: Debian's Chromium through Playwright; tests that need it say why they are skipped."""

from __future__ import annotations

import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
)  # fmt: skip
START_S = 120.0
PATIENCE_MS = 60_000
"""Far more than anything takes: a busy machine must not fail a test."""


def sync_playwright():
    """Return Playwright's entry, or skip: without the package, or without a browser, there is nothing to click in."""
    if CHROMIUM is None:
        pytest.skip("browser tests need Chromium: install it (Debian, Ubuntu: apt install chromium)")
    return pytest.importorskip(
        "playwright.sync_api", reason="browser tests need Playwright: pip install '.[dev]'"
    ).sync_playwright


@contextmanager
def opened_browser() -> Iterator[object]:
    """Give a headless browser that reaches nothing but this machine."""
    with sync_playwright()() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@contextmanager
def served(*words: object) -> Iterator[str]:
    """Run ``behaviorvlm WORDS --port 0`` and give the address it answers at."""
    pytest.importorskip("nicegui", reason="the browser app is an extra: pip install '.[review]'")
    command = [str(Path(sys.executable).parent / "behaviorvlm"), *map(str, words), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.wait(20)


def _address(process: subprocess.Popen[str]) -> str:
    said, until = "", time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None and process.stderr is not None:
        if select.select([process.stderr], [], [], 1.0)[0]:
            said += process.stderr.readline()
        found = re.search(r"http://\S+", said)
        if found:
            return found[0]
    raise AssertionError(f"the app did not start: {said}")


def new_page(browser, address: str, *, dark: bool = False):
    """Return a page of 1280 x 800, and the list of what went wrong or was asked of another machine."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: None if _ours(asked.url) else faults.append(asked.url))
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    return page, faults


def _ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))
