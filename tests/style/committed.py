"""Text around the code: figures that a script prints, and no trace of anybody's machine."""

from __future__ import annotations

import re
from collections.abc import Collection

MARK = re.compile(r"<!--\s*bench:\s*([^\s>]*)\s*-->")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^[\s|:-]+$")
_HEADING = re.compile(r"^#+\s")
# One letter of each stands in brackets, so that this file does not name what it looks for.
_PRIVATE = re.compile(
    r"/wor[k]/|/roo[t]/|/hom[e]/\w|/User[s]/\w|\bpyp[i]\.org|pythonhoste[d]\.org|registry\.npmj[s]|deb\.debia[n]\.org"
    r"|\b10(\.\d{1,3}){3}\b|\b192\.168(\.\d{1,3}){2}\b|\b172\.(1[6-9]|2\d|3[01])(\.\d{1,3}){2}\b"
    r"|\w\.(interna[l]|intrane[t]|la[n])\b"
)


def figures_have_a_script(text: str, benchmarks: Collection[str]) -> list[str]:
    """Return what is wrong with the figures of a page.

    A marker ``<!-- bench: NAME -->`` names a script ``benchmarks/NAME.py``; a table row with a digit below a heading
    that contains "Figures" bears one.
    """
    found = []
    for number, line, heading in _lines_below_headings(text):
        named = MARK.findall(line)
        found += [f"{number}: no script benchmarks/{name}.py" for name in named if name not in benchmarks]
        if "figures" in heading.lower() and _is_figure(line) and not named:
            found.append(f"{number}: a figure without <!-- bench: NAME -->")
    return found


def private_names(text: str) -> list[str]:
    """Return every line that names a folder of somebody's machine, a private host or a package registry."""
    lines = enumerate(text.splitlines(), start=1)
    return [f"{number}: {found.group()}" for number, line in lines if (found := _PRIVATE.search(line))]


def _lines_below_headings(text: str) -> list[tuple[int, str, str]]:
    heading, found = "", []
    for number, line in enumerate(text.splitlines(), start=1):
        heading = line if _HEADING.match(line) else heading
        found.append((number, line, heading))
    return found


def _is_figure(line: str) -> bool:
    return bool(_ROW.match(line)) and not _RULE.match(line) and bool(re.search(r"\d", MARK.sub("", line)))
