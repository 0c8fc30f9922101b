"""What the site adds to these pages: the README in front, the table of formats, links to files that are no pages."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.util.docutils import SphinxDirective

from behaviorvlm.io.registry import FORMATS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = Path(__file__).resolve().parent
README, FRONT = PAGES.parent / "README.md", PAGES / "index.md"
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]+)?\)")


class FormatsTable(SphinxDirective):
    """A table for each kind of content, from the registry."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Return the tables."""
        lines = []
        for content in dict.fromkeys(one.content for one in FORMATS):
            lines += ["", f"**{content.capitalize()}**", "", "| name | file | read, write | keeps | loses | judge |"]
            lines.append("| --- | --- | --- | --- | --- | --- |")
            for one in FORMATS:
                if one.content == content:
                    able = ", ".join(word for word, place in (("read", one.read), ("write", one.write)) if place)
                    cells = (f"`{one.name}`", one.title, able, one.keeps, one.loses, one.judge)
                    lines.append(f"| {' | '.join(cell.replace('|', ', ') for cell in cells)} |")
        return self.parse_text_to_nodes("\n".join(lines))


def site_text(text: str, *, file: Path, page: Path) -> str:
    """Return the text of a file with links as the site needs them.

    On GitHub a link may lead to any file or folder. On the site a page is linked as a page, the README is in front,
    another file can be downloaded, and of a folder only its name is left.

    Args:
        text: Markdown.
        file: Where it stands, which its links go out from.
        page: The page it becomes part of.
    """

    def linked(found: re.Match[str]) -> str:
        image, words, target, part = found.groups()
        there = (file.parent / target).resolve()
        there = FRONT if there == README else there
        if there.is_dir():
            return words
        place = os.path.relpath(there, page.parent)
        if image or (there.is_relative_to(PAGES) and there.suffix == ".md"):
            return f"{image}[{words}]({place}{part or ''})"
        return f"{{download}}`{words.replace('`', '')} <{place}>`"

    return LINK.sub(linked, text)


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    page = Path(app.srcdir) / f"{name}.md"
    source[0] = site_text(source[0], file=page, page=page)
    if page == FRONT:
        source[0] = f"{site_text(README.read_text('utf-8'), file=README, page=FRONT)}\n{source[0]}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of it."""
    app.add_directive("formats", FormatsTable)
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
