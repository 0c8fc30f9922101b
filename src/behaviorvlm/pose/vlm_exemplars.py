"""How exemplars are shown: a picture with named dots, and what it shows in words."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial

from behaviorvlm.chat.message import Part, Picture, Text
from behaviorvlm.pose.annotator import ViewQuestion
from behaviorvlm.pose.vlm_picture_cache import PictureCache
from behaviorvlm.pose.vlm_pictures import fit, photograph
from behaviorvlm.pose.vlm_scenes import VIEW_SIDE_PX, exemplar_boxes, exemplar_scene, exemplar_view_scene
from behaviorvlm.pose.vlm_words import boxes_in_words, exemplar_in_words, named_in_words
from behaviorvlm.types import Exemplar, IntArray

NO_EXEMPLARS = "There are no exemplars."


Shown = tuple[Picture, Text]
"""A picture, and the words below it."""


@dataclass(frozen=True, eq=False)
class ExemplarGallery:
    """Shows exemplars, each picture painted once.

    Attributes:
        cache: Keeps the pictures and their words; None for an exemplar that shows nothing of what is asked.
    """

    cache: PictureCache[Shown | None] = field(default_factory=PictureCache)

    def views(self, question: ViewQuestion, *, max_pixels: int) -> list[Part]:
        """Return the exemplars of stage 1: whole views with the regions' boxes, and these as an answer in words."""
        skeleton, size = question.skeleton, question.view.image_size

        def show(exemplar: Exemplar) -> Shown:
            scene = exemplar_view_scene(exemplar, skeleton, size)
            words = boxes_in_words(exemplar_boxes(exemplar, skeleton, size), size)
            return photograph(fit(scene, side_px=VIEW_SIDE_PX, max_pixels=max_pixels)), Text(words)

        return self._parts(question, show, about=("regions", max_pixels))

    def crops(
        self, question: ViewQuestion, keypoints: IntArray, *, share: float, side_px: int, max_pixels: int
    ) -> list[Part]:
        """Return the exemplars of the other questions: crops with these keypoints' dots named.

        Args:
            question: The question.
            keypoints: (keypoint,) indices of the keypoints asked about.
            share: A crop is at least this share of the body wide.
            side_px: Wanted length of a panel's longer side.
            max_pixels: The most pixels of one picture.
        """
        skeleton, size = question.skeleton, question.view.image_size

        def show(exemplar: Exemplar) -> Shown | None:
            scene = exemplar_scene(exemplar, keypoints, skeleton=skeleton, image_size=size, share=share)
            if scene is None:
                return None
            words = named_in_words(exemplar, keypoints, skeleton)
            return photograph(fit(scene, side_px=side_px, max_pixels=max_pixels)), Text(words)

        return self._parts(question, show, about=(tuple(keypoints.tolist()), share, side_px, max_pixels))

    def _parts(
        self, question: ViewQuestion, show: Callable[[Exemplar], Shown | None], *, about: Hashable
    ) -> list[Part]:
        parts: list[Part] = []
        for exemplar in question.exemplars:
            who = (exemplar.camera, exemplar.timepoint, exemplar.kind, exemplar.points_px.tobytes())
            shown = self.cache.get((*who, tuple(sorted(exemplar.images)), about), partial(show, exemplar))
            if shown is not None:
                parts += [Text(exemplar_in_words(exemplar, len(parts) // 3 + 1)), *shown]
        return parts or [Text(NO_EXEMPLARS)]
