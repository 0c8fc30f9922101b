from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from behaviorvlm.errors import BehaviorVLMError, FormatError, InputError
from behaviorvlm.io.vocabulary import read_exemplars, read_vocabulary
from behaviorvlm.types import Behavior, Bout

TIMES = {"mon": np.arange(100) / 10, "tue": np.arange(50) / 10}
MICE = {"mon": ("ann", "bob"), "tue": ("ann", "bob")}


def written(folder: Path, text: str, name: str = "v.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_a_vocabulary_in_tables_and_in_lines(tmp_path: Path) -> None:
    text = '[behaviors]\nrest = "lies still"\n[behaviors."fast chase"]\ndefinition = "runs after"\n'
    text += 'kind = "point"\nsocial = true\n'
    assert read_vocabulary(written(tmp_path, text)) == (
        Behavior("rest", "lies still"),
        Behavior("fast chase", "runs after", "point", True),
    )


VOCABULARY_FAULTS: dict[str, tuple[str, type[BehaviorVLMError], str]] = {
    "empty": ("", InputError, "names no behavior"),
    "unknown key": ('[behaviors.rest]\ndefintion = "x"', InputError, "did you mean definition"),
    "unknown kind": ('[behaviors.rest]\nkind = "event"', InputError, "cannot be used"),
    "no TOML": ("rest", FormatError, "cannot be read"),
}


@pytest.mark.parametrize(("text", "kind", "message"), VOCABULARY_FAULTS.values(), ids=VOCABULARY_FAULTS)
def test_faults_of_a_vocabulary(tmp_path: Path, text: str, kind: type[BehaviorVLMError], message: str) -> None:
    with pytest.raises(kind, match=message):
        read_vocabulary(written(tmp_path, text))


def test_exemplars_in_seconds_and_frames_and_in_both_kinds_of_file(tmp_path: Path) -> None:
    table = "recording,individual,target,behavior,start_s,stop_s,start_frame,stop_frame\n"
    table += "mon,ann,bob,chase,1.0,2.5,,\ntue,bob,,rest,,,0,50\n"
    toml = '[[exemplars]]\nrecording = "mon"\nindividual = "ann"\ntarget = "bob"\nbehavior = "chase"\n'
    toml += "start_s = 1.0\nstop_s = 2.5\n"
    toml += (
        '[[exemplars]]\nrecording = "tue"\nindividual = "bob"\nbehavior = "rest"\nstart_frame = 0\nstop_frame = 50\n'
    )
    for path in (written(tmp_path, table, "e.csv"), written(tmp_path, toml, "e.toml")):
        first, second = read_exemplars(path, times_s=TIMES, individuals=MICE, behaviors=["chase", "rest"])
        assert (first.recording, first.individual, first.target, first.behavior) == ("mon", "ann", "bob", "chase")
        assert (first.start_frame, first.stop_frame, first.start_s, first.stop_s) == (10, 25, 1.0, 2.5)
        assert (second.start_frame, second.stop_frame, second.target) == (0, 50, "")
        assert second.stop_s == pytest.approx(5.0)
        assert isinstance(first, Bout)


def test_the_only_recording_and_individual_need_not_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "behavior,start_frame,stop_frame\nrest,1,3\n", "e.csv")
    [bout] = read_exemplars(path, times_s={"mon": TIMES["mon"]}, individuals={"mon": ("ann",)})
    assert (bout.recording, bout.individual) == ("mon", "ann")


EXEMPLAR_FAULTS = {
    "unknown recording": ("mno,ann,,rest,1,2", "did you mean mon"),
    "no recording": (",ann,,rest,1,2", "recording is not stated"),
    "unknown individual": ("mon,anne,,rest,1,2", "did you mean ann"),
    "unknown target": ("mon,ann,bbo,rest,1,2", "did you mean bob"),
    "no individual": ("mon,,,rest,1,2", "individual is not stated"),
    "unknown behavior": ("mon,ann,,rset,1,2", "did you mean rest"),
    "outside": ("tue,ann,,rest,40,51", "outside its recording"),
}


@pytest.mark.parametrize(("row", "message"), EXEMPLAR_FAULTS.values(), ids=EXEMPLAR_FAULTS)
def test_faults_of_exemplars(tmp_path: Path, row: str, message: str) -> None:
    path = written(tmp_path, f"recording,individual,target,behavior,start_frame,stop_frame\n{row}\n", "e.csv")
    with pytest.raises(InputError, match=message) as caught:
        read_exemplars(path, times_s=TIMES, individuals=MICE, behaviors=["chase", "rest"])
    assert "line 2" in caught.value.where


@pytest.mark.parametrize("entry", ["start_s = 1.0", "start_s = 2.0\nstop_s = 1.0", "start_frame = -1\nstop_frame = 3"])
def test_exemplars_that_never_end_or_begin(tmp_path: Path, entry: str) -> None:
    path = written(tmp_path, f'[[exemplars]]\nrecording = "mon"\nbehavior = "rest"\n{entry}\n')
    with pytest.raises(InputError, match="outside its recording"):
        read_exemplars(path, times_s=TIMES)


def test_without_a_vocabulary_every_name_is_good(tmp_path: Path) -> None:
    path = written(tmp_path, "recording,behavior,start_s,stop_s\nmon,anything,1,2\n", "e.csv")
    assert read_exemplars(path, times_s=TIMES)[0].behavior == "anything"


def test_exemplars_may_be_labels_of_another_tool(tmp_path: Path) -> None:
    path = tmp_path / "day.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nm1: rest\n")
    (found,) = read_exemplars(path, times_s={"day": np.arange(100) / 10}, individuals={"day": ("m1", "m2")})
    assert (found.recording, found.individual, found.behavior) == ("day", "m1", "rest")
    assert (found.start_frame, found.stop_frame) == (10, 20)
