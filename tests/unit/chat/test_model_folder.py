"""What can be said of a model's folder before anything is loaded: needs none of the libraries."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from behaviorvlm.chat import model_folder
from behaviorvlm.chat.binding import parse_model
from behaviorvlm.chat.in_process import InProcessModel
from behaviorvlm.errors import ModelFileError
from behaviorvlm.extras import EXTRAS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that looks like a model from outside."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model-00001-of-00002.safetensors").write_bytes(b"")
    return tmp_path


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no such model folder") as caught:
        InProcessModel(parse_model(f"keypoint_assigner={tmp_path / 'qwen'}")[1])
    assert str(tmp_path / "qwen") in caught.value.where
    assert "llama-server" in caught.value.remedy


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelFileError, match="no such model folder"):
        model_folder.check_model_folder(tmp_path / "model.gguf")


def test_no_configuration(folder: Path) -> None:
    (folder / "config.json").unlink()
    with pytest.raises(ModelFileError, match=r"expected: config\.json\n  actual: no config\.json"):
        model_folder.check_model_folder(folder)


def test_a_folder_for_llama_server(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "model-Q4_K_M.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelFileError, match="actual: GGUF files, which llama-server reads"):
        model_folder.check_model_folder(folder)


def test_no_weights(folder: Path) -> None:
    (folder / "model-00001-of-00002.safetensors").unlink()
    with pytest.raises(ModelFileError, match="holds no weights"):
        model_folder.check_model_folder(folder)


@pytest.mark.parametrize("name", EXTRAS["local"])
def test_a_library_that_is_not_installed(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    found = importlib.util.find_spec("json")
    monkeypatch.setattr(importlib.util, "find_spec", lambda wanted: None if wanted == name else found)
    with pytest.raises(ModelFileError, match=f"actual: without {name}\n") as caught:
        model_folder.check_model_folder(folder)
    assert caught.value.remedy == "pip install 'behaviorvlm[local]'"


def test_nothing_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    model_folder.check_model_folder(folder)


@pytest.mark.parametrize(
    ("problem", "remedy"),
    [
        (ValueError("Transformers does not recognize this architecture"), "pip install --upgrade transformers"),
        (RuntimeError("operator torchvision::nms does not exist"), "pip uninstall torchvision"),
        (OSError("header too large"), "name another folder"),
    ],
)
def test_what_to_do_about_it(problem: Exception, remedy: str) -> None:
    error = model_folder._unusable(Path("/models/qwen"), problem)
    assert error.remedy.startswith(remedy)
    assert error.actual == model_folder.first_line(problem)


def test_an_error_without_words() -> None:
    assert model_folder.first_line(KeyError()) == "KeyError: "
