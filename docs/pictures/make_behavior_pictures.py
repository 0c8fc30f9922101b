"""Make the pictures of docs/behavior_models.md: ``python docs/pictures/make_behavior_pictures.py``.

An encounter is simulated, and stages 3 and 4 are asked about a few of its bouts; nobody answers. What the stages
before would have said is taken from the truth.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from _showing import HERE, in_words, keep

from behaviorvlm.behavior.annotator import ClipDescription, DescribedSegment, MergeGroup, RecordingView
from behaviorvlm.behavior.clip_showing import ClipForm
from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.behavior.llm_segment_merger import LlmSegmentMerger
from behaviorvlm.behavior.rule_merging import RuleSegmentMerger
from behaviorvlm.behavior.vlm_clip_describer import VlmClipDescriber
from behaviorvlm.behavior.vlm_clip_exemplars import ExemplarSheets
from behaviorvlm.chat.message import Picture
from behaviorvlm.chat.question import Answer, Question
from behaviorvlm.io.bouts import read_bouts
from behaviorvlm.io.color_video import ColorVideoSource
from behaviorvlm.io.recordings import find_recordings
from behaviorvlm.prompts.prompt_set import load_prompts
from behaviorvlm.simulate.social import simulate_social
from behaviorvlm.types import Bout, Segment

NAME, SECONDS, SEED = "encounter", 60.0, 1
ANIMAL, SHOWN = "animal2", {"chase": "clip_chase", "oral-genital contact": "clip_contact"}
"""Bouts whose clip is kept, and as what."""
PROMPTS = load_prompts("behavior")


class Writer:
    """An asker that keeps questions and answers a few words, so that a chain can go on."""

    def __init__(self, said: dict[str, ClipDescription] | None = None) -> None:
        self.asked: list[Question[Any]] = []
        self._said = said or {}

    def ask(self, question: Question[Any]) -> Answer[Any]:
        """Keep a question; answer what is known of it."""
        self.asked.append(question)
        said = self._said.get(question.about.rpartition("=")[2])
        return Answer("refused") if said is None else Answer("answered", said)


def look(folder: Path) -> tuple[RecordingView, list[Bout]]:
    """Return a simulated encounter and its true bouts."""
    simulate_social(folder, seconds=SECONDS, seed=SEED)
    video = folder / f"{NAME}.mp4"
    file = find_recordings([folder / f"{NAME}.csv"], videos=[video])[0]
    recording = file.open()
    if recording.tracks is None:
        raise SystemExit("the simulated encounter has no tracks")
    moves = measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=recording.frame_rate_hz)
    view = RecordingView(recording, moves, np.zeros((1, 1, 1), np.float32), ColorVideoSource(video))
    return view, read_bouts(folder / "truth" / "bouts.csv")


def described(bouts: list[Bout]) -> list[DescribedSegment]:
    """Return the bouts of the animal as described segments."""
    return [
        DescribedSegment(
            Segment(bout.recording, bout.individual, number, bout.start_frame, bout.stop_frame, 0, 0.9),
            ClipDescription(bout.behavior, bout.target, f"{bout.individual} shows {bout.behavior}.", confidence=0.8),
        )
        for number, bout in enumerate(bouts)
    ]


def ask_about_clips(view: RecordingView, bouts: list[Bout]) -> list[Question[Any]]:
    """Return the questions of stage 3 about the bouts that are shown, each after the one before."""
    mine = [bout for bout in bouts if bout.individual == ANIMAL]
    places = [next(place for place, bout in enumerate(mine) if bout.behavior == name) for name in SHOWN]
    asked = [mine[place] for place in places]
    exemplars = [bout for bout in bouts if bout.behavior in SHOWN and bout not in asked]
    form = ClipForm(kind="sheet")
    found = []
    for place in places:
        pair = described(mine)[place - 1 : place + 1]
        writer = Writer({str(pair[0].segment.number): pair[0].description})
        sheets = ExemplarSheets(exemplars, lambda recording: view, form)
        describer = VlmClipDescriber(writer, PROMPTS, form=form, exemplars=sheets)
        describer.describe(view, [one.segment for one in pair])
        found.append(writer.asked[-1])
    return found


def ask_about_rows(view: RecordingView, bouts: list[Bout]) -> list[Question[Any]]:
    """Return a question of each kind of stage 4."""
    rates = {view.recording.name: view.recording.frame_rate_hz}
    rule: Any = RuleSegmentMerger(rates, {})
    writer = Writer()
    merger = LlmSegmentMerger(writer, PROMPTS, fallback=rule, frame_rates_hz=rates, window=12)
    stream = described([bout for bout in bouts if bout.individual == ANIMAL])
    groups: list[MergeGroup] = merger.merge(stream[:12])
    merger.write_ethogram(groups, {(one.segment.recording, one.segment.number): one for one in stream})
    return writer.asked


def main() -> None:
    """Simulate, ask, and write pictures and words."""
    with tempfile.TemporaryDirectory() as folder:
        view, bouts = look(Path(folder) / NAME)
        clips = ask_about_clips(view, bouts)
        rows = ask_about_rows(view, bouts)
    for question, name in zip(clips, SHOWN.values(), strict=True):
        pictures = [part for part in question.messages[0].parts if isinstance(part, Picture)]
        keep(name, pictures[-1], quality=80)
        if question is clips[-1]:
            keep("clip_exemplars", pictures[0], quality=80)
    words = "\n\n\n".join(map(in_words, [clips[-1], *rows]))
    (HERE / "simulated_behavior_questions.txt").write_text(words + "\n")


if __name__ == "__main__":
    main()
