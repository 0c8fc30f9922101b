"""The report of a real clip of three mice: how long it takes, how large it is, what Chromium asks for to show it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from _harness import Goal, Report, arguments, behaviorvlm, measure, recordings

CLIP = "EGS8X2MN4SSUGFWAV976"


def main() -> None:
    """Make a run and its report with the commands that a user gives, and open the report in a browser."""
    options = arguments(__doc__)
    folder = recordings(options.data, "mabe22_mouse_triplet")
    report = Report("report_size", "")
    with tempfile.TemporaryDirectory(prefix="behaviorvlm-benchmark-") as temporary:
        run = Path(temporary) / "run"
        files = [folder / f"{CLIP}.h5", "--video", folder / f"{CLIP}.mp4"]
        measure(behaviorvlm("behavior", "run", *files, "--run", run, "--no-pictures"))
        cost = measure(behaviorvlm("report", run))
        figures = [path for path in (run / "report_figures").rglob("*") if path.is_file()]
        found = {
            "wall_s": cost.wall_s,
            "cpu_s": cost.cpu_s,
            "peak_process_gb": cost.peak_process_gb,
            "page_mb": (run / "report.html").stat().st_size / 1e6,
            "figures": len(figures),
            "figures_mb": sum(path.stat().st_size for path in figures) / 1e6,
            "requests": requests(run / "report.html"),
        }
    goals = {"wall_s": Goal("<=", 15.0), "page_mb": Goal("<=", 10.0), "requests": Goal("<=", 0.0)}
    report.add("three mice, 1800 frames, a contact sheet for each behavior", found, goals)
    report.finish()


def requests(page: Path) -> int | None:
    """Return how many addresses beside its own file a page asks for in Chromium; None where none is at hand."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    chromium = shutil.which("chromium")
    if chromium is None:
        return None
    asked: list[str] = []
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=chromium, args=arguments)
        shown = browser.new_page(viewport={"width": 1280, "height": 800})
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(page.as_uri(), wait_until="networkidle")
        browser.close()
    return sum(1 for url in asked if url != page.as_uri() and not url.startswith("data:"))


if __name__ == "__main__":
    main()
