"""How exemplars of behaviors are shown: a row of frames for each bout, the bouts of a behavior below each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from behaviorvlm.behavior.animal_tags import tags_of
from behaviorvlm.behavior.annotator import RecordingView
from behaviorvlm.behavior.clip_showing import ClipForm, Interval, encode, paint_interval
from behaviorvlm.chat.message import Part, Text
from behaviorvlm.imaging.clips import GAP_PX, GROUND, contact_sheet
from behaviorvlm.types import Bout, ByteArray

MOST_BOUTS = 3
"""Of one behavior."""
ROW_FRAMES = 6
ROW_SIDE_PX = 200
NO_EXEMPLARS = "There are no exemplars."

_Row = tuple[str, ByteArray]


@dataclass(eq=False)
class ExemplarSheets:
    """Shows exemplars, painted once. For one thread.

    Attributes:
        bouts: Bouts that a person named; the first `MOST_BOUTS` of each behavior are shown.
        view: Gives the recording of this name.
        form: How clips are shown.
    """

    bouts: Sequence[Bout]
    view: Callable[[str], RecordingView]
    form: ClipForm
    _parts: list[Part] | None = field(default=None, init=False)

    @property
    def count(self) -> int:
        """How many pictures they take."""
        return len(self._pages())

    @property
    def behaviors(self) -> tuple[str, ...]:
        """The names of the behaviors, in their order."""
        return tuple(dict.fromkeys(bout.behavior for bout in self.bouts))

    def parts(self) -> list[Part]:
        """Return the exemplars as parts of a message: for each picture, what its rows show, then the picture."""
        if self._parts is None:
            self._parts = [part for page in self._pages() for part in self._page(page)] or [Text(NO_EXEMPLARS)]
        return self._parts

    def _pages(self) -> list[tuple[str, ...]]:
        """Return the behaviors of each picture: one, or more where there are too few pictures.

        None where a question has one picture alone: that is the clip's.
        """
        names = self.behaviors
        most = self.form.max_pictures - 1
        if not names or most < 1:
            return []
        each = -(-len(names) // min(len(names), most))
        return [names[first : first + each] for first in range(0, len(names), each)]

    def _by_behavior(self) -> dict[str, list[Bout]]:
        found: dict[str, list[Bout]] = defaultdict(list)
        for bout in self.bouts:
            if len(found[bout.behavior]) < MOST_BOUTS:
                found[bout.behavior].append(bout)
        return dict(found)

    def _page(self, behaviors: Sequence[str]) -> Iterator[Part]:
        by_name = self._by_behavior()
        bouts = [bout for name in behaviors for bout in by_name[name]]
        rows = [self._row(bout, f"row {number}") for number, bout in enumerate(bouts, 1)]
        lines = [f"row {number}: {words}" for number, (words, _) in enumerate(rows, 1)]
        what = ", ".join(f'"{name}"' for name in behaviors)
        yield Text(f"EXEMPLARS of {what}, named by a person, a clip in each row: {'; '.join(lines)}.")
        yield encode(self._shrunk(_below_each_other([picture for _, picture in rows])))

    def _row(self, bout: Bout, title: str) -> _Row:
        view = self.view(bout.recording)
        names = view.recording.individuals
        tags = dict(zip(names, tags_of(names), strict=True))
        form = replace(self.form, kind="pictures", most_frames=ROW_FRAMES)
        interval = Interval(bout.individual, bout.start_frame, bout.stop_frame)
        _, frames = paint_interval(view, interval, form, title=title, side_px=ROW_SIDE_PX)
        target = f" to {tags[bout.target]}" if bout.target in tags else ""
        return f"{tags[bout.individual]}{target}, {bout.behavior}", contact_sheet(frames, columns=ROW_FRAMES)

    def _shrunk(self, picture: ByteArray) -> ByteArray:
        import cv2

        scale = float(np.sqrt(self.form.max_pixels / (picture.shape[0] * picture.shape[1])))
        if scale >= 1:
            return picture
        size = max(1, int(picture.shape[1] * scale)), max(1, int(picture.shape[0] * scale))
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _below_each_other(rows: Sequence[ByteArray]) -> ByteArray:
    width = max(row.shape[1] for row in rows)
    height = sum(row.shape[0] + GAP_PX for row in rows) - GAP_PX
    page = np.full((height, width, 3), GROUND, dtype=np.uint8)
    top = 0
    for row in rows:
        page[top : top + row.shape[0], : row.shape[1]] = row
        top += row.shape[0] + GAP_PX
    return page
