"""``behaviorvlm review RUN``: look at a run in the browser, and correct it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from behaviorvlm.cli.author import author
from behaviorvlm.cli.output import RunFolder, say
from behaviorvlm.extras import require

if TYPE_CHECKING:
    from behaviorvlm.review.server import Address

PORT, HOST = 8080, "127.0.0.1"
Port = Annotated[int, typer.Option(min=0, max=65535, help="Where to answer; 0 = any port that is free.")]
Host = Annotated[str, typer.Option(help="Answer to other machines, too; needs --token.")]
Token = Annotated[str, typer.Option(help="What visitors must know.", envvar="BEHAVIORVLM_TOKEN")]


def review(run: RunFolder, *, port: Port = PORT, host: Host = HOST, token: Token = "") -> None:
    """Look at RUN in the browser, also while it is going on, and correct it."""
    place = address(host, port, token)
    from behaviorvlm.review.app import review_run

    review_run(run, address=place, author=author(), announce=announce)


def address(host: str, port: int, token: str) -> Address:
    """Return where to answer.

    Raises:
        SettingsError: If the app is not installed, or others could reach it without a token.
    """
    require("review", "the browser app needs NiceGUI", where="review")
    from behaviorvlm.review.server import Address

    return Address(host, port, token)


def announce(place: str) -> None:
    """Say where the app is to be found."""
    say(f"Open {place} in a browser. Ctrl-C ends it.")
