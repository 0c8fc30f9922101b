"""``ethogram.toml``: the behaviors of a run with their definitions, and those that could not be told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from behaviorvlm.errors import InputError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.toml_file import read_model, toml_key, toml_table
from behaviorvlm.types import Behavior, Ethogram


class BehaviorEntry(BaseModel):
    """One ``[behaviors.<name>]``; see `types.Behavior`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    definition: str = ""
    kind: Literal["state", "point"] = "state"
    social: bool | None = None
    clusters: tuple[int, ...] = ()
    evidence: tuple[tuple[str, int], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_its_definition(cls, value: object) -> object:
        return {"definition": value} if isinstance(value, str) else value


class EthogramFile(BaseModel):
    """The content of ``ethogram.toml`` and of vocabularies; a behavior may be its definition alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    behaviors: dict[str, BehaviorEntry] = Field(default_factory=dict)
    impossible: dict[str, str] = Field(default_factory=dict)


def write_ethogram(path: Path, ethogram: Ethogram) -> None:
    """Write an ethogram, whole or not at all; what is not known is left out.

    Raises:
        RunStorageError: If the disk refuses.
    """
    tables = [toml_table(f"behaviors.{toml_key(one.name)}", entry_of(one)) for one in ethogram.behaviors]
    impossible = dict(ethogram.impossible)
    write_text(path, "".join([*tables, *([toml_table("impossible", impossible)] if impossible else [])]))


def read_ethogram(path: Path) -> Ethogram:
    """Return the ethogram in a file.

    Raises:
        FormatError: If it is no TOML.
        InputError: If a key is unknown or a value is of the wrong kind.
    """
    file = read_model(path, EthogramFile, error=InputError)
    return Ethogram(behaviors_of(file), dict(file.impossible))


def behaviors_of(file: EthogramFile) -> tuple[Behavior, ...]:
    """Return the behaviors of a file, in its order."""
    return tuple(behavior_of(name, entry) for name, entry in file.behaviors.items())


def behavior_of(name: str, entry: BehaviorEntry) -> Behavior:
    """Return the behavior that an entry describes."""
    return Behavior(name, entry.definition, entry.kind, entry.social, entry.clusters, entry.evidence)


def entry_of(behavior: Behavior) -> Mapping[str, object]:
    """Return what is known of a behavior, by the keys of its entry."""
    known = {"social": behavior.social, "clusters": list(behavior.clusters), "evidence": list(behavior.evidence)}
    stated = {key: value for key, value in known.items() if value is not None and value != []}
    return {"definition": behavior.definition, "kind": behavior.kind, **stated}
