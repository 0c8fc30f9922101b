"""All views of a timepoint side by side: pictures that are drawn over and clicked, each of which may be made large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from nicegui import ui

from behaviorvlm.review.look import tile_style
from behaviorvlm.review.parts import Press, canvas
from behaviorvlm.review.window import whole

PressedView = Callable[[int, Press], None]


class ViewTiles:
    """One tile for each camera.

    Args:
        sizes: Camera name to (width, height) px, in camera-axis order.
        pressed: Told the place of a view, and what the mouse did in it.
    """

    def __init__(self, sizes: Mapping[str, tuple[int, int]], pressed: PressedView) -> None:
        self._sizes = dict(sizes)
        self._big: int | None = None
        self._tiles: list[ui.element] = []
        self._images: list[ui.interactive_image] = []
        with ui.element("div").classes("bv-views"):
            for place, (camera, size) in enumerate(self._sizes.items()):
                with ui.element("div").classes("bv-view") as tile:
                    title = ui.label(camera).classes("bv-title").tooltip("large, or as the others")
                    title.on("click", partial(self._enlarge, place))
                    self._images.append(canvas(whole(size).shown_size, partial(pressed, place)))
                self._tiles.append(tile)
        self._fit()

    def show(self, place: int, *, source: str, content: str) -> None:
        """Show a picture with what is drawn over it."""
        self._images[place].set_source(source)
        self._images[place].content = content

    def _enlarge(self, place: int) -> None:
        self._big = None if self._big == place else place
        self._fit()

    def _fit(self) -> None:
        for place, (tile, size) in enumerate(zip(self._tiles, self._sizes.values(), strict=True)):
            big = None if self._big is None else self._big == place
            tile.style(tile_style(len(self._tiles), size, big=big))
