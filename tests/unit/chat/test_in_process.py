"""A model in this process, on tiny models made here: their answers are nonsense, but of the right shape."""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_models

from behaviorvlm.chat import in_process
from behaviorvlm.chat.binding import ModelBinding, parse_model
from behaviorvlm.chat.in_process import InProcessModel
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.model_folder import LoadedModel, load_model
from behaviorvlm.errors import ModelError, ModelFileError

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "candidate": {"type": "integer", "minimum": 3, "maximum": 17},
        "side": {"enum": ["left", "right"]},
        "why": {"type": "string", "pattern": "^[a-z ]{1,6}$"},
    },
    "required": ["candidate", "side", "why"],
    "additionalProperties": False,
}
ENDLESS = {"type": "string", "pattern": "^[a-z]{2000}$"}


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Iterator[None]:
    for name in ("torch", "transformers", "llguidance", "PIL"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install 'behaviorvlm[local]'")
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a tiny model only waits for further threads, on a busy machine for seconds
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def vlm_folder(_libraries: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build_tiny_vlm(tmp_path_factory.mktemp("models") / "tiny-vlm")


@pytest.fixture(scope="module")
def llm_folder(_libraries: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.build_tiny_llm(tmp_path_factory.mktemp("models") / "tiny-llm")


@pytest.fixture(scope="module")
def vlm(vlm_folder: Path) -> Iterator[InProcessModel]:
    model = InProcessModel(parse_model(str(vlm_folder))[1])
    yield model
    asyncio.run(model.close())


@pytest.fixture(scope="module")
def llm(llm_folder: Path) -> Iterator[InProcessModel]:
    model = InProcessModel(parse_model(str(llm_folder))[1])
    yield model
    asyncio.run(model.close())


@pytest.fixture(scope="module")
def loaded(llm_folder: Path) -> LoadedModel:
    return load_model(llm_folder)


def picture(color: str = "red", size: tuple[int, int] = (64, 64)) -> Picture:
    from PIL import Image

    content = io.BytesIO()
    Image.new("RGB", size, color).save(content, "PNG")
    return Picture(content.getvalue())


def request(*parts: str | Picture, **options: Any) -> ChatRequest:
    options.setdefault("schema", SCHEMA)
    return ChatRequest((Message.of("user", *(parts or ("Which dot is the paw?",))),), **options)


def ask(model: InProcessModel, wanted: ChatRequest) -> ChatReply:
    return asyncio.run(model.complete(wanted))


def follows_the_schema(text: str) -> bool:
    answer = json.loads(text)
    return (
        list(answer) == ["candidate", "side", "why"]
        and type(answer["candidate"]) is int
        and 3 <= answer["candidate"] <= 17
        and answer["side"] in ("left", "right")
        and re.fullmatch("[a-z ]{1,6}", answer["why"]) is not None
    )


# Answers


def test_two_pictures_under_a_schema(vlm: InProcessModel) -> None:
    conversation = (
        Message.of("system", "You name dots."),
        Message.of("user", "Before:", picture("red"), "Now:", picture("blue"), "Which dot is the paw?"),
        Message.of("assistant", "The third."),
        Message.of("user", "Answer in JSON."),
    )
    reply = ask(vlm, ChatRequest(conversation, SCHEMA))
    assert follows_the_schema(reply.text)
    assert (reply.model, reply.finish_reason, reply.thinking) == ("tiny-vlm", "stop", "")
    assert reply.answer_tokens == len(reply.text) + 1 - reply.text.count("in") - reply.text.count("er")
    assert 0 < reply.seconds < 20


def test_each_picture_is_seen(vlm: InProcessModel) -> None:
    without = ask(vlm, request("Look.", max_tokens=1)).prompt_tokens
    one = ask(vlm, request("Look.", picture(), max_tokens=1)).prompt_tokens
    two = ask(vlm, request("Look.", picture(), picture(size=(96, 64)), max_tokens=1)).prompt_tokens
    assert one - without == 2 + 4  # what encloses it, and 2 x 2 tokens of 32 x 32 pixels
    assert two - one == 2 + 6


def test_what_is_in_a_picture_matters(vlm_folder: Path) -> None:
    import torch

    model = load_model(vlm_folder)
    read = [in_process._read_question(model, request(picture(color)), max_pixels=10**6) for color in ("red", "blue")]
    with torch.inference_mode():
        red, blue = (model.network(**inputs).logits[0, -1].float() for inputs in read)
    assert (red - blue).abs().max() > 0.1


def test_large_pictures_are_shrunk(vlm_folder: Path) -> None:
    model = InProcessModel(ModelBinding(url=str(vlm_folder), name="small", max_pixels=64 * 32))
    small, large = (ask(model, request(picture(size=size), max_tokens=1)) for size in ((64, 32), (256, 128)))
    asyncio.run(model.close())
    assert small.prompt_tokens == large.prompt_tokens
    assert small.model == "small"


def test_every_sampled_answer_follows_its_schema(llm: InProcessModel) -> None:
    texts = [ask(llm, request(temperature=1.5, seed=seed)).text for seed in range(20)]
    assert all(follows_the_schema(text) for text in texts)
    assert len(set(texts)) > 10


def test_a_seed_gives_the_same_answer_again(llm: InProcessModel) -> None:
    one, two, again = (ask(llm, request(temperature=1.0, seed=seed)).text for seed in (1, 2, 1))
    assert one == again != two


def test_without_a_seed_answers_differ(llm: InProcessModel) -> None:
    assert len({ask(llm, request(temperature=1.0, seed=None)).text for _ in range(4)}) > 1


def test_the_likeliest_answer_needs_no_seed(llm: InProcessModel) -> None:
    assert len({ask(llm, request(seed=seed)).text for seed in (0, 1, None)}) == 1


def test_random_numbers_of_others_stay(llm: InProcessModel) -> None:
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3).tolist()
    torch.manual_seed(5)
    ask(llm, request(temperature=1.0, seed=1))
    assert torch.rand(3).tolist() == expected


def test_an_answer_cut_by_the_token_limit(vlm: InProcessModel) -> None:
    reply = ask(vlm, request(picture(), max_tokens=6))
    assert (reply.finish_reason, reply.answer_tokens) == ("length", 6)
    assert reply.text == '{"cand'


def test_an_answer_cut_by_the_context(llm: InProcessModel) -> None:
    long = "a" * (tiny_models.CONTEXT - 40)
    reply = ask(llm, request(long, schema=ENDLESS, max_tokens=500))
    assert reply.finish_reason == "length"
    assert reply.prompt_tokens + reply.answer_tokens == tiny_models.CONTEXT


def test_free_text(llm: InProcessModel) -> None:
    reply = ask(llm, request(schema=None, max_tokens=8, temperature=1.0))
    assert reply.answer_tokens <= 8


# Thinking


@pytest.mark.parametrize("thinking", [tiny_models.THINKING_CHOICE, tiny_models.THINKING_ALWAYS])
def test_no_thought_is_left_open(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch, thinking: str) -> None:
    monkeypatch.setattr(loaded.tokenizer, "chat_template", tiny_models.chat_template(thinking))
    text = in_process._conversation(loaded, (Message.of("user", "Which dot?"),))
    assert text == "<|im_start|>user\nWhich dot?<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"


def test_a_model_that_does_not_think(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaded.tokenizer, "chat_template", tiny_models.chat_template(thinking=""))
    assert in_process._conversation(loaded, (Message.of("user", "Which dot?"),)).endswith("<|im_start|>assistant\n")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("<think>\nDot 4?\n</think>\n\nDot 5.", ("Dot 4?", "Dot 5.")),
        ("Dot 4?</think>Dot 5.", ("Dot 4?", "Dot 5.")),
        (" Dot 5.\n", ("", "Dot 5.")),
        ("<think>Dot 4 or", ("", "<think>Dot 4 or")),
    ],
)
def test_thought_and_answer(text: str, parts: tuple[str, str]) -> None:
    assert in_process._part_thinking(text) == parts


# In the event loop


def test_questions_together_are_answered_as_alone(vlm: InProcessModel) -> None:
    questions = [request(picture(color), color, temperature=1.0, seed=7) for color in ("red", "green", "blue")]
    alone = [ask(vlm, question).text for question in questions]

    async def together() -> list[ChatReply]:
        return await asyncio.gather(*(vlm.complete(question) for question in questions))

    assert [reply.text for reply in asyncio.run(together())] == alone


def test_the_event_loop_stays_free(llm: InProcessModel) -> None:
    async def count_meanwhile() -> int:
        answer = asyncio.create_task(llm.complete(request(schema=ENDLESS, max_tokens=60)))
        turns = 0
        while not answer.done():
            await asyncio.sleep(0.001)
            turns += 1
        await answer
        return turns

    assert asyncio.run(count_meanwhile()) > 10


def test_a_cancelled_answer_makes_way(llm: InProcessModel) -> None:
    async def give_up() -> None:
        await llm.complete(request(max_tokens=1))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(llm.complete(request(schema=ENDLESS, max_tokens=2000)), timeout=0.05)
        started = time.perf_counter()
        await llm.complete(request(max_tokens=1))
        assert time.perf_counter() - started < 2  # the whole endless answer takes longer by far

    asyncio.run(give_up())


def test_closing_ends_the_answer(llm_folder: Path) -> None:
    async def close_meanwhile() -> None:
        model = InProcessModel(parse_model(str(llm_folder))[1])
        await model.complete(request(max_tokens=1))
        answer = asyncio.create_task(model.complete(request(schema=ENDLESS, max_tokens=2000)))
        await asyncio.sleep(0.05)
        await model.close()
        with pytest.raises(ModelError, match="given up"):
            await answer

    asyncio.run(close_meanwhile())


# What goes wrong


def test_nothing_is_fetched(vlm_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*where: object) -> None:
        raise AssertionError(f"the network was asked for {where}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    load_model(vlm_folder)


def test_pictures_for_a_text_only_model(llm: InProcessModel) -> None:
    with pytest.raises(ModelFileError, match="reads no pictures") as caught:
        ask(llm, request(picture()))
    assert caught.value.where.endswith("tiny-llm")


def test_a_picture_that_is_none(vlm: InProcessModel) -> None:
    with pytest.raises(ModelError, match="cannot be decoded"):
        ask(vlm, request(Picture(b"\x89PNG, but no more")))


def test_a_schema_nobody_knows(llm: InProcessModel) -> None:
    with pytest.raises(ModelError, match="JSON schema"):
        ask(llm, request(schema={"type": "integre"}))


def test_a_question_longer_than_the_context(llm: InProcessModel) -> None:
    with pytest.raises(ModelError, match="does not fit"):
        ask(llm, request("a" * tiny_models.CONTEXT))


def test_a_template_that_refuses(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaded.tokenizer, "chat_template", "{{ raise_exception('no system message, please') }}")
    with pytest.raises(ModelError, match="no system message, please"):
        in_process._conversation(loaded, (Message.of("system", "You name dots."),))


def test_too_little_memory(llm: InProcessModel, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def burst(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("Tried to allocate 2 GiB")

    monkeypatch.setattr(in_process, "_write", burst)
    with pytest.raises(ModelError, match="ran out of memory"):
        ask(llm, request())


@pytest.fixture
def damaged(llm_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(llm_folder, tmp_path / "damaged")


def test_an_unknown_architecture(damaged: Path) -> None:
    config = json.loads((damaged / "config.json").read_text())
    (damaged / "config.json").write_text(json.dumps(config | {"model_type": "qwen99"}))
    with pytest.raises(ModelFileError, match="qwen99") as caught:
        load_model(damaged)
    assert "pip install --upgrade transformers" in caught.value.remedy


def test_weights_cut_off(damaged: Path) -> None:
    weights = damaged / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        load_model(damaged)


def test_a_parameter_is_missing(damaged: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(damaged / "model.safetensors")
    del weights["model.layers.2.mlp.up_proj.weight"]
    save_file(weights, damaged / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFileError, match=r"1 are missing, model\.layers\.2\.mlp\.up_proj\.weight"):
        load_model(damaged)


def test_a_base_model(damaged: Path) -> None:
    (damaged / "chat_template.jinja").unlink()
    with pytest.raises(ModelFileError, match="no chat template"):
        load_model(damaged)


def test_a_folder_that_cannot_be_loaded_is_tried_once(damaged: Path) -> None:
    (damaged / "tokenizer.json").write_text("{")
    model = InProcessModel(parse_model(str(damaged))[1])
    for _ in range(2):
        with pytest.raises(ModelFileError, match="cannot be loaded"):
            ask(model, request())
        (damaged / "tokenizer.json").unlink(missing_ok=True)
    asyncio.run(model.close())
