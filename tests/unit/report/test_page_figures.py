"""The folder of figures: made anew, never at the cost of what is somebody else's; pictures within the page."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from behaviorvlm.errors import RunStorageError
from behaviorvlm.report.page_figures import PageFigures, figures_anew


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((20, 30, 3), 200, dtype=np.uint8))


def test_a_folder_is_made_anew_and_nothing_old_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    for name in ("old", "new"):
        with figures_anew(folder) as figures:
            draw(figures.photo(name))
    assert [path.name for path in folder.iterdir()] == ["new.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["figures"]


def test_what_fails_changes_nothing(tmp_path: Path) -> None:
    with figures_anew(tmp_path / "figures") as figures:
        draw(figures.photo("old"))
    with pytest.raises(ValueError, match="stop"), figures_anew(tmp_path / "figures") as figures:
        draw(figures.photo("new"))
        raise ValueError("stop")
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["old.png"]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("inside", ["thesis.docx", "deep/thesis.docx"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, inside: str) -> None:
    thesis = tmp_path / "figures" / inside
    thesis.parent.mkdir(parents=True)
    thesis.write_text("years")
    with pytest.raises(RunStorageError, match="thesis") as refused, figures_anew(tmp_path / "figures"):
        pass
    assert "--out" in str(refused.value)
    assert thesis.read_text() == "years"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunStorageError, match="cannot be written"), figures_anew(tmp_path / "file" / "figures"):
        pass


@pytest.mark.parametrize(("photo", "kind"), [(True, "jpeg"), (False, "png")])
def test_a_page_holds_the_pixels(tmp_path: Path, photo: bool, kind: str) -> None:
    figures = PageFigures(tmp_path)
    draw(figures.photo("one"))
    shown = figures.shown("one", description='a "grey" <field>', caption="<b>", photo=photo)
    found = re.search(rf'src="data:image/{kind};base64,([^"]+)"', shown)
    assert found is not None
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(found.group(1)), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (20, 30, 3) and abs(float(pixels.mean()) - 200) < 2
    assert 'alt="a &quot;grey&quot; &lt;field&gt;"' in shown and "&lt;b&gt;" in shown
    assert 'width="30"' in shown and 'height="20"' in shown
    assert ("one.svg" in shown) is not photo
