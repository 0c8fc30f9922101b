"""The app as a server: pages of NiceGUI, pictures beside them, and `Access` in front of all."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from behaviorvlm.errors import SettingsError
from behaviorvlm.review.access import LOOPBACK, Access
from behaviorvlm.review.look import STYLE

TITLE = "behaviorvlm"
GRACE_S = 2
RECONNECT_S = 30.0
"""A machine that is busy with a run must not cost a tab what is under way in it."""


@dataclass(frozen=True)
class Address:
    """Where the app answers.

    Attributes:
        host: Name or number; one of this machine alone unless there is a token.
        port: 0 = any that is free.
        token: What visitors must know; "" = none.
    """

    host: str = LOOPBACK[0]
    port: int = 8080
    token: str = ""

    def __post_init__(self) -> None:
        if self.host not in (*LOOPBACK, "::1") and not self.token:
            raise SettingsError(
                "an address that others can reach needs a token",
                where=f"--host {self.host}",
                remedy=f"give one, for example --token {secrets.token_urlsafe(16)}",
            )


def serve(
    page: Callable[[], None], *, routes: Callable[[FastAPI], None], address: Address, announce: Callable[[str], None]
) -> None:
    """Answer until the process is stopped.

    Args:
        page: Fills the page of a new tab.
        routes: Adds what is not a page: pictures, videos.
        address: Where to answer.
        announce: Told the address to open, once it answers.

    Raises:
        SettingsError: If the address cannot be had.
    """
    place = _bound(address)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    routes(app)

    def styled() -> None:
        ui.add_css(STYLE)
        page()

    ui.page("/", title=TITLE, dark=None)(styled)
    ui.run_with(app, title=TITLE, dark=None, show_welcome_message=False, tailwind=False, reconnect_timeout=RECONNECT_S)
    guarded = Access(app, address.token)
    config = uvicorn.Config(guarded, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S)
    query = f"?token={address.token}" if address.token else ""
    announce(f"http://{_shown(address.host)}:{place.getsockname()[1]}/{query}")
    uvicorn.Server(config).run(sockets=[place])


def _bound(address: Address) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        place = socket.socket(family)
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((address.host.strip("[]"), address.port))
        place.listen()  # so that whoever is told the address is not refused while the app starts
    except OSError as error:
        raise SettingsError(
            "the app cannot answer at this address",
            where=f"{address.host}:{address.port}",
            actual=error.strerror or str(error),
            remedy="name another port with --port; --port 0 takes any that is free",
        ) from error
    return place


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
