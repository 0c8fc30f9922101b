"""Opt in: ``make conformance``, or name a server with ``BEHAVIORVLM_CONFORMANCE_MODEL=URL#NAME``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.llama_server import NAME, LlamaServer

from behaviorvlm.chat.binding import ModelBinding, parse_model

MODEL, SOURCE = "BEHAVIORVLM_CONFORMANCE_MODEL", "BEHAVIORVLM_LLAMA_CPP"


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    """A server of our own."""
    if SOURCE not in os.environ:
        pytest.skip(f"`make conformance` builds llama-server and sets {SOURCE}")
    with LlamaServer(Path(os.environ[SOURCE]).absolute(), tmp_path_factory.mktemp("llama")) as server:
        yield server


@pytest.fixture(scope="session")
def binding(request: pytest.FixtureRequest) -> ModelBinding:
    """The model that is put to the test: one that was named, else that of our own server."""
    if MODEL in os.environ:
        return parse_model(os.environ[MODEL])[1]
    return _patient(request.getfixturevalue("llama"))


@pytest.fixture(scope="session")
def own_binding(llama: LlamaServer) -> ModelBinding:
    """The model of our own server, which may be killed."""
    return _patient(llama)


def _patient(server: LlamaServer) -> ModelBinding:
    return ModelBinding(url=server.url, name=NAME, timeout_s=120, patience_s=120, max_tokens=256)
