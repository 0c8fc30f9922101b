"""``behaviorvlm formats``: what can be read and written, what is kept and what is lost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from behaviorvlm.cli.output import Json, print_json, results_console

NOT_A_FIELD = ("read", "recognize", "write", "needs")


def formats(
    name: Annotated[str | None, typer.Argument(metavar="[FORMAT]", help="Only this one, with its judge.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the file formats that are read and written, what each keeps and loses, and who opened what we write."""
    from behaviorvlm.errors import SettingsError
    from behaviorvlm.io.registry import FORMATS
    from behaviorvlm.io.toml_file import did_you_mean

    chosen = [one for one in FORMATS if name in (None, one.name)]
    if not chosen:
        names = list(dict.fromkeys(one.name for one in FORMATS))
        raise SettingsError(
            "there is no such format",
            expected=", ".join(names),
            actual=str(name),
            remedy=did_you_mean(str(name), names),
        )
    rows = [
        {"name": one.name, "content": one.content, "reads": bool(one.read), "writes": bool(one.write)}
        | {key: value for key, value in asdict(one).items() if key not in ("name", "content", *NOT_A_FIELD)}
        | {"installed": one.is_ready}
        for one in chosen
    ]
    print_json({"formats": rows}) if as_json else _show(rows, in_full=name is not None)


def _show(rows: list[dict[str, object]], *, in_full: bool) -> None:
    from rich.table import Table

    table = Table("format", "holds", "file", "", "keeps", "loses", *(("opened by",) if in_full else ()))
    for one in rows:
        ways = " ".join(word for word, able in (("read", one["reads"]), ("write", one["writes"])) if able)
        needs = "" if one["installed"] else f" (pip install 'behaviorvlm[{one['extra']}]')"
        said = (one["keeps"], one["loses"], *((one["judge"],) if in_full else ()))
        table.add_row(*map(str, (one["name"], one["content"], one["title"], ways + needs, *said)))
    results_console().print(table)
