"""The packaged prompts: there, whole, and replaceable one by one."""

import pytest

from behaviorvlm.errors import PromptError
from behaviorvlm.prompts.prompt_set import load_prompts

NAMES = ["body_region_detection", "cross_region_agreement", "dot_decision", "keypoint_assignment"]
PROMPTS = load_prompts("pose")
BEHAVIOR_NAMES = ["clip_description", "ethogram_writing", "segment_merging"]
BEHAVIOR = load_prompts("behavior")


def test_there_is_one_prompt_per_question() -> None:
    assert sorted(PROMPTS.prompts) == NAMES
    assert sorted(PROMPTS.hashes) == NAMES
    assert len(set(PROMPTS.hashes.values())) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_packaged_prompt_shows_the_view_and_asks_for_json(name: str) -> None:
    prompt = PROMPTS[name]
    assert "view" in prompt.needs
    assert "exemplars" in prompt.used
    assert "JSON only" in prompt.body
    assert "animal's own" in prompt.body  # left and right


def test_behavior_has_a_prompt_for_each_question_too() -> None:
    assert sorted(BEHAVIOR.prompts) == BEHAVIOR_NAMES
    assert BEHAVIOR["clip_description"].needs == ("animal", "behaviors", "targets", "clip")
    assert all("JSON only" in prompt.body for prompt in BEHAVIOR.prompts.values())
    assert all("behaviors" in prompt.used for prompt in BEHAVIOR.prompts.values())


@pytest.mark.parametrize("name", NAMES + BEHAVIOR_NAMES)
def test_each_packaged_prompt_is_short_ascii_about_no_species(name: str) -> None:
    body = ({**PROMPTS.prompts, **BEHAVIOR.prompts})[name].body
    assert body.isascii()
    assert len(body.split()) < 350
    assert not {"mouse", "mice", "rat"} & set(body.lower().split())


def test_a_replaced_prompt_changes_its_hash_alone() -> None:
    mine = PROMPTS.with_texts({"dot_decision": "Which? {{readings}} {{view}}"})
    changed = {name for name in NAMES if mine.hashes[name] != PROMPTS.hashes[name]}
    assert changed == {"dot_decision"}
    assert mine["dot_decision"].fill(readings="A or B", view="here") == ["Which? A or B here"]
    assert PROMPTS["dot_decision"].body != mine["dot_decision"].body


def test_a_prompt_of_another_name_is_refused() -> None:
    with pytest.raises(PromptError, match="no prompt dot_decisions") as caught:
        PROMPTS.with_texts({"dot_decisions": "{{view}}"})
    assert "dot_decision" in caught.value.expected


def test_a_pipeline_without_prompts_is_refused() -> None:
    with pytest.raises(PromptError, match="no prompts for cooking"):
        load_prompts("cooking")
