"""Errors say what, where, what was expected, what was there and what to do, also from another process."""

from __future__ import annotations

import pickle

import pytest

from behaviorvlm import errors
from behaviorvlm.errors import BehaviorVLMError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BehaviorVLMError)]
EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@EVERY_KIND
def test_an_error_says_all_it_knows(kind: type[BehaviorVLMError]) -> None:
    error = kind("the box is empty", where="box 3", expected="a cat", actual="nothing", remedy="look under the bed")
    assert str(error).splitlines() == [
        "the box is empty",
        "  where: box 3",
        "  expected: a cat",
        "  actual: nothing",
        "  remedy: look under the bed",
    ]


def test_an_error_is_silent_about_what_it_does_not_know() -> None:
    assert str(BehaviorVLMError("no")) == "no"
    assert str(BehaviorVLMError("no", actual="1", where="")) == "no\n  actual: 1"


@EVERY_KIND
def test_an_error_crosses_process_borders_whole(kind: type[BehaviorVLMError]) -> None:
    error = kind("no", where="here", expected="one", actual="two", remedy="three")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_the_tree_is_the_drawn_one() -> None:
    """The drawing in the module's docstring shows each kind, under its parent, with the parent's indentation less."""
    open_kinds: list[tuple[int, str]] = []
    drawn: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        words = [word for word in line.replace("│", " ").replace("├──", " ").replace("└──", " ").split() if word]
        if not words or not words[0].endswith("Error"):
            continue
        depth = line.index(words[0])
        open_kinds = [kind for kind in open_kinds if kind[0] < depth]
        drawn[words[0]] = open_kinds[-1][1] if open_kinds else "Exception"
        open_kinds.append((depth, words[0]))
    assert drawn == {kind.__name__: kind.__base__.__name__ for kind in KINDS}


@EVERY_KIND
def test_a_kind_is_caught_as_its_parents(kind: type[BehaviorVLMError]) -> None:
    with pytest.raises(kind.__base__):
        raise kind("no")
