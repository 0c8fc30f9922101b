"""Is a run folder still what was written? Every hash is taken again, and every table made again."""

from __future__ import annotations

import filecmp
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from behaviorvlm.errors import RunCorruptError, SessionError
from behaviorvlm.runs.answers_check import check_answers
from behaviorvlm.runs.behavior_store import BehaviorRun
from behaviorvlm.runs.behavior_tables import write_behavior_tables
from behaviorvlm.runs.corrections import check_corrections
from behaviorvlm.runs.manifest import InputFile
from behaviorvlm.runs.run_folder import RunFolder
from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.tables import write_tables


class VerifyReport(BaseModel):
    """What was checked of a run, and what is not as it was written.

    Attributes:
        run: The run folder.
        inputs: Number of input files whose hash was taken again.
        results: Number of results in the journal whose hash was.
        answers: Number of questions and answers whose hashes were.
        pictures: Number of pictures shown to a model whose hash was.
        tables: Number of tables that were made again.
        problems: One sentence each; empty if all is well.
    """

    model_config = ConfigDict(frozen=True)

    run: str
    inputs: int
    results: int
    answers: int
    pictures: int
    tables: int
    problems: tuple[str, ...]


def verify_run(run: RunFolder[Any]) -> VerifyReport:
    """Take every hash of `run` again, and compare its tables with what its journal says they should be.

    Raises:
        RunStorageError: If a journal cannot be read at all.
    """
    inputs = [problem for role, file in run.manifest.inputs.items() for problem in _check_input(role, file)]
    kept = [(stage, key) for stage in run.sink.stages() for key in run.sink.keys(stage)]
    results = [problem for stage, key in kept for problem in _check_result(run, stage, key)]
    if isinstance(run, BehaviorRun):
        results += run.rows.check()
    results += check_corrections(run.folder)
    asked = check_answers(run.folder)
    n_tables, tables = (
        (0, ["the tables cannot be made again from a damaged journal"]) if results else _check_tables(run)
    )
    return VerifyReport(
        run=str(run.folder),
        inputs=len(run.manifest.inputs),
        results=len(kept),
        answers=asked.answers,
        pictures=asked.pictures,
        tables=n_tables,
        problems=(*inputs, *results, *asked.problems, *tables),
    )


def _check_input(role: str, file: InputFile) -> Iterator[str]:
    try:
        now = InputFile.of(file.path)
    except SessionError:
        yield f"input {role} is not at {file.path} any more, so it cannot be checked"
        return
    if now.sha256 != file.sha256:
        yield f"input {role} has changed: {file.path}"


def _check_result(run: RunFolder[Any], stage: str, key: str) -> Iterator[str]:
    try:
        run.sink.load(stage, key)
    except RunCorruptError as error:
        yield f"{stage} {key}: {error.message} ({error.actual})"


def _check_tables(run: RunFolder[Any]) -> tuple[int, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        made = _tables(run, Path(folder))
        names = [path.relative_to(folder) for path in made]
        problems = [f"{name} {fault}" for name in names if (fault := _fault(run.folder / name, Path(folder) / name))]
    return len(made), problems


def _tables(run: RunFolder[Any], folder: Path) -> tuple[Path, ...]:
    if isinstance(run, PoseRun):
        return write_tables(run, folder=folder)
    return write_behavior_tables(run, folder=folder) if isinstance(run, BehaviorRun) else ()


def _fault(table: Path, regenerated: Path) -> str:
    if not table.is_file():
        return "is missing"
    return "" if filecmp.cmp(table, regenerated, shallow=False) else "is not what the journal says"
