"""``behaviorvlm review RUN`` for a behavior run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from behaviorvlm.review.behavior_page import BehaviorPage
from behaviorvlm.review.behavior_routes import add_behavior_routes
from behaviorvlm.review.behavior_workspace import BehaviorWorkspace
from behaviorvlm.review.server import Address, serve


def review_behavior(run: Path, *, address: Address, author: str, announce: Callable[[str], None]) -> None:
    """Show a behavior run, and take corrections, until the process is stopped.

    Args:
        run: The run folder.
        address: Where to answer.
        author: Who corrects, unless the page says otherwise.
        announce: Told the address to open.

    Raises:
        RunError: If there is no run, or it is damaged.
        SettingsError: If the address cannot be had.
    """
    space = BehaviorWorkspace.open(run)
    serve(
        lambda: BehaviorPage(space, author).build(),
        routes=lambda app: add_behavior_routes(app, space),
        address=address,
        announce=announce,
    )
