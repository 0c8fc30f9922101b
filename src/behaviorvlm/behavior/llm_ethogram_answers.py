"""What a model may answer about the names of a run, and how the answer is understood or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from behaviorvlm.behavior.answer_shape import BehaviorNames, closed_object, in_words, sentence
from behaviorvlm.chat.structured import validate
from behaviorvlm.errors import RefusedAnswerError

_LETTERS = 400


@dataclass(frozen=True)
class Definition:
    """What a behavior is.

    Attributes:
        name: Its name.
        text: What is seen when it happens.
        kind: Whether it lasts; None = not said.
        social: Whether it is directed at another animal; None = not said.
    """

    name: str
    text: str
    kind: Literal["state", "point"] | None
    social: bool | None


@dataclass(frozen=True)
class EthogramAnswerReader:
    """Understands the answers about names, which are numbered from 1.

    Attributes:
        names: Which behaviors there may be.
        asked: The names asked about.
        defined: The behaviors that are defined already.
    """

    names: BehaviorNames
    asked: tuple[str, ...]
    defined: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        """Schema of the answer: behaviors with the numbers of the names that mean them."""
        number = {"type": "integer", "minimum": 1, "maximum": len(self.asked)}
        behavior = closed_object(
            name=self.names.schema,
            members={"type": "array", "items": number, "minItems": 1, "maxItems": len(self.asked)},
            definition=sentence(_LETTERS),
            kind={"type": "string", "enum": ["state", "point"]},
            social={"type": "boolean"},
        )
        behaviors = {"type": "array", "items": behavior, "minItems": 1, "maxItems": len(self.asked)}
        return closed_object(behaviors=behaviors)

    def understand(self, value: object) -> list[tuple[Definition, tuple[str, ...]]]:
        """Return each behavior with the names that mean it; every name that was asked about once.

        Raises:
            RefusedAnswerError: If a number is left out or stands twice, a behavior has no definition, a name that was
                joined to another behavior is still the name of one, or a name of the vocabulary was changed.
        """
        entries = validate(value, self.schema)["behaviors"]
        self._refuse_numbers([number for entry in entries for number in entry["members"]])
        found = [
            (self._definition(entry), tuple(self.asked[number - 1] for number in entry["members"])) for entry in entries
        ]
        self._refuse_names(found)
        return found

    def _definition(self, entry: Mapping[str, Any]) -> Definition:
        name = self._spelled(self.names.read(entry["name"]))
        if not entry["definition"].strip() and name not in self.defined:
            raise RefusedAnswerError(f"{name} has no definition; say what is seen when it happens.")
        return Definition(name, entry["definition"].strip(), entry["kind"], entry["social"])

    def _spelled(self, name: str) -> str:
        """Return a name as it is spelled already, where only its spelling differs."""
        known = {other.lower(): other for other in (*self.asked, *self.defined)}
        return known.get(name.lower(), name)

    def _refuse_numbers(self, numbers: Sequence[int]) -> None:
        counts = Counter(numbers)
        twice = [number for number, count in sorted(counts.items()) if count > 1]
        lacking = [number for number in range(1, len(self.asked) + 1) if number not in counts]
        if twice or lacking:
            what = f"{_listed(twice)} more than once. " if twice else ""
            what += f"{_listed(lacking)} in no behavior. " if lacking else ""
            raise RefusedAnswerError(f"{what}Every number from 1 to {len(self.asked)} belongs to one behavior.")

    def _refuse_names(self, found: Sequence[tuple[Definition, tuple[str, ...]]]) -> None:
        repeated = [name for name, count in Counter(one.name for one, _ in found).items() if count > 1]
        if repeated:
            raise RefusedAnswerError(
                f"{in_words(repeated)} stands twice; give each behavior once, with all its members."
            )
        kept = {definition.name for definition, _ in found}
        for definition, members in found:
            lost = [name for name in members if name != definition.name]
            if still := [name for name in lost if name in kept]:
                raise RefusedAnswerError(
                    f"{in_words(still)} is a member of {definition.name} and the name of another behavior. Give that"
                    " behavior another name, or its own name back as a member."
                )
            if theirs := [name for name in lost if name in self.names.names]:
                raise RefusedAnswerError(f"{in_words(theirs)} is a word of the user and cannot be renamed.")


def _listed(numbers: Sequence[int]) -> str:
    listed = ", ".join(map(str, numbers))
    return f"Number {listed} stands" if len(numbers) == 1 else f"Numbers {listed} stand"
