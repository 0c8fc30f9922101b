"""``run.toml`` says what was asked, and a run refuses to be another."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.runs.scripted_pipeline import make_session

import behaviorvlm
from behaviorvlm.errors import RunCorruptError, RunMismatchError, RunStorageError, SessionError
from behaviorvlm.pose.settings import PoseSettings
from behaviorvlm.runs.manifest import InputFile, RunManifest, _toml
from behaviorvlm.types import CameraGroup, RecordingSession


def manifest_of(session: RecordingSession, **settings: object) -> RunManifest:
    return RunManifest.of(session, PoseSettings.model_validate(settings), workers=1)


def test_what_was_written_is_read(session: RecordingSession, tmp_path: Path) -> None:
    manifest = manifest_of(session, refine="per_keypoint", timepoints=(3, 9))
    manifest.write(tmp_path)
    assert RunManifest.read(tmp_path) == manifest
    assert manifest.session.skeleton == session.skeleton


def test_everything_asked_for_is_on_record(session: RecordingSession, tmp_path: Path) -> None:
    RunManifest.of(session, PoseSettings(stages=(1, 2)), workers=7).write(tmp_path)
    content = tomllib.loads((tmp_path / "run.toml").read_text())
    assert content["asked"] == {"session": session.folder, "workers": 7, "settings": {"stages": [1, 2]}}
    assert content["settings"]["stages"] == [1, 2]
    assert content["settings"]["refine"] == PoseSettings().refine
    known = {"python", "behaviorvlm", "code", "numpy", "scipy", "opencv-python-headless", "av"}
    assert content["versions"].keys() == known
    assert content["versions"]["numpy"] == np.__version__
    assert content["versions"]["behaviorvlm"] == behaviorvlm.__version__
    video = Path(session.source_files["video top"])
    assert content["inputs"]["video top"] == {
        "path": str(video),
        "size_bytes": video.stat().st_size,
        "sha256": hashlib.sha256(video.read_bytes()).hexdigest(),
    }


def test_it_is_made_for_people_to_read(session: RecordingSession, tmp_path: Path) -> None:
    manifest_of(session).write(tmp_path)
    text = (tmp_path / "run.toml").read_text()
    assert text.startswith("# What was asked of this run.")
    assert 'keypoints = ["nose", "left_ear", "right_ear", "tail"]\n' in text
    assert '[inputs."video top"]\n' in text
    manifest_of(session).model_copy(update={"created_at": "now"}).write(tmp_path / "a")
    manifest_of(session).model_copy(update={"created_at": "now"}).write(tmp_path / "b")
    assert (tmp_path / "a" / "run.toml").read_bytes() == (tmp_path / "b" / "run.toml").read_bytes()


@given(st.text(), st.text(min_size=1), st.lists(st.text()))
def test_any_text_survives(value: str, key: str, values: list[str]) -> None:
    written = {"a": value, key: {"b": values, value or "x": {"c": 1.5, "d": True}}, "empty": {}}
    if key not in ("a", "empty"):
        assert tomllib.loads("".join(_toml(written))) == written


def test_only_the_time_of_creation_differs_between_two_runs(session: RecordingSession) -> None:
    first, second = (manifest_of(session).model_dump(exclude={"created_at"}) for _ in range(2))
    assert first == second


def test_workers_place_and_time_do_not_matter(tmp_path: Path) -> None:
    here, there = make_session(tmp_path / "here"), make_session(tmp_path / "there")
    held = RunManifest.of(here, PoseSettings(), workers=1)
    asked = RunManifest.of(there, PoseSettings(), workers=8)
    versions = {**asked.versions, "numpy": "0.0"}
    held.refuse_other(asked.model_copy(update={"created_at": "later", "versions": versions}), folder=tmp_path)


def refusal(held: RunManifest, asked: RunManifest) -> RunMismatchError:
    with pytest.raises(RunMismatchError) as error:
        held.refuse_other(asked, folder=Path("run"))
    return error.value


def test_other_settings_are_named(session: RecordingSession) -> None:
    error = refusal(manifest_of(session), manifest_of(session, refine="per_keypoint", timepoints=(0, 5)))
    assert error.message == "the run holds other inputs or settings: settings.refine, settings.timepoints"
    assert error.expected == "settings.refine = joint; settings.timepoints = not set (in the run)"
    assert error.actual == "settings.refine = per_keypoint; settings.timepoints = [0, 5] (asked now)"
    assert "--run" in error.remedy


def test_another_input_is_named(session: RecordingSession) -> None:
    held = manifest_of(session)
    Path(session.source_files["video top"]).write_text("another film")
    error = refusal(held, manifest_of(session))
    assert error.message.endswith(": inputs.video top")
    assert hashlib.sha256(b"another film").hexdigest()[:12] in error.actual


def test_an_input_more_or_less_is_named(session: RecordingSession) -> None:
    fewer = replace(session, source_files={"calibration": session.source_files["calibration"]})
    assert "inputs.video top = not set" in refusal(manifest_of(session), manifest_of(fewer)).actual
    assert "inputs.video top = not set" in refusal(manifest_of(fewer), manifest_of(session)).expected


def test_numbers_that_come_from_no_file_are_compared_too(session: RecordingSession) -> None:
    seed = session.seeds[0]
    relabelled = replace(session, seeds=(replace(seed, points_px=seed.points_px + 5), *session.seeds[1:]))
    camera = session.cameras.cameras[0]
    moved = CameraGroup((replace(camera, tvec=camera.tvec + 1), *session.cameras.cameras[1:]))
    for other, key in ((relabelled, "session.seeds"), (replace(session, cameras=moved), "session.calibration")):
        assert refusal(manifest_of(session), manifest_of(other)).message.endswith(f": {key}")


def asked_of_model(session: RecordingSession, **binding: object) -> RunManifest:
    asked = {"url": "http://here:8000/v1", "name": "qwen", **binding}
    return manifest_of(session, annotator="vlm", models={"keypoint_assigner": asked}, prompts={"dot_decision": "ab"})


@pytest.mark.parametrize(
    "other",
    [
        {"url": "http://there:9000/v1"},
        {"timeout_s": 9.0},
        {"patience_s": 9.0},
        {"max_in_flight": 2},
        {"structured": "text"},
    ],
)
def test_a_models_server_may_move_and_be_asked_more_patiently(
    session: RecordingSession, other: dict[str, object]
) -> None:
    asked_of_model(session).refuse_other(asked_of_model(session, **other), folder=Path("run"))


@pytest.mark.parametrize(
    "other", [{"name": "gemma"}, {"temperature": 0.5}, {"seed": 1}, {"max_tokens": 9}, {"max_pixels": 9}]
)
def test_another_model_or_another_way_to_ask_it_is_refused(session: RecordingSession, other: dict[str, object]) -> None:
    (key,) = other
    error = refusal(asked_of_model(session), asked_of_model(session, **other))
    assert error.message.endswith(f": settings.models.keypoint_assigner.{key}")


def test_another_prompt_or_role_is_refused(session: RecordingSession) -> None:
    held = asked_of_model(session)
    settings = {**held.settings, "prompts": {"dot_decision": "cd"}}
    prompted = held.model_copy(update={"settings": settings})
    assert refusal(held, prompted).message.endswith(": settings.prompts.dot_decision")
    fewer = held.model_copy(update={"settings": {**held.settings, "models": {}}})
    assert "settings.models.keypoint_assigner.name = qwen" in refusal(held, fewer).expected


@pytest.mark.parametrize("name", ["behaviorvlm", "code"])
def test_another_state_of_the_package_is_refused(session: RecordingSession, name: str) -> None:
    held = manifest_of(session)
    newer = held.model_copy(update={"versions": {**held.versions, name: "9.9"}})
    assert f"versions.{name} = 9.9" in refusal(held, newer).actual


def test_an_input_that_cannot_be_read_is_named(session: RecordingSession) -> None:
    missing = replace(session, source_files={"video top": "nowhere/top.mp4"})
    with pytest.raises(SessionError, match=r"nowhere/top\.mp4"):
        manifest_of(missing)


def test_a_large_file_is_hashed_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"frame" * 1_000_000)
    assert InputFile.of(str(path)).sha256 == hashlib.sha256(b"frame" * 1_000_000).hexdigest()


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunStorageError, match="holds no run"):
        RunManifest.read(tmp_path)


@pytest.mark.parametrize("content", [b"format = ", b"format = 1\n", b"\xff\xfe"])
def test_a_damaged_manifest_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.toml").write_bytes(content)
    with pytest.raises(RunCorruptError, match=r"run\.toml is not what was written"):
        RunManifest.read(tmp_path)
