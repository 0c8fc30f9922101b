from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import FormatError
from behaviorvlm.io.npy import read_npy
from behaviorvlm.io.plain_pickle import load_plain

PLAIN = {"a": [1, 2.5, "é", None, True], "b": (b"x", [3])}


class Trap:
    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (self.folder,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_values_and_arrays_come_back(protocol: int) -> None:
    content = {**PLAIN, "c": np.arange(6.0).reshape(2, 3), "d": np.int64(4)}
    back = load_plain(pickle.dumps(content, protocol=protocol))
    assert isinstance(back, dict)
    np.testing.assert_array_equal(back.pop("c"), np.arange(6.0).reshape(2, 3))
    assert back.pop("d") == 4
    assert back == PLAIN


def test_pickles_of_before_numpy_2_come_back() -> None:
    content = pickle.dumps(np.arange(3), protocol=2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    np.testing.assert_array_equal(load_plain(content), range(3))


def test_code_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(pickle.UnpicklingError, match="no plain value"):
        load_plain(pickle.dumps(Trap(tmp_path / "made")))
    trapped = np.empty((), dtype=object)
    trapped[()] = {"sequences": Trap(tmp_path / "made")}
    np.save(tmp_path / "t.npy", trapped, allow_pickle=True)
    with pytest.raises(FormatError, match="cannot be read"):
        read_npy(tmp_path / "t.npy")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps(PLAIN)[:-4]], ids=["empty", "text", "cut"])
def test_damaged_pickles_are_refused(content: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        load_plain(content)


def test_arrays_and_damaged_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(100.0))
    np.testing.assert_array_equal(read_npy(tmp_path / "a.npy"), np.arange(100.0))
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:300])
    with pytest.raises(FormatError, match=r"cannot be read"):
        read_npy(tmp_path / "a.npy")
