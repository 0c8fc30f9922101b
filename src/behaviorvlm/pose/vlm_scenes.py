"""Which part of a view each question shows, and what is marked in it; likewise for its exemplars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isfinite

import numpy as np

from behaviorvlm.imaging.crops import Crop, crop_around, whole_picture
from behaviorvlm.imaging.marks import Mark, color_of
from behaviorvlm.imaging.strokes import Color
from behaviorvlm.pose.annotator import (
    AgreementQuestion,
    BodyRegionQuestion,
    DecisionQuestion,
    KeypointQuestion,
    ViewQuestion,
)
from behaviorvlm.pose.body_region_detection import region_names
from behaviorvlm.pose.keypoint_assignment import keypoints_of
from behaviorvlm.pose.vlm_pictures import Scene, shown_channels
from behaviorvlm.types import Exemplar, FloatArray, IntArray, RegionBox, Skeleton, all_finite

REGION_SIDE_PX, BODY_SIDE_PX, VIEW_SIDE_PX = 320, 512, 768
"""Length of a panel's longer side: a region, the body, the whole view. Multiples of 32, the patch of Qwen-VL models."""
REGION_CONTEXT = 0.6
"""A region's crop is at least this share of the body wide: what is left and right shows only beside the rest."""
CROP_MARGIN = 0.25
BOX_MARGIN = 0.15
BODY_MARGIN = 0.06
"""An exemplar's box leaves this share of the body around its keypoints, and `BOX_MARGIN` of its own side."""
BODY_REACH = 0.25
LEAST_SIDE_PX = 64.0


def view_scene(question: BodyRegionQuestion) -> Scene:
    """Return stage 1's view: all of it, its dots ringed."""
    view = question.view
    dots = view.candidates.points_px
    return Scene(view.images, shown_channels(view.images), whole_picture(view.image_size), dots, rings_px=dots)


def region_scene(question: KeypointQuestion) -> Scene:
    """Return stage 2's view: the region's box and what is around it, the box's dots numbered."""
    crop = _crop(question, _corners(question.box), share=REGION_CONTEXT)
    return _numbered(question, crop, question.numbers, title=question.box.region)


def body_scene(question: AgreementQuestion) -> Scene:
    """Return stage 3's view: the body, every dot in it numbered, those named in stage 2 with their names."""
    points = question.view.candidates.points_px
    named = points[question.assignment.numbers[question.assignment.numbers >= 0]]
    spans = [*(_corners(box) for box in question.boxes), *(np.tile(point, 2) for point in named)]
    box = _union(spans) if spans else np.array([0.0, 0.0, *np.subtract(question.view.image_size, 1.0)])
    crop = _crop(question, box, share=0.0)
    scene = _numbered(question, crop, _inside(points, crop), title="body")
    return replace(scene, marks=tuple(_claimed(number, question) for number in scene.numbers))


def decision_scene(question: DecisionQuestion) -> Scene:
    """Return the dots in question, numbered, and the whole animal if it can be told where that is."""
    readings = np.concatenate(question.doubts)
    numbers = np.unique(readings[readings >= 0])
    box = _span(question.view.candidates.points_px[numbers])
    last = [exemplar for exemplar in question.exemplars if all_finite(exemplar.points_px).any()][-1:]
    bodies = [_span(exemplar.points_px[all_finite(exemplar.points_px)]) for exemplar in last]
    # It was here a moment ago if the dots lie where the last exemplar shows it; else the dots are all there is.
    near = [body for body in bodies if _touch(box, body)]
    crop = _crop(question, _union([box, *near]), share=0.0 if near else 1.0)
    return _numbered(question, crop, numbers, title="view")


def exemplar_view_scene(exemplar: Exemplar, skeleton: Skeleton, image_size: tuple[int, int]) -> Scene:
    """Return an exemplar of stage 1: the whole view, a box around each region, its dots ringed in the box's color."""
    boxes = exemplar_boxes(exemplar, skeleton, image_size)
    names = region_names(skeleton)
    drawn = tuple((box, names.index(box.region)) for box in boxes)
    titles = [Mark(box.region, color_of(place), ringed=False) for box, place in drawn]
    corners = [[box.x_min_px, box.y_min_px] for box, _ in drawn]
    seen = np.flatnonzero(all_finite(exemplar.points_px))
    points, colors = exemplar.points_px[seen], _region_colors(skeleton)
    return Scene(
        exemplar.images, shown_channels(exemplar.images)[:1], whole_picture(image_size), points,
        marks=tuple(titles), marks_px=np.array(corners).reshape(-1, 2), boxes=drawn,
        rings_px=points, ring_colors=tuple(colors.get(keypoint) for keypoint in seen.tolist()),
    )  # fmt: skip


def exemplar_scene(
    exemplar: Exemplar, keypoints: IntArray, *, skeleton: Skeleton, image_size: tuple[int, int], share: float
) -> Scene | None:
    """Return an exemplar of the other questions: the dots of these keypoints, with their names.

    Args:
        exemplar: The exemplar.
        keypoints: (keypoint,) indices of the keypoints asked about.
        skeleton: The body plan.
        image_size: (width, height) of the view in px.
        share: The crop is at least this share of the body wide.

    Returns:
        The scene, or None if it shows none of the keypoints.
    """
    seen = keypoints[all_finite(exemplar.points_px[keypoints])]
    if not len(seen):
        return None
    points = exemplar.points_px[seen]
    crop = _crop_sized(_span(points), image_size, body_px=body_side(exemplar), share=share)
    every = exemplar.points_px[all_finite(exemplar.points_px)]
    marks = tuple(Mark(skeleton.keypoints[keypoint], color_of(int(keypoint))) for keypoint in seen)
    channels = shown_channels(exemplar.images)
    return Scene(exemplar.images, channels, crop, every, marks=marks, marks_px=points, title="exemplar")


def exemplar_boxes(exemplar: Exemplar, skeleton: Skeleton, image_size: tuple[int, int]) -> tuple[RegionBox, ...]:
    """Return the box around each region that an exemplar shows, with a margin."""
    boxes = []
    for region in region_names(skeleton):
        points = exemplar.points_px[keypoints_of(region, skeleton)]
        points = points[all_finite(points)]
        if len(points):
            box = _span(points)
            margin = BODY_MARGIN * body_side(exemplar) + BOX_MARGIN * float((box[2:] - box[:2]).max())
            low = np.maximum(box[:2] - margin, 0.0)
            high = np.minimum(box[2:] + margin, np.subtract(image_size, 1.0))
            if (low <= high).all():
                boxes.append(RegionBox(region, *low.tolist(), *high.tolist()))
    return tuple(boxes)


def body_side(exemplar: Exemplar) -> float:
    """Return the longer side of the box around all keypoints of an exemplar, in px."""
    # Asked for three times with every question: plain numbers are ten times as fast as such short arrays.
    points = [(x, y) for x, y in exemplar.points_px.tolist() if isfinite(x) and isfinite(y)]
    return max((max(side) - min(side) for side in zip(*points, strict=True)), default=0.0)


def _crop(question: ViewQuestion, box: FloatArray, *, share: float) -> Crop:
    sides = [body_side(exemplar) for exemplar in question.exemplars]
    body = float(np.median(sides)) if sides else 0.0
    return _crop_sized(box, question.view.image_size, body_px=body, share=share)


def _crop_sized(box: FloatArray, image_size: tuple[int, int], *, body_px: float, share: float) -> Crop:
    margin = CROP_MARGIN * float((box[2:] - box[:2]).max())
    least = max(LEAST_SIDE_PX, share * body_px)
    return crop_around(box, image_size, margin_px=margin, least_side_px=least)


def _numbered(question: ViewQuestion, crop: Crop, numbers: IntArray, *, title: str) -> Scene:
    view = question.view
    dots = view.candidates.points_px
    marks = tuple(Mark(str(number)) for number in numbers.tolist())
    return Scene(
        view.images, shown_channels(view.images), crop, dots,
        marks=marks, marks_px=dots[numbers], title=title, numbers=tuple(numbers.tolist()),
    )  # fmt: skip


def _claimed(number: int, question: AgreementQuestion) -> Mark:
    """Return the mark of a dot with the names that stage 2 gave it."""
    claimants = np.flatnonzero(question.assignment.numbers == number).tolist()
    if not claimants:
        return Mark(str(number))
    names = "/".join(question.skeleton.keypoints[keypoint] for keypoint in claimants)
    return Mark(f"{number} {names}", color_of(claimants[0]))


def _region_colors(skeleton: Skeleton) -> dict[int, Color]:
    """Return keypoint index to the color of its region."""
    return {
        int(keypoint): color_of(place)
        for place, region in enumerate(region_names(skeleton))
        for keypoint in keypoints_of(region, skeleton)
    }


def _inside(points: FloatArray, crop: Crop) -> IntArray:
    last = np.array([crop.x_px + crop.width_px, crop.y_px + crop.height_px]) - 1
    return np.flatnonzero(((points >= (crop.x_px, crop.y_px)) & (points <= last)).all(axis=1))


def _corners(box: RegionBox) -> FloatArray:
    return np.array([box.x_min_px, box.y_min_px, box.x_max_px, box.y_max_px])


def _span(points: FloatArray) -> FloatArray:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _touch(box: FloatArray, body: FloatArray) -> bool:
    """Whether a box lies on a body's box, or not farther from it than a quarter of its side."""
    reach = BODY_REACH * float((body[2:] - body[:2]).max())
    return bool((box[:2] <= body[2:] + reach).all() and (box[2:] >= body[:2] - reach).all())


def _union(boxes: Iterable[FloatArray]) -> FloatArray:
    rows: Sequence[FloatArray] = list(boxes)
    stacked = np.array(rows)
    return np.concatenate([stacked[:, :2].min(axis=0), stacked[:, 2:].max(axis=0)])
