"""Replies of models: a table of bad ones, what is mended, and round trips."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.chat.structured import parse_json, schema_in_words, validate
from behaviorvlm.errors import RefusedAnswerError, SettingsError

FENCED = '```json\n{"dot": 3}\n```'

UNDERSTOOD = {
    "plain": ('{"dot": 3}', {"dot": 3}),
    "blanks around": ('\n\t {"dot": 3}  \n', {"dot": 3}),
    "byte order mark": ('\ufeff{"dot": 3}', {"dot": 3}),
    "a list": ("[1, 2]", [1, 2]),
    "an empty object": ("{}", {}),
    "a lone number": ("3", 3),
    "a lone word": ('"left"', "left"),
    "a lone word in a fence": ('```\n"left"\n```', "left"),
    "thinking": ('<think>dot 2? no</think>{"dot": 3}', {"dot": 3}),
    "a draft while thinking": ('<think>perhaps {"dot": 2}</think>\n{"dot": 3}', {"dot": 3}),
    "thinking begun in the prompt": ('perhaps {"dot": 2}\n</think>\n{"dot": 3}', {"dot": 3}),
    "several thinking blocks": ('<think>a</think><think>{"dot": 1}</think>{"dot": 3}', {"dot": 3}),
    "thinking afterwards": ('{"dot": 3}<think>was that right?</think>', {"dot": 3}),
    "a tag named while thinking": ('<think>I use <think> here</think>{"dot": 3}', {"dot": 3}),
    "other tags": ('<Thinking>x</Thinking>[THINK]{"dot": 1}[/THINK]{"dot": 3}', {"dot": 3}),
    "an answer, then endless thinking": ('{"dot": 3}<think>or {"dot": 4', {"dot": 3}),
    "a tag inside a text": ('{"word": "<think>"}', {"word": "<think>"}),
    "a fence": (FENCED, {"dot": 3}),
    "a fence without a language": ('```\n{"dot": 3}\n```', {"dot": 3}),
    "a fence of tildes": ('~~~json\n{"dot": 3}\n~~~', {"dot": 3}),
    "a fence that is never closed": ('```json\n{"dot": 3}', {"dot": 3}),
    "prose before": ('The left hindpaw is dot 3, so: {"dot": 3}', {"dot": 3}),
    "prose after": ('{"dot": 3}\nDot 3 is the left hindpaw, I am sure.', {"dot": 3}),
    "prose with brackets": ('Of the dots {2, 3} [see above] I take {"dot": 3} (not [2])', {"dot": 3}),
    "prose with quotes": ('The "paw" isn\'t 2\'. {"dot": 3} It\'s "3".', {"dot": 3}),
    "prose with a list after it": ('{"dot": 3} because [1, 2] are specks', {"dot": 3}),
    "a draft, prose, the answer": ('{"dot": 2}\nWait, it moved:\n{"dot": 3}', {"dot": 3}),
    "a broken draft, then the answer": ('{"dot": 2,,}\nI mean\n{"dot": 3}', {"dot": 3}),
    "the same twice": ('{"dot": 3}\n{"dot": 3}', {"dot": 3}),
    "a comma too many": ('{"dots": [1, 2,], "b": "x,]",}', {"dots": [1, 2], "b": "x,]"}),
    "Python's quotes": ("{'dot': 3, 'why': \"it's\"}", {"dot": 3, "why": "it's"}),
    "Python's constants": ("{'a': None, 'b': True, 'c': False}", {"a": None, "b": True, "c": False}),
    "a word that looks like a constant": ('{"a": "None", "b": None}', {"a": "None", "b": None}),
    "a line break in a text": ('{"why": "one\ntwo"}', {"why": "one\ntwo"}),
    "a key twice, the same": ('{"dot": 3, "dot": 3}', {"dot": 3}),
    "brackets in a text": ('Here: {"why": "a } b ] c"} done', {"why": "a } b ] c"}),
    "an escaped quote": ('{"why": "a \\" } b"} done', {"why": 'a " } b'}),
    "an astral character": ('{"why": "\\ud83d\\udc2d"}', {"why": "\U0001f42d"}),
    "special tokens": ('<|im_start|>{"dot": 3}<|im_end|>', {"dot": 3}),
}

BAD = {
    "nothing": ("", "empty"),
    "blanks": (" \n\t", "empty"),
    "prose alone": ("I cannot see the mouse.", "holds no JSON"),
    "prose with a set": ("I take {left paw}.", "holds no JSON"),
    "an empty fence": ("```json\n```", "holds no JSON"),
    "thinking alone": ("<think>dot 3</think>", "holds no JSON"),
    "endless thinking": ('<think>perhaps {"dot": 3}', "still thinking"),
    "endless thinking after a block": ('<think>a</think><think>{"dot": 3}', "still thinking"),
    "cut after a brace": ("{", "cut off"),
    "cut in a key": ('{"do', "cut off"),
    "cut after a colon": ('{"dot":', "cut off"),
    "cut in a number": ('{"dot": 1', "cut off"),
    "cut after a minus": ('{"dot": -', "cut off"),
    "cut in a constant": ('{"dot": tru', "cut off"),
    "cut in a text": ('{"why": "it is', "cut off"),
    "cut in a list": ('{"dots": [{"dot": 1}, {"dot": 2}', "cut off"),
    "cut in a list of objects": ('[{"dot": 1}, {"dot": 2}, {"do', "cut off"),
    "cut, in a fence": ('```json\n{"dots": [1, 2\n```', "cut off"),
    "cut in the second answer": ('{"dot": 2}\nNo, rather:\n{"dot": ', "cut off"),
    "an outer object broken around a good one": ('{"a": {"dot": 1}, b: 2}', "broken near"),
    "two commas": ('{"a": 1,, "b": 2}', "broken near"),
    "keys without quotes inside": ('{"a": {dot: 3}}', "broken near"),
    "a comment": ('{"dot": 3 // sure\n}', "broken near"),
    "quotes within single quotes": ("{'why': 'it's'}", "broken near"),
    "brackets that do not fit": ('{"dots": [1, 2}', "broken near"),
    "several in a row": ('{"dot": 2}\n{"dot": 3}', "several"),
    "several fences in a row": (f'{FENCED}\n```json\n{{"dot": 4}}\n```', "several"),
    "a key twice": ('{"dot": 2, "dot": 3}', '"dot" stands twice'),
    "a key twice, single quotes": ("{'dot': 2, 'dot': 3}", '"dot" stands twice'),
    "a key twice, further in": ('{"a": [{"dot": 2, "dot": 3}]}', '"dot" stands twice'),
    "NaN": ('{"confidence": NaN}', "NaN is no number"),
    "Infinity": ('{"confidence": -Infinity}', "Infinity is no number"),
    "a number that overflows": ('{"confidence": 1e999}', "too large"),
    "a long number": (f'{{"dot": {"9" * 5000}}}', "too large"),
    "half a character": ('{"why": "\\ud83d"}', "half of a character"),
    "nested too deeply": ('{"a": ' * 40 + "1" + "}" * 40, "levels deep"),
    "nested beyond reason": ("[" * 200_000, "levels deep"),
    "closed beyond reason": ("[" * 200_000 + "]" * 200_000, "levels deep"),
}


@pytest.mark.parametrize(("reply", "value"), UNDERSTOOD.values(), ids=UNDERSTOOD)
def test_understood(reply, value):
    assert parse_json(reply) == value


@pytest.mark.parametrize(("reply", "complaint"), BAD.values(), ids=BAD)
def test_refused_with_a_complaint(reply, complaint):
    with pytest.raises(RefusedAnswerError, match=complaint) as caught:
        parse_json(reply)
    assert len(str(caught.value)) < 300  # it is shown to the model: a runaway reply must not come back whole


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
JSON_OBJECTS = st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=4)
PROSE = st.text(st.characters(categories=["L", "N", "Zs"], include_characters=".,;:!?()'"), max_size=40)


@given(JSON_OBJECTS, st.booleans(), st.sampled_from([None, 2]))
def test_every_object_comes_back(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert parse_json(text) == value
    assert parse_json(f"```json\n{text}\n```") == value


@given(JSON_OBJECTS, PROSE, PROSE, PROSE)
def test_prose_and_thinking_around_an_object_change_nothing(value, thought, before, after):
    text = json.dumps(value)  # a tag inside a text would be taken for a tag: see the table for where it is not
    if "think" not in text.lower() and "thought" not in text.lower() and "reasoning" not in text.lower():
        assert parse_json(f"<think>{thought}</think>{before}\n{text}\n{after}") == value


@given(st.dictionaries(st.text(max_size=5), JSON_VALUES, min_size=1, max_size=4), st.data())
def test_a_cut_object_is_never_an_answer(value, data):
    text = json.dumps(value)
    with pytest.raises(RefusedAnswerError):
        parse_json(text[: data.draw(st.integers(1, len(text) - 1))])


@given(st.text(st.sampled_from("{}[]\",':01eE-+.tfn \\\n<think/>`N"), max_size=60))
def test_no_text_breaks_the_parser(text):
    try:
        value = parse_json(text)
    except RefusedAnswerError:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value


DOTS = {
    "type": "object",
    "properties": {
        "dot": {"type": ["integer", "null"], "minimum": 1, "maximum": 8, "description": "its number"},
        "side": {"enum": ["left_hindpaw", "right_hindpaw"]},
        "sure": {"type": "boolean"},
        "box": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 1000}, "minItems": 4,
                "maxItems": 4},
        "share": {"type": "number", "minimum": 0, "maximum": 1},
        "code": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
    },
    "required": ["dot"],
    "additionalProperties": False,
}  # fmt: skip

MENDED = {
    "as it is": ({"dot": 3, "side": "left_hindpaw"}, {"dot": 3, "side": "left_hindpaw"}),
    "a whole float": ({"dot": 3.0}, {"dot": 3}),
    "a number in quotes": ({"dot": " 3 "}, {"dot": 3}),
    "a whole float in quotes": ({"dot": "3.0"}, {"dot": 3}),
    "null": ({"dot": None}, {"dot": None}),
    "none as a word": ({"dot": "None"}, {"dot": None}),
    "other case": ({"dot": 3, "side": " Left_Hindpaw"}, {"dot": 3, "side": "left_hindpaw"}),
    "true as a word": ({"dot": 3, "sure": "True"}, {"dot": 3, "sure": True}),
    "an integer for a number": ({"dot": 3, "share": 1}, {"dot": 3, "share": 1}),
    "a decimal in quotes": ({"dot": 3, "share": "0.25"}, {"dot": 3, "share": 0.25}),
    "wrapped in a list": ([{"dot": 3}], {"dot": 3}),
}

FAULTS = {
    "no object": (3, "The answer should be an object, but is 3"),
    "two objects": ([{"dot": 3}, {"dot": 4}], "should be an object"),
    "a missing key": ({"sure": True}, 'lacks "dot"'),
    "a fraction": ({"dot": 3.5}, "dot should be an integer or null, but is 3.5"),
    "a truth for an integer": ({"dot": True}, "dot should be an integer or null, but is true"),
    "words for an integer": ({"dot": "dot 3"}, "should be an integer"),
    "a huge float": ({"dot": 1e300}, "should be an integer"),
    "too small": ({"dot": 0}, "dot should be 1 to 8, but is 0"),
    "too large, in quotes": ({"dot": "99"}, "dot should be 1 to 8, but is 99"),
    "too few": ({"dot": 1, "box": [1, 2, 3]}, "box should have exactly 4 items, but has 3"),
    "outside, further in": ({"dot": 1, "box": [1, 2, 3, 1001]}, r"box\[3\] should be 0 to 1000, but is 1001"),
    "no member": ({"dot": 1, "side": "left"}, 'side should be "left_hindpaw" or "right_hindpaw", but is "left"'),
    "another form": ({"dot": 1, "code": "A1"}, r"code should have the form \^\[a-z\]\+\$"),
    "too long": ({"dot": 1, "code": "abcdef"}, "code should have at most 5 characters, but has 6"),
    "an unknown key, perhaps misspelt": ({"dot": 1, "sides": "left_hindpaw"}, 'has "sides", but may only have'),
    "not a number": ({"dot": 1, "share": float("nan")}, "share should be a number"),
}


@pytest.mark.parametrize(("value", "mended"), MENDED.values(), ids=MENDED)
def test_mended(value, mended):
    kept = json.dumps(value)
    found = validate(value, DOTS)
    assert found == mended
    assert json.dumps(found) == json.dumps(mended)  # 3.0 == 3, but not in JSON
    assert json.dumps(value) == kept


@pytest.mark.parametrize(("value", "complaint"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named(value, complaint):
    with pytest.raises(RefusedAnswerError, match=complaint):
        validate(value, DOTS)


def test_an_extra_key_is_left_out_where_nothing_can_be_misspelt():
    schema = {"type": "object", "properties": {"dot": {"type": "integer"}}, "additionalProperties": False}
    assert validate({"why": "it glows", "dot": 3}, schema) == {"dot": 3}


def test_further_properties_are_checked_where_they_have_a_schema():
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    assert validate({"nose": "3"}, schema) == {"nose": 3}
    with pytest.raises(RefusedAnswerError, match="nose should be an integer"):
        validate({"nose": "left"}, schema)


def test_all_faults_are_told_at_once_but_no_more_than_five():
    schema = {"type": "array", "items": {"type": "integer"}}
    with pytest.raises(RefusedAnswerError, match=r"\[0\] .*\[4\] .*And 3 more"):
        validate(list("abcdefgh"), schema)


def test_true_is_not_one():
    with pytest.raises(RefusedAnswerError):
        validate(True, {"enum": [1, 2]})
    assert validate(1, {"const": 1}) == 1


@pytest.mark.parametrize("schema", [{"anyOf": []}, {"items": {"$ref": "#"}, "type": "array"}, {"type": "int"}])
def test_a_schema_that_is_not_understood_is_the_fault_of_the_question(schema):
    with pytest.raises(SettingsError, match="schema of a question"):
        validate([1], schema)
    with pytest.raises(SettingsError, match="schema of a question"):
        schema_in_words(schema)


SCALARS = st.sampled_from(
    [
        ({"type": "integer", "minimum": -5, "maximum": 5}, st.integers(-5, 5)),
        ({"type": "number"}, st.floats(allow_nan=False, allow_infinity=False)),
        ({"type": "string", "maxLength": 3}, st.text(max_size=3)),
        ({"type": ["boolean", "null"]}, st.booleans() | st.none()),
        ({"enum": ["a", "b", 3, None]}, st.sampled_from(["a", "b", 3, None])),
    ]
)


@given(st.lists(SCALARS, min_size=1, max_size=4), st.data())
def test_what_obeys_the_schema_comes_back_as_it_is(rules, data):
    schema = {
        "type": "object",
        "properties": {f"k{i}": {"type": "array", "items": rule} for i, (rule, _) in enumerate(rules)},
        "required": [f"k{i}" for i in range(len(rules))],
        "additionalProperties": False,
    }
    value = {f"k{i}": data.draw(st.lists(values, max_size=3)) for i, (_, values) in enumerate(rules)}
    assert validate(value, schema) == value
    assert schema_in_words(schema) == schema_in_words(schema)


def test_a_schema_in_words():
    assert schema_in_words(DOTS).splitlines() == [
        "Answer with one JSON value and nothing else: no explanation before or after it, no code fence.",
        "It is an object with these keys:",
        '- "dot": an integer from 1 to 8 or null (its number)',
        '- "side", which may be left out: "left_hindpaw" or "right_hindpaw"',
        '- "sure", which may be left out: true or false',
        '- "box", which may be left out: a list of exactly 4 items, each an integer from 0 to 1000',
        '- "share", which may be left out: a number from 0 to 1',
        '- "code", which may be left out: a text of the form ^[a-z]+$',
    ]


def test_a_nested_schema_in_words_is_indented():
    dots = {"type": "array", "maxItems": 2, "items": {"type": "object", "properties": {"dot": {"type": "integer"}}}}
    words = schema_in_words({"type": "object", "properties": {"dots": dots}, "required": ["dots"]})
    assert words.splitlines()[-2:] == [
        '- "dots": a list of at most 2 items, each an object with these keys:',
        '  - "dot", which may be left out: an integer',
    ]
