"""Labels that people made of real recordings, written in every format and read back to the same frames."""

from pathlib import Path

import pytest

from behaviorvlm.io.behavior_formats import BEHAVIOR_FORMATS
from behaviorvlm.io.file_format import FileFormat, function
from behaviorvlm.io.registry import recognized
from behaviorvlm.types.bout_table import BoutTable

FILES = {
    "rat_dyad/annotations/10_annot.txt": ("caltech", 45),
    "mouse_dyad_interact/e3v813a-20210610T122332-122642_reencode.csv": ("boris-tabular", 10),
    "calms21_labels/test/mouse071_task1_annotator1.csv": ("vtrace", 105),
}
JOINS = ("simba",)
"""What several animals do at once is one there."""


def frames(table: BoutTable) -> list[tuple[str, int, int]]:
    return sorted((bout.behavior, bout.start_frame, bout.stop_frame) for bout in table.bouts)


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in BEHAVIOR_FORMATS])
@pytest.mark.parametrize("name", FILES)
def test_real_labels_come_back(shared_data: Path, tmp_path: Path, name: str, one: FileFormat) -> None:
    if not one.is_ready:
        pytest.skip(f"{one.needs} is missing")
    kind, count = FILES[name]
    path = shared_data / name
    assert recognized(path).name == kind
    table = function(recognized(path).read)(path, frame_rate_hz=30.0)
    assert len(table.bouts) == count
    each = "a file for each" in one.title
    out = tmp_path / ("out" if each else f"x{one.endings[0] if one.endings else '.csv'}")
    function(one.write)(out, table)
    found = function(one.read)(out, frame_rate_hz=30.0)
    if one.name in JOINS and kind == "caltech":
        assert len(found.bouts) < count
    else:
        assert frames(found) == frames(table)
