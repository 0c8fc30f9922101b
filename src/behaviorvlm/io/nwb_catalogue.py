"""ndx-ethogram's catalogue: a row for each behavior, and one for each cluster where several became one behavior."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from behaviorvlm.types import Behavior

NO_CLUSTER = -1


@dataclass(frozen=True)
class CatalogueRow:
    """A row of `Ethogram`.

    Attributes:
        name: Of the behavior, or of the cluster within it.
        definition: Text, "" = none.
        kind: ``state`` or ``point``.
        cluster: Number, -1 = none, or several.
        category: The behavior that a cluster was merged into, "" = it is a behavior itself.
    """

    name: str
    definition: str
    kind: str
    cluster: int
    category: str


def catalogue_rows(behaviors: Sequence[Behavior]) -> list[CatalogueRow]:
    """Return the rows of a catalogue: behaviors, each followed by its clusters where it has several."""
    rows: list[CatalogueRow] = []
    for one in behaviors:
        only = one.clusters[0] if len(one.clusters) == 1 else NO_CLUSTER
        rows.append(CatalogueRow(one.name, one.definition, one.kind, only, ""))
        if only == NO_CLUSTER:
            rows += [_cluster_row(one, number) for number in one.clusters]
    return rows


def behaviors_of_rows(rows: Sequence[CatalogueRow]) -> tuple[Behavior, ...]:
    """Return the behaviors of a catalogue, clusters put back into what they were merged into."""
    found: dict[str, Behavior] = {}
    for row in rows:
        inner = row.category in found and row.cluster != NO_CLUSTER
        if inner and row.name == f"{row.category} (cluster {row.cluster})":
            whole = found[row.category]
            found[row.category] = replace(whole, clusters=(*whole.clusters, row.cluster))
        else:
            clusters = () if row.cluster == NO_CLUSTER else (row.cluster,)
            kind: Literal["point", "state"] = "point" if row.kind == "point" else "state"
            found[row.name] = Behavior(row.name, row.definition, kind, None, clusters)
    return tuple(found.values())


def _cluster_row(one: Behavior, number: int) -> CatalogueRow:
    definition = f"cluster {number}, merged into {one.name}"
    return CatalogueRow(f"{one.name} (cluster {number})", definition, one.kind, number, one.name)
