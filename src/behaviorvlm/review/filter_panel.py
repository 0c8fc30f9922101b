"""The filter of a pose review: thresholds, how many keypoints stay, and a button that writes exactly those."""

from __future__ import annotations

from nicegui import run as run_apart
from nicegui import ui

from behaviorvlm.errors import BehaviorVLMError
from behaviorvlm.review.pose_desk import passing_words, quality_filter
from behaviorvlm.review.pose_workspace import PoseWorkspace
from behaviorvlm.review.table_writing import export_apart
from behaviorvlm.runs.filtered_tables import FILTER_FILE, Filtered
from behaviorvlm.runs.quality_filter import QualityFilter

FILTERS = (("error, px at most", 0.1), ("views at least", 1.0), ("margin at least", 0.5), ("confidence at least", 0.05))


class FilterPanel:
    """The fields, the count and the button.

    Args:
        space: The run.
    """

    def __init__(self, space: PoseWorkspace) -> None:
        self.space = space
        self._limits: list[ui.number] = []
        with ui.element("div").classes("bv-limits"):
            for words, step in FILTERS:
                field = ui.number(words, step=step, min=0, on_change=self.count).props("dense clearable")
                self._limits.append(field)
        with ui.element("div").classes("bv-line"):
            self._by_hand = ui.checkbox("only corrected ones", on_change=self.count).props("dense size=xs")
            self._export = ui.button("Export what stays", on_click=self._write).props("outline dense no-caps size=sm")
        self._kept = ui.label()
        self._said = ui.label().style("font-size: 12px; line-height: 15px; overflow-wrap: anywhere")

    def count(self) -> None:
        """Say how many keypoints stay; what was exported before is no longer what is shown."""
        wanted = self._wanted()
        if wanted is not None:
            curves = self.space.curves
            kept = wanted.mask(curves)
            self._kept.text = passing_words(int(kept.sum()), int(curves.settled.sum()) * kept.shape[1])

    def _wanted(self) -> QualityFilter | None:
        try:
            wanted = quality_filter([field.value for field in self._limits], only_corrected=bool(self._by_hand.value))
        except BehaviorVLMError as error:
            self._kept.text = f"{error.message}: {error.expected}"
            wanted = None
        self._export.set_enabled(wanted is not None)
        return wanted

    async def _write(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            return
        self._export.disable()
        self._said.text = "writing ..."
        try:
            self._said.text = _words(await run_apart.io_bound(export_apart, self.space.run.folder, wanted))
        except BehaviorVLMError as error:
            self._said.text = f"not written: {error.message} ({error.where})"
        self._export.enable()


def _words(done: Filtered | None) -> str:
    if done is None:  # the app is going down
        return ""
    return f"{done.kept:,} of {done.total:,} written to {done.folder}, thresholds in {FILTER_FILE}"
