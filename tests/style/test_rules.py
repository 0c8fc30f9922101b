"""Every rule finds what it forbids, and lets good code pass. A rule that cannot fail is a defect."""

from __future__ import annotations

import pytest
from style import habits, layers, sizes, wording
from style.rules import RULES, Rule
from style.source import package

GOOD = {
    "__init__.py": (
        '"""The package."""\nfrom typing import TYPE_CHECKING\n\n'
        'if TYPE_CHECKING:\n    from behaviorvlm.api import go\n\n__version__ = "1"\n'
    ),
    "errors.py": (
        '"""Errors."""\nfrom behaviorvlm import __version__\n\n\nclass SessionError(Exception):\n    """A session."""\n'
    ),
    "types/__init__.py": '"""Nouns."""\nfrom behaviorvlm.types.point import Point\n\n__all__ = ["Point"]\n',
    "types/point.py": (
        '"""Points."""\nfrom typing import Protocol\n\n\nclass Point(Protocol):\n'
        '    """A point."""\n\n    def at(self, points_px: FloatArray) -> float:\n'
        '        """Return the sum of (point, 2) px."""\n        ...\n'
    ),
    "pose/__init__.py": '"""Pose."""\n',
    "pose/refinement.py": (
        '"""Refinement."""\nfrom behaviorvlm.types import Point\nfrom behaviorvlm.errors import SessionError\n\n\n'
        'def refine(point: Point, *, log_likelihood: float) -> float:\n    """Refine."""\n'
        "    import scipy.optimize\n\n    try:\n        return scipy.optimize.brentq(point)\n"
        '    except ValueError as error:\n        raise SessionError("no") from error\n'
    ),
    "api.py": (
        '"""Wiring."""\n\n\ndef go() -> None:\n    """Go."""\n'
        "    from behaviorvlm.pose import refinement\n\n    refinement.refine()\n"
    ),
    "cli/__init__.py": (
        '"""Commands."""\nfrom behaviorvlm import api\n\n\ndef main() -> None:\n    """Run."""\n    print(api.go())\n'
    ),
}

BAD: list[tuple[Rule, dict[str, str]]] = [
    (layers.imports_point_down, {"types/a.py": "import behaviorvlm.io.video"}),
    (layers.imports_point_down, {"types/a.py": "def f():\n    from behaviorvlm.api import go"}),
    (layers.imports_point_down, {"pose/a.py": "from behaviorvlm import behavior", "behavior/__init__.py": ""}),
    (layers.imports_point_down, {"behavior/a.py": "from behaviorvlm.pose.settings import PoseSettings"}),
    (layers.imports_point_down, {"pose/a.py": "from ..io import video"}),
    (layers.imports_point_down, {"io/a.py": "from behaviorvlm.runs import store"}),
    (layers.imports_point_down, {"chat/a.py": "from behaviorvlm.types import Camera"}),
    (layers.imports_point_down, {"review/a.py": "import behaviorvlm.cli"}),
    (layers.imports_point_down, {"attic/a.py": "x = 1"}),
    (layers.no_cycles, {"io/a.py": "import behaviorvlm.io.b", "io/b.py": "def f():\n    from behaviorvlm.io import a"}),
    (layers.no_cycles, {"io/__init__.py": "from behaviorvlm.io.a import x", "io/a.py": "from behaviorvlm.io import y"}),
    (layers.no_cycles, {"io/__init__.py": "from .a import x", "io/a.py": "from . import y"}),
    (layers.front_door_opens_outwards, {"__init__.py": "from behaviorvlm.api import go", "api.py": ""}),
    (layers.front_door_opens_outwards, {"io/a.py": "from behaviorvlm import open_session"}),
    (
        layers.no_cycles,
        {"__init__.py": "from behaviorvlm.io import a", "io/a.py": "from behaviorvlm import __version__"},
    ),
    (layers.heavy_libraries_wait, {"cli/pose.py": "import matplotlib.pyplot as plt"}),
    (layers.heavy_libraries_wait, {"api.py": "from scipy import optimize"}),
    (layers.heavy_libraries_wait, {"cli/a.py": "from behaviorvlm.io import b", "io/b.py": "import h5py"}),
    (layers.heavy_libraries_wait, {"api.py": "import behaviorvlm.io.b", "io/__init__.py": "import av", "io/b.py": ""}),
    (layers.inner_rooms_open_no_file, {"pose/a.py": "from pathlib import Path"}),
    (layers.inner_rooms_open_no_file, {"types/a.py": "def f(path):\n    return open(path)"}),
    (layers.inner_rooms_open_no_file, {"behavior/a.py": "import os\nx = os.environ['HOME']"}),
    (layers.inner_rooms_open_no_file, {"imaging/a.py": "import cv2\nx = cv2.imread('a.png')"}),
    (sizes.modules_are_short, {"io/a.py": "x = 1\n" * 401}),
    (sizes.most_modules_are_shorter, {"io/a.py": "x = 1\n" * 150, "io/__init__.py": ""}),
    (sizes.functions_are_short, {"io/a.py": 'def f():\n    """Say."""\n' + "    x = 1\n" * 51}),
    (sizes.functions_are_short, {"io/a.py": "class A:\n    async def f(self):\n" + "        x = 1\n" * 51}),
    (sizes.most_functions_are_shorter, {"io/a.py": "def f():\n" + "    x = 1\n" * 10}),
    (sizes.few_positional_arguments, {"io/a.py": "def f(a, b, c, d): return a"}),
    (sizes.few_positional_arguments, {"io/a.py": "class A:\n    def _f(self, a, b, /, c, d): return a"}),
    (wording.names_are_annotated, {"io/a.py": "def f(a, *, b: int) -> None: return a"}),
    (wording.names_are_annotated, {"io/a.py": "def f(a: int): return a"}),
    (wording.names_are_annotated, {"io/a.py": "class A:\n    def f(self, *rest) -> None: return a"}),
    (wording.names_are_annotated, {"io/a.py": "class A:\n    def __init__(self, a): self.a = a"}),
    (wording.names_are_described, {"io/a.py": "x = 1"}),
    (wording.names_are_described, {"io/a.py": '"""A."""\nclass A:\n    x = 1'}),
    (wording.names_are_described, {"io/a.py": '"""A."""\nclass A:\n    """A."""\n    def f(self): return 1'}),
    (wording.arrays_have_shapes, {"io/a.py": 'def f(x_px: FloatArray | None) -> int:\n    """Say."""'}),
    (wording.arrays_have_shapes, {"io/a.py": 'def f() -> tuple[int, arrays.IntArray]:\n    """Say it (now)."""'}),
    (wording.arrays_have_shapes, {"io/a.py": 'class A:\n    """Keep."""\n    x: FloatArray'}),
    (wording.names_say_something, {"io/utils.py": "x = 1"}),
    (wording.names_say_something, {"io/video_helpers.py": "x = 1"}),
    (wording.names_say_something, {"io/a.py": "class SessionManager:\n    x = 1"}),
    (wording.words_are_ours, {"types/a.py": "def f(bodyparts: int) -> None: return 1"}),
    (wording.words_are_ours, {"types/a.py": "class Subject:\n    x = 1"}),
    (wording.words_are_ours, {"types/a.py": "class A:\n    n_cams: int"}),
    (wording.words_are_ours, {"types/a.py": "MAX_LIKELIHOOD = 1"}),
    (wording.words_are_ours, {"types/motif.py": "x = 1"}),
    (habits.only_the_command_line_prints, {"io/a.py": "print('x')"}),
    (habits.nothing_is_asserted, {"io/a.py": "def f(x):\n    assert x"}),
    (habits.errors_are_not_swallowed, {"io/a.py": "try:\n    x = 1\nexcept:\n    x = 2"}),
    (habits.errors_are_not_swallowed, {"io/a.py": "try:\n    x = 1\nexcept Exception:\n    pass"}),
    (habits.nothing_is_promised, {"io/a.py": "def f():\n    pass"}),
    (habits.nothing_is_promised, {"io/a.py": 'def f():\n    """Say."""'}),
    (habits.nothing_is_promised, {"io/a.py": "class A:\n    def f(self):\n        ..."}),
    (habits.nothing_is_promised, {"io/a.py": "def f():\n    raise NotImplementedError"}),
    (habits.nothing_is_promised, {"io/a.py": "x = 1  # TODO: more"}),
    (habits.no_room_is_empty, {"io/a.py": '"""Later."""\nfrom __future__ import annotations\n'}),
    (habits.no_room_is_empty, {"io/__init__.py": '"""Files."""\n'}),
]


@pytest.mark.parametrize(("rule", "files"), BAD, ids=lambda value: getattr(value, "__name__", ""))
def test_rule_finds_what_it_forbids(rule: Rule, files: dict[str, str]) -> None:
    assert rule(package(files))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_lets_good_code_pass(rule: Rule) -> None:
    assert rule(package(GOOD)) == []


def test_every_rule_has_a_bad_example() -> None:
    assert {rule for rule, _ in BAD} == set(RULES)


def test_finding_names_file_and_line() -> None:
    (finding,) = habits.nothing_is_asserted(package({"io/a.py": "x = 1\nassert x"}))
    assert finding == "io/a.py:2: assert in the package"
