from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import InputError
from behaviorvlm.io.ethogram_file import read_ethogram, write_ethogram
from behaviorvlm.types import Behavior, Ethogram

TEXTS = st.text(st.characters(codec="utf-8", blacklist_categories=("C",)), max_size=12)
NAMES = TEXTS.filter(bool)
BEHAVIORS = st.builds(
    Behavior,
    NAMES,
    TEXTS,
    st.sampled_from(["state", "point"]),
    st.sampled_from([None, True, False]),
    st.lists(st.integers(0, 99), max_size=3).map(tuple),
    st.lists(st.tuples(TEXTS, st.integers(0, 99)), max_size=3).map(tuple),
)


@given(st.lists(BEHAVIORS, max_size=4, unique_by=lambda one: one.name), st.dictionaries(NAMES, TEXTS, max_size=3))
def test_ethograms_come_back(
    tmp_path_factory: pytest.TempPathFactory, behaviors: list[Behavior], impossible: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("ethogram") / "ethogram.toml"
    written = Ethogram(tuple(behaviors), impossible)
    write_ethogram(path, written)
    assert read_ethogram(path) == written


def test_a_person_can_read_it(tmp_path: Path) -> None:
    chase = Behavior("chase", "Runs after another.", social=True, clusters=(3, 5), evidence=(("mon", 12),))
    write_ethogram(tmp_path / "e.toml", Ethogram((chase,), {"oral-oral contact": "needs the role nose"}))
    assert (tmp_path / "e.toml").read_text() == (
        '[behaviors.chase]\ndefinition = "Runs after another."\nkind = "state"\nsocial = true\nclusters = [3, 5]\n'
        'evidence = [["mon", 12]]\n\n[impossible]\noral-oral contact = "needs the role nose"\n\n'
    ).replace("oral-oral contact", '"oral-oral contact"')


def test_unknown_keys_are_told(tmp_path: Path) -> None:
    (tmp_path / "e.toml").write_text('[behaviours.chase]\ndefinition = ""\n')
    with pytest.raises(InputError, match="did you mean behaviors"):
        read_ethogram(tmp_path / "e.toml")
