"""Names in text files: cells that no spreadsheet takes for a formula, names that fit on one line, legal names."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from behaviorvlm.io.atomic import replacing

FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""What makes a spreadsheet run a cell, behind quotes that were put there before."""


def guarded(text: str) -> str:
    """Return a text that no spreadsheet runs: a quote goes before ``=``, ``+``, ``-``, ``@``, tab and return."""
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` made a cell of."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def one_line(text: str) -> str:
    """Return a text with its line breaks made spaces."""
    return " ".join(text.splitlines()) if text else text


def legal_names(names: Iterable[str], clean: Callable[[str], str]) -> dict[str, str]:
    """Return each name's legal form; names that would become the same are told apart by a number.

    Args:
        names: As they are.
        clean: Makes one legal.
    """
    legal: dict[str, str] = {}
    taken: set[str] = set()
    ordered = list(dict.fromkeys(names))
    for name in sorted(ordered, key=lambda one: clean(one) != one):  # those that are legal as they are keep their name
        wanted = clean(name)
        free = next(one for one in _numbered(wanted) if one not in taken)
        taken.add(free)
        legal[name] = free
    return {name: legal[name] for name in ordered}


def write_cells(path: Path, rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> None:
    """Write rows of cells as they come, whole or not at all; texts are `guarded`.

    Raises:
        RunStorageError: If the disk refuses.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n", delimiter=delimiter)
        for row in rows:
            writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])


def _numbered(name: str) -> Iterable[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1
