"""Pictures of a pose review: parts of views as JPEG, and the timeline as PNG. Names are looked up, never paths."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Query, Response

from behaviorvlm.review.curves import MEASURES, Measure
from behaviorvlm.review.pictures import Pictures
from behaviorvlm.review.pose_workspace import PoseWorkspace
from behaviorvlm.review.window import Window

KEEP = {"Cache-Control": "private, max-age=3600"}
NO_KEEP = {"Cache-Control": "no-store"}
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


def picture_address(camera: str, channel: str, *, timepoint: int, window: Window) -> str:
    """Return where a part of a view is found."""
    return f"/picture/{quote(camera, safe='')}/{quote(channel or '-', safe='')}/{timepoint}.jpg?{window.query}"
