"""The rig as a run adjusted it to its own settled points."""

from __future__ import annotations

from behaviorvlm.runs.manifest import RunManifest
from behaviorvlm.runs.run_folder import RunFolder
from behaviorvlm.types import Camera, CameraGroup


def refined_cameras(run: RunFolder[RunManifest]) -> CameraGroup | None:
    """Return the rig as the run adjusted it, None if it did not (or not yet).

    Raises:
        RunCorruptError: If it is not what was saved.
    """
    arrays = run.sink.load("calibration", "refined")
    if arrays is None:
        return None
    return CameraGroup(
        tuple(
            Camera(name, image_size, *(arrays[field][place] for field in ("matrix", "distortion", "rvec", "tvec")))
            for place, (name, image_size) in enumerate(run.manifest.session.cameras.items())
        )
    )
