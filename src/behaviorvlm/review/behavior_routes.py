"""What the page of a behavior run fetches: scenes, tracks, features, videos, clips. Places are numbers, never paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Query, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.review.behavior_clips import ClipPictures
from behaviorvlm.review.behavior_scene import scene_of
from behaviorvlm.review.behavior_workspace import BehaviorWorkspace
from behaviorvlm.review.traces import trace_window
from behaviorvlm.types import Bout

if TYPE_CHECKING:
    from behaviorvlm.review.shown_recording import ShownRecording

KEEP = {"Cache-Control": "private, max-age=3600"}
NO_KEEP = {"Cache-Control": "no-store"}
BYTES = "application/octet-stream"
NOT_FOUND = 404
MOST_SAMPLES = 4096
"""Of one request for tracks or features."""


def add_behavior_routes(app: FastAPI, space: BehaviorWorkspace) -> None:
    """Answer requests for what a run and its recordings hold."""
    _add_numbers(app, space)
    _add_pictures(app, space)


def _add_numbers(app: FastAPI, space: BehaviorWorkspace) -> None:
    async def scene(place: int) -> Response:  # in the thread that opened the run, as SQLite wants it
        return JSONResponse(scene_of(space, _named(space.names, place)), headers=NO_KEEP)

    async def tracks(place: int, *, start: int = Query(ge=0), stop: int = Query(ge=1)) -> Response:
        shown = _shown(space, place)
        stop = min(stop, start + MOST_SAMPLES, shown.summary.n_timepoints)
        content = await run_in_threadpool(space.tracks.window, shown.summary, start, stop)
        return Response(content, media_type=BYTES, headers=KEEP)

    async def features(
        place: int, *, start: int = Query(ge=0), count: int = Query(ge=1, le=MOST_SAMPLES), step: int = Query(ge=1)
    ) -> Response:
        table, traces = space.features(_named(space.names, place)), space.traces()
        if table is None or not traces or start >= table.shape[1]:
            raise HTTPException(NOT_FOUND)
        frames = slice(start, start + count * step, step)
        content = await run_in_threadpool(lambda: trace_window(table, traces, frames=frames))
        return Response(content, media_type=BYTES, headers=KEEP)

    app.get("/scene/{place}")(scene)
    app.get("/tracks/{place}")(tracks)
    app.get("/features/{place}")(features)


def _add_pictures(app: FastAPI, space: BehaviorWorkspace) -> None:
    clips = ClipPictures(space.tracks)

    async def film(place: int) -> Response:
        found = space.film(_named(space.names, place))
        if found.shown is None:
            raise HTTPException(NOT_FOUND)
        return FileResponse(found.shown, media_type=found.media_type)

    async def clip(place: int, animal: int, start: int, *, stop: int, target: int = -1) -> Response:
        shown = _shown(space, place)
        individuals, until = shown.individuals, shown.summary.n_timepoints
        if not (0 <= start < stop <= until and animal in range(len(individuals)) and target < len(individuals)):
            raise HTTPException(NOT_FOUND)
        seconds = float(shown.edges_s[start]), float(shown.edges_s[stop])
        whom = individuals[target] if target >= 0 else ""
        bout = Bout(shown.name, individuals[animal], whom, "clip", start, stop, *seconds, math.nan)
        try:
            content = await run_in_threadpool(clips.strip, bout, shown.summary, space.film(shown.name))
        except BehaviorVLMError as error:
            raise HTTPException(NOT_FOUND) from error
        if content is None:
            raise HTTPException(NOT_FOUND)
        return Response(content, media_type="image/jpeg", headers=KEEP)

    app.get("/film/{place}")(film)
    app.get("/clip/{place}/{animal}/{start}/{stop}")(clip)


def clip_address(place: int, bout: Bout, individuals: Sequence[str]) -> str:
    """Return where the strip of a bout of the recording at this place is found."""
    animal = individuals.index(bout.individual)
    target = f"?target={individuals.index(bout.target)}" if bout.target in individuals else ""
    return f"/clip/{place}/{animal}/{bout.start_frame}/{bout.stop_frame}{target}"


def _named(names: Sequence[str], place: int) -> str:
    if not 0 <= place < len(names):
        raise HTTPException(NOT_FOUND)
    return names[place]


def _shown(space: BehaviorWorkspace, place: int) -> ShownRecording:
    found = space.recording(_named(space.names, place))
    if found is None:
        raise HTTPException(NOT_FOUND)
    return found
