"""What a pose is besides its numbers, as JSON in the metadata of files that have room for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from behaviorvlm.errors import FormatError, SkeletonError
from behaviorvlm.types import BodyRegion, Skeleton
from behaviorvlm.types.pose_table import PoseTable

VERSION = 1


class PoseNotes(BaseModel):
    """The notes; the attributes are those of `PoseTable` and `Skeleton`. Keys of later versions are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int = VERSION
    name: str
    keypoints: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()
    symmetries: tuple[tuple[str, str], ...] = ()
    regions: dict[str, tuple[str, ...]] = {}
    individuals: tuple[str, ...]
    cameras: tuple[str, ...] = ()
    n_timepoints: int
    frame_rate_hz: float | None = None
    image_sizes: dict[str, tuple[int, int]] = {}
    frame_offsets: dict[str, int] = {}
    provenance: dict[str, str] = {}


def notes_text(poses: PoseTable) -> str:
    """Return the notes of a pose as JSON."""
    skeleton = poses.skeleton
    notes = PoseNotes(
        name=poses.name,
        keypoints=skeleton.keypoints,
        edges=skeleton.edges,
        symmetries=skeleton.symmetries,
        regions={region.name: region.keypoints for region in skeleton.regions},
        individuals=poses.individuals,
        cameras=poses.cameras,
        n_timepoints=poses.n_timepoints,
        frame_rate_hz=poses.frame_rate_hz,
        image_sizes=dict(poses.image_sizes),
        frame_offsets=dict(poses.frame_offsets),
        provenance=dict(poses.provenance),
    )
    return json.dumps(notes.model_dump(), ensure_ascii=False)


def parse_notes(text: str, *, where: str) -> PoseNotes:
    """Return the notes in a file.

    Raises:
        FormatError: If they are none.
    """
    try:
        return PoseNotes.model_validate_json(text)
    except ValidationError as fault:
        first: Any = fault.errors(include_url=False)[0]
        raise FormatError(
            "the notes cannot be read",
            where=where,
            expected=first["msg"],
            actual=f"{'.'.join(map(str, first['loc']))} = {first['input']!r}"[:200],
        ) from None


def with_notes(poses: PoseTable, notes: PoseNotes, *, where: str) -> PoseTable:
    """Return a pose with what its notes say of it; its numbers and their axes stay as they were read.

    Raises:
        FormatError: If the notes speak of other keypoints.
    """
    if set(notes.keypoints) != set(poses.keypoints):
        raise FormatError(
            "notes and table speak of other keypoints",
            where=where,
            expected=", ".join(notes.keypoints),
            actual=", ".join(poses.keypoints),
        )
    sizes: Mapping[str, tuple[int, int]] = {
        name: size for name, size in notes.image_sizes.items() if name in poses.cameras
    }
    try:
        skeleton = Skeleton(
            poses.keypoints,
            notes.edges,
            notes.symmetries,
            tuple(BodyRegion(name, keypoints) for name, keypoints in notes.regions.items()),
        )
    except SkeletonError as error:
        raise FormatError(error.message, where=where, expected=error.expected, actual=error.actual) from None
    return replace(
        poses,
        name=notes.name,
        skeleton=skeleton,
        n_timepoints=max(notes.n_timepoints, poses.n_timepoints),
        frame_rate_hz=notes.frame_rate_hz,
        image_sizes=sizes,
        frame_offsets={name: offset for name, offset in notes.frame_offsets.items() if name in poses.cameras},
        provenance=notes.provenance,
    )
