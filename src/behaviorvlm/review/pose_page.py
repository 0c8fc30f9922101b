"""The page of a pose run: thin, it shows what `PoseDesk` says and tells it what was clicked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nicegui import ui

from behaviorvlm.review.answers_panel import AnswersPanel
from behaviorvlm.review.keys import POSE_KEYS
from behaviorvlm.review.parts import Press, canvas, dark_button, help_dialog, keyboard
from behaviorvlm.review.pose_desk import PoseDesk
from behaviorvlm.review.pose_lists import KeypointRows, PoseLists
from behaviorvlm.review.pose_routes import picture_address
from behaviorvlm.review.pose_timeline import Timeline
from behaviorvlm.review.pose_workspace import PoseWorkspace
from behaviorvlm.review.skeleton_drawing import SIZE, Turn, draw_skeleton
from behaviorvlm.review.view_drawing import draw_view
from behaviorvlm.review.view_tiles import ViewTiles

FOLLOW_S = 1.0
HELP = (
    "Click a keypoint's mark to select it, then click the dot that it really is. Circles are dots; triangles and rings "
    "are named keypoints (pointing left and right for sides); crosses are where the position is seen. What you change "
    "is kept at once with your name, and tables follow by themselves."
)
COPIES = (
    "Keyframes of these videos are far apart: for a picture anywhere, each has to be decoded from the one before. "
    "Copies in the run's folder (review_videos) have them near; the videos stay as they are."
)
ON_AN_ACTION = (
    ("missing", "Missing", "m"), ("swap", "Swap left/right", "s"), ("swap_range", "Swap from ... to", "w"),
    ("free", "Free point", "f"), ("keep", "Keep points", "Enter"), ("box", "Move box", "b"),
    ("exemplar", "Accept exemplar", "e"), ("undo", "Undo", "u"), ("answers", "Answers", "a"),
)  # fmt: skip


class PosePage:
    """One tab.

    Args:
        space: What all tabs share.
        author: Who corrects.
    """

    def __init__(self, space: PoseWorkspace, author: str) -> None:
        self.space = space
        self.desk = PoseDesk(space, author)
        self.desk.to_worst()
        self._seen_revision = space.revision
        self._shown: int | None = None
        self._turned: tuple[Turn, float, float] | None = None

    def build(self) -> None:
        """Fill the page."""
        self._help = help_dialog(POSE_KEYS, "Review a pose run", HELP)
        self._answers = AnswersPanel(self.desk)
        if self.space.problem:
            ui.label(self.space.problem).classes("bv-bad")
        self._build_top()
        with ui.element("div").classes("bv-main"):
            with ui.element("div").classes("bv-left"):
                self._views = ViewTiles(self.space.image_sizes, self._pressed)
                self._timeline = Timeline(self.desk, self.refresh)
            with ui.element("div").classes("bv-right"):
                self._build_right()
        keyboard(POSE_KEYS, self._actions(), self.refresh)
        ui.timer(FOLLOW_S, self._follow)
        self.refresh()

    def refresh(self) -> None:
        """Show what the desk says."""
        desk, now = self.desk, self.desk.now
        if self._shown != now.timepoint:  # not while somebody types another one
            self._shown = self._where.value = now.timepoint
            asked_for = self.space.run.asked_timepoints
            likely = [timepoint for timepoint in desk.likely_next() if timepoint in asked_for]
            self.space.pictures.look_ahead(desk.channel, likely)
        settled, asked = int(self.space.curves.settled.sum()), len(self.space.run.asked_timepoints)
        self._settled.text = f"{settled:,} of {asked:,} timepoints settled"
        for place, camera in enumerate(self.space.cameras):
            source = picture_address(camera, desk.channel, timepoint=now.timepoint, window=desk.window(place))
            content = draw_view(desk.drawing(place), self.space.styles, self.space.regions)
            self._views.show(place, source=source, content=content)
        self._turn()
        under_way = desk.draft_words()
        self._said.text = under_way or desk.said or self._hint()
        self._rows.refresh()
        self._lists.refresh()
        self._timeline.refresh()
        self._say()

    # Building -----------------------------------------------------------------------------------------------------

    def _build_top(self) -> None:
        asked = self.space.run.asked_timepoints
        with ui.element("div").classes("bv-top"):
            ui.label(f"review · {self.space.run.folder.name}").classes("bv-name")
            ui.button(icon="chevron_left", on_click=partial(self._do, "back")).props("flat dense")
            self._where = ui.number(min=asked.start, max=asked.stop - 1, step=1, format="%d")
            self._where.props("dense outlined").style("width: 96px").tooltip("timepoint")
            self._where.on("keydown.enter", self._go)
            ui.button(icon="chevron_right", on_click=partial(self._do, "on")).props("flat dense")
            self._settled = ui.label().classes("bv-soft")
            ui.space()
            self._tables = ui.label().classes("bv-soft")
            self._copy = ui.button("make copies that scrub faster", on_click=self._make_copies)
            self._copy.props("outline dense no-caps size=sm").tooltip(COPIES)
            if len(self.space.pictures.channels()) > 1:
                ui.button("channel", on_click=partial(self._do, "channel")).props("flat dense no-caps")
            ui.button("zoom", on_click=partial(self._do, "zoom")).props("flat dense no-caps")
            dark_button()
            ui.button("?", on_click=self._help.open).props("flat dense round").tooltip("keys")

    def _build_right(self) -> None:
        with ui.element("div").style("display: flex; gap: 6px"):
            with ui.element("div").classes("bv-space"):
                self._space = canvas((SIZE, SIZE), self._turned_by)
            with ui.element("div").classes("bv-buttons"):
                for action, words, key in ON_AN_ACTION:
                    with ui.button(on_click=partial(self._do, action)).props("outline dense"):
                        ui.label(words)
                        ui.label(key).style("opacity: .6")
                if self.space.regions:
                    ui.select(list(self.space.regions)).bind_value(self.desk, "region").props("dense outlined")
        self._said = ui.label().classes("bv-said")
        self._rows = KeypointRows(self.desk, self.refresh)
        self._lists = PoseLists(self.desk, self.refresh)

    # Events -------------------------------------------------------------------------------------------------------

    def _actions(self) -> dict[str, Callable[[], None]]:
        desk = self.desk
        return {
            "back": partial(desk.step, -1), "on": partial(desk.step, 1), "back_ten": partial(desk.step, -10),
            "on_ten": partial(desk.step, 10), "next_worst": partial(desk.step_worst, 1),
            "previous_worst": partial(desk.step_worst, -1), "channel": self._channel,
            "zoom": partial(self._toggle, "zoomed"), "numbers": partial(self._toggle, "numbered"),
            "labels": partial(self._toggle, "named"), "keypoint_before": partial(desk.select_next, -1),
            "keypoint_after": partial(desk.select_next, 1), "missing": desk.clear, "swap": desk.swap,
            "swap_range": desk.swap_range, "free": partial(self._mode, "free"), "box": partial(self._mode, "box"),
            "keep": desk.keep_draft, "drop": desk.drop, "exemplar": desk.accept, "undo": desk.undo,
            "answers": self._answers.open, "help": self._help.open,
        }  # fmt: skip

    def _do(self, action: str) -> None:
        self._actions()[action]()
        self.refresh()

    def _go(self) -> None:
        if self._where.value is not None:
            self.desk.travel(int(self._where.value))
            self._shown = None
            self.refresh()

    def _pressed(self, place: int, press: Press) -> None:
        if press.kind == "mousedown":
            self.desk.press(place, press.x, press.y, shift=press.shift)
        elif press.kind == "mousemove":
            if not (self.desk.draft or self.desk.draft_box):
                return
            self.desk.drag(place, press.x, press.y)
        else:
            self.desk.release()
        self.refresh()

    def _turned_by(self, press: Press) -> None:
        if press.kind == "mousedown":
            self._turned = self.desk.turn, press.x, press.y
        elif press.kind == "mousemove" and self._turned is not None:
            turn, from_x, from_y = self._turned
            self.desk.turn = turn.dragged(press.x - from_x, press.y - from_y)
            self._turn()
        else:
            self._turned = None

    def _turn(self) -> None:
        edges = self.space.skeleton.edge_indices
        self._space.content = draw_skeleton(
            self.desk.now.points_mm, edges, self.space.styles, turn=self.desk.turn, selected=self.desk.selected
        )

    def _toggle(self, name: str) -> None:
        setattr(self.desk, name, not getattr(self.desk, name))

    def _mode(self, mode: str) -> None:
        self.desk.said = ""
        self.desk.mode = "dot" if self.desk.mode == mode else ("free" if mode == "free" else "box")

    def _channel(self) -> None:
        channels = self.space.pictures.channels()
        if channels:
            self.desk.channel = channels[(channels.index(self.desk.channel) + 1) % len(channels)]

    def _make_copies(self) -> None:
        self.space.copy_videos(self.desk.channel)
        self._say()

    def _say(self) -> None:
        """Show what goes on behind the page."""
        copies = self.space.copies
        self._tables.text = "; ".join(filter(None, (copies.said, self.space.tables.said)))
        self._copy.set_visibility(not copies.busy and bool(self.space.uncopied(self.desk.channel)))

    def _hint(self) -> str:
        desk = self.desk
        if not desk.now.settled:
            return "the run has not come to this timepoint yet"
        if desk.mode == "free":
            return "free point: click or drag in views; Enter keeps it, Esc drops it"
        if desk.mode == "box":
            return f"drag the new box of {desk.region} in a view"
        if desk.selected is None:
            return "click a mark or a row to select a keypoint; ? shows the keys"
        name = self.space.skeleton.keypoints[desk.selected]
        return f"{name}: {desk.now.reasons[desk.selected] or 'nothing speaks against it'}"

    def _follow(self) -> None:
        self.space.follow()
        self._say()
        if self.space.revision != self._seen_revision:
            self._seen_revision = self.space.revision
            if not self.desk.draft and self.desk.draft_box is None:
                self.desk.now = self.space.at(self.desk.now.timepoint)
            self.refresh()
