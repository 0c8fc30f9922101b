"""The paper's annotator, watched: what each current picture shows is written down for the simulated reader.

The whole command line runs with it::

    python tests/reader_watch.py MANIFEST pose run SESSION --run RUN --annotator vlm --model URL#reader

and in a process the annotator is made by ``Watch(path).annotator``, which `Asking.annotator` takes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from behaviorvlm.chat.message import Picture
from behaviorvlm.pose import vlm_annotator
from behaviorvlm.pose.annotator import (
    AgreementQuestion,
    BodyRegionQuestion,
    DecisionQuestion,
    KeypointQuestion,
    ViewQuestion,
)
from behaviorvlm.pose.body_region_detection import region_names
from behaviorvlm.pose.keypoint_assignment import keypoints_of
from behaviorvlm.pose.vlm_annotator import VlmPoseAnnotator
from behaviorvlm.pose.vlm_pictures import FittedScene


@dataclass(frozen=True)
class Watch:
    """Writes the manifest, a line at a time and at once: from any thread, and of a process that will be killed."""

    path: Path

    def annotator(self, *args: Any, **kwargs: Any) -> WatchedVlmAnnotator:
        return WatchedVlmAnnotator(*args, watch=self, **kwargs)

    def write(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps(entry, separators=(",", ":")) + "\n"
        os.write(self._descriptor, line.encode())

    @cached_property
    def _descriptor(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)  # until the process ends


class WatchedVlmAnnotator(VlmPoseAnnotator):
    """`VlmPoseAnnotator` whose current pictures are written down before they are sent; nothing else differs."""

    def __init__(self, *args: Any, watch: Watch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._watch = watch

    def _current_picture(self, question: ViewQuestion, shown: FittedScene) -> Picture:
        picture = super()._current_picture(question, shown)
        self._watch.write(entry_of(picture, question, shown))
        return picture


def entry_of(picture: Picture, question: ViewQuestion, shown: FittedScene) -> dict[str, Any]:
    """Return what the manifest says of a picture."""
    scene, view, skeleton = shown.scene, question.view, question.skeleton
    crop = scene.crop
    dots = zip(scene.numbers, np.round(scene.marks_px, 3).tolist(), strict=True)
    return {
        "picture": picture.content_hash,
        "camera": view.camera,
        "timepoint": view.timepoint,
        "size": view.image_size,
        "crop": (crop.x_px, crop.y_px, crop.width_px, crop.height_px, *crop.shown_size_px),
        "dots": {str(number): at for number, at in dots} if scene.numbers else {},
        "pairs": skeleton.symmetries,
        **_asked(question),
    }


def _asked(question: ViewQuestion) -> dict[str, Any]:
    """Return what is asked about a picture."""
    names = question.skeleton.keypoints
    match question:
        case BodyRegionQuestion():
            regions = region_names(question.skeleton)
            members = {region: keypoints_of(region, question.skeleton).tolist() for region in regions}
            return {"kind": "boxes", "regions": {name: [names[one] for one in ones] for name, ones in members.items()}}
        case KeypointQuestion():
            members = keypoints_of(question.box.region, question.skeleton).tolist()
            return {"kind": "dots", "keypoints": [names[one] for one in members], "first": None}
        case AgreementQuestion():
            first = dict(zip(names, question.assignment.numbers.tolist(), strict=True))
            return {"kind": "dots", "keypoints": names, "first": first}
        case DecisionQuestion():
            doubts = [
                [{names[one]: int(reading[one]) for one in np.flatnonzero(reading >= 0)} for reading in readings]
                for readings in question.doubts
            ]
            return {"kind": "decision", "doubts": doubts}
    raise TypeError(type(question).__name__)


def main() -> None:
    """Run the command line with the watched annotator."""
    from behaviorvlm.cli.app import main as behaviorvlm

    manifest, *words = sys.argv[1:]
    vlm_annotator.VlmPoseAnnotator = Watch(Path(manifest)).annotator  # type: ignore[assignment,misc]
    behaviorvlm(words)


if __name__ == "__main__":
    main()
