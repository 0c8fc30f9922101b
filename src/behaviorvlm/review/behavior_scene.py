"""What the browser draws of a recording, as JSON: animals, bouts and segments column by column, times, colors.

Names are only ever drawn as text on a canvas, or set as text of an element; nothing here is markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from behaviorvlm.report.behavior_style import animal_color, cluster_color
from behaviorvlm.review.behavior_workspace import BehaviorWorkspace
from behaviorvlm.review.shown_recording import ShownRecording
from behaviorvlm.review.traces import trace_range
from behaviorvlm.types import Bout

STEADY = 0.02
"""Frames that begin within this share of a frame period of a steady clock need no list of times."""
MS = 3


def scene_of(space: BehaviorWorkspace, name: str) -> dict[str, Any]:
    """Return what is drawn of a recording, as far as the run has come.

    Raises:
        RunCorruptError: If a result is not what was saved.
    """
    film, place = space.film(name), space.names.index(name)
    found: dict[str, Any] = {
        "place": place,
        "revision": space.revision,
        "film": f"/film/{place}" if film.shown else "",
        "filmRate": film.rate_hz,
        "filmStart": film.start_s,
        "words": " ".join(filter(None, (film.words, space.tracks.words(name)))),
    }
    shown = space.recording(name)
    if shown is None:
        return {**found, "ready": False, "words": "The run has not come to this recording yet."}
    behaviors = space.behaviors()
    return {
        **found,
        "ready": True,
        "individuals": [{"name": one, "color": animal_color(at)} for at, one in enumerate(shown.individuals)],
        "behaviors": behaviors,
        "frames": shown.summary.n_timepoints,
        "rate": shown.summary.frame_rate_hz,
        "edges": [] if _steady(shown) else np.round(shown.edges_s, 6).tolist(),
        "size": list(shown.summary.frame_size),
        "keypoints": len(shown.summary.keypoints),
        "bouts": _bouts(shown, behaviors),
        "segments": _segments(shown),
        "clusterColors": [cluster_color(number) for number in range(_n_clusters(shown))],
        "traces": _traces(space, name),
    }  # fmt: skip


def kept_flags(bouts: Sequence[Bout], kept: Sequence[Bout]) -> list[int]:
    """Return for each bout whether it stays, 1 or 0."""
    staying = {id(bout) for bout in kept}
    return [int(id(bout) in staying) for bout in bouts]


def _steady(shown: ShownRecording) -> bool:
    rate = shown.summary.frame_rate_hz
    even = np.arange(len(shown.edges_s)) / rate
    return bool(np.abs(shown.edges_s - even).max(initial=0.0) < STEADY / rate)


def _bouts(shown: ShownRecording, behaviors: Sequence[str]) -> dict[str, list[Any]]:
    animals = {name: place for place, name in enumerate(shown.individuals)}
    number = {name: place for place, name in enumerate(behaviors)}
    return {
        "individual": [animals.get(one.individual, 0) for one in shown.bouts],
        "target": [animals.get(one.target, -1) for one in shown.bouts],
        "behavior": [number[one.behavior] for one in shown.bouts],
        "start": [one.start_frame for one in shown.bouts],
        "stop": [one.stop_frame for one in shown.bouts],
        "confidence": [round(one.confidence, MS) if np.isfinite(one.confidence) else None for one in shown.bouts],
    }


def _n_clusters(shown: ShownRecording) -> int:
    return 1 + max((one.cluster for one in shown.segments), default=-1)


def _segments(shown: ShownRecording) -> dict[str, list[int]]:
    animals = {name: place for place, name in enumerate(shown.individuals)}
    return {
        "individual": [animals[one.individual] for one in shown.segments],
        "cluster": [one.cluster for one in shown.segments],
        "start": [one.start_frame for one in shown.segments],
        "stop": [one.stop_frame for one in shown.segments],
    }


def _traces(space: BehaviorWorkspace, name: str) -> list[dict[str, Any]]:
    table = space.features(name)
    if table is None:
        return []
    found = []
    for one in space.traces():
        low, high = trace_range(table, one)
        found.append({"name": one.name, "unit": one.unit, "words": one.definition, "low": low, "high": high})
    return found
