"""Prompts: texts with named places, checked before anything is asked.

A prompt file starts with the variables it uses, then says what the model reads::

    ---
    needs: region, keypoints, view
    may_use: exemplars
    ---
    Find {{keypoints}} ...

``needs`` must stand in the text, ``may_use`` may. A file given by a user may leave the front matter out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from behaviorvlm.errors import PromptError

PLACE = re.compile(r"\{\{\s*([^{}\s\"']+)\s*\}\}")
_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_FIELDS = ("needs", "may_use")

P = TypeVar("P")


@dataclass(frozen=True)
class Prompt:
    """One prompt.

    Attributes:
        name: Name of the question.
        text: The whole file, front matter included: what the hash is of.
        body: What the model reads, with places such as ``{{view}}``.
        needs: Variables without which the question cannot be asked.
        may_use: Variables that are there to be used, and may be left out.
    """

    name: str
    text: str
    body: str
    needs: tuple[str, ...]
    may_use: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, name: str, *, like: Prompt | None = None) -> Prompt:
        """Return the prompt that a file's text holds.

        Args:
            text: The file's text.
            name: Name of the question.
            like: The packaged prompt it stands in for: its variables are the ones there are. None = the text's own
                front matter says.

        Raises:
            PromptError: If the front matter is not understood, the text uses a variable that does not exist, or does
                not use one it needs.
        """
        text = text.replace("\r\n", "\n")
        fields, body = _split(text, name)
        prompt = cls(name, text, body.strip(), fields.get("needs", ()), fields.get("may_use", ()))
        if like is not None:
            prompt._refuse_unknown(prompt.variables, like.variables)
            prompt = cls(name, text, prompt.body, like.needs, like.may_use)
        prompt._refuse_unknown(prompt.used, prompt.variables)
        prompt._refuse_lacking(prompt.used)
        return prompt

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable the text may use."""
        return self.needs + self.may_use

    @cached_property
    def used(self) -> frozenset[str]:
        """The variables the text does use."""
        return frozenset(PLACE.findall(self.body))

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def fill(self, **values: str | Sequence[P]) -> list[str | P]:
        """Return the prompt with its variables filled in.

        Args:
            values: What stands for each variable: a text, or a sequence of parts (texts, pictures).

        Returns:
            The parts in order; what is text joins the text around it.

        Raises:
            PromptError: If a variable is given that does not exist, or one that the text uses is not.
        """
        self._refuse_unknown(values, self.variables)
        lacking = sorted(self.used - set(values))
        if lacking:
            raise PromptError(
                f"the prompt {self.name} was not given {', '.join(lacking)}", expected=", ".join(sorted(self.used))
            )
        return list(_joined(self._pieces(values)))

    def _pieces(self, values: Mapping[str, str | Sequence[P]]) -> Iterator[str | P]:
        for place, piece in enumerate(PLACE.split(self.body)):
            if place % 2 == 0:
                yield piece
                continue
            value = values[piece]
            if isinstance(value, str):
                yield value
            else:
                yield from value

    def _refuse_unknown(self, given: Collection[str], allowed: Collection[str]) -> None:
        unknown = sorted(set(given) - set(allowed))
        if unknown:
            raise PromptError(
                f"the prompt {self.name} has no variable {', '.join(unknown)}",
                expected=f"of {', '.join(allowed) or 'none'}",
                actual=", ".join(f"{{{{{name}}}}}" for name in unknown),
                remedy="mend the name, or take it out",
            )

    def _refuse_lacking(self, used: Collection[str]) -> None:
        lacking = [name for name in self.needs if name not in used]
        if lacking:
            raise PromptError(
                f"the prompt {self.name} does not use {', '.join(lacking)}",
                expected=f"all of {', '.join(self.needs)}; {', '.join(self.may_use) or 'nothing else'} as wished",
                actual=", ".join(sorted(used)) or "no variable at all",
                remedy=f"write {{{{{lacking[0]}}}}} where it should stand",
            )


def _split(text: str, name: str) -> tuple[dict[str, tuple[str, ...]], str]:
    """Return the front matter's fields, and the text behind it."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    fields = {}
    for line in found.group(1).splitlines():
        key, colon, names = line.partition(":")
        if not colon or key.strip() not in _FIELDS:
            raise PromptError(
                f"the head of the prompt {name} is not understood",
                expected=" and ".join(f"'{field}: name, name'" for field in _FIELDS),
                actual=line,
            )
        fields[key.strip()] = tuple(word.strip() for word in names.split(",") if word.strip())
    return fields, found.group(2)


def _joined(pieces: Iterator[str | P]) -> Iterator[str | P]:
    """Yield pieces, neighboring texts as one and blank ones left out."""
    text = ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        if text.strip():
            yield text.strip()
        text = ""
        yield piece
    if text.strip():
        yield text.strip()
