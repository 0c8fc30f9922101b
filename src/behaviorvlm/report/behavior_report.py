"""The page of a behavior run: who did what, when, for how long, after what; what each behavior looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.evaluate.behavior_run import BehaviorScores
from behaviorvlm.evaluate.score_tables import agreement_table, behavior_remarks, compared_in_words, label_table
from behaviorvlm.markup import Content, Markup, element, facts, folded, listed, table
from behaviorvlm.report.behavior_pictures import draw_behavior_sheets, filmed_recordings
from behaviorvlm.report.behavior_style import ordered_behaviors
from behaviorvlm.report.drawn_names import drawn_names
from behaviorvlm.report.duration_picture import draw_durations
from behaviorvlm.report.ethogram_picture import draw_ethogram
from behaviorvlm.report.group_comparison import measure_families
from behaviorvlm.report.group_section import group_section
from behaviorvlm.report.merge_section import merge_section
from behaviorvlm.report.opened_recordings import open_recording
from behaviorvlm.report.page import Section, notice, paragraphs, tiles
from behaviorvlm.report.page_figures import PageFigures
from behaviorvlm.report.run_facts import cost_in_words, models_in_words, run_section
from behaviorvlm.report.score_section import score_section
from behaviorvlm.report.time_budget import TimeBudget, measure_budget
from behaviorvlm.report.time_budget_picture import UNNAMED, draw_time_budget
from behaviorvlm.report.transition_picture import draw_transitions
from behaviorvlm.report.written_numbers import duration, percent
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.behavior_summary import BehaviorSummary, summarize_behavior
from behaviorvlm.types import Bout, Recording, RecordingSummary

MOST_ETHOGRAMS = 12
"""Recordings whose ethograms are drawn; of more, the first so many."""
SHEETS = "behaviors"
"""Folder of contact sheets within that of figures: a behavior may be called as a figure is."""
MOST_DOUBTS = 8
MUCH_UNNAMED = 0.25
SELDOM_SEEN = 0.8
NO_BOUTS = "The run named no bout: no animal was seen long enough, or nobody could tell what it did."


@dataclass(frozen=True, eq=False)
class _Found:
    """What the page is made of."""

    run: BehaviorRun
    reader: BehaviorReader
    summary: BehaviorSummary
    recordings: dict[str, RecordingSummary]
    lengths_s: dict[str, float]
    bouts: dict[str, list[Bout]]

    @cached_property
    def behaviors(self) -> list[str]:
        """Names of what is ever done, in the order of all figures."""
        return ordered_behaviors(bout for each in self.bouts.values() for bout in each)

    @cached_property
    def drawn(self) -> dict[str, str]:
        """What behaviors are called in figures."""
        return drawn_names(self.behaviors)

    @cached_property
    def budget(self) -> TimeBudget:
        """Of every animal."""
        individuals = {name: one.individuals for name, one in self.recordings.items()}
        return measure_budget(self.bouts, individuals=individuals, lengths_s=self.lengths_s, behaviors=self.behaviors)

    def drawn_bouts(self, *names: str) -> list[Bout]:
        """Return the bouts of recordings as figures name them."""
        return [replace(bout, behavior=self.drawn[bout.behavior]) for name in names for bout in self.bouts[name]]


def behavior_sections(run: BehaviorRun, figures: PageFigures, *, scores: BehaviorScores | None = None) -> list[Section]:
    """Return the parts of the page of a finished run, and draw its figures.

    Args:
        run: The run.
        figures: Where figures are drawn.
        scores: Against a person's labels, where there are any.

    Raises:
        RunStorageError: If the run is not finished, or a figure cannot be written.
        VideoError: If a video cannot be read.
        RunCorruptError: If the run is damaged.
    """
    found = _read(run)
    overview = Section("overview", "Overview", tuple(_overview(found)))
    if not found.behaviors:
        empty = Section("behaviors", "Behaviors", (element("p", NO_BOUTS, class_="empty"), _impossible(found)))
        return [overview, empty, run_section(run)]
    groups = group_section(
        measure_families(found.budget, found.bouts),
        [one.groups for one in found.recordings.values()],
        figures=figures,
    )
    return [
        overview,
        *([] if scores is None else [_against_labels(scores)]),
        *([] if groups is None else [groups]),
        Section("ethogram", "Ethogram", tuple(_ethograms(found, figures))),
        Section("budget", "Time budget", tuple(_budget(found, figures))),
        Section("transitions", "Transitions", tuple(_transitions(found, figures))),
        Section("durations", "Durations", tuple(_durations(found, figures))),
        Section("behaviors", "Behaviors", tuple(_behaviors(found, figures))),
        merge_section(found.reader),
        run_section(run),
    ]


def _read(run: BehaviorRun) -> _Found:
    reader = BehaviorReader(run)
    return _Found(
        run=run,
        reader=reader,
        bouts={name: reader.bouts(name) for name in reader.names},  # first: it says so if the run is not finished
        summary=summarize_behavior(run),
        recordings={name: reader.summary(name) for name in reader.names},
        lengths_s={name: float(reader.frame_edges_s(name)[-1]) for name in reader.names},
    )


def _overview(found: _Found) -> Iterator[Content]:
    animals, total_s = len(found.budget.streams), sum(found.lengths_s.values())
    bouts = sum(map(len, found.bouts.values()))
    named = 1 - float(np.average(found.budget.unnamed, weights=np.maximum(found.budget.lengths_s, 1e-9)))
    yield tiles(
        [
            (str(len(found.reader.names)), f"recordings, {duration(total_s)} in all" if len(found.reader.names) > 1
             else f"recording of {duration(total_s)}"),
            (str(animals), "animals" if len(found.reader.names) == 1 else "animals, counted in each recording"),
            (str(len(found.behaviors)), f"behaviors in {bouts:,} bouts"),
            (percent(named), "of the animals' time bears a name"),
            (f"{found.summary.segments:,}", f"segments, merged to {found.summary.merges:,}"),
            cost_in_words(found.run),
        ]
    )  # fmt: skip
    doubts = list(_doubts(found))
    more = [f"... and {len(doubts) - MOST_DOUBTS} more of the kind."] if len(doubts) > MOST_DOUBTS else []
    yield notice("Look here first", [*doubts[:MOST_DOUBTS], *more]) if doubts else None
    yield facts(
        [
            ("answered by", models_in_words(found.run)),
            ("made by", f"behaviorvlm {found.summary.behaviorvlm}, begun {found.summary.created_at}"),
        ]
    )
    yield folded("Recordings, and how they were read", _recordings(found))


def _doubts(found: _Found) -> Iterator[str]:
    for (recording, animal), unnamed in zip(found.budget.streams, found.budget.unnamed.tolist(), strict=True):
        if unnamed > MUCH_UNNAMED:
            yield f"{animal} in {recording}: {unnamed:.0%} of the time bears no name."
    for name, one in found.recordings.items():
        for animal, share in zip(one.individuals, one.visible, strict=True):
            if share < SELDOM_SEEN:
                yield f"{animal} in {name} is seen in {share:.0%} of the frames only."
    silent = sum(
        said["status"] != "answered" for name in found.reader.names for said in found.reader.descriptions(name)
    )
    if silent:
        yield f"{silent:,} of {found.summary.segments:,} segments have no answer of the model."


def _recordings(found: _Found) -> Markup:
    columns = list(dict.fromkeys(column for one in found.recordings.values() for column in one.groups))
    rows = [
        [
            name,
            ", ".join(one.individuals),
            ", ".join(f"{share:.0%}" for share in one.visible),
            f"{one.n_timepoints:,}",
            f"{one.frame_rate_hz:.4g}",
            *(one.groups.get(column, "") for column in columns),
            "; ".join(one.notes),
        ]
        for name, one in found.recordings.items()
    ]
    titles = ["recording", "animals", "seen in", "frames", "per second", *columns, "notes"]
    return table(titles, rows, words=(0, 1, *range(5, len(titles))))


def _against_labels(scores: BehaviorScores) -> Section:
    remarks = (
        compared_in_words(scores),
        "Ceiling: what somebody would reach who gives every segment of this run the best name it can have.",
        *behavior_remarks(scores),
    )
    return score_section([agreement_table(scores), label_table(scores)], remarks=remarks, against="a person's labels")


def _ethograms(found: _Found, figures: PageFigures) -> Iterator[Content]:
    shown = found.reader.names[:MOST_ETHOGRAMS]
    if len(shown) < len(found.reader.names):
        yield paragraphs(f"The first {len(shown)} of {len(found.reader.names)} recordings.")
    for number, name in enumerate(shown, start=1):
        individuals = found.recordings[name].individuals
        drawn, file = drawn_names(individuals), f"ethogram_{number}"
        bouts = [
            replace(bout, individual=drawn[bout.individual], target=drawn.get(bout.target, ""))
            for bout in found.drawn_bouts(name)
        ]
        draw_ethogram(
            bouts,
            individuals=list(drawn.values()),
            stop_s=found.lengths_s[name],
            path=figures.forms(file),
            title=" ",
            behaviors=list(found.drawn.values()),
        )
        yield element("h3", name)
        yield figures.shown(
            file,
            description=f"What each animal of {name} does over time",
            caption="A lane for each behavior, above the dashed line those directed at another animal, in its color. "
            "Right: share of the recording, and number of bouts.",
        )


def _budget(found: _Found, figures: PageFigures) -> Iterator[Content]:
    budget = found.budget
    single = len(found.reader.names) == 1
    animals = [animal if single else f"{recording}: {animal}" for recording, animal in budget.streams]
    places = [found.recordings[recording].individuals.index(animal) for recording, animal in budget.streams]
    shares = np.column_stack([budget.shares, budget.unnamed])
    draw_time_budget(
        shares,
        behaviors=list(found.drawn.values()),
        animals=list(drawn_names(animals).values()),
        places=places,
        path=figures.forms("time_budget"),
    )
    yield figures.shown(
        "time_budget",
        description="Share of the time that each animal spends with each behavior",
        caption="Share of the recording's length, in percent. What was not seen counts as not named.",
    )
    titles = [*budget.behaviors, UNNAMED]
    rows = [
        [name, *(f"{100 * share:.1f}" for share in row)] for name, row in zip(animals, shares.tolist(), strict=True)
    ]
    yield folded("As numbers (% of the recording)", table(["animal", *titles], rows))


def _transitions(found: _Found, figures: PageFigures) -> Iterator[Content]:
    draw_transitions(found.drawn_bouts(*found.reader.names), path=figures.forms("transitions"), title=" ", stacked=True)
    yield figures.shown(
        "transitions",
        description="A graph of which behavior usually follows which, and a table of all successions",
        caption="A bout follows another of the same animal if no more than half a second lies between them. The graph "
        "shows what follows in a tenth of the cases or more, and at least twice; the table shows everything.",
    )


def _durations(found: _Found, figures: PageFigures) -> Iterator[Content]:
    draw_durations(found.drawn_bouts(*found.reader.names), path=figures.forms("durations"), title=" ")
    yield figures.shown(
        "durations",
        description="A histogram of the lengths of bouts for each behavior",
        caption="How long bouts last, on one scale of time.",
    )
    lengths = {
        name: [bout.stop_s - bout.start_s for each in found.bouts.values() for bout in each if bout.behavior == name]
        for name in found.behaviors
    }
    rows = []
    for name, each in lengths.items():
        first, median, third = np.percentile(each, [25, 50, 75]).tolist()
        spread = (f"{median:.2f}", f"{first:.2f} to {third:.2f}", f"{max(each):.2f}")
        rows.append([name, f"{len(each):,}", f"{sum(each):.1f}", *spread])
    yield table(("behavior", "bouts", "total s", "median s", "middle half s", "longest s"), rows)


def _behaviors(found: _Found, figures: PageFigures) -> Iterator[Content]:
    recordings, closed = _opened(found)
    if closed:
        yield notice("Videos that cannot be shown", closed)
    if not recordings:
        yield paragraphs("No video is at hand, so there are no pictures of behaviors.")
    bouts = {name: found.drawn_bouts(name) for name in found.reader.names}
    sheets = draw_behavior_sheets(bouts, recordings, folder=figures.folder / SHEETS)
    catalogue = {one.name: one for one in found.reader.ethogram().behaviors}
    for total in found.summary.behaviors:
        told = catalogue.get(total.behavior)
        yield element("h3", total.behavior)
        yield paragraphs(total.definition or "No definition was stated.")
        clusters = f"; from clusters {', '.join(map(str, told.clusters))}" if told and told.clusters else ""
        bouts_of = f"{total.bouts:,} bout{'s' if total.bouts > 1 else ''}"
        counted = f"{bouts_of}, {total.seconds:.1f} s, {total.share:.1%} of the time that bears a name"
        yield element("p", f"{counted}{clusters}.", class_="quiet")
        sheet = sheets.get(found.drawn[total.behavior])
        if sheet is not None:
            yield _sheet(sheet, total.behavior, figures)
        elif recordings:
            yield element("p", "None of its bouts is in a video that was looked at.", class_="empty")
    yield _impossible(found)


def _sheet(path: Path, behavior: str, figures: PageFigures) -> Markup:
    return figures.shown(
        f"{SHEETS}/{path.stem}",
        description=f"Pictures of up to four bouts of {behavior}",
        caption="Each row is a bout, cropped to who takes part; the time is since its start.",
        photo=True,
    )


def _opened(found: _Found) -> tuple[list[Recording], list[str]]:
    """Return the recordings whose videos are looked at, and why others are not."""
    recordings, closed = [], []
    for name in filmed_recordings(found.reader):
        try:
            recordings.append(open_recording(found.recordings[name], found.run.manifest.inputs))
        except BehaviorVLMError as error:
            closed.append(f"{name}: {error.message} ({error.where})")
    return recordings, closed


def _impossible(found: _Found) -> Markup | None:
    impossible = found.summary.impossible
    if not impossible:
        return None
    sentences: Sequence[Content] = [f"{name}: {why}" for name, why in impossible.items()]
    return folded(f"{len(impossible)} behaviors that could not be told", listed(sentences))
