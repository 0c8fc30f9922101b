"""How exemplars are shown: a picture with named dots, and what it shows in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from behaviorvlm.chat.message import Part, Picture, Text
from behaviorvlm.pose.annotator import ViewQuestion
from behaviorvlm.pose.vlm_picture_cache import PictureCache
from behaviorvlm.pose.vlm_pictures import Scene, encode, fit, paint
from behaviorvlm.pose.vlm_scenes import VIEW_SIDE_PX, exemplar_boxes, exemplar_scene, exemplar_view_scene
from behaviorvlm.pose.vlm_words import boxes_in_words, exemplar_in_words, named_in_words
from behaviorvlm.types import Exemplar, IntArray

NO_EXEMPLARS = "There are no exemplars."


@dataclass(frozen=True, eq=False)
class ExemplarGallery:
    """Shows exemplars, each picture painted once.

    Attributes:
        cache: Keeps the pictures.
    """

    cache: PictureCache = field(default_factory=PictureCache)

    def views(self, question: ViewQuestion, *, max_pixels: int) -> list[Part]:
        """Return the exemplars of stage 1: whole views with the regions' boxes, and these as an answer in words."""
        skeleton, size = question.skeleton, question.view.image_size
        parts: list[Part] = []
        for place, exemplar in enumerate(question.exemplars, 1):
            scene = exemplar_view_scene(exemplar, skeleton, size)
            picture = self._picture(exemplar, scene, about="regions", side_px=VIEW_SIDE_PX, max_pixels=max_pixels)
            words = boxes_in_words(exemplar_boxes(exemplar, skeleton, size), size)
            parts += [Text(exemplar_in_words(exemplar, place)), picture, Text(words)]
        return parts or [Text(NO_EXEMPLARS)]

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
        parts: list[Part] = []
        for exemplar in question.exemplars:
            scene = exemplar_scene(
                exemplar, keypoints, skeleton=question.skeleton, image_size=question.view.image_size, share=share
            )
            if scene is not None:
                about = (tuple(keypoints.tolist()), share)
                picture = self._picture(exemplar, scene, about=about, side_px=side_px, max_pixels=max_pixels)
                heading = Text(exemplar_in_words(exemplar, len(parts) // 3 + 1))
                parts += [heading, picture, Text(named_in_words(exemplar, keypoints, question.skeleton))]
        return parts or [Text(NO_EXEMPLARS)]

    def _picture(self, exemplar: Exemplar, scene: Scene, *, about: object, side_px: int, max_pixels: int) -> Picture:
        who = (exemplar.camera, exemplar.timepoint, exemplar.kind, exemplar.points_px.tobytes())
        key = (*who, tuple(sorted(exemplar.images)), about, side_px, max_pixels)
        return self.cache.get(key, lambda: encode(paint(fit(scene, side_px=side_px, max_pixels=max_pixels))))
