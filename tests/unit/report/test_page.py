"""Pages: text stays text, whoever wrote it; the page asks nothing of anybody and says so."""

from __future__ import annotations

import base64
import hashlib
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.report.page_reader import Reader

from behaviorvlm.markup import Markup, element, facts, folded, joined, listed, readable, table
from behaviorvlm.report.drawn_names import MOST_LETTERS, drawn_names
from behaviorvlm.report.page import Section, notice, paragraphs, render_page, tiles, verdict

NASTY = "<script>alert('1')</script> \"&\" </p> \u202e \x00"
MADE = set(re.findall("[a-z]+", "p div table thead tbody tr th td dl dt dd ul li details summary b span"))


def test_text_is_escaped_and_markup_is_not() -> None:
    inner = element("b", "a < b")
    assert element("p", inner, " & c", class_="x") == '<p class="x"><b>a &lt; b</b> &amp; c</p>'
    assert joined("<", None, Markup("<br>")) == "&lt;<br>"
    assert element("img", alt='"', hidden=True, title=None, open=False) == '<img alt="&quot;" hidden>'


@settings(max_examples=40)
@given(st.text(max_size=40))
def test_whatever_a_text_is_it_opens_no_element_and_can_be_read(text: str) -> None:
    for made in (
        element("p", text, title=text),
        table([text], [[text]]),
        facts([(text, text)]),
        listed([text]),
        folded(text, text),
        tiles([(text, text)]),
        notice(text, [text]),
        paragraphs(text),
        verdict(text, fine=True),
    ):
        names = {name for name, _ in Reader(made).elements}
        assert names <= MADE
    shown = Reader(element("p", text, title=text))
    assert shown.text == readable(text)
    assert shown.elements[0][1]["title"] == readable(text)


def test_letters_that_cannot_be_seen_are_spelt_out() -> None:
    assert readable("a\u202eb\x00\nc\ud800é") == "a\\u202eb\\x00\\nc\\ud800é"


def test_tables_and_lists_say_when_they_are_empty() -> None:
    assert "Nothing to show" in table(["a"], [])
    assert "no bouts" in table(["a"], [], nothing="no bouts")
    assert "none" in listed([], nothing="none")
    assert Reader(table(["a", "b"], [["x", "1"]])).elements[-1] == ("td", {"class": "number"})


def test_a_page_forbids_everything_that_is_not_in_it() -> None:
    page = render_page(NASTY, [Section("one", NASTY, (NASTY,))], subtitle=NASTY, foot=NASTY)
    found = Reader(page)
    policy = next(own["content"] for name, own in found.elements if own.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and "default-src 'none'" in policy and "script-src 'none'" in policy
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert "url(" not in style.group(1) and "@import" not in style.group(1)
    assert not {name for name, _ in found.elements} & {"script", "link", "iframe", "object", "base", "form"}
    assert not [own for _, own in found.elements if "style" in own or "onerror" in own]
    assert found.text.count(readable(NASTY)) == 7  # title twice, subtitle, section twice, what is in it, foot
    page.encode("utf-8")


def test_figures_name_things_shortly_and_still_apart() -> None:
    long = "a behavior with a name that no axis has room for"
    drawn = drawn_names([long, long + "!", "rest", "", "two\nlines"])
    assert len(set(drawn.values())) == 5
    assert all(len(name) <= MOST_LETTERS + 4 for name in drawn.values())
    assert drawn["rest"] == "rest" and drawn[""] == "nameless" and drawn["two\nlines"] == "two\\nlines"


def test_a_judgement_is_told_by_a_sign_and_not_by_color_alone() -> None:
    assert Reader(verdict("so", fine=True)).text == "✓ so"
    assert Reader(verdict("so", fine=False)).text == "▲ so"
