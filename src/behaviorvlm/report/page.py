"""A whole page: one file that asks nothing of anybody, which its security policy says and a browser enforces."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from behaviorvlm.markup import Content, Markup, element, joined

STYLE_FILE = "page_style.css"


@dataclass(frozen=True)
class Section:
    """One part of a page.

    Attributes:
        anchor: Its address within the page: letters and hyphens.
        title: Above it, and in the list of sections.
        content: What is in it.
    """

    anchor: str
    title: str
    content: tuple[Content, ...]


def render_page(title: str, sections: Sequence[Section], *, subtitle: str = "", foot: str = "") -> str:
    """Return the HTML of a page.

    Nothing outside it is ever fetched and no script runs: its policy allows pictures that are in it and the one style
    sheet in it, known by its hash.

    Args:
        title: Of the page.
        sections: Its parts, in order.
        subtitle: Below the title.
        foot: At the end.
    """
    style = files("behaviorvlm.report").joinpath(STYLE_FILE).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; script-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        Markup(f"<style>{style}</style>"),
    )
    links = [element("a", section.title, href=f"#{section.anchor}") for section in sections]
    parts = [
        element("section", element("h2", section.title), *section.content, id=section.anchor) for section in sections
    ]
    body = element(
        "body",
        element("header", element("h1", title), element("p", subtitle) if subtitle else None),
        element("nav", *links, aria_label="Sections"),
        element("main", *parts),
        element("footer", element("p", foot)) if foot else None,
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def tiles(rows: Sequence[tuple[str, str]]) -> Markup:
    """Return figures with what they are, as a row of tiles: ``("97 %", "of keypoints placed")``."""
    return element(
        "div", *(element("div", element("b", value), element("span", words), class_="tile") for value, words in rows),
        class_="tiles",
    )  # fmt: skip


def notice(title: str, sentences: Sequence[Content]) -> Markup:
    """Return what a reader should look at, set off from the rest."""
    return element(
        "div",
        element("b", title),
        element("ul", *(element("li", one) for one in sentences)),
        class_="look",
        role="note",
    )


def verdict(words: str, *, fine: bool) -> Markup:
    """Return a judgement that is told by a sign and a word, and by color last."""
    return element("span", f"{'✓' if fine else '▲'} {words}", class_="mark-fine" if fine else "mark-look")


def paragraphs(*sentences: Content) -> Markup:
    """Return one paragraph for each text that is there."""
    return joined(*(element("p", one) for one in sentences if one))
