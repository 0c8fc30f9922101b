"""What keypoints are for: stated in ``roles.toml``, or guessed from the names that labs usually give them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.toml_file import did_you_mean, read_toml
from behaviorvlm.types import KeypointRoles, Role

LEFT, RIGHT = "left", "right"
SIDES = {"l": LEFT, "left": LEFT, "r": RIGHT, "right": RIGHT}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
OWNERS = ("mouse", "rat", "animal", "rodent")
"""Words that say whose part it is, and not which."""

_EAR = ("ear", "earbase", "baseear", "eartip", "tipear")
_FOREPAW = ("forepaw", "frontpaw", "pawfront", "pawfore", "forefoot", "frontfoot", "hand", "forelimb", "frontleg")
_HINDPAW = (
    "hindpaw", "rearpaw", "backpaw", "pawhind", "pawrear", "pawback", "hindfoot", "rearfoot", "foot", "hindlimb",
    "backleg", "hindleg",
)  # fmt: skip
_HIP = ("hip", "haunch", "hindquarter", "sidebody", "bodyside", "side", "midside", "flank", "lateral")
NAMES: Mapping[Role, tuple[str, ...]] = {
    Role.NOSE: ("nose", "snout", "nosetip", "tipnose", "snouttip", "muzzle"),
    Role.HEAD: ("head", "headcenter", "centerhead", "headmiddle", "midhead", "headmidpoint", "tophead", "top"),
    Role.LEFT_EAR: _EAR,
    Role.RIGHT_EAR: _EAR,
    Role.NECK: ("neck", "baseneck", "neckbase", "nape", "headbase", "spinef", "shoulders", "shoulder"),
    Role.BODY_CENTER: (
        "bodycenter", "centerbody", "center", "centroid", "body", "bodymiddle", "middlebody", "midbody", "centerback",
        "backcenter", "centerspine", "spinecenter", "spinemiddle", "middlespine", "midspine", "spinemid", "spinem",
        "midback", "backmiddle", "middleback", "trunk", "torso", "spine", "back",
    ),
    Role.LEFT_FOREPAW: _FOREPAW,
    Role.RIGHT_FOREPAW: _FOREPAW,
    Role.LEFT_HINDPAW: _HINDPAW,
    Role.RIGHT_HINDPAW: _HINDPAW,
    Role.LEFT_HIP: _HIP,
    Role.RIGHT_HIP: _HIP,
    Role.TAIL_BASE: ("tailbase", "basetail", "tailroot", "tailstart", "tti", "tailhead", "tail"),
    Role.TAIL_MIDDLE: ("tailmiddle", "middletail", "tailmid", "midtail", "tailcenter", "tailm"),
    Role.TAIL_TIP: ("tailtip", "tiptail", "tailend", "endtail", "taile"),
}  # fmt: skip
"""Role to what its keypoint is called, without the side, most telling first."""
ENDS = (Role.TAIL_BASE, Role.TAIL_TIP)
"""Of points numbered along the tail, the first and the last."""
STEMS = {Role.BODY_CENTER: "spine", Role.TAIL_BASE: "tail", Role.TAIL_MIDDLE: "tail", Role.TAIL_TIP: "tail"}
"""Roles that points numbered along the body may play (``tail_0``, ``tail_1`` ...)."""


@dataclass(frozen=True)
class _Part:
    """A keypoint's name taken apart."""

    keypoint: str
    side: str
    stem: str
    number: int | None


def read_roles(path: Path, keypoints: Sequence[str]) -> KeypointRoles:
    """Return the roles that a ``roles.toml`` states, one line each: ``nose = "snout"``.

    Raises:
        FormatError: If it is no TOML, or a value is no name.
        SettingsError: If a role or a keypoint is unknown, or a keypoint plays two roles.
    """
    names: dict[Role, str] = {}
    for key, keypoint in read_toml(path).items():
        if not isinstance(keypoint, str):
            raise FormatError(
                "a role has no name", where=f"{path}, {key}", expected='nose = "snout"', actual=str(keypoint)
            )
        role = _known(key, [*Role], where=str(path), what="role")
        name = _known(keypoint, keypoints, where=f"{path}, {key}", what="keypoint")
        if name in names.values():
            raise SettingsError("a keypoint plays two roles", where=f"{path}, {key}", expected="one", actual=name)
        names[Role(role)] = name
    return KeypointRoles(names)


def guess_roles(keypoints: Sequence[str]) -> KeypointRoles:
    """Return the roles that the names of keypoints suggest; each plays one at most, and some may play none."""
    parts = [_take_apart(keypoint, keypoints) for keypoint in keypoints]
    names: dict[Role, str] = {}
    for role in Role:
        side = next((side for side in (LEFT, RIGHT) if role.startswith(side)), "")
        candidates = _candidates(role, [part for part in parts if part.side == side])
        found = next((name for name in candidates if name not in names.values()), None)
        if found is not None:
            names[role] = found
    return KeypointRoles(names, guessed=True)


def _candidates(role: Role, parts: Sequence[_Part]) -> Iterator[str]:
    """Yield the keypoints that may play a role, most telling name first."""
    for name in NAMES[role]:
        yield from (part.keypoint for part in parts if part.stem == name and part.number is None)
    if role in STEMS:
        row = sorted(
            (part.number, part.keypoint) for part in parts if part.stem == STEMS[role] and part.number is not None
        )
        yield from _along(role, [keypoint for _, keypoint in row])
    for name in NAMES[role]:
        yield from (part.keypoint for part in parts if part.stem == name and role not in STEMS)


def _along(role: Role, row: Sequence[str]) -> Iterator[str]:
    """Yield the point of a numbered row that plays a role: the first, the middle or the last."""
    if row and role is Role.TAIL_BASE:
        yield row[0]
    elif row and role is Role.TAIL_TIP:
        yield row[-1]
    elif row and (role is Role.BODY_CENTER or len(row) > len(ENDS)):
        yield row[len(row) // 2]


def _take_apart(keypoint: str, keypoints: Sequence[str]) -> _Part:
    words = [word.lower().replace("centre", "center") for word in WORD.findall(keypoint)]
    number = int(words.pop()) if words and words[-1].isdigit() else None
    sides = [SIDES[word] for word in words if word in SIDES]
    stem = "".join(word for word in words if word not in SIDES and word not in ("of", "the", *OWNERS))
    if not sides:
        side, stem = _glued_side(stem, {other.lower() for other in keypoints})
        sides = [side]
    return _Part(keypoint, sides[0], stem, number)


def _glued_side(stem: str, others: set[str]) -> tuple[str, str]:
    """Return the side and the rest of ``leftear`` and, where there is its counterpart, of ``lear``."""
    for side in (LEFT, RIGHT):
        if stem.startswith(side) and len(stem) > len(side):
            return side, stem.removeprefix(side)
    twin = {"l": "r", "r": "l"}.get(stem[:1])
    if twin and stem in others and twin + stem[1:] in others and len(stem) > 1:
        return SIDES[stem[0]], stem[1:]
    return "", stem


def _known(name: str, known: Sequence[str], *, where: str, what: str) -> str:
    if name not in known:
        raise SettingsError(
            f"unknown {what}",
            where=where,
            expected=f"one of {', '.join(known)}",
            actual=name,
            remedy=did_you_mean(name, list(known)),
        )
    return name
