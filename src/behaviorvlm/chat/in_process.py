"""A model in this process: read by transformers from a folder on disk, held to the schema of its answers by llguidance.

One question is answered at a time. Answers computed together in a batch differ in their last digits from answers
computed alone, and so, now and then, in their words: results would hang on the order in which questions arrive.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.chat.message import Message, Picture, Text
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.model_folder import OTHER_WAY, LoadedModel, check_model_folder, first_line, load_model
from behaviorvlm.errors import ModelError, ModelFileError

if TYPE_CHECKING:
    from llguidance import LLMatcher
    from PIL.Image import Image
    from torch import Tensor
    from transformers import BatchFeature

_THINKING_STARTS, _THINKING_ENDS = "<think>", "</think>"


class InProcessModel:
    """Implements `ChatModel` with the model in a folder. Time-outs do not apply: there is no line that could be cut.

    Args:
        binding: Its address is the folder. Temperature, seed and token limit are those of each request.

    Attributes:
        name: As in the binding: the folder's name unless another was given.

    Raises:
        ModelFileError: If the folder, its configuration or its weights are missing, or a library is not installed.
    """

    def __init__(self, binding: ModelBinding) -> None:
        self.name = binding.name
        self._folder = binding.folder or Path(binding.url)
        check_model_folder(self._folder)
        self._max_pixels = binding.max_pixels
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")
        self._loading: Future[LoadedModel] | None = None
        self._closed = threading.Event()

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the model's reply. The first call loads the weights; each call waits for its turn.

        Raises:
            ModelFileError: If the folder cannot be used, or pictures are put to a model that reads none.
            ModelError: If the question does not fit the context or the memory, or the schema is none that llguidance
                knows.
        """
        if self._loading is None:
            self._loading = self._worker.submit(load_model, self._folder)
        given_up = threading.Event()
        try:
            return await asyncio.wrap_future(self._worker.submit(self._answer, self._loading, request, given_up))
        finally:
            given_up.set()  # if we were cancelled, the answer ends at its next token

    async def close(self) -> None:
        """End the answer being written, and let go of the memory."""
        self._closed.set()
        await asyncio.to_thread(self._worker.shutdown, cancel_futures=True)
        self._loading = None

    def _answer(self, loading: Future[LoadedModel], request: ChatRequest, given_up: threading.Event) -> ChatReply:
        import torch

        model = loading.result()
        started = time.perf_counter()
        inputs = _read_question(model, request, max_pixels=self._max_pixels)
        asked = int(inputs["input_ids"].shape[1])
        pen = _Pen(_matcher(model, request.schema), already_read=asked, halts=(given_up, self._closed))
        limit = min(request.max_tokens, _room(model, asked))
        try:
            tokens = _write(model, inputs, request, pen=pen, limit=limit)
        except torch.OutOfMemoryError as problem:
            raise ModelError(
                "the model ran out of memory", actual=first_line(problem), remedy=f"smaller pictures; or {OTHER_WAY}"
            ) from problem
        thinking, text = _part_thinking(model.tokenizer.decode(tokens, skip_special_tokens=True))
        return ChatReply(
            text=text,
            model=self.name,
            finish_reason="stop" if tokens and tokens[-1] in model.stop_tokens else "length",
            prompt_tokens=asked,
            answer_tokens=len(tokens),
            seconds=time.perf_counter() - started,
            thinking=thinking,
        )


def _room(model: LoadedModel, asked: int) -> int:
    room = model.context_tokens - asked
    if room < 1:
        raise ModelError(
            "the question does not fit into the model's context",
            expected=f"fewer than {model.context_tokens} tokens",
            actual=f"{asked} tokens",
            remedy="show fewer exemplars or smaller pictures",
        )
    return room


def _read_question(model: LoadedModel, request: ChatRequest, *, max_pixels: int) -> BatchFeature:
    """Return the network's inputs: the conversation in the model's own form, up to where its answer begins."""
    pictures = [part for message in request.messages for part in message.parts if isinstance(part, Picture)]
    if pictures and model.processor is None:
        raise ModelFileError(
            "the model reads no pictures",
            where=str(model.network.config.name_or_path),
            expected="a vision-language model",
            actual=f"{len(pictures)} pictures for a text-only model",
            remedy="bind the role to a vision-language model",
        )
    text = _conversation(model, request.messages)
    reader = model.processor or model.tokenizer
    images = {"images": [_decode(picture, max_pixels) for picture in pictures]} if pictures else {}
    inputs = reader(text=[text], return_tensors="pt", add_special_tokens=False, **images)
    if model.processor is None:
        return inputs.to(model.network.device)
    return inputs.to(model.network.device, dtype=model.network.dtype)  # pixels; whole numbers stay whole


def _conversation(model: LoadedModel, messages: tuple[Message, ...]) -> str:
    reader = model.processor or model.tokenizer
    turns = [_turn(message, plain=model.processor is None) for message in messages]
    try:
        text: str = reader.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, enable_thinking=False)
    except Exception as problem:  # a template is a program of its own, and may raise anything
        raise ModelError("the model's chat template refuses the conversation", actual=first_line(problem)) from problem
    if text.rstrip().endswith(_THINKING_STARTS):  # this model thinks unless its thought is ended for it
        return f"{text.rstrip()}\n\n{_THINKING_ENDS}\n\n"
    return text


def _turn(message: Message, *, plain: bool) -> dict[str, Any]:
    """Return a message as chat templates take it; `plain`: those of text-only models want a string."""
    if plain:
        texts = [part.text for part in message.parts if isinstance(part, Text)]
        return {"role": message.role, "content": "".join(texts)}
    parts = [
        {"type": "text", "text": part.text} if isinstance(part, Text) else {"type": "image"} for part in message.parts
    ]
    return {"role": message.role, "content": parts}


def _decode(picture: Picture, max_pixels: int) -> Image:
    from PIL import Image

    try:
        image = Image.open(BytesIO(picture.content)).convert("RGB")
    except (OSError, ValueError) as problem:
        raise ModelError(
            "a picture cannot be decoded", where=picture.content_hash, expected=picture.media_type
        ) from problem
    shrink = (max_pixels / (image.width * image.height)) ** 0.5
    if shrink >= 1:
        return image
    size = (max(1, int(image.width * shrink)), max(1, int(image.height * shrink)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _matcher(model: LoadedModel, schema: Mapping[str, Any] | None) -> LLMatcher | None:
    """Return what knows which tokens may come next; None = any."""
    from llguidance import LLMatcher

    if schema is None:
        return None
    # One way to write each value: with blanks wherever JSON allows them, a model can fill its whole answer with blanks.
    style = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
    grammar = LLMatcher.grammar_from_json_schema(json.dumps(dict(schema)), style)
    matcher = LLMatcher(model.grammar_tokenizer, grammar, log_level=0)
    if matcher.is_error():
        raise ModelError(
            "an answer cannot be held to its JSON schema",
            expected="a schema that llguidance knows",
            actual=matcher.get_error().splitlines()[0],
        )
    return matcher


class _Pen:
    """Allows only the tokens the schema allows, and stops when nobody waits for the answer any more.

    transformers calls it before each token, as one of its logits processors.
    """

    def __init__(self, matcher: LLMatcher | None, *, already_read: int, halts: tuple[threading.Event, ...]) -> None:
        self._matcher = matcher
        self._read = already_read
        self._halts = halts

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the scores, shape (1, vocabulary), minus infinity where a token is not allowed."""
        import torch

        if any(halt.is_set() for halt in self._halts):
            raise ModelError("the answer was given up")
        if self._matcher is None:
            return scores
        self._matcher.consume_tokens(input_ids[0, self._read :].tolist())
        self._read = input_ids.shape[1]
        allowed = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8).bool()
        if self._matcher.is_error():
            raise ModelError("llguidance lost the thread of an answer", actual=self._matcher.get_error())
        return scores.masked_fill(~allowed[: scores.shape[1]].to(scores.device), float("-inf"))


def _write(model: LoadedModel, inputs: BatchFeature, request: ChatRequest, *, pen: _Pen, limit: int) -> list[int]:
    """Return the answer's tokens, the one that ends it included."""
    import torch

    pad = model.tokenizer.pad_token_id
    gpus = [inputs["input_ids"].device] if inputs["input_ids"].is_cuda else []
    with torch.inference_mode(), torch.random.fork_rng(devices=gpus):  # others' random numbers stay as they are
        torch.manual_seed(request.seed if request.seed is not None else torch.seed())
        written = model.network.generate(
            **inputs,
            **_sampling(model, request.temperature),
            max_new_tokens=limit,
            eos_token_id=list(model.stop_tokens) or None,
            pad_token_id=0 if pad is None else pad,  # never written: there is one answer, and nothing to even out
            logits_processor=[pen],
        )
    tokens: list[int] = written[0, inputs["input_ids"].shape[1] :].tolist()
    return tokens


def _sampling(model: LoadedModel, temperature: float) -> dict[str, Any]:
    if temperature == 0:
        return {"do_sample": False, "temperature": 1.0, "top_k": 50, "top_p": 1.0}  # transformers' words for "unset"
    stored = model.network.generation_config
    # As servers do: narrowed as the model's makers advise, or not at all; transformers alone would narrow to 50 words.
    return {
        "do_sample": True,
        "temperature": temperature,
        "top_k": stored.top_k or 0,
        "top_p": 1.0 if stored.top_p is None else stored.top_p,
    }


def _part_thinking(text: str) -> tuple[str, str]:
    """Return the thought and the answer of a reply."""
    thought, ended, answer = text.partition(_THINKING_ENDS)
    if not ended:
        return "", text.strip()
    return thought.replace(_THINKING_STARTS, "").strip(), answer.strip()
