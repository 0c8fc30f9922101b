"""Stage 1, body region detection: a box around each body region in each view (paper, section 3.1).

Without this stage every region's box is the whole view, which is the paper's naive variant.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from behaviorvlm.pose.annotator import BodyRegionQuestion, PoseAnnotator, ViewQuestion
from behaviorvlm.types import FloatArray, RegionBox, Skeleton, View

WHOLE_BODY = "body"
"""Name of the one region of a skeleton that defines none."""


def detect_body_regions(question: BodyRegionQuestion, annotator: PoseAnnotator) -> tuple[RegionBox, ...]:
    """Ask where each body region is.

    Args:
        question: The view and what is known of it.
        annotator: Who answers.

    Returns:
        At most one box per region, in skeleton order, cut to the picture; regions the skeleton does not know and boxes
        outside the picture are refused, and such a region is missing.
    """
    answered: dict[str, RegionBox] = {}
    for box in annotator.detect_body_regions(question):
        cut = _cut_to_picture(box, question.view)
        if cut is not None:
            answered.setdefault(box.region, cut)
    return tuple(answered[name] for name in region_names(question.skeleton) if name in answered)


def whole_view_boxes(question: ViewQuestion) -> tuple[RegionBox, ...]:
    """Return the whole view as the box of every region: what stands in when stage 1 is switched off."""
    width, height = question.view.image_size
    return tuple(RegionBox(name, 0.0, 0.0, width - 1.0, height - 1.0) for name in region_names(question.skeleton))


def region_names(skeleton: Skeleton) -> tuple[str, ...]:
    """Return the skeleton's regions, or one for the whole body where it has none."""
    return tuple(region.name for region in skeleton.regions) or (WHOLE_BODY,)


def boxes_as_array(boxes: Iterable[RegionBox], skeleton: Skeleton) -> FloatArray:
    """Return boxes as (region, 4) float64 px: x_min, y_min, x_max, y_max; NaN = none."""
    names = region_names(skeleton)
    rows = np.full((len(names), 4), np.nan)
    for box in boxes:
        rows[names.index(box.region)] = (box.x_min_px, box.y_min_px, box.x_max_px, box.y_max_px)
    return rows


def _cut_to_picture(box: RegionBox, view: View) -> RegionBox | None:
    width, height = view.image_size
    x_min, x_max = max(box.x_min_px, 0.0), min(box.x_max_px, width - 1.0)
    y_min, y_max = max(box.y_min_px, 0.0), min(box.y_max_px, height - 1.0)
    if x_min > x_max or y_min > y_max:
        return None
    return RegionBox(box.region, x_min, y_min, x_max, y_max, box.confidence)
