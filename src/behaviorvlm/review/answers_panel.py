"""The answers of a timepoint over the whole screen: a keypoint through stages and views, and every question whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from functools import partial

from nicegui import background_tasks, ui
from nicegui import run as run_apart

from behaviorvlm.errors import RunError
from behaviorvlm.report.ledger_words import NO_MODEL
from behaviorvlm.review.conversation import (
    KEY_DIGITS,
    AskedPicture,
    Passage,
    by_view,
    conversation,
    question_words,
    shown,
)
from behaviorvlm.review.pose_desk import PoseDesk
from behaviorvlm.review.timepoint_answers import (
    DoubtRow,
    doubts_at,
    keypoint_answer,
    keypoints_in_views,
    read_views,
)
from behaviorvlm.runs.answers_report import QuestionList, list_questions, report_question
from behaviorvlm.runs.view_report import ViewReport

MOST_QUESTIONS = 200
EVERY_VIEW = "every view"
HEADS = ("view", "stage 2", "stage 3", "final", "runner-up")
DOTS_WORDS = "Numbers of dots; key d shows them in the views."


class AnswersPanel:
    """A dialog, closed until `open`.

    Args:
        desk: The tab it belongs to: its timepoint and its selected keypoint are shown.
    """

    def __init__(self, desk: PoseDesk) -> None:
        self.desk = desk
        self._reports: tuple[ViewReport, ...] = ()
        names = dict(enumerate(desk.space.skeleton.keypoints))
        with ui.dialog().props("maximized") as self._dialog, ui.card().classes("bv-answers"):
            with ui.element("div").classes("bv-top"):
                self._title = ui.label().classes("bv-name")
                self._keypoint = ui.select(names, on_change=self._show_keypoint).props("dense outlined options-dense")
                self._view = ui.select([EVERY_VIEW, *desk.space.cameras], value=EVERY_VIEW, on_change=self._list)
                self._view.props("dense outlined options-dense").tooltip("questions about this view")
                ui.space()
                ui.button(icon="close", on_click=self._dialog.close).props("flat dense round").tooltip("Esc")
            with ui.element("div").classes("bv-asked"):
                with ui.element("div").classes("bv-asked-list"):
                    self._stages = ui.element("div")
                    self._doubts = ui.element("div")
                    self._count = ui.label().classes("bv-head")
                    self._rows = ui.element("div").classes("bv-rows").style("flex: 1; min-height: 60px")
                self._words = ui.element("div").classes("bv-words")

    def open(self) -> None:
        """Show the desk's timepoint and keypoint, and the questions about it."""
        run, timepoint = self.desk.space.run, self.desk.now.timepoint
        self._title.text = f"answers · timepoint {timepoint}"
        self._reports = read_views(run, timepoint)
        self._keypoint.value = self.desk.selected or 0
        self._show_keypoint()
        self._show_doubts(doubts_at(run, timepoint))
        self._dialog.open()
        background_tasks.create(self._list())

    def _show_keypoint(self) -> None:
        self._stages.clear()
        place = self._keypoint.value
        if place is None or not self._reports:
            return
        answer = keypoint_answer(self._reports, place, rig=self.desk.space.rig)
        with self._stages:
            if answer is None:
                ui.label("The run has not come to this timepoint yet.")
                return
            for words in answer.words:
                ui.label(shown(words))
            _grid(HEADS, [astuple(row) for row in answer.views]).tooltip(DOTS_WORDS)

    def _show_doubts(self, doubts: list[DoubtRow]) -> None:
        self._doubts.clear()
        with self._doubts:
            if doubts:
                ui.label("Doubts that were put to the model").classes("bv-head")
            for one in doubts:
                ui.label(f"{one.camera}, {one.kind}: {'; '.join(one.readings)}. It said {one.said}.")

    async def _list(self) -> None:
        about = [f"timepoint={self.desk.now.timepoint}"]
        about += [] if self._view.value == EVERY_VIEW else [f"camera={self._view.value}"]
        listed = await run_apart.io_bound(list_questions, self.desk.space.run, about=about, limit=MOST_QUESTIONS)
        if listed is not None:  # None: the app is going down
            self._fill(listed)

    def _fill(self, listed: QuestionList) -> None:
        self._rows.clear()
        self._words.clear()
        asked = self.desk.space.run.answers is not None
        self._count.text = f"Questions to a model: {listed.total}" if asked else ""
        self._lines: list[tuple[str, ui.element]] = []
        with self._rows:
            if not listed.questions:
                ui.label("Nothing was asked about it." if asked else NO_MODEL).style(
                    "padding: 8px; white-space: normal"
                )
            for row in sorted(listed.questions, key=by_view):
                with ui.element("div").classes("bv-row") as line:
                    ui.label(question_words(row)).classes("bv-wide")
                    ui.label("" if row.status == "answered" else row.status)
                line.tooltip(f"{row.key[:KEY_DIGITS]}, calls: {row.calls}")
                line.on("click", partial(self._choose, row.key))
                self._lines.append((row.key, line))
        for key, _ in self._lines[:1]:
            self._choose(key)
        if not self._lines and self._reports and self._reports[0].keypoints:
            self._show_every_keypoint()

    def _show_every_keypoint(self) -> None:
        heads = ("keypoint", *self.desk.space.cameras, "margin", "runner-up")
        with self._words:
            ui.label("Dots that positions rest on, and how sure that is").classes("bv-head")
            _grid(heads, keypoints_in_views(self._reports))

    def _choose(self, key: str) -> None:
        for other, line in self._lines:
            line.classes(**{"add" if other == key else "remove": "bv-chosen"})
        self._words.clear()
        with self._words:
            try:
                passages = conversation(report_question(self.desk.space.run, key))
            except RunError as error:
                ui.label(shown(str(error))).classes("bv-bad")
                return
            for passage in passages:
                _show_passage(passage)


def _grid(heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> ui.element:
    columns = f"grid-template-columns: repeat({len(heads)}, max-content)"
    with ui.element("div").classes("bv-stages").style(columns) as grid:
        for head in heads:
            ui.label(head).classes("bv-soft")
        for cell in (cell for row in rows for cell in row):
            ui.label(shown(cell))
    return grid


def _show_passage(passage: Passage) -> None:
    ui.label(passage.head).classes("bv-head")
    for part in passage.parts:
        if isinstance(part, AskedPicture) and part.kept:
            ui.element("img").props(f'src="/asked/{part.content_hash}" loading=lazy alt="a picture of the question"')
        elif isinstance(part, AskedPicture):
            ui.label(f"[a picture that was not kept: {part.content_hash[:KEY_DIGITS]}]").classes("bv-soft")
        else:
            ui.label(part).classes("bv-text")
