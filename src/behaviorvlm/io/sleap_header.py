"""What SLEAP's project files say in JSON: skeletons, tracks, videos, and the session of cameras that filmed them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from behaviorvlm.io.anipose import METADATA, tables_of_rig
from behaviorvlm.io.file_names import file_names
from behaviorvlm.io.skeleton import symmetries_by_name
from behaviorvlm.types import CameraGroup, Skeleton

Pairs = tuple[tuple[str, str], ...]
EDGE, SYMMETRY = 1, 2
"""Kinds of links between keypoints."""
OFFSETS = "frame_offsets"


def keypoint_names(header: Mapping[str, Any], skeleton: int) -> tuple[str, ...]:
    """Return the keypoints of a skeleton in the order in which points are stored."""
    nodes = [str(node["name"]) for node in header["nodes"]]
    return tuple(nodes[int(node["id"])] for node in header["skeletons"][skeleton]["nodes"])


def skeleton_links(header: Mapping[str, Any], skeleton: int) -> tuple[Pairs, Pairs]:
    """Return edges and (left, right) pairs of a skeleton.

    Each kind of link is spelt out once in the file, and then referred to by number. Which of two that mirror each other
    is left is told by their names, where they tell it.
    """
    nodes = [str(node["name"]) for node in header["nodes"]]
    found: dict[int, dict[frozenset[str], tuple[str, str]]] = {EDGE: {}, SYMMETRY: {}}
    kinds: list[int] = []
    for link in header["skeletons"][skeleton].get("links", []):
        pair = nodes[int(link["source"])], nodes[int(link["target"])]
        if "py/reduce" in link["type"]:
            kinds.append(int(link["type"]["py/reduce"][1]["py/tuple"][0]))
        kind = kinds[-1] if "py/reduce" in link["type"] else kinds[int(link["type"]["py/id"]) - 1]
        found.setdefault(kind, {}).setdefault(frozenset(pair), pair)
    named = {frozenset(pair): pair for pair in symmetries_by_name(nodes)}
    pairs = tuple(named.get(key, pair) for key, pair in found[SYMMETRY].items())
    return tuple(found[EDGE].values()), pairs


def track_name(row: bytes) -> str:
    """Return the name of a track, stored as (frame, name)."""
    track = json.loads(row)
    return str(track["name"] if isinstance(track, dict) else track[1])


def video_names(videos: Sequence[bytes], sessions: Sequence[bytes]) -> dict[int, str]:
    """Return a name for each video: its camera's in the session, else its file's; all of them different."""
    stems = []
    for number, video in enumerate(map(json.loads, videos)):
        file = video.get("source_video") or video
        path = file.get("filename") or file.get("backend", {}).get("filename") or ""
        stems.append(Path(path if isinstance(path, str) else path[0]).stem or f"video_{number}")
    names = dict(enumerate(file_names(stems)))
    for session in map(json.loads, sessions[:1]):
        cameras = [camera for key, camera in session["calibration"].items() if key != METADATA]
        for camera, video in session["camcorder_to_video_idx_map"].items():
            names[int(video)] = str(cameras[int(camera)]["name"])
    return names if len(set(names.values())) == len(names) else dict(enumerate(file_names(stems)))


def header_text(skeleton: Skeleton, provenance: Mapping[str, object]) -> str:
    """Return the header of a project with one skeleton."""
    places = {name: number for number, name in enumerate(skeleton.keypoints)}
    links: list[dict[str, object]] = []
    for kind, pairs in ((EDGE, skeleton.edges), (SYMMETRY, skeleton.symmetries)):
        for number, (source, target) in enumerate(pairs):
            spelt = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [kind]}]}
            referred = {"py/id": 2 if kind == SYMMETRY and skeleton.edges else 1}
            link: dict[str, object] = {
                "key": 0,
                "source": places[source],
                "target": places[target],
                "type": referred if number else spelt,
            }
            link.update({"edge_insert_idx": number} if kind == EDGE else {})
            links.append(link)
    graph = {"name": "Skeleton-0", "num_edges_inserted": len(skeleton.edges)}
    nodes = [{"id": number} for number in places.values()]
    return json.dumps(
        {
            "version": "2.0.0",
            "skeletons": [{"directed": True, "graph": graph, "links": links, "multigraph": True, "nodes": nodes}],
            "nodes": [{"name": name, "weight": 1.0} for name in skeleton.keypoints],
            "videos": [],
            "tracks": [],
            "suggestions": [],
            "negative_anchors": {},
            "provenance": dict(provenance),
        }
    )


def frame_offsets(header: Mapping[str, Any]) -> dict[str, int]:
    """Return camera name to the frame that shows timepoint 0, where a project that was written here states it."""
    stated = (header.get("provenance") or {}).get(OFFSETS)
    return {str(name): int(frames) for name, frames in stated.items()} if isinstance(stated, dict) else {}


def session_text(rig: CameraGroup, cameras: Sequence[str]) -> str:
    """Return the session of calibrated cameras, and which of them filmed each video, a video for each of `cameras`."""
    filmed = {str(rig.index(name)): str(number) for number, name in enumerate(cameras) if name in rig.names}
    calibration = tables_of_rig(rig)
    return json.dumps({"calibration": calibration, "camcorder_to_video_idx_map": filmed, "frame_group_dicts": []})
