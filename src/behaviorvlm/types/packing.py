"""Records as named arrays for a `ResultSink`, and back: what is not numbers goes in as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from behaviorvlm.types.arrays import AnyArray
from behaviorvlm.types.segment import Segment

T = TypeVar("T")

_SEGMENT_COLUMNS = ("number", "start_frame", "stop_frame", "cluster")


def pack_json(value: object) -> dict[str, AnyArray]:
    """Return a value (dataclasses, mappings, sequences, strings, numbers) as one array of UTF-8 JSON, (byte,) uint8.

    A list, or an iterator over its items, is written item by item, so that of a long one only the bytes are held.
    """
    if not isinstance(value, (list, tuple, Iterator)):
        return {"json": np.frombuffer(_json(value), dtype=np.uint8)}
    content = bytearray(b"[")
    for item in value:
        content += _json(item) + b","
    content[max(len(content) - 1, 1) :] = b"]"  # in the place of the last comma
    packed = np.frombuffer(content, dtype=np.uint8)
    packed.flags.writeable = False
    return {"json": packed}


def unpack_json(record: Mapping[str, AnyArray], kind: type[T]) -> T:
    """Return what was packed, as `kind`; arrays are (byte,) uint8."""
    return TypeAdapter(kind).validate_json(record["json"].tobytes())


def unpack_items(record: Mapping[str, AnyArray]) -> Iterator[Any]:
    """Yield the items of a list that was packed, one at a time; arrays are (byte,) uint8."""
    text, decoder, place = record["json"].tobytes().decode(), json.JSONDecoder(), 1
    while place < len(text) - 1:
        item, stop = decoder.raw_decode(text, place)
        yield item
        place = stop + 1  # behind the comma


def _json(value: object) -> bytes:
    return json.dumps(to_jsonable_python(value), ensure_ascii=False, separators=(",", ":")).encode()


def pack_segments(segments: Sequence[Segment], individuals: Sequence[str]) -> dict[str, AnyArray]:
    """Return the segments of one recording as arrays of shape (segment,)."""
    places = {name: place for place, name in enumerate(individuals)}
    columns: dict[str, AnyArray] = {
        name: np.array([getattr(one, name) for one in segments], dtype=np.int64) for name in _SEGMENT_COLUMNS
    }
    return columns | {
        "individual": np.array([places[one.individual] for one in segments], dtype=np.int64),
        "confidence": np.array([one.confidence for one in segments], dtype=np.float64),
    }


def unpack_segments(
    record: Mapping[str, AnyArray], *, recording: str, individuals: Sequence[str]
) -> tuple[Segment, ...]:
    """Return the segments of one recording; arrays are of shape (segment,)."""
    columns: dict[str, list[Any]] = {name: values.tolist() for name, values in record.items()}
    rows = zip(*(columns[name] for name in ("individual", *_SEGMENT_COLUMNS, "confidence")), strict=True)
    return tuple(
        Segment(recording, individuals[place], number, start, stop, cluster, confidence)
        for place, number, start, stop, cluster, confidence in rows
    )
