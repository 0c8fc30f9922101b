"""What can a model at a server do? One function per question, returning what it found as fields of `Capabilities`."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Any

from behaviorvlm.chat.capabilities_pictures import COLORS, plain_mp4, plain_png
from behaviorvlm.chat.capabilities_server import ProbedServer, ProbeFailedError
from behaviorvlm.chat.message import Message, Picture
from behaviorvlm.chat.model import ChatReply, ChatRequest
from behaviorvlm.chat.openai_compatible import OpenAICompatibleModel
from behaviorvlm.chat.openai_compatible_text import Structured
from behaviorvlm.chat.structured import parse_json, validate
from behaviorvlm.errors import ModelServerError, RefusedAnswerError

Found = dict[str, Any]

ODD_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "word": {"type": "string", "enum": ["zorbl", "quiffen"]},
        "number": {"type": "integer", "minimum": 41, "maximum": 43},
    },
    "required": ["word", "number"],
    "additionalProperties": False,
}
"""No model answers like this unless the schema reaches it."""

MODES: tuple[Structured, ...] = ("json_schema", "json_object", "text")
CLIP_KINDS = ("video_url", "input_video")
LEVELS = (1, 4, 16)
WORTH = 1.2
"""More in flight must bring at least a fifth more answers, or the server is at its limit."""
OWNERS = {"vllm": "vLLM", "llamacpp": "llama.cpp", "sglang": "SGLang", "library": "Ollama"}

_GREETING = "Greet me."
_COLOR = f"This has one plain color. Which one? Answer with one word: {', '.join(COLORS)}."
_FIRST = f"Each picture has one plain color: {', '.join(COLORS)}. Which is that of the first picture? One word."


async def find_models(server: ProbedServer) -> Found:
    """Find the names that the server has, its kind and its context size.

    Raises:
        ProbeFailedError: If no model server answers there.
    """
    listed = await server.get("models")
    entries = listed.get("data") if isinstance(listed, Mapping) else None
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) and "id" in one for one in entries):
        raise ProbeFailedError("its /v1/models is no list of models", remedy="check the address: most end in /v1")
    names = tuple(str(one["id"]) for one in entries)
    entry = next((one for one in entries if one["id"] == server.binding.name), (entries or [{}])[0])
    kind = OWNERS.get(str(entry.get("owned_by", "")), "")
    return {"models": names, "server": kind, "context_tokens": _whole(entry.get("max_model_len"))}


async def find_answer(server: ProbedServer) -> Found:
    """Find whether the model answers a plain question, under which name, and where it thinks.

    Raises:
        ProbeFailedError: If it does not, or another one does.
    """
    model = OpenAICompatibleModel(
        server.binding.model_copy(update={"patience_s": 0.0, "timeout_s": server.timeout_s}),
        api_key=None,
        server=server,
    )
    try:
        reply = await model.complete(ChatRequest((Message.of("user", _GREETING),)))
    except ModelServerError as error:
        said = f"{error.message}: {error.actual}" if error.expected else error.actual
        raise ProbeFailedError(said, remedy=error.remedy) from None
    thinks = "apart" if reply.thinking else "in_answer" if re.search(r"</?think", reply.text) else "none"
    return {"answers": True, "served_model": reply.model, "thinking": thinks}


async def find_structured(server: ProbedServer) -> Found:
    """Find which ways of asking for JSON work, best first. A schema must be obeyed, not only taken."""
    works, said = [], {}
    for mode in MODES:
        try:
            value = parse_json((await server.ask(_GREETING, schema=ODD_SCHEMA, structured=mode)).text)
            if validate(value, ODD_SCHEMA) != value:
                raise RefusedAnswerError("It had to be mended.")
            works.append(mode)
        except ProbeFailedError as error:
            said[mode] = str(error)
        except RefusedAnswerError as error:
            said[mode] = f"the schema is not obeyed: {error.message}"
    return {"structured": tuple(works), "said": said}


async def find_pictures(server: ProbedServer) -> Found:
    """Find whether pictures are taken, and whether they are seen: two of different color, asked about alike."""
    right = [_names(await server.ask(_COLOR, _picture(color)), color) for color in ("red", "blue")]
    return {"takes_pictures": True, "sees_pictures": all(right)}


async def find_several_pictures(server: ProbedServer) -> Found:
    """Find whether two pictures in one question are taken and told apart, in both orders."""
    orders = (("yellow", "blue"), ("blue", "yellow"))
    right = [_names(await server.ask(_FIRST, *map(_picture, order)), order[0]) for order in orders]
    return {"takes_several_pictures": True, "tells_pictures_apart": all(right)}


async def find_video(server: ProbedServer) -> Found:
    """Find in which form a clip is taken, if in any, and whether it is seen.

    Raises:
        ProbeFailedError: If in none.
    """
    said = []
    for kind in CLIP_KINDS:
        try:
            colors = ("red", "blue")
            right = [_names(await server.ask(_COLOR, clip=(kind, plain_mp4(color))), color) for color in colors]
            return {"video": kind, "sees_video": all(right)}
        except ProbeFailedError as error:
            said.append(f"{kind}: {error}")
    raise ProbeFailedError("; ".join(said))


async def find_speed(server: ProbedServer) -> Found:
    """Measure tokens per second of one answer, waiting included."""
    reply = await server.ask("Count from one to fifty in words.", max_tokens=128)
    return {"tokens_per_s": reply.answer_tokens / reply.seconds if reply.answer_tokens and reply.seconds else None}


async def find_parallelism(server: ProbedServer) -> Found:
    """Measure answers per second with 1, 4 and 16 in flight; ends where more in flight bring no more."""
    rates: dict[int, float] = {}
    for level in LEVELS:
        began_s = time.perf_counter()
        await asyncio.gather(*(server.ask(f"Name animal {number}.", max_tokens=16) for number in range(level)))
        rate = level / max(time.perf_counter() - began_s, 1e-6)
        enough = rate < WORTH * max(rates.values(), default=0.0)
        rates[level] = rate
        if enough:
            break
    return {"answers_per_s": rates}


async def find_context(server: ProbedServer) -> Found:
    """Find the context size and the slots where the list of models does not tell them.

    To be asked last: Ollama knows only of a model that is loaded.
    """
    for find in (_llama_cpp_context, _ollama_context):
        try:
            return await find(server)
        except (ProbeFailedError, KeyError, TypeError, AttributeError):
            continue
    return {}


async def _llama_cpp_context(server: ProbedServer) -> Found:
    props = await server.get("/props")
    tokens = _whole(props["default_generation_settings"]["n_ctx"])
    return {"server": "llama.cpp", "context_tokens": tokens, "slots": _whole(props.get("total_slots"))}


async def _ollama_context(server: ProbedServer) -> Found:
    """Return what Ollama keeps of a prompt: what it was trained on is more, and the rest is dropped in silence."""
    loaded = (await server.get("/api/ps"))["models"]
    sizes = [one.get("context_length") for one in loaded if str(one.get("name", "")).startswith(server.binding.name)]
    if sizes and _whole(sizes[0]):
        return {"server": "Ollama", "context_tokens": sizes[0]}
    shown = await server.post("/api/show", {"model": server.binding.name})
    size = re.search(r"^num_ctx\s+(\d+)", str(shown.get("parameters", "")), re.MULTILINE)
    return {"server": "Ollama", "context_tokens": int(size.group(1)) if size else None}


def _picture(color: str) -> Picture:
    return Picture(plain_png(color))


def _names(reply: ChatReply, color: str) -> bool:
    """Return whether the answer, thinking left out, names this color and no other."""
    answer = re.sub(r".*</think>", "", reply.text, flags=re.DOTALL).lower()
    return {name for name in COLORS if re.search(rf"\b{name}\b", answer)} == {color}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
