"""OpenCV's FileStorage (YAML, XML or JSON) as plain dictionaries, lists, numbers, texts and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from behaviorvlm.errors import FormatError

if TYPE_CHECKING:
    import cv2

EXPECTED = "what OpenCV's FileStorage writes: YAML that begins with %YAML, or XML"
ENDINGS = (".yaml", ".yml", ".xml")
XML = ".xml"


def read_storage(path: Path) -> dict[str, object]:
    """Return the content of a file that OpenCV's FileStorage wrote.

    Raises:
        FormatError: If it cannot be read, or is no such file.
    """
    import cv2

    try:
        text = path.read_text(encoding="utf-8-sig")
        storage = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        root = storage.root()
        return {name: _value(root.getNode(name)) for name in root.keys()}  # noqa: SIM118  # a node is no mapping
    except (OSError, UnicodeDecodeError, SystemError, cv2.error) as error:
        raise FormatError(
            "the file cannot be read", where=str(path), expected=EXPECTED, actual=str(error.__cause__ or error)
        ) from error


def storage_text(content: Mapping[str, object], *, xml: bool = False) -> str:
    """Return `content` as OpenCV's FileStorage writes it.

    Args:
        content: Keys of letters, digits and ``_`` to texts, whole numbers, arrays, or the same again.
        xml: XML in the place of YAML.
    """
    import cv2

    kind = cv2.FILE_STORAGE_FORMAT_XML if xml else cv2.FILE_STORAGE_FORMAT_YAML
    storage = cv2.FileStorage("", cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY | kind)
    _write(storage, content)
    return str(storage.releaseAndGetString())


def _write(storage: cv2.FileStorage, content: Mapping[str, object]) -> None:
    import cv2

    for name, value in content.items():
        if isinstance(value, Mapping):
            storage.startWriteStruct(name, cv2.FILE_NODE_MAP)
            _write(storage, value)
            storage.endWriteStruct()
        else:
            storage.write(name, value)  # type: ignore[call-overload]  # texts, numbers and arrays


def _value(node: cv2.FileNode) -> object:
    if node.isMap():
        is_array = {"dt", "data"} <= set(node.keys())  # a matrix, of two axes or, in OpenCV 5, of any number
        return np.asarray(node.mat()) if is_array else {name: _value(node.getNode(name)) for name in node.keys()}  # noqa: SIM118
    if node.isSeq():
        return [_value(node.at(place)) for place in range(node.size())]
    if node.isString():
        return str(node.string())
    return node.real() if node.isInt() or node.isReal() else None
