"""Does pandas read tables as DeepLabCut's? ``python check_pandas.py TABLE.csv TABLE.h5 EXPECTED.json``.

EXPECTED holds ``columns``, the ``count`` of rows, and the ``rows`` of those ``frames`` that show something.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def main(text: str, binary: str, expected: dict[str, list]) -> None:
    levels = len(expected["columns"][0])
    for table in (pd.read_hdf(binary), pd.read_csv(text, header=list(range(levels)), index_col=0)):
        assert [list(column) for column in table.columns] == expected["columns"]
        assert list(table.columns.names) == ["scorer", *["individuals"][: levels - 3], "bodyparts", "coords"]
        assert table.index.tolist() == list(range(expected["count"]))
        rows = np.array(expected["rows"], dtype=float)
        np.testing.assert_allclose(table.loc[expected["frames"]].to_numpy(dtype=float), rows, atol=6e-4)
        others = table.drop(expected["frames"]).drop(columns="likelihood", level="coords")
        assert others.isna().all().all()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(Path(sys.argv[3]).read_text()))
