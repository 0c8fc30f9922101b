"""Names of recordings, from the names of their files without what tools append."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ENDINGS = re.compile(
    r"(\.(csv|gz|h5|hdf5|slp|npy|json|nc|nwb|txt|srt|boris|parquet|mp4|mov|m4v|mkv|avi|analysis|predictions|tracked)|_pose_est_v\d|_(el|bx|sk))$",
    re.IGNORECASE,
)
DEEPLABCUT = re.compile(r"(?<=.)_?DLC[_-].*$")
"""DeepLabCut appends its scorer: ``videoDLC_resnet50_projectJan24shuffle1_5000_el_filtered``."""


def recording_name(path: Path) -> str:
    """Return what a recording is called: its file's name without endings and what DeepLabCut, SLEAP or JABS append."""
    name = path.name
    while (shorter := ENDINGS.sub("", name)) != name and shorter:
        name = shorter
    return DEEPLABCUT.sub("", name)


def unique_names(paths: Sequence[Path]) -> list[str]:
    """Return a name for each path, as short as tells it from the others: more of its name, its folder, a number."""
    names = [recording_name(path) for path in paths]
    stems = [path.name.split(".")[0] for path in paths]
    folders = [path.resolve().parent.name for path in paths]
    longer = [stems, _joined(folders, names), _joined(folders, stems)]
    for candidates in longer:
        clashes = [name for name, count in Counter(names).items() if count > 1]
        for clash in clashes:
            places = [place for place, name in enumerate(names) if name == clash]
            others = {name for place, name in enumerate(names) if place not in places}
            proposed = [candidates[place] for place in places]
            if len(set(proposed)) == len(places) and not others & set(proposed):
                for place, name in zip(places, proposed, strict=True):
                    names[place] = name
    return _numbered(names)


def _joined(folders: Sequence[str], names: Sequence[str]) -> list[str]:
    return [f"{folder}_{name}" for folder, name in zip(folders, names, strict=True)]


def _numbered(names: Sequence[str]) -> list[str]:
    totals, seen = Counter(names), Counter[str]()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(f"{name}_{seen[name]}" if totals[name] > 1 else name)
    return numbered
