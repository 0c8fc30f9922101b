"""``skeleton.toml``: keypoints, edges, left/right pairs and body regions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import SkeletonError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.toml_file import did_you_mean, read_model, toml_table, toml_value
from behaviorvlm.types import BodyRegion, Skeleton

SIDES = (
    (r"left", "right"),
    (r"Left", "Right"),
    (r"(?:^|(?<=_))L(?=_|[A-Z])|(?<=[a-z0-9_])L(?=_|$)", "R"),
    (r"(?:^|(?<=_))l(?=_)|(?<=_)l$", "r"),
)
"""How names say left (a pattern), and what says right instead."""


class SkeletonFile(BaseModel):
    """What ``skeleton.toml`` may hold; the attributes are those of `Skeleton`, regions by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keypoints: tuple[str, ...]
    edges: tuple[tuple[str, str], ...] = ()
    symmetries: tuple[tuple[str, str], ...] = ()
    regions: dict[str, tuple[str, ...]] = {}


def read_skeleton(path: Path) -> Skeleton:
    """Return the body plan in a ``skeleton.toml``.

    Raises:
        FormatError: If it is no TOML.
        SkeletonError: On unknown keys, names that do not fit together, or names used twice.
    """
    content = read_model(path, SkeletonFile, error=SkeletonError)
    regions = tuple(BodyRegion(name, keypoints) for name, keypoints in content.regions.items())
    try:
        return Skeleton(content.keypoints, content.edges, content.symmetries, regions)
    except SkeletonError as error:
        where = f"{path}, {error.where}" if error.where else str(path)
        remedy = did_you_mean(error.actual.split(", ")[0], content.keypoints)
        raise SkeletonError(
            error.message, where=where, expected=error.expected, actual=error.actual, remedy=remedy
        ) from None


def write_skeleton(path: Path, skeleton: Skeleton) -> None:
    """Write `skeleton` as ``skeleton.toml``; reading it gives the same back.

    Raises:
        RunStorageError: If the disk refuses.
    """
    lines = [
        f"keypoints = {toml_value(skeleton.keypoints)}",
        _pairs("edges", skeleton.edges),
        _pairs("symmetries", skeleton.symmetries),
        "",
        toml_table("regions", {region.name: region.keypoints for region in skeleton.regions}),
    ]
    write_text(path, "\n".join(lines).rstrip("\n") + "\n")


def symmetries_by_name(keypoints: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the (left, right) pairs that names give away: ``left_ear right_ear``, ``EarL EarR``, ``Ear_L Ear_R``.

    For formats that list keypoints without saying which mirror each other.
    """
    pairs = []
    for name in keypoints:
        mirrored = (re.sub(left, right, name, count=1) for left, right in SIDES)
        pairs += [(name, partner) for partner in mirrored if partner != name and partner in keypoints][:1]
    return tuple(pairs)


def _pairs(key: str, pairs: Sequence[tuple[str, str]]) -> str:
    if not pairs:
        return f"{key} = []"
    return "\n".join([f"{key} = [", *(f"  {toml_value(pair)}," for pair in pairs), "]"])
