"""``behaviorvlm review RUN`` for a pose run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from behaviorvlm.review.pose_page import PosePage
from behaviorvlm.review.pose_routes import add_pose_routes
from behaviorvlm.review.pose_workspace import PoseWorkspace
from behaviorvlm.review.server import Address, serve


def review_pose(run: Path, *, address: Address, author: str, announce: Callable[[str], None]) -> None:
    """Show a pose run, and take corrections, until the process is stopped.

    Args:
        run: The run folder.
        address: Where to answer.
        author: Who corrects, unless the page says otherwise.
        announce: Told the address to open.

    Raises:
        RunError: If there is no run, or it is damaged.
        SettingsError: If the address cannot be had.
    """
    space = PoseWorkspace.open(run)
    serve(
        lambda: PosePage(space, author).build(),
        routes=lambda app: add_pose_routes(app, space),
        address=address,
        announce=announce,
    )
