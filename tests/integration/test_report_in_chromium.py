"""Reports in a real browser: they ask nothing of any network, run no script, and read well light, dark and printed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import opened_browser
from unit.report.made_runs import HOSTILE, HOSTILE_RECORDING, made_bouts, make_behavior_run, make_pose_run, walking

from behaviorvlm.markup import readable
from behaviorvlm.report.run_report import report_behavior, report_pose
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.store import PoseRun

FORMULA = "$\\frac{1}{0}$"
PROBE = """address => new Promise(answer => {
  document.addEventListener('securitypolicyviolation', event => answer(event.violatedDirective));
  const picture = document.createElement('img');
  picture.src = address;
  document.body.append(picture);
  setTimeout(() => answer('nothing stopped it'), 5000);
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the reports of a behavior run with hostile names and of a pose run."""
    folder = tmp_path_factory.mktemp("reports")
    bouts = {HOSTILE_RECORDING: made_bouts(HOSTILE_RECORDING, [HOSTILE, FORMULA, HOSTILE, "rest"])}
    make_behavior_run(folder / "behavior", bouts, definitions={HOSTILE: HOSTILE})
    make_pose_run(folder / "pose", walking(20))
    with BehaviorRun.open(folder / "behavior") as behavior:
        report_behavior(behavior)
    with PoseRun.open(folder / "pose") as pose:
        report_pose(pose)
    return {name: folder / name / "report.html" for name in ("behavior", "pose")}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["behavior", "pose"])
def test_a_report_is_whole_and_asks_for_nothing(browser: Any, pages: dict[str, Path], kind: str, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(pages[kind].as_uri(), wait_until="networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [pages[kind].as_uri()]
    assert said == []
    broken = "() => [...document.images].filter(one => !one.complete || !one.naturalWidth).length"
    assert page.evaluate("() => document.images.length") >= 4
    assert page.evaluate(broken) == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1280
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(246, 247, 248)", "dark": "rgb(20, 23, 26)"}[scheme]
    sheet = "() => getComputedStyle(document.querySelector('.sheet')).backgroundColor"
    assert page.evaluate(sheet) == {"light": "rgba(0, 0, 0, 0)", "dark": "rgb(216, 222, 227)"}[scheme]
    page.emulate_media(media="print")
    assert page.evaluate(sheet) == "rgba(0, 0, 0, 0)"
    hidden = "() => [...document.querySelectorAll('details table')].filter(one => one.clientHeight < 20).length"
    assert page.evaluate(hidden) == 0
    page.close()


def test_hostile_names_are_text_and_no_script_runs(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(pages["behavior"].as_uri())
    assert page.title() == "Behavior run behavior"
    assert page.locator("h3", has_text="<script>document.title").first.inner_text() == readable(HOSTILE)
    assert HOSTILE_RECORDING in page.inner_text("header")
    assert page.evaluate("() => document.scripts.length") == 0
    page.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return a socket on loopback that anybody could reach."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        yield listening


def test_the_policy_stops_what_would_leave_the_page(
    browser: Any, pages: dict[str, Path], listener: socket.socket
) -> None:
    page = browser.new_page()
    page.goto(pages["pose"].as_uri())
    assert page.evaluate(PROBE, f"http://127.0.0.1:{listener.getsockname()[1]}/probe.png") == "img-src"
    with pytest.raises(TimeoutError):
        listener.accept()
    page.close()
