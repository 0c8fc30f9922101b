"""What a question says in words: names, dots, exemplars, the first answer, the readings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isfinite

import numpy as np

from behaviorvlm.pose.annotator import AgreementQuestion, DecisionQuestion
from behaviorvlm.pose.body_region_detection import region_names
from behaviorvlm.pose.keypoint_assignment import keypoints_of
from behaviorvlm.pose.vlm_pictures import Scene
from behaviorvlm.types import CandidateFlag, CandidateSet, Exemplar, IntArray, RegionBox, Skeleton, all_finite

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPECK, _MIRROR = int(CandidateFlag.STATIC_SPECK), int(CandidateFlag.FLOOR_MIRROR)
_SOURCES = {"seed": "labelled by a person", "rolling": "accepted earlier in this recording"}


def regions_in_words(skeleton: Skeleton) -> str:
    """Return each region with its keypoints, a line each."""
    names = region_names(skeleton)
    return "\n".join(f"- {name}: {keypoints_in_words(keypoints_of(name, skeleton), skeleton)}" for name in names)


def keypoints_in_words(keypoints: IntArray, skeleton: Skeleton) -> str:
    """Return the names of (keypoint,) indices, with commas."""
    return ", ".join(skeleton.keypoints[keypoint] for keypoint in keypoints.tolist())


def pairs_in_words(skeleton: Skeleton) -> str:
    """Return the left and right pairs."""
    pairs = [f"{left} and {right}" for left, right in skeleton.symmetries]
    return f"The pairs: {'; '.join(pairs)}." if pairs else ""


def dots_in_words(scene: Scene, candidates: CandidateSet) -> str:
    """Return where the numbered dots of a fitted scene are, and how bright."""
    if not scene.numbers:
        return "There is no numbered dot."
    shown = scene.crop.to_crop(scene.marks_px) / scene.crop.shown_size_px
    rows = []
    for number, (x, y) in zip(scene.numbers, np.round(1000 * shown).astype(int).tolist(), strict=True):
        rows.append(f"{number} at ({x}, {y}){_what_is_known(candidates, number)}")
    return f"The numbered dots, x and y in thousandths of one panel's width and height: {'; '.join(rows)}."


def _what_is_known(candidates: CandidateSet, number: int) -> str:
    brightness, flags = float(candidates.brightness[number]), int(candidates.flags[number])
    known = [f"brightness {brightness:.0f}"] if isfinite(brightness) else []
    known += ["never moves: perhaps dirt"] if flags & _SPECK else []
    known += ["perhaps a reflection in the floor"] if flags & _MIRROR else []
    return "".join(f", {fact}" for fact in known)


def numbers_in_words(numbers: Sequence[int]) -> str:
    """Return numbers, with commas."""
    return ", ".join(map(str, numbers))


def exemplar_in_words(exemplar: Exemplar, place: int) -> str:
    """Return the line above the picture of an exemplar, counted from 1."""
    return f"EXEMPLAR {place}, timepoint {exemplar.timepoint}, {_SOURCES[exemplar.kind]}:"


def boxes_in_words(boxes: Sequence[RegionBox], image_size: tuple[int, int]) -> str:
    """Return boxes as the model should answer them."""
    width, height = image_size
    rows = []
    for box in boxes:
        sides = (box.x_min_px / width, box.y_min_px / height, box.x_max_px / width, box.y_max_px / height)
        corners = [min(max(round(1000 * side), 0), 1000) for side in sides]
        rows.append({"region": box.region, "bbox_2d": corners, "confidence": 100})
    return f"The right answer was: {json.dumps({'regions': rows})}"


def named_in_words(exemplar: Exemplar, keypoints: IntArray, skeleton: Skeleton) -> str:
    """Return which of the (keypoint,) indices an exemplar shows and which not."""
    seen = all_finite(exemplar.points_px[keypoints])
    hidden = keypoints_in_words(keypoints[~seen], skeleton)
    shown = f"Named in it: {keypoints_in_words(keypoints[seen], skeleton)}."
    return f"{shown} Missing in it: {hidden}." if hidden else shown


def first_answer_in_words(question: AgreementQuestion) -> str:
    """Return the answers of stage 2, a line each region."""
    answer, lines = question.assignment, []
    for region in region_names(question.skeleton):
        entries = []
        for keypoint in keypoints_of(region, question.skeleton).tolist():
            number = int(answer.numbers[keypoint])
            what = f"dot {number} (confidence {100 * answer.confidence[keypoint]:.0f})" if number >= 0 else "missing"
            entries.append(f"{question.skeleton.keypoints[keypoint]} = {what}")
        lines.append(f"- {region}: {'; '.join(entries)}")
    return "\n".join(lines)


def problems_in_words(question: AgreementQuestion) -> str:
    """Return what stands out: dots named twice, keypoints without a dot."""
    lines = []
    for number in question.duplicates.tolist():
        claimants = np.flatnonzero(question.assignment.numbers == number)
        lines.append(f"Dot {number} is named twice: {keypoints_in_words(claimants, question.skeleton)}.")
    if len(question.omissions):
        lines.append(f"Without a dot: {keypoints_in_words(question.omissions, question.skeleton)}.")
    return "\n".join(lines)


def readings_in_words(question: DecisionQuestion) -> str:
    """Return the doubts, a number each, with their readings, a letter each."""
    lines = []
    for number, readings in enumerate(question.doubts, 1):
        lines.append(f"Doubt {number}:")
        for letter, reading in zip(LETTERS, readings, strict=False):
            named = np.flatnonzero(reading >= 0).tolist()
            claims = [f"dot {reading[keypoint]} is {question.skeleton.keypoints[keypoint]}" for keypoint in named]
            lines.append(f"- {letter}: {', '.join(claims)}")
    return "\n".join(lines)
