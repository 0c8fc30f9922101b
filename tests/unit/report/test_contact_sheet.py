"""Contact sheets: the best bouts, read once in order, cropped to who takes part."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from unit.report.behavior_scenes import NAMES, GreyPictures, bout, walking_tracks

from behaviorvlm.report.contact_sheet import (
    COLUMNS,
    GAP_PX,
    TILE_PX,
    TITLE_PX,
    Filmed,
    best_bouts,
    draw_contact_sheets,
    shown_frames,
)


def test_sure_and_long_bouts_come_first() -> None:
    short, doubtful, good, longer = (
        bout("a", (0, 5), sure=0.9), bout("a", (10, 40), sure=0.2), bout("a", (40, 60), sure=0.9),
        bout("a", (60, 99), sure=0.9),
    )  # fmt: skip
    assert best_bouts([short, doubtful, longer, good], count=3) == [good, longer, short]
    assert best_bouts([bout("a", (0, 30), sure=float("nan"))]) != []


def test_frames_are_spread_over_the_bout() -> None:
    assert shown_frames(bout("a", (10, 41)), count=4).tolist() == [10, 20, 30, 40]
    assert shown_frames(bout("a", (10, 12)), count=4).tolist() == [10, 11]


def test_a_sheet_shows_each_bout_in_a_row(tmp_path: Path) -> None:
    pictures = GreyPictures()
    chosen = {
        "chase!": [bout("chase!", (20, 50), target="two"), bout("chase!", (0, 20), target="two")],
        "chase?": [bout("chase?", (10, 40), individual="three")],
        "elsewhere": [],
    }
    film = Filmed(pictures, walking_tracks(), NAMES)
    paths = draw_contact_sheets(chosen, {"box": film}, folder=tmp_path / "sheets")
    assert [path.name for path in paths] == ["chase.png", "chase_2.png"]
    assert pictures.asked == sorted(set(pictures.asked))
    sheet = cv2.cvtColor(cv2.imread(str(paths[0])), cv2.COLOR_BGR2RGB)
    assert sheet.shape[1] == COLUMNS * (TILE_PX + GAP_PX) + GAP_PX
    first = sheet[TITLE_PX + 24 : TITLE_PX + 24 + TILE_PX, GAP_PX : GAP_PX + TILE_PX]
    assert np.median(first) == 20  # the picture of frame 20
    orange, blue = (np.abs(first.astype(int) - color).max(axis=-1) < 40 for color in ((230, 159, 0), (86, 180, 233)))
    assert orange.sum() > 10
    assert blue.sum() > 10


def test_without_tracks_the_whole_picture_is_shown(tmp_path: Path) -> None:
    pictures = GreyPictures(size_px=(160, 80))
    film = Filmed(pictures, None, ("scene",))
    (path,) = draw_contact_sheets({"a": [bout("a", (30, 60), individual="scene")]}, {"box": film}, folder=tmp_path)
    sheet = cv2.imread(str(path))
    tile = sheet[TITLE_PX + 24 : TITLE_PX + 24 + TILE_PX, GAP_PX : GAP_PX + TILE_PX]
    assert (tile[:30] == 0).all()
    assert np.median(tile[60:100]) == 30


def test_recordings_without_pictures_are_left_out(tmp_path: Path) -> None:
    assert draw_contact_sheets({"a": [bout("a", (0, 9))]}, {}, folder=tmp_path) == ()
