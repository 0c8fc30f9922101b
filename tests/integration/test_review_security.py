"""Label and pose review let nobody in who has no business there, and show names that would be code as text."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import new_page, opened_browser, served
from unit.runs.correctable import write_run

pytestmark = pytest.mark.slow
HOSTILE = "<img src=x onerror=alert(1)>"
FORMULA = "=HYPERLINK(1)"
TOKEN = "a-long-secret"
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
PICTURE = "/picture/cam0/fluorescence/3.jpg?x=0&y=0&w=64&h=48"
UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run in whose session a keypoint, a region and the folder are called as markup, one as a formula."""
    made = write_run(tmp_path_factory.mktemp("hostile"))
    session = made.parent / "session"
    files = [made / "run.toml", session / "skeleton.toml", *(session / "seeds").iterdir()]
    for path in files:
        text = path.read_text().replace("tail", HOSTILE).replace("nose", FORMULA)
        path.write_text(text.replace("head = ", f'"{HOSTILE}2" = ').replace(str(session), str(made.parent / HOSTILE)))
    session.rename(made.parent / HOSTILE)
    return made


@pytest.fixture(scope="module", params=["review", "label"])
def app(request: pytest.FixtureRequest, run: Path) -> tuple[str, Path]:
    """Return a command and its folder."""
    return request.param, run if request.param == "review" else run.parent / HOSTILE


@pytest.fixture(scope="module")
def address(app: tuple[str, Path]) -> Iterator[str]:
    with served(*app) as place:
        yield place


@pytest.fixture(scope="module")
def guarded(app: tuple[str, Path]) -> Iterator[str]:
    """Return the address of the app where others could reach it."""
    with served(*app, "--host", "0.0.0.0", "--token", TOKEN) as place:
        yield place.replace("0.0.0.0", "127.0.0.1")


def status(address: str, path: str, headers: dict[str, str] | None = None) -> int:
    """Return how a request is answered; its path goes out as it is written here."""
    asked = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    try:
        asked.request("GET", path, headers=headers or {})
        return asked.getresponse().status
    finally:
        asked.close()


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd", "/..%2f..%2frun.toml", "/%2e%2e/run.toml", "/run.toml", "/journal.sqlite",
        "/picture/../../run.toml", "/picture/..%2F..%2Frun.toml/fluorescence/3.jpg?x=0&y=0&w=64&h=48",
        "/picture/cam0/..%2F..%2Fseeds/3.jpg?x=0&y=0&w=64&h=480", "/picture/cam0/%2Fetc%2Fpasswd/3.jpg",
        "/picture/cam0/fluorescence/..%2F3.jpg", "/picture/cam9/fluorescence/3.jpg?x=0&y=0&w=64&h=48",
        "/timeline/..%2F..%2Frun.toml.png", "/timeline/error%00.png", "/asked/..%2Frun.toml", "/asked/%2e%2e",
        "/_nicegui/..%2f..%2f..%2fetc%2fpasswd", "/docs", "/openapi.json",
    ],
)  # fmt: skip
def test_paths_lead_nowhere_else(address: str, path: str) -> None:
    assert status(address, path) in (404, 422)


def test_names_are_looked_up_and_other_sites_refused(address: str) -> None:
    assert status(address, PICTURE) == 200
    for headers in (
        {"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ):  # fmt: skip
        for path in ("/", PICTURE):
            assert status(address, path, headers) == 403


def test_a_web_socket_of_another_site_is_refused(address: str) -> None:
    own = address.rstrip("/")
    assert status(address, SOCKET, UPGRADE | {"Origin": own}) == 101
    assert status(address, SOCKET, UPGRADE | {"Origin": "http://evil.example"}) == 403
    assert status(address, SOCKET, UPGRADE | {"Host": "evil.example"}) == 403


def test_without_the_token_nothing_is_answered(guarded: str) -> None:
    place = urlsplit(guarded)._replace(query="").geturl()
    for path in ("/", PICTURE, "/timeline/error.png", "/?token=wrong", "/_nicegui/static/nicegui.js"):
        assert status(place, path) == 403
    assert status(place, SOCKET, UPGRADE | {"Origin": place.rstrip("/")}) == 403
    known = {"Cookie": f"behaviorvlm_token={TOKEN}"}
    assert status(place, PICTURE, known) == 200
    assert status(place, SOCKET, UPGRADE | known | {"Origin": place.rstrip("/")}) == 101
    assert status(place, PICTURE, known | {"Origin": "http://evil.example"}) == 403


def test_names_that_would_be_code_are_text(address: str, app: tuple[str, Path]) -> None:
    with opened_browser() as browser:
        page, faults = new_page(browser, address)
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.wait_for_selector(".bv-view svg circle")
        page.locator(".bv-row", has_text=HOSTILE).first.click()
        page.locator(".bv-row", has_text=FORMULA).first.wait_for()
        page.locator(".bv-row.bv-chosen", has_text=HOSTILE).first.wait_for()
        if app[0] == "review":
            page.locator(".bv-said", has_text=HOSTILE).wait_for()
            page.mouse.click(500, 10)
            page.keyboard.press("a")
            page.locator(".bv-words .bv-stages", has_text=HOSTILE).wait_for()
        assert page.locator("img[src='x']").count() == 0
        page.context.close()
    assert faults == []
