"""The ethogram of a run, written by a language model: synonyms under one name, a definition for each behavior."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from behaviorvlm.behavior.annotator import UNSEEN, Catalogue, DescribedSegment, MergeGroup, SegmentMerger
from behaviorvlm.behavior.answer_shape import OTHER, BehaviorNames
from behaviorvlm.behavior.llm_ethogram_answers import Definition, EthogramAnswerReader
from behaviorvlm.behavior.llm_merge_answers import SOURCE
from behaviorvlm.behavior.llm_merge_words import cut
from behaviorvlm.chat.message import Message
from behaviorvlm.chat.question import Asker, Question
from behaviorvlm.prompts.prompt_set import PromptSet
from behaviorvlm.types import Behavior

STAGE = "ethogram_writing"
BATCH = 30
"""Names in one question; further names are told what has been defined so far."""
EXAMPLES = 2
LONGEST_EXAMPLE = 160
NOTHING_ELSE = "None of the other behaviors is seen."

Described = Mapping[tuple[str, int], DescribedSegment]


@dataclass
class _Use:
    """How a name is used in a run.

    Attributes:
        groups: The groups that bear it.
        frames: How many frames they hold, by recording.
        members: Their segments.
    """

    groups: list[MergeGroup] = field(default_factory=list)
    frames: dict[str, int] = field(default_factory=dict)
    members: list[DescribedSegment] = field(default_factory=list)

    def add(self, group: MergeGroup, members: Sequence[DescribedSegment]) -> None:
        self.groups.append(group)
        self.members += members
        frames = sum(one.segment.n_frames for one in members)
        self.frames[group.recording] = self.frames.get(group.recording, 0) + frames


@dataclass(frozen=True, eq=False)
class EthogramWriter:
    """Asks for names and definitions.

    Attributes:
        asker: Puts the questions.
        prompts: The prompts of the behavior pipeline.
        names: Which behaviors there may be. The user's words are never renamed, and keep their definitions.
        role: Who is asked.
        frame_rates_hz: Recording to frames per second.
    """

    asker: Asker
    prompts: PromptSet
    names: BehaviorNames
    role: str
    frame_rates_hz: Mapping[str, float]

    def write(self, groups: Sequence[MergeGroup], described: Described, *, fallback: SegmentMerger) -> Catalogue:
        """Return the behaviors of the groups and what they are renamed to.

        Args:
            groups: The groups of all recordings and individuals.
            described: (recording, segment number) to the segment and its description.
            fallback: Gathers clusters and evidence, and defines what the model does not.
        """
        uses = _uses(groups, described)
        definitions, renamed = self._defined(uses)
        called = [replace(group, behavior=renamed.get(group.behavior, group.behavior)) for group in groups]
        written = fallback.write_ethogram(called, _called_alike(called, described, renamed))
        behaviors = tuple(_with(behavior, definitions.get(behavior.name)) for behavior in written.ethogram.behaviors)
        return Catalogue(replace(written.ethogram, behaviors=behaviors), renamed)

    def _defined(self, uses: Mapping[str, _Use]) -> tuple[dict[str, Definition], dict[str, str]]:
        """Return the definition of every behavior that has one, and the names that change."""
        found = {behavior.name: _users(behavior) for behavior in self.names.vocabulary or () if behavior.definition}
        if self.names.vocabulary is not None and OTHER in self.names.names:
            found.setdefault(OTHER, Definition(OTHER, NOTHING_ELSE, kind=None, social=None))
        renamed: dict[str, str] = {}
        left = [name for name in uses if name not in found]
        while left:
            batch, left = left[:BATCH], left[BATCH:]
            for definition, members in self._ask(batch, uses, found):
                found.setdefault(definition.name, definition)
                renamed |= {name: definition.name for name in members if name != definition.name}
            left = [name for name in left if name not in found]
        return found, renamed

    def _ask(
        self, batch: Sequence[str], uses: Mapping[str, _Use], found: Mapping[str, Definition]
    ) -> list[tuple[Definition, tuple[str, ...]]]:
        reader = EthogramAnswerReader(self.names, tuple(batch), tuple(found))
        prompt = self.prompts[STAGE]
        lines = [self._use_in_words(number, name, uses[name]) for number, name in enumerate(batch, 1)]
        values = {
            "names": "\n".join(lines),
            "defined": _defined_in_words(found),
            "behaviors": self.names.words(key="name"),
        }
        message = Message.of("user", *prompt.fill(**{name: values[name] for name in prompt.used}))
        about = f"names={', '.join(batch)}"
        answer = self.asker.ask(Question(self.role, STAGE, about, (message,), reader.schema, reader.understand))
        return answer.value or []

    def _use_in_words(self, number: int, name: str, use: _Use) -> str:
        seconds = sum(frames / self.frame_rates_hz.get(recording, 1.0) for recording, frames in use.frames.items())
        unit = "s" if set(use.frames) <= set(self.frame_rates_hz) else "frames"
        targeted = sum(bool(group.target) for group in use.groups)
        best = sorted(use.members, key=lambda one: (-one.description.confidence, -one.segment.n_frames))
        told = [cut(one.description.description, LONGEST_EXAMPLE) for one in best if one.description.description]
        examples = " / ".join(dict.fromkeys(told[:EXAMPLES]))
        return (
            f'{number}. "{name}": {len(use.groups)} times, {seconds:.1f} {unit} in all,'
            f" {targeted} times directed at another animal. {examples}"
        ).rstrip()


def _uses(groups: Sequence[MergeGroup], described: Described) -> dict[str, _Use]:
    """Return how each name is used, those that take most time first."""
    found: dict[str, _Use] = {}
    for group in groups:
        if group.behavior not in ("", UNSEEN):
            members = [described[group.recording, number] for number in group.segments]
            found.setdefault(group.behavior, _Use()).add(group, members)
    return dict(sorted(found.items(), key=lambda one: (-sum(one[1].frames.values()), one[0])))


def _called_alike(groups: Sequence[MergeGroup], described: Described, renamed: Mapping[str, str]) -> Described:
    """Return the segments called what their groups are, so that they count as evidence for that."""
    called = dict(described)
    for group in groups:
        for key in ((group.recording, number) for number in group.segments):
            said = described[key].description
            # A rule passes over what means something else; a model that puts it into a group renames it.
            name = group.behavior if group.source == SOURCE else renamed.get(said.behavior, said.behavior)
            called[key] = replace(described[key], description=replace(said, behavior=name))
    return called


def _users(behavior: Behavior) -> Definition:
    return Definition(behavior.name, behavior.definition, kind=behavior.kind, social=behavior.social)


def _with(behavior: Behavior, definition: Definition | None) -> Behavior:
    if definition is None:
        return behavior
    return replace(
        behavior,
        definition=definition.text,
        kind=definition.kind or behavior.kind,
        social=behavior.social if definition.social is None else definition.social,
    )


def _defined_in_words(found: Mapping[str, Definition]) -> str:
    lines: Iterator[str] = (f'- "{name}": {definition.text}' for name, definition in found.items())
    told = "\n".join(lines)
    return f"Defined already; a name that means one of these belongs to it, under its name:\n{told}" if told else ""
