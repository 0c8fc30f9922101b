"""What animals are called in pictures and questions."""

import pytest

from behaviorvlm.behavior.animal_tags import animals_in_words, tags_of


@pytest.mark.parametrize("names", [("мышь", "b"), ("none", "b"), ('a"', "b"), ("x" * 17, "b"), ("", "b"), ("a\n", "b")])
def test_names_that_cannot_be_written_become_numbers_all_of_them(names: tuple[str, ...]) -> None:
    assert tags_of(names) == ("animal1", "animal2")


def test_plain_names_stay() -> None:
    assert tags_of(("mouse1", "Rat B")) == ("mouse1", "Rat B")


def test_words_tell_the_color_of_each_animal_and_where_there_is_no_video() -> None:
    words = animals_in_words(("mouse1", "mouse2"), filmed=True)
    assert "mouse1 orange, mouse2 light blue" in words
    assert "no video" not in words
    assert "no video" in animals_in_words(("mouse1",), filmed=False)
    assert "Nobody is marked" in animals_in_words(("scene",), filmed=True)
