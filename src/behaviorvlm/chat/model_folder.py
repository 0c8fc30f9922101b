"""A model's folder on disk: what must be in it, and how transformers reads it. Nothing is ever fetched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from behaviorvlm.errors import ModelFileError
from behaviorvlm.extras import require

if TYPE_CHECKING:
    import torch
    from llguidance import LLTokenizer
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase, ProcessorMixin

OTHER_WAY = "name another folder, or serve the model with vLLM or llama-server and give its address"

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_UNBOUNDED = 2**31


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """What a folder holds, ready to answer.

    Attributes:
        network: The model, on its device.
        tokenizer: Text to tokens and back.
        processor: Text and pictures to what the network takes; None = it reads no pictures.
        grammar_tokenizer: The vocabulary as llguidance wants it.
        stop_tokens: Numbers of the tokens that end an answer.
        context_tokens: Longest question and answer together.
    """

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    processor: ProcessorMixin | None
    grammar_tokenizer: LLTokenizer
    stop_tokens: tuple[int, ...]
    context_tokens: int


def check_model_folder(folder: Path) -> None:
    """Look for all that can be missed before anything is loaded: takes no time and no memory.

    Raises:
        ModelFileError: If the folder, its configuration or its weights are missing, or a library is not installed.
    """
    if not folder.is_dir():
        raise _no_model("there is no such model folder", folder, expected="a folder")
    if not (folder / "config.json").is_file():
        gguf = any(folder.glob("*.gguf"))
        raise _no_model(
            "the folder holds no model for transformers",
            folder,
            expected="config.json",
            actual="GGUF files, which llama-server reads" if gguf else "no config.json",
        )
    if not any(path for pattern in _WEIGHTS for path in folder.glob(pattern)):
        expected = " or ".join(_WEIGHTS)
        remedy = "copy the folder again, its large files too"
        raise _no_model("the model folder holds no weights", folder, expected=expected, remedy=remedy)
    require(
        "local",
        "a model in this process needs libraries that are not installed",
        where=str(folder),
        error=ModelFileError,
    )


def load_model(folder: Path) -> LoadedModel:
    """Load a model onto the GPU if there is one, else onto the CPU. Code that lies in the folder is not run.

    Raises:
        ModelFileError: If transformers does not know the architecture, or the files do not make up a model.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # whoever runs us draws their own
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        reads_pictures = getattr(config, "vision_config", None) is not None
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        processor = _load_processor(folder, config, tokenizer) if reads_pictures else None
        kind = AutoModelForImageTextToText if reads_pictures else AutoModelForCausalLM
        network, report = kind.from_pretrained(
            folder, local_files_only=True, dtype=_number_type(), output_loading_info=True
        )
        _check_loaded(folder, report, template=(processor or tokenizer).chat_template)
        return _put_together(network, tokenizer, processor)
    except ModelFileError:
        raise
    except Exception as problem:  # whatever a damaged file makes of any of these libraries
        raise _unusable(folder, problem) from problem


def first_line(problem: Exception) -> str:
    """Return the kind of an error and the first line of its message."""
    return f"{type(problem).__name__}: {(str(problem).strip().splitlines() or [''])[0]}"


def _load_processor(folder: Path, config: PreTrainedConfig, tokenizer: PreTrainedTokenizerBase) -> ProcessorMixin:
    """Return the model's processor. `AutoProcessor` would want torchvision, for a video part we have no use for."""
    from transformers import AutoFeatureExtractor, AutoImageProcessor
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

    kind = _content_without_video(PROCESSOR_MAPPING[type(config)])
    wanted = kind.get_attributes()
    parts = {"tokenizer": tokenizer}
    if "image_processor" in wanted:  # by PIL even where torchvision is: the same pixels on every machine
        parts["image_processor"] = AutoImageProcessor.from_pretrained(folder, local_files_only=True, backend="pil")
    if "feature_extractor" in wanted:
        parts["feature_extractor"] = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
    stored, _ = kind.get_processor_dict(folder, local_files_only=True)
    processor = kind.from_args_and_dict([parts.get(name) for name in wanted], stored)
    processor.chat_template = processor.chat_template or tokenizer.chat_template
    return processor


def _content_without_video(kind: type[ProcessorMixin]) -> type[ProcessorMixin]:
    def check(self: ProcessorMixin, name: str, part: object) -> object:
        return type(None) if part is None else kind.check_argument_for_proper_class(self, name, part)

    return type(kind.__name__, (kind,), {"check_argument_for_proper_class": check})


def _number_type() -> torch.dtype | str:
    """Return what numbers the weights become: on a GPU as they are stored, on a CPU what it calculates fastest."""
    import torch

    if torch.cuda.is_available():
        return "auto"
    features = Path("/proc/cpuinfo")
    knows_bfloat16 = features.is_file() and "avx512_bf16" in features.read_text(errors="replace")
    return torch.bfloat16 if knows_bfloat16 else torch.float32


def _check_loaded(folder: Path, report: dict[str, Any], *, template: str | None) -> None:
    # transformers fills what the files lack with random numbers, and the model would answer nonsense.
    if lacking := sorted(report["missing_keys"]):
        raise _no_model(
            "the weights are incomplete",
            folder,
            expected="every parameter of the model",
            actual=f"{len(lacking)} are missing, {lacking[0]} among them",
            remedy="copy the folder again",
        )
    if not template:
        raise _no_model(
            "the model has no chat template",
            folder,
            expected="chat_template.jinja",
            remedy="take the instruction-tuned model instead of the base model",
        )


def _put_together(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, processor: ProcessorMixin | None
) -> LoadedModel:
    import torch
    from llguidance.hf import from_tokenizer

    rows = network.get_output_embeddings().weight.shape[0]
    ends = network.generation_config.eos_token_id
    stops = {tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])} - {None}
    limit = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    return LoadedModel(
        network=network.to("cuda" if torch.cuda.is_available() else "cpu").eval(),
        tokenizer=tokenizer,
        processor=processor,
        grammar_tokenizer=from_tokenizer(tokenizer, n_vocab=max(rows, len(tokenizer))),
        stop_tokens=tuple(sorted(stops)),
        context_tokens=limit or _UNBOUNDED,
    )


def _unusable(folder: Path, problem: Exception) -> ModelFileError:
    text, remedy = str(problem), OTHER_WAY
    if "torchvision" in text:
        remedy = "pip uninstall torchvision: it does not fit this torch, and nothing here needs it"
    elif "does not recognize this architecture" in text:
        remedy = f"pip install --upgrade transformers; or {OTHER_WAY}"
    return _no_model("the model cannot be loaded", folder, actual=first_line(problem), remedy=remedy)


def _no_model(
    message: str, folder: Path, *, expected: str = "", actual: str = "", remedy: str = OTHER_WAY
) -> ModelFileError:
    return ModelFileError(message, where=str(folder), expected=expected, actual=actual, remedy=remedy)
