"""Groups of recordings compared: time budgets, rates of bouts, what follows what. A recording is one observation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from behaviorvlm.evaluate.group_difference import GroupDifference, compare_groups, holm
from behaviorvlm.report.time_budget import TimeBudget
from behaviorvlm.report.transition_picture import LEAST_COUNT, transition_counts, usual_transitions
from behaviorvlm.types import Bout, FloatArray

SECONDS_A_MINUTE = 60.0
MOST_GROUPS = 8
"""A column of more values is likely no group, but names."""


@dataclass(frozen=True, eq=False)
class MeasureFamily:
    """Measures of one kind, corrected together for their number.

    Attributes:
        title: What they are.
        unit: Of all of them.
        names: Of the measures.
        values: (measure, recording) float64; NaN = the recording does not have it.
    """

    title: str
    unit: str
    names: tuple[str, ...]
    values: FloatArray


@dataclass(frozen=True, eq=False)
class ComparedFamily:
    """A family over the groups of one column.

    Attributes:
        family: The measures, of the recordings that have a group.
        groups: The group of each of them.
        differences: One for each measure.
        corrected: The p of each after Holm over the family; None where nothing was tested.
    """

    family: MeasureFamily
    groups: tuple[str, ...]
    differences: tuple[GroupDifference, ...]
    corrected: tuple[float | None, ...]

    @property
    def names(self) -> list[str]:
        """The groups, in order of their first recording."""
        return list(dict.fromkeys(self.groups))


def measure_families(budget: TimeBudget, bouts: Mapping[str, Sequence[Bout]]) -> tuple[MeasureFamily, ...]:
    """Return what recordings are compared by: the mean over the animals of each.

    Transitions are those that all recordings together show to be usual; which these are does not depend on groups.

    Args:
        budget: Of all recordings.
        bouts: Recording to its bouts.
    """
    rows = [[stream for stream, (name, _) in enumerate(budget.streams) if name == one] for one in bouts]
    shares = np.stack([100 * budget.shares[own].mean(axis=0) for own in rows], axis=1)
    minutes = budget.lengths_s[:, None] / SECONDS_A_MINUTE
    rates = np.stack([(budget.counts / np.maximum(minutes, 1e-9))[own].mean(axis=0) for own in rows], axis=1)
    return (
        MeasureFamily("Time budget", "% of the time", budget.behaviors, shares),
        MeasureFamily("Rate of bouts", "bouts per minute and animal", budget.behaviors, rates),
        _transitions(bouts, budget.behaviors),
    )


def compare_families(
    families: Sequence[MeasureFamily], groups: Sequence[str | None], *, seed: int = 0
) -> list[ComparedFamily]:
    """Return the families compared over the groups of one column.

    Args:
        families: Measures of the recordings.
        groups: The group of each recording, None = it has none, and is left out.
        seed: Of permutations, where they are drawn.
    """
    kept = [place for place, group in enumerate(groups) if group is not None]
    named = tuple(group for group in groups if group is not None)
    return [_compare(one, kept, named, seed=seed) for one in families if one.names]


def group_columns(groups: Sequence[Mapping[str, str]]) -> dict[str, tuple[str | None, ...]]:
    """Return the columns by which recordings can be compared, to the value of each recording.

    Args:
        groups: Of each recording, column to value.
    """
    names = list(dict.fromkeys(column for one in groups for column in one))
    columns = {name: tuple(one.get(name) for one in groups) for name in names}
    return {name: values for name, values in columns.items() if len(set(values) - {None}) > 1}


def _compare(family: MeasureFamily, kept: Sequence[int], groups: tuple[str, ...], *, seed: int) -> ComparedFamily:
    values = family.values[:, list(kept)]
    differences = tuple(compare_groups(row, groups, seed=seed) for row in values)
    tested = [place for place, one in enumerate(differences) if one.p is not None]
    corrected: list[float | None] = [None] * len(differences)
    for place, p in zip(tested, holm([float(differences[place].p or 0.0) for place in tested]), strict=True):
        corrected[place] = p
    chosen = MeasureFamily(family.title, family.unit, family.names, values)
    return ComparedFamily(chosen, groups, differences, tuple(corrected))


def _transitions(bouts: Mapping[str, Sequence[Bout]], behaviors: Sequence[str]) -> MeasureFamily:
    counts = np.stack([transition_counts(each, behaviors) for each in bouts.values()])
    usual = np.argwhere(usual_transitions(counts.sum(axis=0)) > 0).tolist()
    total = counts.sum(axis=2, keepdims=True)
    shares = np.where(total >= LEAST_COUNT, 100 * counts / np.maximum(total, 1), np.nan)
    names = tuple(f"{behaviors[one]} to {behaviors[other]}" for one, other in usual)
    values = np.array([shares[:, one, other] for one, other in usual]).reshape(len(usual), len(bouts))
    return MeasureFamily("What follows what", "% of what follows the first", names, values)
