import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from behaviorvlm.chat.binding import ROLES, ModelBinding, api_key_for, bind_models, parse_model, redact
from behaviorvlm.errors import SettingsError

SECRET = "sk-0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "role", "url", "name"),
    [
        ("http://localhost:8000#qwen", None, "http://localhost:8000/v1", "qwen"),
        ("http://localhost:8000/v1/#qwen", None, "http://localhost:8000/v1", "qwen"),
        ("  HTTPS://Host.Example/v1#a/b:latest ", None, "https://host.example/v1", "a/b:latest"),
        ("https://host/some/openai#m", None, "https://host/some/openai", "m"),
        ("https://host/v1/chat/completions#m", None, "https://host/v1", "m"),
        ("region_detector=http://h:1#m", "region_detector", "http://h:1/v1", "m"),
        ("clip_describer=/models/tiny", "clip_describer", "file:///models/tiny", "tiny"),
        ("file:///models/a%20b", None, "file:///models/a%20b", "a b"),
        ("/models/tiny#small", None, "file:///models/tiny", "small"),
    ],
)
def test_addresses_are_read(text, role, url, name):
    assert parse_model(text) == (role, ModelBinding(url=url, name=name))
    assert parse_model(text)[1].url == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http://localhost:8000", "add #NAME"),
        ("http://localhost:8000#", "add #NAME"),
        ("localhost:8000#qwen", "write http://localhost:8000"),
        ("painter=http://h#m", "unknown role painter"),
        ("ftp://h#m", "no http(s) URL"),
        ("http://#m", "no http(s) URL"),
        ("http://[::1#m", "cannot be read"),
        ("http://h:99999#m", "cannot be read"),
        ("", "no http://"),
    ],
)
def test_bad_addresses_are_refused(text, words):
    with pytest.raises(SettingsError) as caught:
        parse_model(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{SECRET}@host/v1",
        f"http://{SECRET}@host/v1",
        f"https://host/v1?api_key={SECRET}",
        f"user:{SECRET}@host:8000",
        f"http://user:{SECRET}@host:99999",
    ],
)
def test_credentials_in_an_address_are_refused_and_not_repeated(url):
    for refuse in (lambda: parse_model(f"{url}#m"), lambda: ModelBinding(url=url, name="m")):
        with pytest.raises(SettingsError) as caught:
            refuse()
        assert SECRET not in str(caught.value)
        assert "BEHAVIORVLM_API_KEY" in str(caught.value) or "cannot be read" in str(caught.value)


def test_a_bad_binding_does_not_repeat_what_it_was_given():
    with pytest.raises(ValidationError) as caught:
        ModelBinding(url="http://h", name="m", api_key=SECRET)
    assert SECRET not in str(caught.value)


def test_a_folder_is_no_server(tmp_path):
    assert parse_model(str(tmp_path / "a b"))[1].folder == tmp_path / "a b"
    assert parse_model("http://h#m")[1].folder is None


def test_a_model_without_role_answers_the_roles_that_have_none():
    bound = bind_models(["http://h#big", "clip_describer=http://h#small"])
    assert set(bound) == set(ROLES)
    assert bound["clip_describer"].name == "small"
    assert {bound[role].name for role in ROLES if role != "clip_describer"} == {"big"}
    assert set(bind_models(["clip_describer=http://h#small"])) == {"clip_describer"}


def test_two_models_for_a_role_are_refused():
    with pytest.raises(SettingsError, match="two models for every role"):
        bind_models(["http://h#a", "http://h#b"])


@pytest.mark.parametrize(
    ("url", "environment", "key"),
    [
        ("http://host/v1", {}, None),
        ("http://host/v1", {"BEHAVIORVLM_API_KEY": " "}, None),
        ("http://host/v1", {"BEHAVIORVLM_API_KEY": f"{SECRET}\n"}, SECRET),
        ("http://host/v1", {"OPENAI_API_KEY": SECRET}, None),
        ("https://api.openai.com.evil.example/v1", {"OPENAI_API_KEY": SECRET}, None),
        ("http://api.openai.com/v1", {"OPENAI_API_KEY": SECRET}, None),
        ("https://api.openai.com/v1", {"OPENAI_API_KEY": SECRET}, SECRET),
        ("https://api.openai.com/v1", {"OPENAI_API_KEY": "other", "BEHAVIORVLM_API_KEY": SECRET}, SECRET),
    ],
)
def test_keys_come_from_the_environment_and_go_where_they_belong(url, environment, key):
    assert api_key_for(url, environment) == key


def test_a_key_that_no_header_takes_is_refused_and_not_repeated():
    with pytest.raises(SettingsError) as caught:
        api_key_for("http://host/v1", {"BEHAVIORVLM_API_KEY": "sk-0123\n4567"})
    assert "0123" not in str(caught.value)


@given(key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6), before=st.text(), after=st.text())
def test_a_redacted_text_never_holds_the_key(key, before, after):
    for written in (key, quote(key, safe=""), json.dumps(key)):
        assert key not in redact(before + written + after, key) or key in "***"


def test_placeholders_are_not_taken_out_of_replies():
    assert redact('{"answer": "none"}', "none") == '{"answer": "none"}'
    assert redact("text", None) == "text"
