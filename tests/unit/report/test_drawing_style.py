"""Keypoints look the same, and different from each other, in every picture."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from behaviorvlm.report.drawing_style import keypoint_styles, short_labels


def test_labels_are_initials_and_unique() -> None:
    assert short_labels(["left_ear", "Spine", "Ear_L", "tail-tip"]) == ["LE", "S", "EL", "TT"]
    assert short_labels(["KneeL", "Tail(base)", "MTP_R", "Tail_2"]) == ["KL", "TB", "MR", "T2"]
    labels = short_labels(["tail_base", "tail_bend", "trunk", "_"])
    assert labels == ["TB1", "TB2", "T", "?"]


def test_region_gives_the_color_and_side_gives_the_shape(skeleton) -> None:
    left, right, nose, base, bend = keypoint_styles(skeleton)
    assert left.color == right.color != base.color == bend.color
    assert nose.color not in {left.color, base.color}
    assert (left.marker, right.marker, nose.marker) == ("<", ">", "o")


def test_without_regions_the_side_gives_the_color_too(skeleton) -> None:
    left, right, nose, *_ = keypoint_styles(replace(skeleton, regions=()))
    assert len({left.color, right.color, nose.color}) == 3


def test_importing_the_drawers_imports_no_matplotlib() -> None:
    modules = "pose_pictures, pose_3d_picture, quality_picture, session_preview, rig_picture, run_pictures"
    code = f"import sys; from behaviorvlm.report import {modules}; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
