"""Named arrays as bytes: the same arrays give the same content, and its hash, on any machine.

Content is one line of JSON (name, dtype and shape of each array, by name) and the arrays' little-endian C-order bytes.
The hash is taken of the content before it is compressed, so it does not depend on the version of zlib.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from behaviorvlm.errors import RunCorruptError, ShapeError
from behaviorvlm.types import AnyArray

COMPRESSION_LEVEL = 1
"""Numbers and flags shrink tenfold at any level, measured coordinates hardly at all, so the fastest one serves."""
STORABLE_KINDS = "biuf"
"""numpy dtype kinds that have one meaning in bytes: bool, integers and floats."""


@dataclass(frozen=True)
class Blob:
    """Arrays as they lie in the journal.

    Attributes:
        packed: Compressed content.
        content_hash: SHA-256 of the content, hexadecimal.
        shapes: JSON object, array name to shape, for people who look into the journal with other tools.
    """

    packed: bytes
    content_hash: str
    shapes: str


def pack(arrays: Mapping[str, AnyArray]) -> Blob:
    """Return named arrays of any shape as a blob; the order of the names does not matter.

    Raises:
        ShapeError: If an array is of strings or objects.
    """
    ordered = {name: _portable(name, arrays[name]) for name in sorted(arrays)}
    header = [[name, array.dtype.str, list(array.shape)] for name, array in ordered.items()]
    line = json.dumps(header, separators=(",", ":")).encode() + b"\n"
    content = b"".join([line, *(array.tobytes() for array in ordered.values())])
    shapes = json.dumps({name: list(array.shape) for name, array in ordered.items()})
    return Blob(zlib.compress(content, COMPRESSION_LEVEL), hashlib.sha256(content).hexdigest(), shapes)


def unpack(packed: bytes, content_hash: str, *, where: str) -> dict[str, AnyArray]:
    """Return the read-only arrays of a blob.

    Args:
        packed: Compressed content.
        content_hash: What its hash was when it was written.
        where: Name of the result, for the error.

    Raises:
        RunCorruptError: If the content is not what was written.
    """
    content = unpack_content(packed, content_hash, where=where)
    line, _, body = content.partition(b"\n")
    arrays: dict[str, AnyArray] = {}
    offset = 0
    for name, dtype, shape in json.loads(line):
        arrays[name] = np.frombuffer(body, dtype=dtype, count=math.prod(shape), offset=offset).reshape(shape)
        offset += arrays[name].nbytes
    return arrays


def unpack_content(packed: bytes, content_hash: str, *, where: str) -> bytes:
    """Return the bytes that were compressed, once their hash was taken again; arguments and errors as of `unpack`."""
    try:
        content = zlib.decompress(packed)
    except zlib.error as error:
        raise _corrupt(where, "a readable result", str(error)) from error
    actual = hashlib.sha256(content).hexdigest()
    if actual != content_hash:
        raise _corrupt(where, f"sha256 {content_hash}", f"sha256 {actual}")
    return content


def _portable(name: str, array: AnyArray) -> AnyArray:
    values = np.asarray(array)
    if values.dtype.kind not in STORABLE_KINDS:
        raise ShapeError(
            f"array {name} cannot be stored", expected="bool, integers or floats", actual=f"dtype {values.dtype}"
        )
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).reshape(values.shape)


def _corrupt(where: str, expected: str, actual: str) -> RunCorruptError:
    return RunCorruptError(
        "a stored result is not what was written",
        where=where,
        expected=expected,
        actual=actual,
        remedy="restore the run folder from a copy, or delete it and run again",
    )
