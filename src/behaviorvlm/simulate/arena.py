"""A simulated session folder, written as any lab's: calibration, videos, hand labels, skeleton; and the truth."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from behaviorvlm.errors import SessionError, SettingsError
from behaviorvlm.io.anipose import write_calibration
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.skeleton import write_skeleton
from behaviorvlm.simulate.fluorescence import FluorescencePainter
from behaviorvlm.simulate.readme import provenance
from behaviorvlm.simulate.rig import miscalibrated, refuse_unusable_rig, ring_of_cameras
from behaviorvlm.simulate.scene import Scene, draw_scene
from behaviorvlm.simulate.seeds import write_seeds
from behaviorvlm.simulate.settings import ArenaSettings
from behaviorvlm.simulate.skeleton import MOUSE
from behaviorvlm.simulate.spots import BLOCK_TIMEPOINTS, watch
from behaviorvlm.simulate.truth import write_truth
from behaviorvlm.simulate.visible import VisiblePainter
from behaviorvlm.types import FLUORESCENCE, ByteArray, Camera, CameraGroup

Progress = Callable[[str, int, int], None]
"""Called with what is being made, how many pictures are done, and how many there will be."""
MIN_IMAGE_PX = 64
_X264 = {"preset": "ultrafast", "aq-mode": "0"}
"""Quick to write and to read. Adaptive quantisation would spend most of the bits on the noise of the dark ground."""


def simulate_arena(
    folder: Path,
    *,
    n_cameras: int = 6,
    n_timepoints: int = 150,
    seed: int = 0,
    image_size: tuple[int, int] = (640, 640),
    settings: ArenaSettings | None = None,
    cameras: CameraGroup | None = None,
    progress: Progress | None = None,
) -> Path:
    """Simulate a mouse with 12 dots in an arena, and write it as a session folder with ``truth/``.

    The same arguments give the same session; one with more timepoints starts the same. Memory does not grow with the
    length of the video, apart from a few numbers per timepoint.

    Args:
        folder: Where to; made, and must be empty if it is there.
        n_cameras: Cameras on a ring around the arena, 2 or more; not used with `cameras`.
        n_timepoints: Length.
        seed: Seed of everything random, 0 or more.
        image_size: (width, height) in px, even; not used with `cameras`.
        settings: How it looks and moves.
        cameras: A rig of your own whose floor is z = 0, z up; distortion and skew are honoured.
        progress: Called with ``pictures``, done and total.

    Returns:
        `folder`.

    Raises:
        SettingsError: If a number is out of range, or the rig cannot film the arena.
        SessionError: If the folder holds something.
        CalibrationError: On fewer than 2 cameras.
        RunStorageError: If the disk refuses.
    """
    settings = settings or ArenaSettings()
    _refuse_bad_numbers(n_timepoints, seed, settings)
    rig = cameras or ring_of_cameras(n_cameras, image_size=image_size, settings=settings, seed=seed)
    _refuse_bad_pictures(rig)
    refuse_unusable_rig(rig, settings)
    _refuse_full(folder)
    session = settings.session or re.sub(r"[^A-Za-z0-9_-]+", "_", folder.resolve().name) or "arena"
    scene = draw_scene(n_timepoints, seed=seed, settings=settings)
    write_text(folder / "PROVENANCE.md", provenance(scene, session))
    write_skeleton(folder / "skeleton.toml", MOUSE)
    write_calibration(folder / "calibration.toml", miscalibrated(rig, settings=settings, seed=seed))
    write_seeds(folder / "seeds", scene, rig, session=session)
    write_truth(folder / "truth", scene, rig, session=session)
    _film(folder / "videos", scene, rig, session=session, progress=progress)
    return folder


def _film(folder: Path, scene: Scene, rig: CameraGroup, *, session: str, progress: Progress | None) -> None:
    from behaviorvlm.io.video import write_video

    settings = scene.settings
    done, total = 0, len(rig) * len(settings.channels) * scene.plan.n_timepoints
    for number, camera in enumerate(rig):
        for channel in settings.channels:
            path = folder / f"{session}_{camera.name}_{channel}.mp4"
            crf = settings.fluorescence_crf if channel == FLUORESCENCE else settings.visible_crf
            pictures = paint(scene, camera, number=number, channel=channel)
            if progress is not None:
                pictures = _told(pictures, progress, done=done, total=total)
            write_video(path, pictures, frame_rate_hz=settings.frame_rate_hz, crf=crf, x264=_X264)
            done += scene.plan.n_timepoints


def paint(scene: Scene, camera: Camera, *, number: int, channel: str) -> Iterator[ByteArray]:
    """Yield the (height, width) uint8 pictures of one channel of `camera`, the rig's `number`-th, in order of time."""
    painter = (FluorescencePainter if channel == FLUORESCENCE else VisiblePainter)(scene, camera, number=number)
    for spots in watch(scene, camera, number=number):
        yield from painter.paint(spots)


def _told(pictures: Iterator[ByteArray], progress: Progress, *, done: int, total: int) -> Iterator[ByteArray]:
    for count, picture in enumerate(pictures, start=done + 1):
        yield picture
        if count % BLOCK_TIMEPOINTS == 0 or count == total:
            progress("pictures", count, total)


def _refuse_bad_numbers(n_timepoints: int, seed: int, settings: ArenaSettings) -> None:
    if n_timepoints < settings.n_seeds:
        raise SettingsError(
            "the video is shorter than its hand labels",
            where="n_timepoints",
            expected=f"{settings.n_seeds} (n_seeds) or more",
            actual=str(n_timepoints),
        )
    if seed < 0:
        raise SettingsError("the seed is negative", where="seed", expected="0 or more", actual=str(seed))
    if settings.n_seeds > settings.seed_window:
        raise SettingsError(
            "more hand labels than timepoints to choose from",
            where="seed_window",
            expected=f"{settings.n_seeds} (n_seeds) or more",
            actual=str(settings.seed_window),
        )


def _refuse_bad_pictures(cameras: CameraGroup) -> None:
    for camera in cameras:
        if min(camera.image_size) < MIN_IMAGE_PX or any(side % 2 for side in camera.image_size):
            raise SettingsError(
                "pictures of this size cannot be made",
                where=f"image_size of {camera.name}",
                expected=f"even width and height of {MIN_IMAGE_PX} px or more (H.264 with 4:2:0)",
                actual=" x ".join(map(str, camera.image_size)),
            )


def _refuse_full(folder: Path) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise SessionError(
            "the folder of the new session is not empty",
            where=str(folder),
            expected="a new or empty folder",
            actual="a file" if folder.is_file() else "it holds files",
            remedy="name another folder, or delete this one first",
        )
