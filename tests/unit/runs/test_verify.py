"""Verify finds what is no longer as it was written, and nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from behaviorvlm.runs.store import PoseRun
from behaviorvlm.runs.verify import VerifyReport, verify_run
from behaviorvlm.types import RecordingSession


def verify(folder: Path) -> VerifyReport:
    with PoseRun.open(folder) as run:
        return verify_run(run)


def test_a_sound_run_has_no_problems(finished: Path) -> None:
    report = verify(finished)
    assert report.problems == ()
    assert (report.inputs, report.results, report.tables) == (2, 1 + 12 + 4 * 5 + 1, 6)


def test_changed_and_missing_inputs_are_found(session: RecordingSession, finished: Path) -> None:
    Path(session.source_files["video top"]).write_text("cut")
    Path(session.source_files["calibration"]).unlink()
    gone, changed = verify(finished).problems
    assert gone.startswith("input calibration is not at")
    assert changed.startswith("input video top has changed")


def test_changed_and_missing_tables_are_found(finished: Path) -> None:
    table = finished / "points3d.csv"
    table.write_text(table.read_text().replace("8.0000", "8.0001", 1))
    (finished / "quality.csv").unlink()
    assert verify(finished).problems == ("points3d.csv is not what the journal says", "quality.csv is missing")


def test_changed_results_are_found(finished: Path) -> None:
    connection = sqlite3.connect(finished / "journal.sqlite")
    with connection:
        connection.execute("UPDATE result SET packed = x'00' WHERE stage = 'views' AND key = '000010-000020'")
    connection.close()
    first, second = verify(finished).problems
    assert first.startswith("views 000010-000020: a stored result is not what was written")
    assert "damaged journal" in second


def test_a_lost_result_shows_in_the_tables(finished: Path) -> None:
    connection = sqlite3.connect(finished / "journal.sqlite")
    with connection:
        connection.execute("DELETE FROM result WHERE stage LIKE 'poses%' AND key = '000010-000020'")
    connection.close()
    assert "points3d.csv is not what the journal says" in verify(finished).problems
