"""A run that asks a model, end to end: a simulated session, a simulated reader behind real HTTP, every fault."""

from __future__ import annotations

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from chat_server import ChatServer
from reader_answers import PROSE, Manifest, Reader, Request
from reader_confusion import LEVELS, Confusion
from reader_truth import Truth
from reader_watch import Watch

from behaviorvlm import api
from behaviorvlm.api.asking import Asking
from behaviorvlm.api.corrections import correct_pose, rerun
from behaviorvlm.chat.binding import ModelBinding
from behaviorvlm.errors import ModelServerError
from behaviorvlm.evaluate.keypoint_error import evaluate_pose
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.answers import AnswerJournal
from behaviorvlm.runs.correction_kinds import MoveBox, SwapSides
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.verify import verify_run
from behaviorvlm.simulate.arena import simulate_arena
from behaviorvlm.simulate.settings import ArenaSettings

CAMERAS, TIMEPOINTS = 3, 7
KEY = "sk-a-key-that-must-not-be-seen"
ROLES = ("region_detector", "keypoint_assigner", "region_reconciler")


@dataclass
class World:
    """A session and a reader of it."""

    session: Path
    manifest: Path

    @contextmanager
    def server(self, *, answer: Callable[[Request], str] | None = None, **script: object) -> Iterator[ChatServer]:
        truth = Truth.read(self.session / "truth")
        reader = Reader(truth, Manifest(self.manifest), Confusion(LEVELS["low"]))
        with ChatServer(answer=answer or reader.answer, **script) as server:
            yield server

    def run(
        self, folder: Path, url: str | None, *, attempts: int = 3, patience_s: float = 30.0, **more: object
    ) -> PoseRun:
        """Run, with `more` settings of `PoseSettings` or `Asking`."""
        binding = ModelBinding(url=url, name="reader", patience_s=patience_s) if url else None
        given = {name: value for name, value in more.items() if name in PoseSettings.model_fields}
        asking = {name: value for name, value in more.items() if name not in given}
        settings = PoseSettings(
            annotator="vlm", models=dict.fromkeys(ROLES, binding) if binding else {}, attempts=attempts, **given
        )
        return api.estimate_pose(
            api.open_session(self.session), run=folder, settings=settings,
            asking=Asking(annotator=Watch(self.manifest).annotator, **asking),
        )  # fmt: skip


@dataclass
class Finished:
    """A finished run and what its server saw."""

    folder: Path
    answered: int
    requests: list[dict[str, object]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("vlm")
    look = ArenaSettings(seed_window=TIMEPOINTS, n_specks=2, glints_per_picture=0.2)
    size = (320, 320)
    simulate_arena(
        folder / "session", n_cameras=CAMERAS, n_timepoints=TIMEPOINTS, seed=3, image_size=size, settings=look
    )
    return World(folder / "session", folder / "manifest.jsonl")


@pytest.fixture(scope="module")
def whole(world: World, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Return a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    with world.server(key=KEY) as server:
        world.run(folder, server.url, environment={"BEHAVIORVLM_API_KEY": KEY}).close()
        return Finished(folder, server.counts["answered"], list(server.requests))


def tables(run: Path) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in run.glob("*.csv")}
    assert len(found) == 2 + CAMERAS
    return found


def test_nearly_every_keypoint_gets_its_name(world: World, whole: Finished) -> None:
    scores = evaluate_pose(whole.folder, world.session / "truth")
    assert scores.identity_accuracy > 0.95
    assert scores.coverage > 0.9
    assert scores.mean_error_mm < 2


def test_every_question_is_in_the_journal(whole: Finished) -> None:
    with AnswerJournal(whole.folder / "answers.sqlite", writable=False) as journal:
        views = {stage: set() for stage in ("body_region_detection", "keypoint_assignment", "cross_region_agreement")}
        for record in journal.records():
            views[record.stage].add(tuple(record.about.split()[:2]))
        assert journal.totals().calls == whole.answered == len(whole.requests)
        assert all(journal.has_picture(one) for record in journal.records() for one in record.asked.picture_hashes)
    assert len(views["body_region_detection"]) == len(views["cross_region_agreement"]) == CAMERAS * TIMEPOINTS
    assert views["keypoint_assignment"] <= views["body_region_detection"]
    with PoseRun.open(whole.folder) as run:
        assert verify_run(run).problems == ()


def test_the_key_is_nowhere_in_the_run(whole: Finished) -> None:
    held = [path for path in whole.folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert held == []


def test_the_same_again_asks_nothing(world: World, whole: Finished, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(whole.folder, again)
    (again / "journal.sqlite").unlink()  # results of stages are lost, what was asked is not
    for table in again.glob("*.csv"):
        table.unlink()
    with PoseRun.open(whole.folder) as run:
        url = run.manifest.settings["models"]["region_detector"]["url"]
    world.run(again, url).close()  # nobody listens there any more
    assert tables(again) == tables(whole.folder)


def test_a_corrected_run_given_again_asks_nothing_and_has_the_tables_of_the_review(
    world: World, whole: Finished, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    shutil.copytree(whole.folder, again)
    with PoseRun.open(whole.folder) as run:
        (region, *_), skeleton = run.manifest.session.regions, run.manifest.session.skeleton
        url = run.manifest.settings["models"]["region_detector"]["url"]
    moved = MoveBox(timepoint=2, camera="cam0", region=region, box_px=(10, 10, 60, 50))
    swapped = SwapSides(start=3, stop=5, pairs=skeleton.symmetries[:1])
    correct_pose(again, [moved, swapped], author="ada", reason="seen")
    rerun(again)
    reviewed = {path.name: path.read_bytes() for path in again.glob("*.csv")}
    for table in again.glob("*.csv"):
        table.unlink()
    world.run(again, url).close()  # nobody listens there any more
    assert {path.name: path.read_bytes() for path in again.glob("*.csv")} == reviewed
    assert reviewed["points3d.csv"] != tables(whole.folder)["points3d.csv"] and "corrections.csv" in reviewed
    with PoseRun.open(again) as run:
        held = run.views_at(2)
        assert held is not None and held.boxes_px[2, 0, 0].tolist() == [10, 10, 60, 50]
        assert verify_run(run).problems == ()


def test_a_replay_needs_no_server(world: World, whole: Finished, tmp_path: Path) -> None:
    world.run(tmp_path / "replay", None, replay=whole.folder).close()
    assert tables(tmp_path / "replay") == tables(whole.folder)


@pytest.mark.parametrize("when_spent", ["geometry", "missing"])
def test_a_spent_budget_ends_the_run_cleanly(world: World, tmp_path: Path, when_spent: str) -> None:
    with world.server() as server:
        run = world.run(tmp_path / "run", server.url, max_calls=40, when_spent=when_spent)
        assert server.counts["answered"] <= 40
    with run:
        placed = sum(int(chunk.views_used.any(axis=1).sum()) for chunk in run.poses())
    assert placed == TIMEPOINTS if when_spent == "geometry" else 0 < placed < TIMEPOINTS


def test_a_server_that_answers_garbage_makes_a_finished_run(world: World, tmp_path: Path) -> None:
    with world.server(answer=lambda request: PROSE) as server:
        run = world.run(tmp_path / "run", server.url, attempts=2)
    with run:
        assert sum(len(chunk.timepoint) for chunk in run.poses()) == TIMEPOINTS
    with AnswerJournal(tmp_path / "run" / "answers.sqlite", writable=False) as journal:
        totals = journal.totals()
        assert totals.refused == totals.questions > 0
        assert totals.calls == 2 * totals.questions
        record = next(journal.records())
    assert "JSON" in record.attempts[-1].complaint


def test_a_server_that_dies_is_named_and_the_run_goes_on_later(world: World, whole: Finished, tmp_path: Path) -> None:
    answers = itertools.count(1)
    truth = Truth.read(world.session / "truth")
    reader = Reader(truth, Manifest(world.manifest), Confusion(LEVELS["low"]))

    def answer(request: Request) -> str:
        if next(answers) == 30:
            threading.Thread(target=server.stop).start()
        return reader.answer(request)

    with world.server(answer=answer) as server:
        with pytest.raises(ModelServerError) as caught:
            world.run(tmp_path / "run", server.url, patience_s=1.0)
        assert server.url in str(caught.value)
        with AnswerJournal(tmp_path / "run" / "answers.sqlite", writable=False) as journal:
            journalled = journal.totals().calls
        assert 20 < journalled <= server.counts["answered"] < whole.answered
        before = server.counts["answered"]
        server.start()
        world.run(tmp_path / "run", server.url, patience_s=1.0).close()
        assert server.counts["answered"] - before == whole.answered - journalled
    assert tables(tmp_path / "run") == tables(whole.folder)


def test_a_wrong_key_is_a_clear_error_without_the_key(world: World, tmp_path: Path) -> None:
    with world.server(key=KEY) as server:
        wrong = KEY.replace("sk", "wrong")
        with pytest.raises(ModelServerError) as caught:
            world.run(tmp_path / "run", server.url, environment={"BEHAVIORVLM_API_KEY": wrong})
    said = repr(caught.value) + str(caught.value)
    assert "401" in said
    assert "BEHAVIORVLM_API_KEY" in said
    assert wrong not in said
    assert KEY not in said
