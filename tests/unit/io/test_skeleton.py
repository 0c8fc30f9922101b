from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import FormatError, SkeletonError
from behaviorvlm.io.skeleton import read_skeleton, symmetries_by_name, write_skeleton
from behaviorvlm.types import BodyRegion, Skeleton

NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), min_size=4, max_size=6, unique=True
)


@given(NAMES)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    path = tmp_path_factory.mktemp("skeleton") / "skeleton.toml"
    a, b, c, d, *_ = names
    skeleton = Skeleton(
        tuple(names),
        edges=((a, b), (b, c)),
        symmetries=((c, d),),
        regions=(BodyRegion("front", (a, b)), BodyRegion(d, (c,))),
    )
    write_skeleton(path, skeleton)
    assert read_skeleton(path) == skeleton


def test_keypoints_are_enough(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('keypoints = ["a", "b"]\n')
    assert read_skeleton(tmp_path / "s.toml") == Skeleton(("a", "b"))
    write_skeleton(tmp_path / "again.toml", Skeleton(("a", "b")))
    assert read_skeleton(tmp_path / "again.toml") == Skeleton(("a", "b"))


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ('keypoints = ["a"]\nsymetries = []', "unknown key symetries", "did you mean symmetries?"),
        ('keypoints = ["nose", "tail"]\nedges = [["nose", "tial"]]', "unknown keypoint tial", "did you mean tail?"),
        ('keypoints = ["a", "a"]', "named more than once: a", ""),
        ('keypoints = ["a", "b"]\nedges = [["a"]]', "edges.0.1 cannot be used", ""),
        ('keypoints = "a"', "keypoints cannot be used", ""),
        ("edges = []", "keypoints cannot be used", ""),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, message: str, remedy: str) -> None:
    path = tmp_path / "skeleton.toml"
    path.write_text(text)
    with pytest.raises(SkeletonError) as caught:
        read_skeleton(path)
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert str(path) in caught.value.where


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no such file[^$]*skeleton\.toml"):
        read_skeleton(tmp_path / "skeleton.toml")


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (("left_ear", "nose", "right_ear"), (("left_ear", "right_ear"),)),
        (("EarL", "EarR", "ElbowR", "ElbowL"), (("EarL", "EarR"), ("ElbowL", "ElbowR"))),
        (
            ("Ear_R", "Ear_L", "Shoulder_left", "Shoulder_right"),
            (("Ear_L", "Ear_R"), ("Shoulder_left", "Shoulder_right")),
        ),
        (("Left paw", "Right paw", "tail"), (("Left paw", "Right paw"),)),
        (("tail", "tair", "Leg", "Reg"), ()),
    ],
)
def test_names_give_their_partners_away(names: tuple[str, ...], pairs: tuple[tuple[str, str], ...]) -> None:
    assert symmetries_by_name(names) == pairs
