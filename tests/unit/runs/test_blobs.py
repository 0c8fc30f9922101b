"""Arrays go into bytes and come out the same; what was damaged does not."""

from __future__ import annotations

import hashlib
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from behaviorvlm.errors import RunCorruptError, ShapeError
from behaviorvlm.runs.blobs import pack, unpack

STORED = st.sampled_from(["bool", "i8", "i4", "u1", "f8", "f4", ">f8", ">i4"])
ARRAYS = npst.arrays(STORED, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
NAMED = st.dictionaries(st.text(max_size=8), ARRAYS, max_size=5)


@given(NAMED)
def test_arrays_come_back(arrays: dict[str, np.ndarray]) -> None:
    blob = pack(arrays)
    back = unpack(blob.packed, blob.content_hash, where="here")
    assert set(back) == set(arrays)
    for name, array in arrays.items():
        assert back[name].shape == array.shape
        assert back[name].dtype == array.dtype.newbyteorder("<")
        assert back[name].tobytes() == array.astype(array.dtype.newbyteorder("<")).tobytes()


@given(NAMED)
def test_bytes_do_not_depend_on_the_order_of_names(arrays: dict[str, np.ndarray]) -> None:
    assert pack(arrays) == pack(dict(reversed(arrays.items())))


def test_content_is_what_the_page_says() -> None:
    blob = pack({"b": np.array([[1.0]]), "a": np.array([True, False])})
    content = b'[["a","|b1",[2]],["b","<f8",[1,1]]]\n\x01\x00' + np.array(1.0).tobytes()
    assert zlib.decompress(blob.packed) == content
    assert blob.content_hash == hashlib.sha256(content).hexdigest()
    assert blob.shapes == '{"a": [2], "b": [1, 1]}'


def test_other_numbers_or_another_shape_give_another_hash() -> None:
    hashes = {pack({"a": array}).content_hash for array in (np.zeros(4), np.zeros((2, 2)), np.zeros(4, np.int64))}
    assert len(hashes) == 3


@pytest.mark.parametrize("place", [0, 5, -1])
def test_damage_is_found(place: int) -> None:
    blob = pack({"a": np.arange(100.0)})
    damaged = bytearray(blob.packed)
    damaged[place] ^= 0x10
    with pytest.raises(RunCorruptError, match="not what was written") as error:
        unpack(bytes(damaged), blob.content_hash, where="poses 000000-000010")
    assert error.value.where == "poses 000000-000010"


def test_another_content_under_the_same_hash_is_found() -> None:
    other = pack({"a": np.ones(3)})
    with pytest.raises(RunCorruptError, match="sha256"):
        unpack(other.packed, pack({"a": np.zeros(3)}).content_hash, where="here")


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([None]), np.array([1j])])
def test_what_has_no_plain_bytes_is_refused(array: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="array odd cannot be stored"):
        pack({"odd": array})
