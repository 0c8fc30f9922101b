"""Who said what at a timepoint, in words; and a question to a model as passages, whatever its letters are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from session_files import SKELETON, make_rig
from unit.runs.answer_records import ATTEMPT, REFUSED, picture, record
from unit.runs.correctable import WRONG, dots_px, true_mm, write_run

from behaviorvlm.api.corrections import correct_pose
from behaviorvlm.review.conversation import AskedPicture, by_view, conversation, question_words, shown
from behaviorvlm.review.timepoint_answers import doubts_at, keypoint_answer, keypoints_in_views, read_views
from behaviorvlm.runs.answers import ANSWERS_FILE, AnswerJournal
from behaviorvlm.runs.answers_report import QuestionReport, list_questions, report_question
from behaviorvlm.runs.chunks import PoseChunk
from behaviorvlm.runs.correction_kinds import ClearPoint
from behaviorvlm.runs.store import PoseRun

NOSE, TAIL = SKELETON.index("nose"), SKELETON.index("tail")
KEY = "000005-000010"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[PoseRun]:
    """Return a run in which the tail's runner-up at timepoint 6 is where the nose is, and the nose was in doubt."""
    folder = write_run(tmp_path)
    with PoseRun.reopen(folder) as writing:
        writing.sink.save("decisions", KEY, asked())
    with PoseRun.open(folder) as opened:
        yield opened


def asked() -> dict[str, np.ndarray]:
    """Return a doubt of each kind at timepoint 6 but for the last, with readings of two keypoints at most."""
    readings = np.full((4, 3, len(SKELETON)), -1)
    readings[0, 0, [1, 2]], readings[0, 1, [1, 2]] = (1, 2), (2, 1)
    readings[1:, 0, NOSE], readings[1:, 1, NOSE] = 0, 7
    return {
        "timepoint": np.array([6, 6, 6, 7]), "camera": np.array([0, 1, 3, 0]), "kind": np.array([0, 1, 2, 2]),
        "about": np.array([0, NOSE, NOSE, NOSE]), "reading": np.array([1, -1, -2, 0]),
        "confidence": np.array([0.8, 0.6, 0.0, 0.9]), "readings": readings,
    }  # fmt: skip


def with_runner_up(run: PoseRun, monkeypatch: pytest.MonkeyPatch) -> None:
    original = PoseRun.found_at

    def found_at(self: PoseRun, timepoint: int) -> PoseChunk | None:
        chunk = original(self, timepoint)
        if chunk is None:
            return None
        other = np.full(chunk.runner_up_mm.shape, np.nan)
        other[:, TAIL] = true_mm()[chunk.timepoint, NOSE]
        return PoseChunk(**{**vars(chunk), "runner_up_mm": other})

    monkeypatch.setattr(PoseRun, "found_at", found_at)


def test_a_keypoint_is_told_through_stages_and_views_with_its_runner_up(
    run: PoseRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_runner_up(run, monkeypatch)
    answer = keypoint_answer(read_views(run, 6), TAIL, rig=make_rig())
    assert answer is not None and answer.keypoint == "tail"
    assert "by 4 views, reprojection error 0.10 px." in answer.words[0]
    apart = np.linalg.norm(true_mm()[6, NOSE] - true_mm()[6, TAIL])
    assert "9.00 nats worse" in answer.words[1] and f"{apart:.1f} mm away" in answer.words[1]
    row = answer.views[2]
    assert (row.camera, row.assigned, row.reconciled, row.final) == ("cam2", str(TAIL), str(TAIL), str(TAIL))
    assert np.linalg.norm(dots_px(6)[2, int(row.runner_up)] - dots_px(6)[2, NOSE]) < 1.0


def test_without_a_runner_up_or_cameras_views_show_none(run: PoseRun) -> None:
    for rig in (make_rig(), None):
        answer = keypoint_answer(read_views(run, 6), TAIL, rig=rig)
        assert answer is not None and {view.runner_up for view in answer.views} == {"-"}
        assert "it leaves the keypoint missing" in answer.words[1]


def test_what_a_person_said_is_not_compared_and_not_settled_is_not_answered(tmp_path: Path) -> None:
    folder = write_run(tmp_path, until=10)
    change = ClearPoint(timepoint=WRONG, keypoint="nose", camera=None)
    correct_pose(folder, [change], author="ada", reason="hidden")
    with PoseRun.open(folder) as run:
        reports = read_views(run, WRONG)
        answer = keypoint_answer(reports, NOSE, rig=None)
        assert answer is not None
        assert answer.words[0] == "Missing." and "no other reading" in answer.words[1]
        assert answer.words[2].startswith("Corrected by ada") and "hidden" in answer.words[2]
        assert keypoints_in_views(reports)[NOSE] == ("nose", *"----", "-", "-")
        assert keypoints_in_views(reports)[TAIL] == ("tail", *[str(TAIL)] * 4, "9.00", "missing")
        assert keypoint_answer(read_views(run, 11), NOSE, rig=None) is None


def test_doubts_are_told_with_their_readings_and_what_was_said(run: PoseRun) -> None:
    side, dot, audit = doubts_at(run, 6)
    assert side.kind == "left or right" and side.camera == "cam0"
    assert side.readings[1] == "B: dot 2 is left_ear and dot 1 is right_ear"
    assert side.said == "B, not as geometry, 80% sure by its own word"
    assert dot.said.startswith("none of them") and audit.said == "no answer that could be used"
    assert doubts_at(run, 0) == []


def question(folder: Path, **fields: object) -> QuestionReport:
    """Return the report of a question that shows two pictures, of which the second is not kept."""
    kept, lost = picture(1), picture(2)
    with AnswerJournal(folder / ANSWERS_FILE, writable=True) as journal:
        journal.save(record(6, kept, lost, **fields), [kept])
    with PoseRun.open(folder) as run:
        (row,) = list_questions(run, limit=9).questions
        assert question_words(row) == "side · keypoint assignment · paws"
        assert by_view(row) == ("side", "keypoint_assignment", "paws")
        return report_question(run, row.key)


def test_a_question_is_told_from_its_answer_to_the_form_it_had(tmp_path: Path) -> None:
    passages = conversation(question(write_run(tmp_path), attempts=(REFUSED, ATTEMPT)))
    heads = [passage.head.partition(":")[0] for passage in passages]
    assert heads[2:4] == ["reply 1 of 2", "reply 2 of 2"] and heads[4] == "to the model, as user"
    assert passages[1].parts == ('{"nose": 4}',) and "Refused: no JSON" in passages[2].parts
    assert passages[4].parts[1:] == (
        AskedPicture(picture(1).content_hash, kept=True),
        AskedPicture(picture(2).content_hash, kept=False),
    )


def test_letters_that_cannot_be_seen_are_spelt_out_in_replies(tmp_path: Path) -> None:
    reply = ATTEMPT.model_copy(update={"reply": "\u202eevil\nnext\x1b[2J", "thinking": "\u200b"})
    passages = conversation(question(write_run(tmp_path), attempts=(reply,)))
    assert passages[2].parts == ("(thought aloud) \\u200b", "\\u202eevil\nnext\\x1b[2J")
    assert shown("a\tb") == "a\\tb"
