from __future__ import annotations

from pathlib import Path

import pytest
from label_files import make_poses, same_points, with_videos

from behaviorvlm.io.file_format import ExportOptions, FileFormat, function
from behaviorvlm.io.label_formats import LABEL_FORMATS
from behaviorvlm.io.registry import recognized, told_by_ending

WRITTEN = [one for one in LABEL_FORMATS if one.write]


@pytest.mark.parametrize("one", LABEL_FORMATS, ids=lambda one: one.name)
def test_every_row_leads_somewhere(one: FileFormat) -> None:
    for place in filter(None, (one.read, one.recognize, one.write)):
        assert callable(function(place))
    assert one.keeps and one.loses and (one.judge or not one.write)


@pytest.mark.parametrize("one", WRITTEN, ids=lambda one: one.name)
def test_what_is_written_is_recognized_and_read(tmp_path: Path, one: FileFormat) -> None:
    poses = with_videos(make_poses(), tmp_path)
    path = tmp_path / f"out{one.endings[0] if one.endings else ''}"
    (made,) = function(one.write)(path, poses, ExportOptions(max_frames=5))
    found = recognized(made)
    assert found.name == one.name
    assert same_points(function(found.read)(made), poses, limit=5)


def test_sleap_is_told_by_its_endings() -> None:
    for name in ("a.slp", "a.ANALYSIS.h5"):
        found = told_by_ending(Path(name), "pose")
        assert found is not None and found.name == "sleap"
