"""Records as named arrays for a `ResultSink`, and back: what is not numbers goes in as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from behaviorvlm.types.arrays import AnyArray
from behaviorvlm.types.segment import Segment

T = TypeVar("T")

_SEGMENT_COLUMNS = ("number", "start_frame", "stop_frame", "cluster")


def pack_json(value: object) -> dict[str, AnyArray]:
    """Return a value (dataclasses, mappings, sequences, strings, numbers) as one array of UTF-8 JSON, (byte,) uint8."""
    text = json.dumps(to_jsonable_python(value), ensure_ascii=False, separators=(",", ":"))
    return {"json": np.frombuffer(text.encode(), dtype=np.uint8)}


def unpack_json(record: Mapping[str, AnyArray], kind: type[T]) -> T:
    """Return what was packed, as `kind`; arrays are (byte,) uint8."""
    return TypeAdapter(kind).validate_json(record["json"].tobytes())


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
