"""Groups of recordings, as part of a page: how many there are, what differs, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from behaviorvlm.evaluate.group_difference import CHI_SQUARE, LEAST_PER_GROUP, GroupDifference
from behaviorvlm.markup import Content, element, table
from behaviorvlm.report.drawn_names import drawn_names
from behaviorvlm.report.group_comparison import (
    MOST_GROUPS,
    ComparedFamily,
    MeasureFamily,
    compare_families,
    group_columns,
)
from behaviorvlm.report.group_picture import MOST_PANELS, draw_groups
from behaviorvlm.report.page import Section, notice, paragraphs
from behaviorvlm.report.page_figures import PageFigures

SURE = 0.05
HONEST = (
    "n is the number of recordings, not of frames or bouts: each recording counts once, as the mean over its animals. "
    "Recordings of the same animals are not independent of each other; if there are such, these p are too small."
)


def group_section(
    families: Sequence[MeasureFamily], groups: Sequence[Mapping[str, str]], *, figures: PageFigures
) -> Section | None:
    """Return the comparison over every column by which recordings differ, None without any.

    Args:
        families: Measures of all recordings.
        groups: Of each recording, column to value.
        figures: Where figures are drawn.
    """
    columns = group_columns(groups)
    if not columns:
        return None
    content: list[Content] = [paragraphs(HONEST)]
    for number, (column, values) in enumerate(columns.items(), start=1):
        content += _column(column, values, families, figures=figures, number=number)
    return Section("groups", "Groups", tuple(content))


def _column(
    column: str,
    values: Sequence[str | None],
    families: Sequence[MeasureFamily],
    *,
    figures: PageFigures,
    number: int,
) -> Iterator[Content]:
    sizes = {group: sum(value == group for value in values) for group in dict.fromkeys(values) if group is not None}
    yield element("h3", f"{column}: {', '.join(f'{group} (n {size})' for group, size in sizes.items())}")
    left_out = sum(value is None for value in values)
    if left_out:
        yield element("p", f"{left_out} recordings state no {column} and are left out.")
    if len(sizes) > MOST_GROUPS:
        yield notice("Not compared", [f"{len(sizes)} values are more than {MOST_GROUPS}: these look like names."])
        return
    small = [group for group, size in sizes.items() if size < LEAST_PER_GROUP]
    if small:
        why = f"Fewer than {LEAST_PER_GROUP} recordings in {', '.join(small)}: medians are shown, nothing is tested."
        yield notice("Too few recordings for a test", [why])
    for place, compared in enumerate(compare_families(families, values)):
        yield from _family(compared, figures, f"groups_{number}_{place + 1}")


def _family(compared: ComparedFamily, figures: PageFigures, name: str) -> Iterator[Content]:
    yield element("h3", f"{compared.family.title} ({compared.family.unit})")
    measures, groups = drawn_names(compared.family.names), drawn_names(compared.names)
    draw_groups(
        compared,
        [measures[one] for one in compared.family.names],
        groups=[groups[one] for one in compared.names],
        path=figures.forms(name),
    )
    shown, count = min(MOST_PANELS, len(compared.family.names)), len(compared.family.names)
    some = "" if shown == count else f" The {shown} of {count} with the smallest p."
    yield figures.shown(
        name,
        description=f"{compared.family.title} of every recording, by group",
        caption=f"A dot for each recording, a line at the median of each group; p is corrected after Holm.{some}",
    )
    titles = _titles(compared)
    yield table(titles, list(_rows(compared)), words=(0, len(titles) - 1))
    yield paragraphs(*_methods(compared))


def _titles(compared: ComparedFamily) -> list[str]:
    medians = (f"median {group} (n)" for group in compared.names)
    return ["measure", *medians, "H", "p", "p (Holm)", "effect", "pairs, or why nothing was tested"]


def _rows(compared: ComparedFamily) -> Iterator[list[Content]]:
    order = sorted(range(len(compared.corrected)), key=lambda place: _or_more(compared.corrected[place]))
    for place in order:
        one, corrected = compared.differences[place], compared.corrected[place]
        medians = [_median(one, group) for group in compared.names]
        p = element("b", _p(corrected)) if corrected is not None and corrected < SURE else _p(corrected)
        numbers = [_number(one.h), _p(one.p), p, _number(one.effect)]
        yield [compared.family.names[place], *medians, *numbers, _pairs(one)]


def _pairs(one: GroupDifference) -> str:
    return "; ".join(f"{' - '.join(pair.groups)} {_p(pair.p)}" for pair in one.pairs) or one.refused


def _methods(compared: ComparedFamily) -> Iterator[str]:
    tested = [one for one in compared.differences if one.p is not None]
    if not tested:
        return
    methods = dict.fromkeys(one.method for one in tested)
    after = ", pairs after Dunn" if CHI_SQUARE in methods else ", pairs by permutation within them"
    words = f"Kruskal-Wallis test, p from {' or '.join(methods)}{after if len(compared.names) > 2 else ''}. "
    words += f"Holm corrects over the {len(tested)} tests of this table. Effect: epsilon squared. Bold: below {SURE:g}."
    yield words
    smallest = max(one.smallest_p for one in tested)
    if smallest * len(tested) > SURE:
        yield (
            f"With so few recordings no p below {smallest:.2g} is possible, and after Holm none below "
            f"{min(smallest * len(tested), 1.0):.2g}: that nothing is bold here says little."
        )


def _median(one: GroupDifference, group: str) -> str:
    return f"{_number(one.medians.get(group))} ({one.n[group]})"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _p(value: float | None) -> str:
    if value is None:
        return "-"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _or_more(value: float | None) -> float:
    return 2.0 if value is None else value
