"""NumPy's ``.npy``: arrays, and dictionaries of arrays as data sets are published, read without running code."""

from __future__ import annotations

import pickle
from pathlib import Path
from tokenize import TokenError

import numpy as np

from behaviorvlm.errors import FormatError
from behaviorvlm.io.plain_pickle import load_plain

MAGIC = b"\x93NUMPY"


def read_npy(path: Path) -> object:
    """Return the array in a ``.npy`` file, or the one object in it.

    Raises:
        FormatError: If it cannot be read, or holds anything but arrays, names, numbers, lists and dictionaries.
    """
    try:
        with path.open("rb") as stream:
            version = np.lib.format.read_magic(stream)
            reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = reader(stream)
            if dtype.hasobject:
                content = load_plain(stream.read())
                return content.item() if isinstance(content, np.ndarray) and shape == () else content
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError, OverflowError, TokenError, pickle.UnpicklingError) as error:
        raise FormatError(
            "the file cannot be read",
            where=str(path),
            expected="a .npy file of numbers, or of a dictionary of plain values",
            actual=str(error),
        ) from error
