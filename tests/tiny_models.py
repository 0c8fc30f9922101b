"""Tiny, randomly initialised models in a folder, laid out as real ones are: they answer nonsense, but they answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
THINKING_TOKENS = ("<think>", "</think>")
"""Words of the vocabulary as in Qwen's models, but not special: they stay in the decoded text."""

VOCABULARY = 320
"""Rows of the embedding: more than there are tokens, as in real models."""

CONTEXT = 4096
"""Longest question and answer, in tokens."""

_TEXT: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 4,  # three of linear attention, one of full attention
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": CONTEXT,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
    "tie_word_embeddings": True,
    "initializer_range": 0.2,  # ten times the usual: few and narrow layers would hardly react to a picture
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 10000.0,
        "partial_rotary_factor": 0.5,
        "mrope_interleaved": True,
        "mrope_section": [4, 2, 2],
    },
}
_VISION: dict[str, Any] = {
    "depth": 2,
    "hidden_size": 32,
    "num_heads": 2,
    "intermediate_size": 64,
    "out_hidden_size": 64,
    "patch_size": 16,
    "num_position_embeddings": 64,
    "initializer_range": 0.2,
}
_PICTURES = {
    "processor_class": "Qwen3VLProcessor",
    "image_processor_type": "Qwen2VLImageProcessorFast",  # as real folders say, whichever is installed
    "size": {"shortest_edge": 32 * 32, "longest_edge": 256 * 256},  # pixels, whatever the words say
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}

_CHAT_TEMPLATE = r"""
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\n' }}
{%- if message.content is string %}{{ message.content }}
{%- else %}
{%- for part in message.content %}
{%- if part.type == 'image' %}{{ '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- else %}{{ part.text }}
{%- endif %}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\n' }}THINKING
{%- endif %}
"""
THINKING_CHOICE = r"""
{{- '<think>\n' }}
{%- if enable_thinking is false %}{{ '\n</think>\n\n' }}
{%- endif %}"""
THINKING_ALWAYS = r"""
{{- '<think>\n' }}"""


def chat_template(thinking: str = THINKING_CHOICE) -> str:
    """Return a template of the shape of Qwen's; `thinking` is what an answer opens with."""
    return _CHAT_TEMPLATE.replace("THINKING", thinking)


def build_tiny_vlm(folder: Path, *, seed: int = 0) -> Path:
    """Write a vision-language model (Qwen3.5, about 0.3 million parameters) and return its folder."""
    import torch
    from transformers import Qwen3_5Config, Qwen3_5ForConditionalGeneration

    tokenizer = save_tokenizer(folder)
    number = tokenizer.convert_tokens_to_ids
    config = Qwen3_5Config(
        text_config=_TEXT | {"eos_token_id": number("<|im_end|>")},
        vision_config=_VISION,
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
        tie_word_embeddings=True,
    )
    torch.manual_seed(seed)
    _save(Qwen3_5ForConditionalGeneration(config), folder, tokenizer)
    (folder / "preprocessor_config.json").write_text(json.dumps(_PICTURES))
    return folder


def build_tiny_llm(folder: Path, *, seed: int = 0) -> Path:
    """Write a text-only model (Qwen3, about 0.2 million parameters) and return its folder."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = save_tokenizer(folder)
    shape = {key: value for key, value in _TEXT.items() if not key.startswith(("linear_", "rope_"))}
    torch.manual_seed(seed)
    _save(Qwen3ForCausalLM(Qwen3Config(**shape, eos_token_id=tokenizer.eos_token_id)), folder, tokenizer)
    return folder


def save_tokenizer(folder: Path, *, template: str | None = None) -> Any:
    """Write a tokenizer over bytes, and return it.

    It has two merges beside the 256 bytes: a format without any is not read by every server.
    """
    from tokenizers import AddedToken, pre_tokenizers
    from transformers.models.qwen3_5.tokenization_qwen3_5 import Qwen3_5Tokenizer

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("i", "n"), ("e", "r")]
    words = {word: number for number, word in enumerate([*letters, *("".join(pair) for pair in merges)])}
    tokenizer = Qwen3_5Tokenizer(vocab=words, merges=merges, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    tokenizer.add_tokens([AddedToken(word, special=True, normalized=False) for word in SPECIAL_TOKENS])
    tokenizer.add_tokens([AddedToken(word, special=False, normalized=False) for word in THINKING_TOKENS])
    tokenizer.chat_template = template or chat_template()
    tokenizer.save_pretrained(folder)
    return tokenizer


def _save(model: Any, folder: Path, tokenizer: Any) -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
