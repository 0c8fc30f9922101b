"""Review of a behavior run in a real browser: every action, down to the tables."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from behavior_review import (
    at,
    bouts_of,
    corrected,
    eventually,
    frame_of,
    long_bout,
    rows_of,
    says,
    travel,
    undo,
)  # fmt: skip
from browser import new_page, opened_browser, served

from behaviorvlm.api.behavior import BehaviorFiles, find_recordings, segment_behavior
from behaviorvlm.io.bouts import read_bouts
from behaviorvlm.runs.behavior_reader import BehaviorReader
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.corrections import undone_numbers
from behaviorvlm.simulate.social import simulate_social
from behaviorvlm.simulate.social_settings import SocialSettings

pytestmark = pytest.mark.slow
SECONDS, RATE = 12.0, 30
HOSTILE = "<img src=x onerror=alert(1)>"
LANES_PX = (92, 16, 40, 22)
"""Of the zoomed ethogram: width of the names, height of the axis, of an animal, of its bouts."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a real run of two animals with video, whose name would be markup."""
    folder = tmp_path_factory.mktemp("review")
    made = simulate_social(folder / "pair", n_animals=2, seconds=SECONDS, seed=3, settings=SocialSettings())
    files = BehaviorFiles((made / "pair.csv",), videos=(made / "pair.mp4",))
    place = folder / HOSTILE
    segment_behavior(find_recordings(files), run=place, files=files).close()
    return place


@pytest.fixture(scope="module")
def address(run: Path) -> Iterator[str]:
    with served("review", run) as place:
        yield place


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def tab(browser, address: str):
    """Return the page of a new tab, and what went wrong in it."""
    page, faults = new_page(browser, address)
    page.wait_for_selector(".st-stage[data-revision]")
    page.wait_for_selector(".bv-card")
    yield page, faults
    page.context.close()


@pytest.fixture
def page(tab):
    """Return the tab at its first animal; after each test nothing went wrong in it, nor was another machine asked."""
    page, faults = tab
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('.q-dialog__inner')")
    page.mouse.click(500, 10)  # away from any field, so that keys are keys
    page.locator(".bv-card").first.click()
    page.locator(".bv-card").first.locator("xpath=self::*[contains(@class, 'bv-chosen')]").wait_for()
    yield page
    assert faults == []


def test_the_video_plays_and_time_follows_in_the_browser(page) -> None:
    travel(page, 0)
    page.keyboard.press(".")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.st-stage').dataset.playing === 'yes'")
    page.wait_for_function("Number(document.querySelector('.st-stage').dataset.frame) > 20")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.st-stage').dataset.playing === 'no'")
    shown = page.evaluate("document.querySelector('video').currentTime")
    assert abs(shown * RATE - frame_of(page)) < 3
    assert page.evaluate("document.querySelector('video').playbackRate") == 2
    page.keyboard.press(",")
    page.locator(".st-bar button", has_text="0.25x").click()
    assert page.evaluate("document.querySelector('video').playbackRate") == 0.25
    page.locator(".st-bar button", has_text="1x").click()


def test_keys_travel(page, run: Path) -> None:
    travel(page, 100)
    page.keyboard.press("ArrowRight")
    at(page, 101)
    page.keyboard.press("Shift+ArrowLeft")
    at(page, 71)
    page.wait_for_function(f"Math.abs(document.querySelector('video').currentTime - 71.5 / {RATE}) < 0.01")
    travel(page, 0)
    first, second = bouts_of(run)[:2]
    for one in (first, second) if first.start_frame else (second,):
        page.keyboard.press("n")
        at(page, one.start_frame)
    page.keyboard.press("p")
    at(page, first.start_frame)
    page.keyboard.press("ArrowDown")
    page.locator(".bv-card.bv-chosen", has_text=bouts_of(run, 1)[0].individual).wait_for()
    page.keyboard.press("-")
    page.locator(".st-bar", has_text="all").wait_for()
    page.keyboard.press("+")


def test_a_time_is_typed_and_nonsense_is_marked(page) -> None:
    field = page.locator(".st-field")
    field.fill("0:02.5")
    field.press("Enter")
    at(page, 75)
    field.fill("soon")
    field.press("Enter")
    page.locator(".st-field.st-wrong").wait_for()
    field.fill("")


def test_a_click_in_an_ethogram_travels_and_the_words_follow(page, run: Path) -> None:
    bout = long_bout(run, 1)
    frame = (bout.start_frame + bout.stop_frame) // 2
    box = page.locator(".st-overview").bounding_box()
    x = box["x"] + 92 + (box["width"] - 92) * (frame + 0.5) / (SECONDS * RATE)
    page.mouse.click(x, box["y"] + box["height"] * 0.75)
    card = page.locator(".bv-card.bv-chosen", has_text=bout.individual)
    card.locator(".bv-head", has_text=bout.behavior).wait_for()
    assert "definition" in card.inner_text() and "evidence" in card.inner_text()
    assert abs(frame_of(page) - frame) <= 1


def test_a_bout_is_named_by_a_digit_and_by_word(page, run: Path) -> None:
    bout = long_bout(run)
    travel(page, bout.start_frame + 2)
    behaviors = page.locator(".q-tab-panel .bv-row .bv-wide").all_inner_texts()
    other = next(place for place in range(3) if behaviors[place] != bout.behavior)
    corrected(page, lambda: page.keyboard.press(str(other + 1)))
    assert [one.behavior for one in bouts_of(run) if one.start_frame == bout.start_frame] == [behaviors[other]]
    page.keyboard.press("r")
    page.locator(".q-dialog input").fill("box the air")
    corrected(page, lambda: page.locator(".q-dialog input").press("Enter"))
    page.locator(".bv-card.bv-chosen", has_text="box the air").wait_for()
    eventually(lambda: "box the air" in {row["behavior"] for row in rows_of(run / "bouts.csv")})
    undo(page, 2)


def test_a_bout_is_split_merged_and_its_ends_are_set(page, run: Path) -> None:
    before = bouts_of(run)
    bout = long_bout(run)
    middle = (bout.start_frame + bout.stop_frame) // 2
    travel(page, middle)
    corrected(page, lambda: page.keyboard.press("s"))
    assert [one.start_frame for one in bouts_of(run) if one.start_frame in (bout.start_frame, middle)] == [
        bout.start_frame,
        middle,
    ]
    travel(page, middle - 1)
    corrected(page, lambda: page.locator(".bv-acts button", has_text="Merge next").click())
    assert [(one.start_frame, one.stop_frame) for one in bouts_of(run)] == [
        (one.start_frame, one.stop_frame) for one in before
    ]
    travel(page, bout.start_frame + 3)
    corrected(page, lambda: page.keyboard.press("["))
    travel(page, bout.stop_frame - 4)
    corrected(page, lambda: page.keyboard.press("]"))
    assert (bout.start_frame + 3, bout.stop_frame - 3) in [(one.start_frame, one.stop_frame) for one in bouts_of(run)]
    undo(page, 4)
    assert bouts_of(run) == before


def test_while_it_plays_a_key_is_about_the_frame_that_is_seen(page, run: Path) -> None:
    bout = long_bout(run)
    travel(page, bout.start_frame + 1)
    page.locator(".st-bar button", has_text="0.5x").click()
    page.keyboard.press(" ")
    page.wait_for_function(f"Number(document.querySelector('.st-stage').dataset.frame) > {bout.start_frame + 10}")
    corrected(page, lambda: page.locator(".bv-acts button", has_text="Split here").click())
    page.keyboard.press("r")
    page.wait_for_function("document.querySelector('.st-stage').dataset.playing === 'no'")
    page.locator(".q-dialog input").wait_for()
    page.keyboard.press("Escape")
    page.locator(".q-dialog").wait_for(state="hidden")
    assert any(bout.start_frame + 10 < one.start_frame < bout.stop_frame for one in bouts_of(run))
    undo(page)
    page.locator(".st-bar button", has_text="1x").click()


def test_a_boundary_is_dragged(page, run: Path) -> None:
    before, bout = bouts_of(run), long_bout(run)
    travel(page, bout.start_frame + 5)
    gutter, axis, _, tall = LANES_PX
    box = page.locator(".st-lanes").bounding_box()
    span_s = 10.0 if page.locator(".st-bar", has_text="10 s").count() else SECONDS
    from_s = (bout.start_frame + 5) / RATE - span_s / 2 if span_s < SECONDS else 0.0

    def x(frame: int) -> float:
        return box["x"] + gutter + (box["width"] - gutter) * (frame / RATE - from_s) / span_s

    y = box["y"] + axis + tall / 2
    page.mouse.move(x(bout.start_frame), y)
    assert page.locator(".st-lanes").evaluate("one => one.style.cursor") == "col-resize"
    page.mouse.down()
    page.mouse.move(x(bout.start_frame + 3), y, steps=3)
    page.mouse.move(x(bout.start_frame + 6), y, steps=3)
    at(page, bout.start_frame + 6)  # the picture shows where the boundary would be
    corrected(page, page.mouse.up)
    assert bout.start_frame + 6 in [one.start_frame for one in bouts_of(run)]
    undo(page)
    assert bouts_of(run) == before


def test_who_did_it_to_whom_is_said_anew(page, run: Path) -> None:
    before, bout = bouts_of(run), long_bout(run)
    other = bouts_of(run, 1)[0].individual
    travel(page, bout.start_frame + 2)
    page.keyboard.press("a")
    page.locator(".q-dialog .q-select", has_text="to whom").click()
    wanted = "nobody" if bout.target else other
    page.locator(".q-menu .q-item", has_text=wanted).click()
    corrected(page, lambda: page.locator(".q-dialog button", has_text="Keep").click())
    assert {one.target for one in bouts_of(run) if one.start_frame == bout.start_frame} == {
        "" if bout.target else other
    }
    undo(page)
    assert bouts_of(run) == before


def test_actor_and_target_are_exchanged(page, run: Path) -> None:
    directed = next(one for animal in (0, 1) for one in bouts_of(run, animal) if one.target)
    page.locator(".bv-card", has_text=directed.individual).first.click()
    travel(page, directed.start_frame)
    page.locator(".bv-card.bv-chosen .bv-head", has_text=f"→ {directed.target}").wait_for()
    corrected(page, lambda: page.keyboard.press("x"))
    both = [*bouts_of(run), *bouts_of(run, 1)]
    assert (directed.target, directed.individual, directed.start_frame) in [
        (one.individual, one.target, one.start_frame) for one in both
    ]
    undo(page)


def test_clips_of_a_behavior_are_shown_renamed_and_defined(page, run: Path) -> None:
    bout = long_bout(run)
    with page.expect_response(lambda answer: "/clip/" in answer.url and answer.status == 200):
        page.locator(".q-tab-panel .bv-row", has_text=bout.behavior).first.click()
    dialog = page.locator(".q-dialog")
    dialog.get_by_label("definition").fill("is seen in a test")
    dialog.locator("button", has_text="Define").click()
    dialog.locator(".bv-said", has_text="kept").wait_for()
    dialog.get_by_label("name").fill(HOSTILE)
    dialog.get_by_label("name").press("Enter")
    page.wait_for_function("document.querySelector('.st-stage').dataset.revision !== ''")
    eventually(lambda: HOSTILE in (run / "ethogram.toml").read_text("utf-8"))
    assert "is seen in a test" in (run / "ethogram.toml").read_text("utf-8")
    dialog.locator(".bv-clip").first.click()
    dialog.wait_for(state="hidden")
    starts = [one.start_frame for animal in (0, 1) for one in bouts_of(run, animal) if one.behavior == HOSTILE]
    eventually(lambda: frame_of(page) in starts)
    page.locator(".bv-card.bv-chosen .bv-head", has_text=HOSTILE).wait_for()
    assert page.locator(".bv-card img, .q-tab-panel img, .bv-top img").count() == 0
    undo(page, 2)


def test_least_sure_clips_come_first_and_a_key_opens_them(page, run: Path) -> None:
    travel(page, long_bout(run).start_frame)
    page.keyboard.press("b")
    dialog = page.locator(".q-dialog")
    dialog.locator(".q-select").click()
    page.locator(".q-menu .q-item", has_text="least sure first").click()
    dialog.locator(".bv-clip").first.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_a_filter_counts_and_exports_exactly_what_stays(page, run: Path) -> None:
    page.locator(".q-tab", has_text="Filter").click()
    page.get_by_label("seconds at least").fill("1")
    with BehaviorRun.open(run) as opened:
        reader = BehaviorReader(opened)
        every = [bout for name in reader.names for bout in reader.bouts(name)]
    staying = [one for one in every if one.stop_s - one.start_s >= 1 - 1e-9]
    assert 0 < len(staying) < len(every)
    page.locator(f"text={len(staying)} of {len(every)} bouts stay").wait_for()
    page.locator("button", has_text="Export to the run").click()
    says(page, f"{len(staying)} bouts written to bouts_filtered.csv")
    assert [one.start_frame for one in read_bouts(run / "bouts_filtered.csv")] == [one.start_frame for one in staying]
    with page.expect_download() as downloaded:
        page.locator("button", has_text="Download").click()
    assert Path(downloaded.value.path()).read_bytes() == (run / "bouts_filtered.csv").read_bytes()
    page.get_by_label("seconds at least").fill("")
    page.locator(f"text={len(every)} of {len(every)} bouts stay").wait_for()
    page.locator(".q-tab", has_text="Behaviors").click()


def test_one_behavior_is_shown_alone(page) -> None:
    picture = "document.querySelector('.st-overview').toDataURL()"
    before = page.evaluate(picture)
    page.locator(".q-tab-panel .bv-row button").first.click()
    page.wait_for_function(f"before => {picture} !== before", arg=before)
    page.locator(".q-tab-panel .bv-row button").first.click()


def test_names_and_points_over_the_picture_come_and_go(page) -> None:
    seen = "(() => { const c = document.querySelector('.st-film canvas'); return c.getContext('2d')"
    seen += ".getImageData(0, 0, c.width, c.height).data.some((value) => value > 0); })()"
    page.wait_for_function(seen)
    page.keyboard.press("l")
    page.wait_for_function(f"!{seen}")
    page.keyboard.press("l")
    page.wait_for_function(seen)


def test_corrections_are_listed_and_any_of_them_is_undone(page, run: Path) -> None:
    travel(page, long_bout(run).start_frame + 2)
    page.locator(".q-tab", has_text="Corrections").click()
    page.get_by_label("reason of the next correction").fill("seen in slow motion")
    page.mouse.click(500, 10)
    corrected(page, lambda: page.keyboard.press("s"))
    row = page.locator(".q-tab-panel .bv-row", has_text="split at frame").first
    row.hover()
    page.locator(".q-tooltip", has_text="seen in slow motion").wait_for()
    row.locator("button").click()
    says(page, "undone")
    with BehaviorRun.open(run) as opened:
        records = opened.corrections.records()
        assert records[-2].reason == "seen in slow motion" and records[-2].number in undone_numbers(records)
    page.get_by_label("reason of the next correction").fill("")
    page.locator(".q-tab", has_text="Behaviors").click()


def test_a_merge_of_the_merger_is_undone(page, run: Path) -> None:
    page.locator(".q-tab", has_text="Merges").click()
    page.locator(".q-tab-panel .bv-row button").first.click()
    says(page, "is being taken apart")
    page.locator(".q-tab-panel .bv-row .bv-wide[style*='line-through']").first.wait_for()
    with BehaviorRun.open(run) as opened:
        reader = BehaviorReader(opened)
        assert len(reader.undone()) == 1 and reader.finished
    eventually(lambda: [row["undone"] for row in rows_of(run / "merges.csv")].count("yes") == 1)
    page.locator(".q-tab", has_text="Behaviors").click()


def test_help_is_shown(page) -> None:
    page.keyboard.press("?")
    page.locator(".q-card", has_text="split the bout before this frame").wait_for()
    page.keyboard.press("Escape")
    page.locator(".q-card").wait_for(state="hidden")


def test_a_name_that_is_markup_is_shown_as_text(page) -> None:
    assert page.locator(".bv-name").inner_text() == f"review · {HOSTILE}"
    assert page.locator(".bv-name img").count() == 0


@pytest.mark.parametrize(
    ("path", "headers", "code"),
    [
        ("/", {}, 200),
        ("/", {"Host": "evil.example"}, 403),
        ("/", {"Origin": "http://evil.example"}, 403),
        ("/film/0", {"Range": "bytes=0-99"}, 206),
        ("/film/0", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("/film/1", {}, 404),
        ("/film/..%2F..%2Frun.toml", {}, 404),
        ("/clip/0/0/0/10", {}, 200),
        ("/clip/0/0/0/99999", {}, 404),
        ("/run.toml", {}, 404),
        ("/docs", {}, 404),
    ],
)
def test_what_is_answered_and_what_is_refused(address: str, path: str, headers: dict[str, str], code: int) -> None:
    asked = urllib.request.Request(address.rstrip("/") + path, headers=headers)
    try:
        with urllib.request.urlopen(asked) as answer:
            assert answer.status == code
    except urllib.error.HTTPError as error:
        assert error.code == code
        error.close()
