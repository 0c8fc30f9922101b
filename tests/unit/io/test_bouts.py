from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import FormatError
from behaviorvlm.io.bouts import COLUMNS, is_bout_table, read_bout_rows, read_bouts, write_bouts
from behaviorvlm.types import Bout

NAMES = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=8)
RATE = 30.0


@st.composite
def bouts(draw: st.DrawFn) -> Bout:
    start, length = draw(st.integers(0, 10**6)), draw(st.integers(1, 10**4))
    confidence = draw(st.one_of(st.just(math.nan), st.floats(0, 1)))
    return Bout(
        draw(NAMES), draw(NAMES), draw(st.one_of(st.just(""), NAMES)), draw(NAMES), start, start + length,
        start / RATE, (start + length) / RATE, confidence, tuple(draw(st.lists(st.integers(0, 999), max_size=3))),
    )  # fmt: skip


@given(st.lists(bouts(), max_size=5))
def test_bouts_come_back(tmp_path_factory: pytest.TempPathFactory, written: list[Bout]) -> None:
    path = tmp_path_factory.mktemp("bouts") / "bouts.csv"
    write_bouts(path, iter(written))
    back = read_bouts(path)
    assert is_bout_table(path)
    assert len(back) == len(written)
    for one, other in zip(written, back, strict=True):
        for name in ("recording", "individual", "target", "behavior", "start_frame", "stop_frame", "segments"):
            assert getattr(one, name) == getattr(other, name)
        assert (other.start_s, other.stop_s) == pytest.approx((one.start_s, one.stop_s), abs=1e-6)
        assert other.confidence == pytest.approx(one.confidence, abs=1e-4, nan_ok=True)


def test_the_table_is_what_the_documents_say(tmp_path: Path) -> None:
    write_bouts(tmp_path / "b.csv", [Bout("r", "m1", "m2", "chase", 3, 9, 0.1, 0.3, 0.87654, (4, 5))])
    assert (tmp_path / "b.csv").read_text() == (
        "recording,individual,target,behavior,start_s,stop_s,start_frame,stop_frame,confidence,segments\n"
        "r,m1,m2,chase,0.100000,0.300000,3,9,0.8765,4 5\n"
    )


def test_a_person_may_leave_out_what_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("behavior,start_s,stop_s\n rest ,1,2.5\n")
    [row] = read_bout_rows(tmp_path / "b.csv")
    assert (row.behavior, row.seconds, row.frames, row.recording, row.line) == ("rest", (1, 2.5), None, "", 2)
    with pytest.raises(FormatError, match="lacks seconds or frames"):
        read_bouts(tmp_path / "b.csv")


BAD = {
    "unknown column": ("behavour,start_s,stop_s\nrest,1,2\n", "did you mean behavior"),
    "no times": ("behavior,start_s\nrest,1\n", "holds no bouts"),
    "no behavior": ("individual,start_s,stop_s\nm,1,2\n", "holds no bouts"),
    "empty": ("", "an empty file"),
    "text": ("behavior,start_s,stop_s\nrest,1,two\n", "line 2"),
    "backwards": ("behavior,start_s,stop_s\nrest,2,1\n", "no bout"),
    "negative": ("behavior,start_frame,stop_frame\nrest,-2,1\n", "no bout"),
    "blank name": ("behavior,start_s,stop_s\n,2,3\n", "no bout"),
    "blank times": ("behavior,start_s,stop_s\nrest,2,\n", "no bout"),
    "segments": (f"{','.join(COLUMNS)}\nr,a,b,rest,1,2,3,4,1,x y\n", "no number"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_bad_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "b.csv").write_text(text)
    with pytest.raises(FormatError, match=message) as caught:
        read_bout_rows(tmp_path / "b.csv")
    assert "b.csv" in caught.value.where
