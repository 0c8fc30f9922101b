"""Options that say which labels of a person count, and as what: the same for every command that compares with them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from behaviorvlm.evaluate.labelled_recording import LabelChoice


class LabelKind(StrEnum):
    """Kinds of files of labels."""

    BORIS = "boris"
    CALTECH = "caltech"
    CALMS21 = "calms21"
    CSV = "csv"


LABELS = "A person's labels: a file for each recording, or one that names them all."

Kind = Annotated[LabelKind | None, typer.Option("--format", help="Kind of the files; else told by content.")]
Stream = Annotated[str | None, typer.Option(help="Stream or subject in the files; else all.")]
Individual = Annotated[str | None, typer.Option(help="The run's animal whose labels they are.")]
MapFile = Annotated[
    Path | None, typer.Option("--map", metavar="FILE", help="TOML that says what the person calls our behaviors.")
]
Ignore = Annotated[list[str] | None, typer.Option(metavar="LABEL", help="Frames so labelled do not count.")]
Background = Annotated[
    list[str] | None, typer.Option(metavar="LABEL", help="Frames so labelled are background, as those without.")
]


def label_choice(
    *,
    kind: LabelKind | None,
    stream: str | None,
    individual: str | None,
    map_file: Path | None,
    ignore: Sequence[str] | None,
    background: Sequence[str] | None,
) -> LabelChoice:
    """Return what the options say.

    Raises:
        InputError: If the map cannot be used.
    """
    from behaviorvlm.evaluate.label_map import LabelMap, read_label_map
    from behaviorvlm.evaluate.labelled_recording import LabelChoice

    return LabelChoice(
        format=None if kind is None else kind.value,
        stream=stream,
        individual=individual,
        label_map=LabelMap() if map_file is None else read_label_map(map_file),
        ignored=tuple(ignore or ()),
        background=tuple(background or ()),
    )
