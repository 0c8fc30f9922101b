"""The pages as a site: built strictly, whole, and asking nobody for anything when it is read."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from style.source import REPOSITORY

from behaviorvlm.io.registry import FORMATS

PAGES = REPOSITORY / "docs"
for package in ("sphinx", "myst_parser", "furo"):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install '.[docs]'")


def site_pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("site_pages", PAGES / "site_pages.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    build = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        str(PAGES),
        str(tmp_path / "site"),
    ]
    built = subprocess.run(build, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    texts = {path: path.read_text("utf-8") for path in (tmp_path / "site").rglob("*.html")}
    made = {path.relative_to(tmp_path / "site").with_suffix("").as_posix() for path in texts}
    assert {path.relative_to(PAGES).with_suffix("").as_posix() for path in PAGES.rglob("*.md")} <= made
    asked = [
        found for text in texts.values() for found in re.findall(r"<(?:script|img|link|iframe)[^>]+https?://", text)
    ]
    assert not asked
    table = (tmp_path / "site" / "formats_table.html").read_text("utf-8")
    assert not [one.name for one in FORMATS if one.name not in table]
    front = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "Your session" in front and "tutorials/pose.html" in front
    assert 'id="behaviorvlm.estimate_pose"' in (tmp_path / "site" / "reference" / "api.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("link", "becomes"),
    [
        ("[pose](docs/pose.md#exemplars)", "[pose](../pose.md#exemplars)"),
        ("[start](README.md#start)", "[start](../index.md#start)"),
        ("[why](docs/decisions)", "why"),
        ("[`LICENSE`](LICENSE)", "{download}`LICENSE <../../LICENSE>`"),
        ("![a picture](docs/pictures/a.png)", "![a picture](../pictures/a.png)"),
        ("[paper](https://arxiv.org/abs/2603.12176)", "[paper](https://arxiv.org/abs/2603.12176)"),
        ("[below](#below)", "[below](#below)"),
    ],
)
def test_links_lead_somewhere_on_the_site(link: str, becomes: str) -> None:
    page = PAGES / "tutorials" / "pose.md"
    assert site_pages().site_text(link, file=REPOSITORY / "README.md", page=page) == becomes
