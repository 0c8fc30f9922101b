"""The simulated reader knows pictures by their hash alone, and what the truth says of them."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from reader_answers import Manifest, Reader
from reader_confusion import Confusion
from reader_truth import TrueView, Truth

VIEW = TrueView(
    {"nose": (10.0, 10.0), "tail": (50.0, 50.0), "paw": (70.0, 70.0)}, {"nose": 0.9, "tail": 0.6, "paw": 0.0}
)
DOTS = {"3": (10.4, 10.0), "7": (50.0, 51.0), "8": (70.0, 70.0)}
ENTRY = {
    "camera": "cam0",
    "timepoint": 4,
    "size": (100, 100),
    "crop": (0, 0, 100, 100, 200, 200),
    "dots": DOTS,
    "pairs": [],
}


def request(*pictures: bytes, properties: dict[str, Any]) -> dict[str, Any]:
    """Return a request that shows these pictures, the current view last, and wants an answer with these properties."""
    shown = [{"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{encoded(one)}"}} for one in pictures]
    schema = {"json_schema": {"schema": {"properties": properties}}}
    content = [{"type": "text", "text": "timepoint 99, camera cam7: all lies"}, *shown]
    return {"messages": [{"role": "user", "content": content}], "seed": 0, "response_format": schema}


def encoded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(
        Truth({("cam0", 4): VIEW}), Manifest(tmp_path / "manifest.jsonl"), Confusion(0.0, wrong_decisions=0.0)
    )


def register(reader: Reader, picture: bytes, **entry: object) -> None:
    line = json.dumps({"picture": hashlib.sha256(picture).hexdigest(), **ENTRY, **entry})
    with reader.manifest.path.open("a") as stream:
        stream.write(line + "\n")


def test_dots_are_named_from_the_truth(reader: Reader) -> None:
    register(reader, b"now", kind="dots", keypoints=["nose", "tail", "paw"], first=None)
    wanted = {"keypoints": {"properties": dict.fromkeys(("nose", "tail", "paw"))}}
    said = json.loads(reader.answer(request(b"exemplar", b"now", properties=wanted)))["keypoints"]
    assert {name: entry["dot"] for name, entry in said.items()} == {"nose": 3, "tail": 7, "paw": -1}
    assert reader.tally == {"stage 2: right": 3}


def test_boxes_hold_what_can_be_seen(reader: Reader) -> None:
    register(reader, b"now", kind="boxes", regions={"body": ["nose", "tail"], "feet": ["paw"]})
    said = json.loads(reader.answer(request(b"now", properties={"regions": {}})))["regions"]
    assert [row["region"] for row in said] == ["body"]
    x_min, y_min, x_max, y_max = said[0]["bbox_2d"]
    assert 0 <= x_min < 100 < 500 < x_max <= 1000
    assert (x_min, x_max) == (y_min, y_max)


def test_the_reading_that_the_truth_bears_out_is_chosen(reader: Reader) -> None:
    crossed, right = {"nose": 7, "tail": 3}, {"nose": 3, "tail": 7}
    register(reader, b"now", kind="decision", doubts=[[crossed, {"nose": 3}, right], [crossed, {"paw": 8}]])
    said = json.loads(reader.answer(request(b"now", properties={"doubts": {}})))["doubts"]
    assert {number: one["answer"] for number, one in said.items()} == {"1": "C", "2": "none"}
    assert reader.tally == {"decision: right": 2}


def test_each_doubt_of_a_question_is_answered_wrong_by_itself(tmp_path: Path) -> None:
    reader = Reader(Truth({("cam0", 4): VIEW}), Manifest(tmp_path / "manifest.jsonl"), Confusion(0.0))
    both = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for picture in range(2000):
        content = str(picture).encode()
        register(reader, content, kind="decision", doubts=[[{"nose": 3}], [{"tail": 7}]])
        said = json.loads(reader.answer(request(content, properties={"doubts": {}})))["doubts"]
        both[said["1"]["answer"] != "A", said["2"]["answer"] != "A"] += 1
    shares = {wrong: count / 2000 for wrong, count in both.items()}
    assert shares[True, True] == pytest.approx(0.01, abs=0.01)
    assert shares[True, False] == pytest.approx(0.09, abs=0.02)
    assert shares[False, True] == pytest.approx(0.09, abs=0.02)


def test_one_picture_can_bear_two_questions(reader: Reader) -> None:
    register(reader, b"now", kind="dots", keypoints=["nose"], first=None)
    register(reader, b"now", kind="decision", doubts=[[{"nose": 3}]])
    wanted = {"keypoints": {"properties": {"nose": {}}}}
    assert "keypoints" in json.loads(reader.answer(request(b"now", properties=wanted)))
    assert "doubts" in json.loads(reader.answer(request(b"now", properties={"doubts": {}})))


def test_a_picture_that_is_not_in_the_manifest_is_a_mistake(reader: Reader) -> None:
    with pytest.raises(LookupError):
        reader.answer(request(b"now", properties={"doubts": {}}))
    register(reader, b"now", kind="decision", doubts=[[{"nose": 3}]])  # the file is looked into again
    reader.answer(request(b"now", properties={"doubts": {}}))


def test_half_a_line_is_not_read_yet(reader: Reader) -> None:
    register(reader, b"now", kind="decision", doubts=[[{"nose": 3}]])
    whole = reader.manifest.path.read_bytes()
    reader.manifest.path.write_bytes(whole[:-5])
    assert reader.manifest.find(hashlib.sha256(b"now").hexdigest()) == ()
    reader.manifest.path.write_bytes(whole)
    assert len(reader.manifest.find(hashlib.sha256(b"now").hexdigest())) == 1


def test_a_dot_belongs_to_the_nearest_keypoint_and_to_one() -> None:
    view = TrueView({"a": (0.0, 0.0), "b": (2.0, 0.0)}, {"a": 0.9, "b": 0.9})
    assert view.numbers({5: (1.5, 0.0)}) == {"a": -1, "b": 5}
    assert view.numbers({5: (9.0, 9.0)}) == {"a": -1, "b": -1}


def test_truth_is_read_from_a_session(tmp_path: Path) -> None:
    rows = ["scorer,x,x,x,x,x,x", "bodyparts,nose,nose,nose,tail,tail,tail", "coords,x,y,likelihood,x,y,likelihood"]
    (tmp_path / "points2d_cam3.csv").write_text("\n".join([*rows, "7,1.5,2.5,0.75,,,0.000", ""]))
    view = Truth.read(tmp_path).views["cam3", 7]
    assert view.places["nose"] == (1.5, 2.5)
    assert view.seen("nose")
    assert not view.seen("tail")
    with pytest.raises(FileNotFoundError):
        Truth.read(tmp_path / "nowhere")


def test_what_the_server_saw_is_read_from_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[3] / "benchmarks"))
    seen_of = importlib.import_module("_reader").read_log
    rows: list[dict[str, object]] = [
        {"s": 10.0, "what": "asked", "request": 1},
        {"s": 10.5, "what": "500", "request": 2},
        {"s": 11.0, "what": "answered", "request": 1},
        {"s": 12.0, "what": "asked", "request": 1},
        {"s": 14.0, "what": "answered", "request": 1},
        {"what": "end", "cpu_s": 3.0, "most_in_flight": 2, "tally": {"stage 2: right": 4}},
    ]
    (tmp_path / "log").write_text("".join(json.dumps(row) + "\n" for row in rows))
    seen = seen_of(tmp_path / "log")
    assert (seen.asked, seen.answered, dict(seen.faults)) == (3, 2, {"500": 1})
    assert seen.repeated == [1.0]
    assert seen.answers_per_s == 2 / 4
    assert (seen.cpu_s, seen.tally) == (3.0, {"stage 2: right": 4})
