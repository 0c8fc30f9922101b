from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviorvlm.errors import BehaviorVLMError, FormatError, SettingsError
from behaviorvlm.io.calms21 import KEYPOINTS as CALMS21
from behaviorvlm.io.jabs import KEYPOINTS as JABS
from behaviorvlm.io.keypoint_roles import guess_roles, read_roles
from behaviorvlm.io.mabe22 import KEYPOINTS as MABE22
from behaviorvlm.types import Role

SUPERANIMAL = (
    "nose left_ear right_ear left_ear_tip right_ear_tip left_eye right_eye neck mid_back mouse_center mid_backend "
    "tail_base tail1 tail2 tail3 tail4 tail5 left_shoulder left_midside left_hip right_shoulder right_midside "
    "right_hip tail_end head_midpoint"
)
DANNCE = (
    "EarL EarR Snout SpineF SpineM Tail(base) Tail(mid) Tail(end) ForepawL WristL ElbowL ShoulderL ForepawR WristR "
    "ElbowR ShoulderR HindpawL AnkleL KneeL HindpawR AnkleR KneeR"
)


def roles_of(names: str) -> dict[str, str]:
    return {str(role): name for role, name in guess_roles(names.split()).names.items()}


@pytest.mark.parametrize("names", [MABE22, JABS], ids=["MABe22", "JABS"])
def test_every_keypoint_of_jax_mice_has_its_role(names: tuple[str, ...]) -> None:
    roles = guess_roles(names)
    assert roles.guessed
    assert len(roles.names) == len(names) == 12
    assert roles.lacking(Role) == (Role.HEAD, Role.LEFT_HIP, Role.RIGHT_HIP)
    assert roles.names[Role.TAIL_MIDDLE] in ("tail_middle", "mid_tail")
    assert roles.names[Role.RIGHT_HINDPAW] in ("right_hindpaw", "right_rear_paw")


def test_calms21_and_mars() -> None:
    expected = {Role.NOSE, Role.LEFT_EAR, Role.RIGHT_EAR, Role.NECK, Role.LEFT_HIP, Role.RIGHT_HIP, Role.TAIL_BASE}
    assert set(guess_roles(CALMS21).names) == expected
    mars = ["nose tip", "right ear", "left ear", "neck", "right side body", "left side body", "tail base"]
    roles = guess_roles(mars).names
    assert set(roles) == expected
    assert roles[Role.LEFT_HIP] == "left side body"


def test_rats_without_a_nose() -> None:
    assert roles_of("top body tail tail-m tail-e") == {
        "head": "top", "body_center": "body", "tail_base": "tail", "tail_middle": "tail-m", "tail_tip": "tail-e",
    }  # fmt: skip


def test_superanimal_and_numbered_tails() -> None:
    roles = roles_of(SUPERANIMAL)
    assert (roles["tail_base"], roles["tail_middle"], roles["tail_tip"]) == ("tail_base", "tail3", "tail_end")
    assert (roles["head"], roles["body_center"], roles["left_ear"]) == ("head_midpoint", "mouse_center", "left_ear")
    assert (roles["left_hip"], roles["right_hip"]) == ("left_hip", "right_hip")
    assert roles_of("Tail_0 Tail_1 Tail_2") == {"tail_base": "Tail_0", "tail_middle": "Tail_1", "tail_tip": "Tail_2"}
    assert roles_of("tail1 tail2") == {"tail_base": "tail1", "tail_tip": "tail2"}
    assert roles_of("TTI Tail_0 Tail_1 TailTip")["tail_base"] == "TTI"
    assert roles_of("spine1 spine2 spine3 tailbase")["body_center"] == "spine2"


def test_dannce_and_sleap_write_the_side_behind() -> None:
    roles = roles_of(DANNCE)
    assert (roles["left_ear"], roles["nose"], roles["right_hindpaw"]) == ("EarL", "Snout", "HindpawR")
    assert (roles["body_center"], roles["tail_tip"]) == ("SpineM", "Tail(end)")
    assert roles_of("Ear_L Ear_R Haunch_left")["left_hip"] == "Haunch_left"


def test_sides_that_are_glued_on() -> None:
    assert roles_of("leftear rightear") == {"left_ear": "leftear", "right_ear": "rightear"}
    assert roles_of("lear rear") == {"left_ear": "lear", "right_ear": "rear"}
    assert roles_of("lEar rEar") == {"left_ear": "lEar", "right_ear": "rEar"}
    assert roles_of("rear") == {}  # without its counterpart it may be the rear end


def test_names_that_say_nothing_play_no_role() -> None:
    assert guess_roles(["keypoint_1", "p2", "", "led", "left_shoulder"]).names == {}


@given(
    st.lists(st.sampled_from([*MABE22, *JABS, *SUPERANIMAL.split(), *DANNCE.split(), "top", "body", "x"]), unique=True)
)
def test_a_keypoint_plays_one_role_at_most(names: list[str]) -> None:
    played = list(guess_roles(names).names.values())
    assert len(set(played)) == len(played)
    assert set(played) <= set(names)


def test_stated_roles(tmp_path: Path) -> None:
    (tmp_path / "roles.toml").write_text('nose = "snout"\nbody_center = "mid back"\n')
    roles = read_roles(tmp_path / "roles.toml", ["mid back", "snout", "tail"])
    assert roles.names == {Role.NOSE: "snout", Role.BODY_CENTER: "mid back"}
    assert not roles.guessed


FAULTS: dict[str, tuple[str, type[BehaviorVLMError], str]] = {
    "unknown role": ('nsoe = "snout"', SettingsError, "did you mean nose"),
    "unknown keypoint": ('nose = "snuot"', SettingsError, "did you mean snout"),
    "two roles": ('nose = "snout"\nhead = "snout"', SettingsError, "plays two roles"),
    "a number": ("nose = 3", FormatError, "no name"),
    "no TOML": ("nose", FormatError, "cannot be read"),
}


@pytest.mark.parametrize(("text", "kind", "message"), FAULTS.values(), ids=FAULTS)
def test_faults_of_stated_roles(tmp_path: Path, text: str, kind: type[BehaviorVLMError], message: str) -> None:
    (tmp_path / "roles.toml").write_text(text)
    with pytest.raises(kind, match=message):
        read_roles(tmp_path / "roles.toml", ["snout", "tail"])
