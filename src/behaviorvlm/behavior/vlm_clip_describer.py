"""Stage 3 asked of a vision-language model: every segment as a clip, with what the tracks say of it in words.

After the paper's stage 3, and what was measured to help a model most: exemplars, and the label of the snippet before.
That label makes a chain: a question waits for the one before. Chains are short, and many are asked side by side; the
first of a chain is not told what came before. What is asked depends on the chain alone, never on who answers first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from behaviorvlm.behavior.animal_tags import animals_in_words, tags_of
from behaviorvlm.behavior.annotator import UNSEEN, ClipDescriber, ClipDescription, RecordingView
from behaviorvlm.behavior.answer_shape import NOBODY, BehaviorNames, in_words
from behaviorvlm.behavior.clip_showing import ClipForm, Interval, show_clip
from behaviorvlm.behavior.segment_facts import measure_segment
from behaviorvlm.behavior.side_by_side import side_by_side
from behaviorvlm.behavior.vlm_clip_answers import SOURCE, ClipAnswerReader
from behaviorvlm.behavior.vlm_clip_exemplars import NO_EXEMPLARS, ExemplarSheets
from behaviorvlm.chat.message import Message, Part
from behaviorvlm.chat.question import Asker, Question
from behaviorvlm.prompts.prompt_set import PromptSet
from behaviorvlm.types import NO_CLUSTER, SCENE, Behavior, Segment

CLIP_DESCRIBER = "clip_describer"
"""Role: configuration binds it to a model."""
STAGE = "clip_description"
SHORTEST_CHAIN, LONGEST_CHAIN = 4, 8
"""Segments in a chain. In a long one all but one in eight are told what came before, and an hour of 2.5 s snippets of
one animal is 180 chains, enough to keep any server busy. A short recording has shorter ones, so there are several."""
AT_ONCE = 16
"""Chains asked side by side; each holds the pictures of its segments, some 3 MB."""
SCENE_WORDS = "the animal (or the group of animals)"
"""What is asked about where nobody was tracked."""

Values = dict[str, str | Sequence[Part]]


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A segment that is ready to be asked about.

    Attributes:
        segment: The segment.
        values: What its question is filled with, but for what came before; None = the animal is not to be seen.
        reader: Understands the answer.
        tag: What the animal is called in the question.
    """

    segment: Segment
    values: Values | None
    reader: ClipAnswerReader
    tag: str


class VlmClipDescriber:
    """Describes clips by asking a model; its confidence is what the model says of itself.

    Args:
        asker: Puts the questions.
        prompts: The prompts of the behavior pipeline.
        form: How clips are shown to the model.
        vocabulary: The behaviors to tell; None = any.
        exemplars: Bouts that a person named, shown with every question; None = no exemplars.
        fallback: Who describes what the model did not, because its answers could not be used or the budget was spent;
            None = it stays without a name.
        at_once: Chains asked side by side.
    """

    name = SOURCE
    needs_pixels = True

    def __init__(
        self,
        asker: Asker,
        prompts: PromptSet,
        *,
        form: ClipForm | None = None,
        vocabulary: Sequence[Behavior] | None = None,
        exemplars: ExemplarSheets | None = None,
        fallback: ClipDescriber | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._asker, self._prompt = asker, prompts[STAGE]
        self._exemplars, self._fallback, self._at_once = exemplars, fallback, at_once
        self._names = BehaviorNames(None if vocabulary is None else tuple(vocabulary))
        self._form = (form or ClipForm()).beside(0 if exemplars is None else exemplars.count)

    def describe(self, view: RecordingView, segments: Sequence[Segment]) -> list[ClipDescription]:
        """Return what happens in each of the segments, which are of one individual and in order of time.

        Raises:
            ModelServerError: If the model cannot be reached any more.
            VideoError: If the pictures cannot be read.
        """
        chains = side_by_side(self._ask_in_turn, self._chains(view, segments), at_once=self._at_once)
        said = [description for chain in chains for description in chain]
        lacking = [place for place, one in enumerate(said) if one.status != "answered"]
        if lacking and self._fallback is not None:
            instead = self._fallback.describe(view, [segments[place] for place in lacking])
            for place, description in zip(lacking, instead, strict=True):
                said[place] = description
        return said

    def impossible(self, view: RecordingView) -> Mapping[str, str]:
        """Return nothing: what a model cannot tell, nobody knows before."""
        return {}

    def _chains(self, view: RecordingView, segments: Sequence[Segment]) -> Iterator[list[_Prepared]]:
        """Yield the chains as they are needed; pictures are read and painted here, in order of time."""
        length = chain_length(len(segments))
        for first in range(0, len(segments), length):
            yield [self._prepared(view, segment) for segment in segments[first : first + length]]

    def _prepared(self, view: RecordingView, segment: Segment) -> _Prepared:
        individuals = view.recording.individuals
        tags = dict(zip(individuals, tags_of(individuals), strict=True))
        others = {tag: name for name, tag in tags.items() if name != segment.individual}
        reader = ClipAnswerReader(self._names, others)
        animal = SCENE_WORDS if segment.individual == SCENE else tags[segment.individual]
        values = self._values(view, segment, reader, animal=animal) if _is_seen(view, segment) else None
        return _Prepared(segment, values, reader, animal)

    def _values(self, view: RecordingView, segment: Segment, reader: ClipAnswerReader, *, animal: str) -> Values:
        interval = Interval(segment.individual, segment.start_frame, segment.stop_frame)
        times_s = view.recording.times_s
        return {
            "animal": animal,
            "animals": animals_in_words(view.recording.individuals, filmed=view.source is not None),
            "behaviors": self._names.words(() if self._exemplars is None else self._exemplars.behaviors),
            "targets": in_words([*reader.others, NOBODY]),
            "facts": _facts(view, segment),
            "exemplars": NO_EXEMPLARS if self._exemplars is None else self._exemplars.parts(),
            "clip": show_clip(view, interval, self._form),
            "recording": segment.recording,
            "interval": f"{times_s[segment.start_frame]:.2f} to {times_s[segment.stop_frame - 1]:.2f} s",
        }

    def _ask_in_turn(self, chain: Sequence[_Prepared]) -> list[ClipDescription]:
        """Return the descriptions of a chain; each question is told what was said of the segment before."""
        said: list[ClipDescription] = []
        for one in chain:
            said.append(self._ask(one, _previous(one, said[-1] if said else None)))
        return said

    def _ask(self, one: _Prepared, previous: str) -> ClipDescription:
        if one.values is None:
            return unseen_description()
        values: Values = {**one.values, "previous": previous}
        filled = self._prompt.fill(**{name: values[name] for name in self._prompt.used})
        segment = one.segment
        about = f"recording={segment.recording} individual={segment.individual} segment={segment.number}"
        message = Message.of("user", *filled)
        answer = self._asker.ask(
            Question(CLIP_DESCRIBER, STAGE, about, (message,), one.reader.schema, one.reader.understand)
        )
        if answer.value is None:
            return ClipDescription("", source=SOURCE, confidence_kind="self_reported", status=answer.status)
        return answer.value


def chain_length(n_segments: int) -> int:
    """Return how many segments of a stream of so many make a chain; what is asked depends on nothing else."""
    return min(max(n_segments // AT_ONCE, SHORTEST_CHAIN), LONGEST_CHAIN)


def unseen_description() -> ClipDescription:
    """Return what is said of a segment in which the animal was not tracked in any frame."""
    return ClipDescription(UNSEEN, confidence=1.0, evidence="not tracked in any frame", source=SOURCE)


def _is_seen(view: RecordingView, segment: Segment) -> bool:
    tracks = view.recording.tracks
    if tracks is None:
        return True
    animal = tracks.individuals.index(segment.individual)
    seen = tracks.visible[segment.start_frame : segment.stop_frame, animal].any()
    return bool(seen) and segment.cluster != NO_CLUSTER


def _facts(view: RecordingView, segment: Segment) -> str:
    """Return what the tracks say, a line each; animals are called as in the pictures."""
    if view.kinematics is None:
        return ""
    facts = measure_segment(view.kinematics, view.recording, segment, called=tags_of(view.kinematics.individuals))
    if not facts.sentences:
        return ""
    return "\n".join(["Measured in this clip by tracking:", *(f"- {sentence}" for sentence in facts.sentences)])


def _previous(one: _Prepared, before: ClipDescription | None) -> str:
    """Return what was said of the segment before; "" where nobody knows."""
    if before is None or before.status != "answered":
        return ""
    if before.behavior == UNSEEN:
        return f"Just before this clip, {one.tag} was not to be seen."
    tags = {name: tag for tag, name in one.reader.others.items()}
    target = f", directed at {tags[before.target]}" if before.target in tags else ""
    return (
        f'Just before this clip, {one.tag} was described as: "{before.behavior}"{target}. It may go on, or something'
        " else may begin."
    )
