from __future__ import annotations

from pathlib import Path

import pytest

from behaviorvlm.chat.binding import ROLES, ModelBinding
from behaviorvlm.errors import FormatError, SettingsError
from behaviorvlm.io.models_file import read_models

SERVER = "http://localhost:8000/v1"


def write(folder: Path, text: str) -> Path:
    (folder / "models.toml").write_text(text)
    return folder / "models.toml"


def test_a_default_binds_every_role(tmp_path: Path) -> None:
    models = read_models(write(tmp_path, f'[default]\nmodel = "{SERVER}#qwen"\nmax_in_flight = 8\n'))
    assert models == dict.fromkeys(ROLES, ModelBinding(url=SERVER, name="qwen", max_in_flight=8))


def test_a_role_says_what_is_different(tmp_path: Path) -> None:
    text = f"""
    [default]
    model = "{SERVER}#qwen"
    temperature = 0.5
    max_tokens = 99
    [region_detector]
    max_tokens = 50
    [clip_describer]
    model = "https://models.example#video"
    structured = "text"
    """
    models = read_models(write(tmp_path, text))
    assert models["keypoint_assigner"] == ModelBinding(url=SERVER, name="qwen", temperature=0.5, max_tokens=99)
    assert models["region_detector"] == ModelBinding(url=SERVER, name="qwen", temperature=0.5, max_tokens=50)
    describer = models["clip_describer"]
    assert (describer.url, describer.name) == ("https://models.example/v1", "video")
    assert (describer.structured, describer.max_tokens) == ("text", 99)


def test_a_default_without_a_model_is_of_settings_alone(tmp_path: Path) -> None:
    text = f'[default]\nmax_tokens = 50\n[segment_merger]\nmodel = "{SERVER}#llm"\n'
    assert read_models(write(tmp_path, text)) == {"segment_merger": ModelBinding(url=SERVER, name="llm", max_tokens=50)}


def test_without_a_default_only_the_named_roles_are_bound(tmp_path: Path) -> None:
    assert list(read_models(write(tmp_path, f'[segment_merger]\nmodel = "{SERVER}#llm"\n'))) == ["segment_merger"]


def test_a_folder_is_a_model_in_this_process(tmp_path: Path) -> None:
    (model,) = read_models(write(tmp_path, '[segment_merger]\nmodel = "/models/tiny"\n')).values()
    assert (model.folder, model.name) == (Path("/models/tiny"), "tiny")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "binds no model"),
        ("[region_detecter]\nmodel = 'http://a#m'", "did you mean region_detector"),
        ("[camera]\nmodel = 'http://a#m'", "among default, region_detector"),
        ("default = 'http://a#m'", "default is no table"),
        ("[default]\nmodel = 'http://a#m'\ntemprature = 0", "did you mean temperature"),
        ("[default]\nmodel = 'http://a#m'\nurl = 'http://b'", "unknown key url"),
        ("[default]\nmodel = 'http://a#m'\napi_key = 'x'", "unknown key api_key"),
        ("[default]\ntemperature = 0.1", "binds no model"),
        ("[segment_merger]\ntemperature = 0.1", "the role has no model"),
        ("[default]\nmodel = 7", "no model"),
        ("[default]\nmodel = 'http://a'", "no name"),
        ("[default]\nmodel = 'localhost:8000#m'", "write http://"),
        ("[default]\nmodel = 'segment_merger=http://a#m'", "names the role already"),
        ("[default]\nmodel = 'http://a#m'\ntemperature = 9", "temperature cannot be used"),
        ("[default]\nmodel = 'http://a#m'\nmax_tokens = 'many'", "max_tokens cannot be used"),
        ("[default]\nmodel = 'http://a#m'\nstructured = 'xml'", "structured cannot be used"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError, match=said) as error:
        read_models(path)
    assert error.value.where.startswith(str(path))


def test_a_key_in_an_address_is_refused_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="credentials") as error:
        read_models(write(tmp_path, "[default]\nmodel = 'http://me:secret123@a#m'"))
    assert "secret123" not in str(error.value)


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="read"):
        read_models(write(tmp_path, "[default"))
