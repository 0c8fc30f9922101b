"""What goes into a run as JSON comes out of it, and a long list is written and read item by item."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.types.packing import pack_json, unpack_items, unpack_json

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Said:
    """Something like a description."""

    words: str
    share: float


@given(st.lists(VALUES, max_size=6))
def test_a_list_is_written_as_one_text_and_read_item_by_item(items: list[object]) -> None:
    packed = pack_json(items)
    whole = json.dumps(items, ensure_ascii=False, separators=(",", ":"))
    assert packed["json"].tobytes() == whole.encode()
    assert list(unpack_items(packed)) == items
    assert pack_json(iter(items))["json"].tobytes() == packed["json"].tobytes()
    assert pack_json(tuple(items))["json"].tobytes() == packed["json"].tobytes()


@pytest.mark.parametrize("items", [[], [Said("geht auf \u201eb\u201c zu", 0.25)], [Said("a", 1.0), Said("], [", 0.0)]])
def test_records_come_back(items: list[Said]) -> None:
    packed = pack_json(iter(items))
    assert unpack_json(packed, list[Said]) == items
    assert list(unpack_items(packed)) == [asdict(one) for one in items]
    assert packed["json"].dtype == np.uint8
    assert not packed["json"].flags.writeable
