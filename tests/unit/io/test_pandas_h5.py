from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from behaviorvlm.io.pandas_h5 import KEY, write_table

COLUMNS = [("me", "é", "x"), ("me", "é", "y"), ("me", "a", "x")]
NAMES = ("scorer", "bodyparts", "coords")


def test_the_layout_is_that_of_pandas(tmp_path: Path) -> None:
    """What pandas itself reads from it: tests/owners."""
    rows = np.arange(9.0).reshape(3, 3)
    write_table(tmp_path / "t.h5", [rows[:2], rows[2:]], columns=COLUMNS, names=NAMES, index=np.arange(3))
    with h5py.File(tmp_path / "t.h5") as file:
        group = file[KEY]
        expected = {"pandas_type": b"frame", "axis1_variety": b"regular", "axis0_variety": b"multi", "axis0_nlevels": 3}
        assert {name: group.attrs[name] for name in expected} == expected
        np.testing.assert_array_equal(group["block0_values"][()], rows)
        assert group["axis0_level1"][()].tolist() == ["é".encode(), b"a"]
        assert group["block0_items_label1"][()].tolist() == [0, 0, 1]
        kind = h5py.check_string_dtype(group.attrs.get_id("pandas_type").dtype)
        assert kind is not None and kind.encoding == "utf-8", "PyTables takes it for bytes, and pandas fails"


def test_rows_may_have_names(tmp_path: Path) -> None:
    places = [("labeled-data", "v", "img1.png"), ("labeled-data", "v", "img2.png")]
    write_table(tmp_path / "t.h5", [np.zeros((2, 3))], columns=COLUMNS, names=NAMES, index=places)
    with h5py.File(tmp_path / "t.h5") as file:
        assert file[KEY]["axis1_level2"][()].tolist() == [b"img1.png", b"img2.png"]
        assert file[KEY]["axis1_label0"][()].tolist() == [0, 0]
