"""How to start a server: ready commands for the paper's models, and for one that fits a laptop."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

CONTEXT = 32_768
"""Tokens for one question and its answer: exemplars are pictures, and pictures are long."""
PICTURES = 16
"""Most pictures in one question."""
BYTES_PER_WEIGHT = {"vLLM": 2.0, "llama.cpp": 0.6}
"""16 bits; a little under 5 bits with the labels of their blocks (Q4_K_M)."""

_NO_THINKING = """--reasoning-parser qwen3 --default-chat-template-kwargs '{"enable_thinking": false}'"""
_WITH_PICTURES = f"""--limit-mm-per-prompt '{{"image": {PICTURES}, "video": 1}}'"""


class StartCommand(BaseModel):
    """A command that starts a server.

    Attributes:
        model: The model, for people.
        good_for: What it can be asked.
        server: ``vLLM`` or ``llama.cpp``.
        weights_gb: What its weights take, in GB of 10^9 bytes; pictures and answers in flight come on top.
        command: To be typed.
        option: What to say to our commands then.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    good_for: str
    server: str
    weights_gb: float
    command: str
    option: str


class _Known(BaseModel):
    """A model that others publish: its size in 10^9 weights, its repositories, and how it is served."""

    model: str
    good_for: str
    size: float
    repository: str
    gguf: str
    vllm: str
    llama: str
    in_flight: int
    port_offset: int = 0


_EYES, _TEXT = "every role", "segment_merger (it reads no pictures)"
_MODELS = (
    _Known(
        model="Qwen3.5-27B",
        good_for=_EYES,
        size=27,
        repository="Qwen/Qwen3.5-27B",
        gguf="unsloth/Qwen3.5-27B-GGUF",
        vllm=f"{_WITH_PICTURES} {_NO_THINKING}",
        llama="--reasoning-budget 0",
        in_flight=4,
    ),
    _Known(
        model="Qwen3.5-35B-A3B",
        good_for=_EYES,
        size=35,
        repository="Qwen/Qwen3.5-35B-A3B",
        gguf="unsloth/Qwen3.5-35B-A3B-GGUF",
        vllm=f"{_WITH_PICTURES} {_NO_THINKING}",
        llama="--reasoning-budget 0",
        in_flight=4,
    ),
    _Known(
        model="Qwen3-Next-80B-A3B",
        good_for=_TEXT,
        size=80,
        repository="Qwen/Qwen3-Next-80B-A3B-Instruct",
        gguf="unsloth/Qwen3-Next-80B-A3B-Instruct-GGUF",
        vllm="--tensor-parallel-size 4",
        llama="",
        in_flight=2,
        port_offset=1,
    ),
    _Known(
        model="Qwen3-VL-4B, for a laptop",
        good_for=_EYES,
        size=4,
        repository="Qwen/Qwen3-VL-4B-Instruct",
        gguf="Qwen/Qwen3-VL-4B-Instruct-GGUF",
        vllm=_WITH_PICTURES,
        llama="",
        in_flight=1,
    ),
)


def start_commands() -> tuple[StartCommand, ...]:
    """Return the commands, those for vLLM first in each pair."""
    return tuple(command for known in _MODELS for command in _commands(known))


def _commands(known: _Known) -> Iterator[StartCommand]:
    role = "segment_merger=" if known.good_for == _TEXT else ""
    port = 8000 + known.port_offset
    vllm = f"vllm serve {known.repository} --port {port} --max-model-len {CONTEXT} {known.vllm}"
    yield _start(known, "vLLM", command=vllm, option=f"{role}http://localhost:{port}/v1#{known.repository}")
    port, name = 8080 + known.port_offset, known.repository.partition("/")[2].lower()
    slots = f"-np {known.in_flight} -c {known.in_flight * CONTEXT}"
    llama = f"llama-server -hf {known.gguf}:Q4_K_M --alias {name} --port {port} --jinja {slots} {known.llama}"
    yield _start(known, "llama.cpp", command=llama, option=f"{role}http://localhost:{port}/v1#{name}")


def _start(known: _Known, server: str, *, command: str, option: str) -> StartCommand:
    return StartCommand(
        model=known.model,
        good_for=known.good_for,
        server=server,
        weights_gb=round(known.size * BYTES_PER_WEIGHT[server], 1),
        command=command.strip(),
        option=f"--model {option}",
    )
