import json
from pathlib import Path

from bout_tables import keys, recording

from behaviorvlm.io import calms21_sequences
from behaviorvlm.types import Behavior, Ethogram
from behaviorvlm.types.bout_table import BoutTable


def test_of_bouts_that_overlap_the_later_is_kept(tmp_path: Path) -> None:
    said = [
        ("m1", "m2", "attack", 0, 6),
        ("m1", "m2", "mount", 4, 5),
        ("m2", "", "rest", 9, 10),
        ("m1", "m2", "other", 8, 9),
    ]
    table = BoutTable((recording("day", said, n_frames=10),), Ethogram((Behavior("mount"),)))
    (path,) = calms21_sequences.write(tmp_path / "x.json", table)
    sequences = json.loads(path.read_text())["annotator-id_0"]
    assert set(sequences) == {"day/m1", "day/m2"}
    one = sequences["day/m1"]
    assert one["metadata"]["vocab"] == {"mount": 0, "attack": 1, "rest": 2, "other": 3}
    assert one["annotations"] == [1, 1, 1, 1, 0, 1, 3, 3, 3, 3]
    found = calms21_sequences.read(path)
    assert keys(found) == [
        ("day", "m1", "m2", "attack", 0, 4), ("day", "m1", "m2", "attack", 5, 6), ("day", "m1", "m2", "mount", 4, 5),
        ("day", "m2", "", "rest", 9, 10),
    ]  # fmt: skip
    assert (found.recordings[0].n_frames, found.recordings[0].frame_rate_hz) == (10, 30.0)
    assert [one.name for one in found.ethogram.behaviors] == ["mount", "attack", "rest"]
