"""Stage 4 asked of a language model: which neighbours are one behavior, and what the behaviors of the run are.

After the paper's stage 4. A model reads what was said of a few dozen segments at a time; windows overlap, so an hour
fits any context. Every group keeps the numbers of its segments and the model's reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from behaviorvlm.behavior.animal_tags import tags_of
from behaviorvlm.behavior.annotator import UNSEEN, Catalogue, DescribedSegment, MergeGroup, SegmentMerger
from behaviorvlm.behavior.answer_shape import NOBODY, BehaviorNames, in_words
from behaviorvlm.behavior.llm_ethogram import EthogramWriter
from behaviorvlm.behavior.llm_merge_answers import SOURCE, MergeAnswerReader
from behaviorvlm.behavior.llm_merge_words import segment_in_words
from behaviorvlm.behavior.merge_windows import Part, stitched, windows_over
from behaviorvlm.behavior.side_by_side import side_by_side
from behaviorvlm.chat.message import Message
from behaviorvlm.chat.question import Asker, Question
from behaviorvlm.prompts.prompt_set import PromptSet
from behaviorvlm.types import Behavior

SEGMENT_MERGER = "segment_merger"
"""Role: configuration binds it to a model."""
STAGE = "segment_merging"
WINDOW, OVERLAP = 40, 8
"""Segments of a window, and of two windows in common: 40 snippets are some two minutes, 8 more than most behaviors."""
BUDGET_LETTERS = 14_000
"""Letters of a window's segments, some 4,000 tokens; with prompt and answer it fits a context of 8,192."""
AT_ONCE = 8
"""Windows asked side by side."""


@dataclass(frozen=True, eq=False)
class _Window:
    """A part of a run of named segments that is asked about.

    Attributes:
        segments: The run.
        places: Those of the run that the window holds.
    """

    segments: Sequence[DescribedSegment]
    places: range

    @property
    def held(self) -> list[DescribedSegment]:
        """Its segments."""
        return [self.segments[place] for place in self.places]


class LlmSegmentMerger:
    """Merges and names by asking a model; its confidence is what the model says of itself.

    Args:
        asker: Puts the questions.
        prompts: The prompts of the behavior pipeline.
        fallback: Who merges what the model did not, because its answers could not be used or the budget was spent;
            and whatever needs no question.
        vocabulary: The behaviors to tell; None = any.
        frame_rates_hz: Recording to frames per second.
        window: The most segments of a window.
        overlap: How many segments two windows share.
        at_once: Windows asked side by side.
    """

    name = SOURCE

    def __init__(
        self,
        asker: Asker,
        prompts: PromptSet,
        *,
        fallback: SegmentMerger,
        vocabulary: Sequence[Behavior] | None = None,
        frame_rates_hz: Mapping[str, float] | None = None,
        window: int = WINDOW,
        overlap: int = OVERLAP,
        at_once: int = AT_ONCE,
    ) -> None:
        self._asker, self._prompt, self._fallback = asker, prompts[STAGE], fallback
        self._names = BehaviorNames(None if vocabulary is None else tuple(vocabulary))
        self._rates = dict(frame_rates_hz or {})
        self._window, self._overlap, self._at_once = window, overlap, at_once
        self._writer = EthogramWriter(asker, prompts, self._names, role=SEGMENT_MERGER, frame_rates_hz=self._rates)

    def merge(self, stream: Sequence[DescribedSegment]) -> list[MergeGroup]:
        """Return the segments of one individual, all of them, each in one group, order kept.

        Stretches in which it was not to be seen, or nobody said what happens, are not asked about, and nothing is
        merged across them.

        Raises:
            ModelServerError: If the model cannot be reached any more.
        """
        runs = [list(run) for _, run in groupby(stream, key=_is_named)]
        windows = [self._windows(run) for run in runs]
        said = iter(side_by_side(self._ask, [one for each in windows for one in each], at_once=self._at_once))
        groups: list[MergeGroup] = []
        for run, asked in zip(runs, windows, strict=True):
            parts = [next(said) for _ in asked]
            if asked:
                groups += _groups(stitched([one.places for one in asked], parts), run)
            else:
                groups += self._fallback.merge(run)
        return groups

    def write_ethogram(
        self, groups: Sequence[MergeGroup], described: Mapping[tuple[str, int], DescribedSegment]
    ) -> Catalogue:
        """Return the behaviors of a whole run: synonyms under one name, each with a definition.

        Args:
            groups: The groups of all recordings and individuals.
            described: (recording, segment number) to the segment and its description.

        Raises:
            ModelServerError: If the model cannot be reached any more.
        """
        return self._writer.write(groups, described, fallback=self._fallback)

    def _windows(self, run: Sequence[DescribedSegment]) -> list[_Window]:
        """Return the windows over a run; none where there is nothing to ask."""
        if len(run) < 2 or not _is_named(run[0]):
            return []
        lengths = [len(self._in_words(one, 1, {})) for one in run]
        places = windows_over(lengths, most=self._window, overlap=self._overlap, budget=BUDGET_LETTERS)
        return [_Window(run, one) for one in places]

    def _ask(self, window: _Window) -> list[Part]:
        held = window.held
        individual, recording = held[0].segment.individual, held[0].segment.recording
        others = sorted({one.description.target for one in held} - {"", individual})
        tag, *tags = tags_of((individual, *others))
        reader = MergeAnswerReader(self._names, dict(zip(tags, others, strict=True)), held, window.places.start)
        values = {
            "animal": tag,
            "segments": self._lines(held, dict(zip(others, tags, strict=True))),
            "behaviors": self._names.words(),
            "targets": in_words([*tags, NOBODY]),
            "recording": recording,
        }
        message = Message.of("user", *self._prompt.fill(**{name: values[name] for name in self._prompt.used}))
        numbers = f"{held[0].segment.number}-{held[-1].segment.number}"
        about = f"recording={recording} individual={individual} segments={numbers}"
        answer = self._asker.ask(Question(SEGMENT_MERGER, STAGE, about, (message,), reader.schema, reader.understand))
        return answer.value if answer.value is not None else _parts(self._fallback.merge(held), window.places.start)

    def _lines(self, held: Sequence[DescribedSegment], tags: Mapping[str, str]) -> str:
        return "\n".join(self._in_words(one, number, tags) for number, one in enumerate(held, 1))

    def _in_words(self, one: DescribedSegment, number: int, tags: Mapping[str, str]) -> str:
        return segment_in_words(one, number, tags=tags, rate_hz=self._rates.get(one.segment.recording))


def _is_named(one: DescribedSegment) -> bool:
    return one.description.behavior not in ("", UNSEEN)


def _parts(groups: Iterable[MergeGroup], start: int) -> list[Part]:
    """Return groups of neighbours by their places in the row, from `start`."""
    parts: list[Part] = []
    for group in groups:
        first = parts[-1].stop if parts else start
        parts.append(
            Part(
                first,
                first + len(group.segments),
                group.behavior,
                group.target,
                group.confidence,
                group.reason,
                group.source,
            )
        )
    return parts


def _groups(parts: Iterable[Part], run: Sequence[DescribedSegment]) -> list[MergeGroup]:
    first = run[0].segment
    return [
        MergeGroup(
            recording=first.recording,
            individual=first.individual,
            segments=tuple(one.segment.number for one in run[part.start : part.stop]),
            behavior=part.behavior,
            target=part.target,
            confidence=part.confidence,
            reason=part.reason,
            source=part.source,
        )
        for part in parts
    ]
