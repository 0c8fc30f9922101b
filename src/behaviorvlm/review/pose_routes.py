"""Pictures of a pose review: parts of views as JPEG, and the timeline as PNG. Names are looked up, never paths."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Query, Response

from behaviorvlm.review.curves import MEASURES, Measure
from behaviorvlm.review.pictures import Pictures
from behaviorvlm.review.pose_workspace import PoseWorkspace
from behaviorvlm.review.window import Window
from behaviorvlm.runs.run_folder import RunFolder

KEEP = {"Cache-Control": "private, max-age=3600"}
NO_KEEP = {"Cache-Control": "no-store"}
AS_IT_SAYS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
"""A picture is what its type says, and nothing in it is run, whatever a journal holds."""
HASH = re.compile(r"[0-9a-f]{64}")
SHOWN_TYPES = ("image/jpeg", "image/png", "image/webp")
NOT_FOUND = 404


def add_picture_route(
    app: FastAPI, pictures: Pictures, *, sizes: dict[str, tuple[int, int]], timepoints: range
) -> None:
    """Answer requests for parts of views.

    Args:
        app: Who answers.
        pictures: Where they come from.
        sizes: Camera name to (width, height) px.
        timepoints: Those there are.
    """

    def picture(
        camera: str,
        channel: str,
        timepoint: int,
        *,
        x: int = Query(ge=0),
        y: int = Query(ge=0),
        w: int = Query(ge=1),
        h: int = Query(ge=1),
    ) -> Response:
        size = sizes.get(camera)
        if size is None or timepoint not in timepoints or x + w > size[0] or y + h > size[1]:
            raise HTTPException(NOT_FOUND)
        content = pictures.jpeg(camera, channel, timepoint=timepoint, window=Window(x, y, w, h))
        return Response(content, media_type="image/jpeg", headers=KEEP)

    app.get("/picture/{camera}/{channel}/{timepoint}.jpg")(picture)


def add_pose_routes(app: FastAPI, space: PoseWorkspace) -> None:
    """Answer requests for views and timelines of a run."""
    add_picture_route(app, space.pictures, sizes=space.image_sizes, timepoints=space.run.asked_timepoints)

    def timeline(measure: Measure) -> Response:
        if measure not in MEASURES:
            raise HTTPException(NOT_FOUND)
        return Response(space.timeline_png(measure), media_type="image/png", headers=NO_KEEP)

    app.get("/timeline/{measure}.png")(timeline)
    add_asked_route(app, space.run)


def add_asked_route(app: FastAPI, run: RunFolder[Any]) -> None:
    """Answer requests for the pictures of a run's questions: those it kept, by the hash of their content."""

    def asked(content_hash: str) -> Response:
        journal = run.answers if HASH.fullmatch(content_hash) else None
        picture = None if journal is None else journal.picture(content_hash)
        if picture is None or picture.media_type not in SHOWN_TYPES:
            raise HTTPException(NOT_FOUND)
        return Response(picture.content, media_type=picture.media_type, headers=KEEP | AS_IT_SAYS)

    app.get("/asked/{content_hash}")(asked)


def picture_address(camera: str, channel: str, *, timepoint: int, window: Window) -> str:
    """Return where a part of a view is found."""
    return f"/picture/{quote(camera, safe='')}/{quote(channel or '-', safe='')}/{timepoint}.jpg?{window.query}"
