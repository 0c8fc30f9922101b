"""``behaviorvlm review RUN``: the page of a run, whichever pipeline made it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from behaviorvlm.review.server import Address, serve
from behaviorvlm.runs.manifest import BEHAVIOR, pipeline_of

Build = Callable[[], None]
Routes = Callable[[FastAPI], None]


def review_run(run: Path, *, address: Address, author: str, announce: Callable[[str], None]) -> None:
    """Show a run, and take corrections, until the process is stopped.

    Args:
        run: The run folder.
        address: Where to answer.
        author: Who corrects, unless the page says otherwise.
        announce: Told the address to open.

    Raises:
        RunError: If there is no run, or it is damaged.
        SettingsError: If the address cannot be had.
    """
    open_page = _behavior if pipeline_of(run) == BEHAVIOR else _pose
    page, routes = open_page(run, author)
    serve(page, routes=routes, address=address, announce=announce)


def _pose(run: Path, author: str) -> tuple[Build, Routes]:
    from behaviorvlm.review.pose_page import PosePage
    from behaviorvlm.review.pose_routes import add_pose_routes
    from behaviorvlm.review.pose_workspace import PoseWorkspace

    space = PoseWorkspace.open(run)
    return lambda: PosePage(space, author).build(), lambda app: add_pose_routes(app, space)


def _behavior(run: Path, author: str) -> tuple[Build, Routes]:
    from behaviorvlm.review.behavior_page import BehaviorPage
    from behaviorvlm.review.behavior_routes import add_behavior_routes
    from behaviorvlm.review.behavior_workspace import BehaviorWorkspace

    space = BehaviorWorkspace.open(run)
    return lambda: BehaviorPage(space, author).build(), lambda app: add_behavior_routes(app, space)
