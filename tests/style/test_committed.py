"""The rules about text around the code find what they forbid."""

from __future__ import annotations

import pytest
from style.committed import figures_have_a_script, private_names

HEAD = "## Figures\n| measured | result |\n| --- | --- |\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "| mean error | 0.5 mm |",
        HEAD + "| mean error | 0.5 mm <!-- bench: gone --> |",
        HEAD + "| mean error | 0.5 mm <!-- bench: --> |",
        "Anywhere: 3 s <!-- bench: gone -->",
    ],
)
def test_figure_without_a_script_is_found(text: str) -> None:
    assert figures_have_a_script(text, {"arena"})


def test_figure_with_a_script_passes() -> None:
    text = HEAD + "| mean error | 0.5 mm <!-- bench: arena --> |\n## Files\n| a | 3 columns |\n"
    assert figures_have_a_script(text, {"arena"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "work/main",
        "cd /" + "home/ann/videos",
        "/" + "Users/ann",
        "ran in /" + "root/x",
        "from https://" + "py" + "pi.org/simple",
        "http://192.168" + ".3.4:8000",
        "http://10.0" + ".0.7/",
        "host gpu3" + ".internal",
    ],
)
def test_private_name_is_found(text: str) -> None:
    assert private_names(f"first line\n{text}") == [f"2: {private_names(text)[0].split(': ', 1)[1]}"]


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000", "localhost", "homework/", "version 10.0.1", "x.lang"])
def test_ordinary_text_passes(text: str) -> None:
    assert private_names(text) == []
