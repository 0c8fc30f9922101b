"""All prompts of one pipeline, as packaged or with some replaced by a user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from behaviorvlm.errors import PromptError
from behaviorvlm.prompts.template import Prompt

_ENDING = ".md"


@dataclass(frozen=True)
class PromptSet:
    """Prompts by name.

    Attributes:
        prompts: Name of the question to its prompt.
    """

    prompts: Mapping[str, Prompt]

    def __getitem__(self, name: str) -> Prompt:
        """Return the prompt called `name`."""
        return self.prompts[name]

    @property
    def hashes(self) -> dict[str, str]:
        """Name to SHA-256 of the text, for the run's record."""
        return {name: prompt.sha256 for name, prompt in sorted(self.prompts.items())}

    def with_texts(self, texts: Mapping[str, str]) -> PromptSet:
        """Return the set with some prompts replaced.

        Args:
            texts: Name of the question to the text that stands in for the packaged one.

        Raises:
            PromptError: If there is no prompt of that name, or its text uses a variable that does not exist or leaves
                out one that is needed.
        """
        unknown = sorted(set(texts) - set(self.prompts))
        if unknown:
            raise PromptError(
                f"there is no prompt {', '.join(unknown)}",
                expected=f"one of {', '.join(sorted(self.prompts))}",
                actual=", ".join(unknown),
            )
        replaced = {name: Prompt.parse(text, name, like=self.prompts[name]) for name, text in texts.items()}
        return PromptSet({**self.prompts, **replaced})


def load_prompts(pipeline: str = "pose") -> PromptSet:
    """Return the packaged prompts of a pipeline.

    Args:
        pipeline: ``pose`` or ``behavior``.

    Raises:
        PromptError: If the package holds none for it.
    """
    folder = resources.files("behaviorvlm.prompts") / pipeline
    files = sorted(folder.iterdir(), key=lambda file: file.name) if folder.is_dir() else []
    names = {file.name.removesuffix(_ENDING): file for file in files if file.name.endswith(_ENDING)}
    if not names:
        raise PromptError(f"there are no prompts for {pipeline}", expected="pose or behavior", actual=pipeline)
    return PromptSet({name: Prompt.parse(file.read_text("utf-8"), name) for name, file in names.items()})
