"""HTML made of elements: text is escaped because it is text, whoever wrote it; only `Markup` is not.

There is no other way to HTML in this package, and no script in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

EMPTY_ELEMENTS = {"meta", "img", "br"}


class Markup(str):
    """HTML that `element` made: never escaped again. Text that comes from anywhere else is a plain string."""

    __slots__ = ()


Content = str | None
"""Text, escaped where it is used; `Markup`, which is a string, too, and used as it is; or nothing."""


def element(tag: str, *content: Content, **attributes: str | bool | None) -> Markup:
    """Return an element.

    Args:
        tag: Its name.
        content: What is in it, in order.
        attributes: Their values, escaped; ``class_`` stands for ``class``, other underscores for hyphens. True = there,
            without a value; None and False = not there.
    """
    written = "".join(_attribute(name, value) for name, value in attributes.items() if value not in (None, False))
    if tag in EMPTY_ELEMENTS:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(*content)}</{tag}>")


def joined(*content: Content) -> Markup:
    """Return pieces one after the other, text escaped."""
    return Markup("".join(one if isinstance(one, Markup) else escaped(one) for one in content if one is not None))


def escaped(text: str) -> Markup:
    """Return text as HTML that shows it; letters that are not seen, or turn others around, are spelt out."""
    return Markup(escape(readable(text), quote=True))


def readable(text: str) -> str:
    """Return text in which every letter that cannot be seen is written as its number in the alphabet."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def table(
    titles: Sequence[Content], rows: Sequence[Sequence[Content]], *, words: Collection[int] = (0,), nothing: str = ""
) -> Markup:
    """Return a table that scrolls sideways where it is wide; without rows, a sentence.

    Args:
        titles: Of the columns.
        rows: The cells.
        words: The columns that hold words; others hold numbers, and stand at the right.
        nothing: What is said where there are no rows.
    """
    if not rows:
        return element("p", nothing or "Nothing to show.", class_="empty")
    head = element("tr", *(element("th", title, class_=_kind(place, words)) for place, title in enumerate(titles)))
    body = [
        element("tr", *(element("td", cell, class_=_kind(place, words)) for place, cell in enumerate(row)))
        for row in rows
    ]
    return element(
        "div", element("table", element("thead", head), element("tbody", *body)), class_="wide", tabindex="0"
    )


def facts(rows: Sequence[tuple[str, Content]], *, many: bool = False) -> Markup:
    """Return names and values as a list; with `many`, two side by side where there is room."""
    pairs = (joined(element("dt", name), element("dd", value)) for name, value in rows)
    return element("dl", *pairs, class_="many" if many else None)


def listed(items: Sequence[Content], *, nothing: str = "") -> Markup:
    """Return sentences as a list; without any, one that says so."""
    if not items:
        return element("p", nothing or "Nothing to show.", class_="empty")
    return element("ul", *(element("li", item) for item in items))


def folded(title: str, *content: Content) -> Markup:
    """Return what is shown when its title is clicked, and always on paper."""
    return element("details", element("summary", title), *content)


def _attribute(name: str, value: str | bool | None) -> str:
    written = name.rstrip("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{escaped(str(value))}"'


def _kind(place: int, words: Collection[int]) -> str | None:
    return None if place in words else "number"
