"""Which segments were merged to bouts and why, and which merges a person undid, as part of a page."""

from __future__ import annotations

from behaviorvlm.markup import element, folded, table
from behaviorvlm.report.page import Section, paragraphs
from behaviorvlm.runs.behavior_reader import BehaviorReader

MOST_SHOWN = 200


def merge_section(reader: BehaviorReader) -> Section:
    """Return the merges of two segments or more, and those undone with author, time and reason."""
    joined, undone = reader.joined(), reader.undone()
    rows = [
        (
            one["merge"],
            one["individual"],
            one["behavior"] + (f" at {one['target']}" if one["target"] else ""),
            f"{one['segments'][0]} to {one['segments'][-1]}",
            "yes" if one["undone"] else "",
            one["source"],
            one["reason"],
        )
        for one in joined[:MOST_SHOWN]
    ]
    changes = [(f"{one['recording']}:{one['merge']}", one["author"], one["at"], one["reason"]) for one in undone]
    shown = f"The first {MOST_SHOWN} of {len(joined)}." if len(joined) > MOST_SHOWN else ""
    return Section(
        "merges",
        "Merges",
        (
            paragraphs(f"{len(joined):,} merges of two segments or more, {len(undone):,} of them undone. {shown}"),
            element("h3", "Undone by a person"),
            table(("merge", "who", "when", "why"), changes, words=(0, 1, 2, 3), nothing="No merge was undone."),
            folded(
                "All merges, with reasons",
                table(
                    ("merge", "animal", "behavior", "segments", "undone", "by", "reason"),
                    rows,
                    words=range(7),
                    nothing="No segments were merged.",
                ),
            ),
        ),
    )
