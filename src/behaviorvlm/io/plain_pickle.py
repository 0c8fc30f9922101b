"""Pickles of plain things: names, numbers, lists, dictionaries and arrays. Nothing else is let in, and no code runs."""

from __future__ import annotations

import io
import pickle

ARRAYS = {
    "numpy": ("ndarray", "dtype"),
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
    "numpy._core.numeric": ("_frombuffer",),
    "_codecs": ("encode",),
}
"""Module to the names that a pickled array, or its Python 2 text, asks for."""


def load_plain(content: bytes) -> object:
    """Return what a pickle holds.

    Raises:
        pickle.UnpicklingError: If it asks for anything but plain values and NumPy arrays, or is cut short.
    """
    try:
        return _PlainUnpickler(io.BytesIO(content)).load()
    except (
        EOFError,
        ValueError,
        TypeError,
        AttributeError,
        ImportError,
        LookupError,
        OverflowError,
        MemoryError,
    ) as error:
        raise pickle.UnpicklingError(str(error)) from error


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str) -> object:
        module = module_name.replace("numpy.core.", "numpy._core.")  # before NumPy 2
        if global_name not in ARRAYS.get(module, ()):
            raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}, which is no plain value")
        return super().find_class(module, global_name)
