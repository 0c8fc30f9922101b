"""What animals are called in pictures and questions: their names where these can be written, numbers where not."""

from __future__ import annotations

from collections.abc import Sequence

from behaviorvlm.behavior.answer_shape import NOBODY
from behaviorvlm.imaging.clip_marks import color_name
from behaviorvlm.types import SCENE

LONGEST = 16
"""Letters; a longer name would cover the picture."""
_IN_ALL_NAMES = set('"\\')


def tags_of(individuals: Sequence[str]) -> tuple[str, ...]:
    """Return what each animal is called: its name, or its number if any name is no short plain word."""
    plain = all(
        name.isascii() and name.isprintable() and 0 < len(name) <= LONGEST and not set(name) & _IN_ALL_NAMES
        for name in individuals
    )
    if plain and NOBODY not in {name.lower() for name in individuals}:
        return tuple(individuals)
    return tuple(f"animal{number}" for number in range(1, len(individuals) + 1))


def animals_in_words(individuals: Sequence[str], *, filmed: bool) -> str:
    """Return how the animals of a recording are told apart in its pictures.

    Args:
        individuals: The animals, or `SCENE` alone where nobody was tracked.
        filmed: Whether there are pictures below the marks.
    """
    if tuple(individuals) == (SCENE,):
        return "Nobody is marked: what is asked about is everything that is seen."
    named = [f"{tag} {color_name(place)}" for place, tag in enumerate(tags_of(individuals))]
    ground = "" if filmed else " There is no video: only these lines are drawn, on dark ground."
    return (
        "Around each animal runs a thin line of its own color, its name stands beside it, and an arrowhead at its head"
        f" points where it faces: {', '.join(named)}. An animal without a line in a frame could not be tracked there,"
        f" but may be seen; one without a line in all frames is elsewhere.{ground}"
    )
