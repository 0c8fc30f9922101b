"""``simulate social``: what it makes and what it says."""

from __future__ import annotations

from pathlib import Path

from unit.cli.conftest import Call


def test_it_makes_tracks_video_and_truth(call: Call, tmp_path: Path) -> None:
    words = ("simulate", "social", tmp_path / "two", "--animals", 2, "--seconds", 1, "--seed", 3)
    made = call(*words, "--json").json
    assert made == {
        "tracks": str(tmp_path / "two" / "two.csv"),
        "video": str(tmp_path / "two" / "two.mp4"),
        "truth": str(tmp_path / "two" / "truth" / "bouts.csv"),
        "animals": 2,
    }
    assert all(Path(made[what]).stat().st_size > 0 for what in ("tracks", "video", "truth"))
    again = call(*words)
    assert again.code == 1
    assert "not empty" in again.err


def test_it_refuses_numbers_that_make_no_encounter(call: Call, tmp_path: Path) -> None:
    assert call("simulate", "social", tmp_path / "none", "--animals", 0).code == 2
    crowd = call("simulate", "social", tmp_path / "crowd", "--animals", 99)
    assert crowd.code == 1
    assert "1 to 8" in crowd.err
    assert not (tmp_path / "crowd").exists()
