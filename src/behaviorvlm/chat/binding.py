"""Which model answers which role: ``--model URL#NAME`` and ``--model ROLE=URL#NAME``, and where keys come from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from behaviorvlm.errors import SettingsError

ROLES = ("region_detector", "keypoint_assigner", "region_reconciler", "clip_describer", "segment_merger")
"""Who can be asked."""

KEY_VARIABLE = "BEHAVIORVLM_API_KEY"
OPENAI_KEY_VARIABLE = "OPENAI_API_KEY"
OPENAI_HOST = "api.openai.com"
SHORTEST_SECRET = 6
"""Shorter keys are placeholders ("none", "EMPTY"); taking them out of a reply would garble it."""

_FORM = "URL#NAME or ROLE=URL#NAME, such as http://localhost:8000/v1#qwen3.5-27b"
_ROLE = re.compile(r"([A-Za-z_][\w-]*)=(.*)", re.DOTALL)
_BARE_HOST = re.compile(r"[\w.-]+:\d+(/|$)|localhost(/|$)")


def _normal_url(url: str) -> str:
    """Return the address with its ``/v1`` and nothing secret, or the ``file://`` URL of a folder.

    Raises:
        SettingsError: If it is no address, or carries credentials; the message does not repeat them.
    """
    if "://" not in url:
        return _folder_url(url)
    try:
        parts = urlsplit(url)
        valid = bool(parts.hostname) and (parts.port or True)
    except ValueError:
        raise SettingsError("the address of a model cannot be read", expected=_FORM) from None
    if parts.username or parts.password or parts.query or "@" in parts.netloc:
        raise _credentials(parts.hostname or "")
    if parts.scheme == "file":
        return _folder_url(unquote(parts.path))
    if parts.scheme not in ("http", "https") or not valid:
        raise SettingsError("the address of a model is no http(s) URL", expected=_FORM, actual=url)
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, "", ""))


def _credentials(host: str) -> SettingsError:
    return SettingsError(
        "the address of a model holds credentials or a query",
        where=host,
        expected=_FORM,
        remedy=f"put the key into the environment variable {KEY_VARIABLE}",
    )


def _folder_url(path: str) -> str:
    if "@" in path.partition("/")[0]:
        raise _credentials(path.partition("/")[0].rpartition("@")[2])
    if not path or _BARE_HOST.match(path):
        raise SettingsError(
            "the address of a model has no http://", expected=_FORM, actual=path, remedy=f"write http://{path}"
        )
    return Path(path).expanduser().absolute().as_uri()


class ModelBinding(BaseModel):
    """One model, where it is and how it is asked.

    Attributes:
        url: Address of an OpenAI-compatible server, with or without ``/v1``; a path or ``file://`` URL = the folder of
            a model that runs in this process.
        name: The model's name at that server.
        temperature: 0 = the likeliest answer.
        seed: Of the first attempt; each further attempt takes the next.
        max_tokens: Longest answer, thinking included.
        max_pixels: Largest picture shown to it.
        max_pictures: Most pictures in one question about a clip, exemplars among them.
        clips: How it is shown a clip: picture by picture, in one picture, or as a video part of this kind.
        timeout_s: A reply that takes longer is a stall.
        patience_s: How long faults of one request are ridden out.
        max_in_flight: Most requests at the server at once.
        structured: How the answer's shape is asked for; ``auto`` = by a schema, where a server refuses that in JSON
            mode, and where it refuses that too in plain text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, AfterValidator(_normal_url)]
    name: Annotated[str, Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    seed: int = 0
    max_tokens: Annotated[int, Field(gt=0)] = 2048
    max_pixels: Annotated[int, Field(gt=0)] = 1_003_520
    max_pictures: Annotated[int, Field(gt=0)] = 16
    clips: Literal["pictures", "sheet", "video_url", "input_video"] = "pictures"
    timeout_s: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 300.0
    patience_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 600.0
    max_in_flight: Annotated[int, Field(gt=0)] = 64
    structured: Literal["auto", "json_schema", "json_object", "text"] = "auto"

    @property
    def folder(self) -> Path | None:
        """Folder of a model in this process; None for a server."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None

    def __str__(self) -> str:
        return f"{self.url}#{self.name}"


def parse_model(text: str) -> tuple[str | None, ModelBinding]:
    """Read ``URL#NAME`` or ``ROLE=URL#NAME``.

    A path or ``file://`` URL in place of the address is a model in this process; its name may be left out.

    Returns:
        The role, None = every role; and the binding.

    Raises:
        SettingsError: If the role is unknown, the address unusable or the name missing.
    """
    role, address = None, text.strip()
    if named := _ROLE.fullmatch(address):
        role, address = named.groups()
        if role not in ROLES:
            raise SettingsError(f"unknown role {role}", expected=", ".join(ROLES), remedy=f"write {_FORM}")
    url, _, name = address.partition("#")
    url = _normal_url(url)
    if not name and url.startswith("file:"):
        name = Path(unquote(urlsplit(url).path)).name
    if not name:
        raise SettingsError("the model has no name", where=url, expected=_FORM, remedy="add #NAME to the address")
    return role, ModelBinding(url=url, name=name)


def bind_models(texts: Sequence[str]) -> dict[str, ModelBinding]:
    """Return who answers each role: a model given without a role answers every role that has none of its own.

    Raises:
        SettingsError: As `parse_model`; or if a role is given twice.
    """
    given: dict[str | None, ModelBinding] = {}
    for role, binding in map(parse_model, texts):
        if role in given:
            raise SettingsError(
                f"two models for {role or 'every role'}", expected="one", actual=f"{given[role]} and {binding}"
            )
        given[role] = binding
    everyone = given.pop(None, None)
    return {role: found for role in ROLES if (found := given.get(role, everyone)) is not None}


def api_key_for(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the key to show to a server: BEHAVIORVLM_API_KEY to any, OPENAI_API_KEY to OpenAI's alone.

    Raises:
        SettingsError: If the key cannot be sent in a header; the message does not repeat it.
    """
    parts = urlsplit(url)
    names = [KEY_VARIABLE]
    if parts.scheme == "https" and parts.hostname == OPENAI_HOST:
        names.append(OPENAI_KEY_VARIABLE)
    for name in names:
        if key := environment.get(name, "").strip():
            if not re.fullmatch(r"[!-~]+", key):
                raise SettingsError(f"the key in {name} holds blanks or letters outside ASCII", remedy="copy it again")
            return key
    return None


def redact(text: str, key: str | None) -> str:
    """Return the text without the key, as it stands or as it is written in an address or in JSON."""
    if not key or len(key) < SHORTEST_SECRET:
        return text
    for written in (key, quote(key, safe=""), json.dumps(key)[1:-1]):
        text = text.replace(written, "***")
    return text
