"""Windows over a long row, and one row again."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.behavior.merge_windows import LEAST_OVERLAP, Part, stitched, windows_over

lengths = st.lists(st.integers(1, 400), min_size=1, max_size=120)


@given(lengths, st.integers(10, 50), st.integers(0, 9), st.integers(1, 3000))
def test_windows_hold_everything_and_overlap(row: list[int], most: int, overlap: int, budget: int) -> None:
    windows = windows_over(row, most=most, overlap=overlap, budget=budget)
    assert windows[0].start == 0
    assert windows[-1].stop == len(row)
    for earlier, later in itertools.pairwise(windows):
        assert earlier.start < later.start <= earlier.stop - LEAST_OVERLAP
        assert earlier.stop < later.stop
    for window in windows:
        assert len(window) <= most
        assert len(window) <= LEAST_OVERLAP + 1 or sum(row[place] for place in window) <= budget


def test_a_short_row_is_one_window_and_an_hour_is_many() -> None:
    assert windows_over([300] * 30, most=40, overlap=8, budget=14_000) == [range(30)]
    windows = windows_over([300] * 1440, most=40, overlap=8, budget=14_000)
    assert len(windows) == 45
    assert {len(window) for window in windows[:-1]} == {40}
    assert windows[1] == range(32, 72)


@st.composite
def grouped_rows(draw: st.DrawFn) -> tuple[list[range], list[int]]:
    """Return windows, and the places at which a group of the row begins."""
    row = draw(st.lists(st.integers(1, 100), min_size=2, max_size=80))
    windows = windows_over(
        row, most=draw(st.integers(10, 20)), overlap=draw(st.integers(2, 8)), budget=draw(st.integers(200, 2000))
    )
    cuts = draw(st.sets(st.integers(1, len(row) - 1)))
    return windows, sorted({0, *cuts})


def parts_in(window: range, begins: list[int], stop: int) -> list[Part]:
    """Return what of the row's groups a window sees."""
    found = []
    for first, last in zip(begins, [*begins[1:], stop], strict=True):
        start, end = max(first, window.start), min(last, window.stop)
        if start < end:
            found.append(Part(start, end, f"act {first}", "", 0.5, "", "llm"))
    return found


@given(grouped_rows())
def test_windows_that_agree_give_the_groups_of_the_row(made: tuple[list[range], list[int]]) -> None:
    windows, begins = made
    stop = windows[-1].stop
    row = stitched(windows, [parts_in(window, begins, stop) for window in windows])
    assert row == parts_in(range(stop), begins, stop)


@given(grouped_rows(), st.data())
def test_windows_that_do_not_agree_still_give_every_place_once(
    made: tuple[list[range], list[int]], data: st.DataObject
) -> None:
    windows, _ = made
    stop = windows[-1].stop
    said = []
    for window in windows:
        begins = sorted({0, *data.draw(st.sets(st.integers(1, stop - 1)))})
        said.append(parts_in(window, begins, stop))
    row = stitched(windows, said)
    assert [place for part in row for place in range(part.start, part.stop)] == list(range(stop))


def part(start: int, stop: int, behavior: str) -> Part:
    return Part(start, stop, behavior, "", 0.5, f"because {behavior}", "llm")


def test_the_later_window_decides_from_the_middle_of_the_overlap() -> None:
    windows = [range(10), range(6, 16)]  # the seam is at 8
    first = [part(0, 7, "a"), part(7, 10, "b")]
    cut = [part(6, 8, "b"), part(8, 16, "c")]
    assert [(one.start, one.stop, one.behavior) for one in stitched(windows, [first, cut])] == [
        (0, 7, "a"),
        (7, 8, "b"),
        (8, 16, "c"),
    ]


@pytest.mark.parametrize(("behaviors", "kept"), [(("a", "b"), "b"), (("b", "b"), "b")])
def test_a_group_over_the_seam_is_called_what_most_of_it_is_called(behaviors: tuple[str, str], kept: str) -> None:
    windows = [range(10), range(6, 16)]
    first = [part(0, 5, "x"), part(5, 10, behaviors[0])]
    second = [part(6, 16, behaviors[1])]
    joined = stitched(windows, [first, second])
    assert [(one.start, one.stop, one.behavior) for one in joined] == [(0, 5, "x"), (5, 16, kept)]
    assert joined[1].reason == f"because {kept}"
    even = stitched(windows, [[part(0, 5, "x"), part(5, 10, "a")], [part(6, 11, "b"), part(11, 16, "y")]])
    assert even[1] == replace(part(5, 11, "a"))  # three segments each: the earlier one
