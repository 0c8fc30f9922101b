"""Every blob of light a camera sees: dots, their mirror images in the floor, fixed specks, glints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from behaviorvlm.geometry.projection import project
from behaviorvlm.simulate.animal import Body, pose_body
from behaviorvlm.simulate.gaps import draw_gaps
from behaviorvlm.simulate.optics import emission, tissue_mm
from behaviorvlm.simulate.scene import Scene
from behaviorvlm.types import BoolArray, Camera, FloatArray

BLOCK_TIMEPOINTS = 64
"""Timepoints made at once: enough to work in arrays, few enough to need no memory."""
BLUR_PER_TISSUE_MM = 0.12
"""A dot under 1 mm of tissue has a spot wider by this share (guessed)."""
GLINT_DN = (10.0, 90.0)


@dataclass(frozen=True, eq=False)
class Spots:
    """The spots of one camera at the timepoints of one block.

    Attributes:
        start: First timepoint.
        points_px: (timepoint, spot, 2) float64 px of the raw image at mid-exposure; NaN behind the camera.
        drift_px: (timepoint, spot, 2) float64 how far each moves during the exposure.
        peak_dn: (timepoint, spot) float64 brightness in the middle before blur by motion and noise; 0 = not there.
        sigma_px: (timepoint, spot) float64.
        kinds: (spot,) ``dot`` (in keypoint order), ``reflection`` (in the same order), ``speck`` or ``glint``.
        in_picture: (timepoint, spot) bool, whether the middle is within the picture.
        body: The animal.
    """

    start: int
    points_px: FloatArray
    drift_px: FloatArray
    peak_dn: FloatArray
    sigma_px: FloatArray
    kinds: tuple[str, ...]
    in_picture: BoolArray
    body: Body


@dataclass(frozen=True, eq=False)
class _Light:
    """Sources of one kind: (timepoint, spot, 3) mm with one timepoint more at both ends, (timepoint, spot) the rest."""

    sources_mm: FloatArray
    peak_dn: FloatArray
    tissue_mm: FloatArray


def watch(scene: Scene, camera: Camera, *, number: int) -> Iterator[Spots]:
    """Yield what `camera`, the rig's `number`-th, sees, block by block in order of time."""
    settings, n_timepoints = scene.settings, scene.plan.n_timepoints
    hidden = draw_gaps(
        np.random.default_rng([scene.seed, 5, number]),
        (n_timepoints, len(scene.brightness_dn)),
        share=settings.hidden_share,
        mean_run_timepoints=settings.hidden_run_timepoints,
    )
    for start in range(0, n_timepoints, BLOCK_TIMEPOINTS):
        stop = min(start + BLOCK_TIMEPOINTS, n_timepoints)
        yield _block(scene, camera, number, start=start, hidden=hidden[start:stop])


def _block(scene: Scene, camera: Camera, number: int, *, start: int, hidden: BoolArray) -> Spots:
    around = pose_body(scene.plan, start - 1, start + len(hidden) + 1)
    body = Body(around.centers_mm[1:-1], around.axes_mm[1:-1], around.dots_mm[1:-1], around.normals[1:-1])
    lights = (
        _dots(scene, camera, around.dots_mm, body=body, hidden=hidden),
        _reflections(scene, camera, around.dots_mm, body=body, hidden=hidden),
        _specks(scene, camera, body),
    )
    pixels = project(np.concatenate([light.sources_mm for light in lights], axis=1), camera)
    exposed = scene.settings.exposure_s * scene.plan.frame_rate_hz
    glints_px, glints_dn, glints_sigma = _glints(scene, camera, number, start=start, near_px=pixels[1:-1, :4])
    points = np.concatenate([pixels[1:-1], glints_px], axis=1)
    blur = 1 + BLUR_PER_TISSUE_MM * np.concatenate([light.tissue_mm for light in lights], axis=1)
    kinds = ("dot", "reflection", "speck", "glint")
    counts = (*(light.peak_dn.shape[1] for light in lights), glints_dn.shape[1])
    return Spots(
        start=start,
        points_px=points,
        drift_px=np.concatenate([(pixels[2:] - pixels[:-2]) / 2 * exposed, np.zeros_like(glints_px)], axis=1),
        peak_dn=np.concatenate([*(light.peak_dn for light in lights), glints_dn], axis=1),
        sigma_px=scene.settings.spot_sigma_px * np.concatenate([np.minimum(blur, 1.5), glints_sigma], axis=1),
        kinds=tuple(kind for kind, count in zip(kinds, counts, strict=True) for _ in range(count)),
        in_picture=np.asarray(((points >= -0.5) & (points < np.asarray(camera.image_size) - 0.5)).all(axis=-1)),
        body=body,
    )


def _dots(scene: Scene, camera: Camera, around_mm: FloatArray, *, body: Body, hidden: BoolArray) -> _Light:
    toward = camera.position_mm - body.dots_mm
    tissue = tissue_mm(body, body.dots_mm, camera.position_mm)
    lit = scene.brightness_dn * emission(body.normals, toward) * ~hidden
    return _Light(around_mm, _dimmed(scene, camera, lit, tissue=tissue, toward_mm=toward), tissue)


def _reflections(scene: Scene, camera: Camera, around_mm: FloatArray, *, body: Body, hidden: BoolArray) -> _Light:
    """Mirror the dots in the floor: light leaves the dot toward the mirrored camera and turns where it meets z = 0."""
    mirror = np.array([1.0, 1.0, -1.0])
    toward = camera.position_mm * mirror - body.dots_mm
    floor = body.dots_mm + body.dots_mm[..., 2:] / -toward[..., 2:] * toward
    tissue = tissue_mm(body, body.dots_mm, floor) + tissue_mm(body, floor, camera.position_mm)
    lit = scene.settings.reflection * scene.brightness_dn * emission(body.normals, toward) * ~hidden
    return _Light(around_mm * mirror, _dimmed(scene, camera, lit, tissue=tissue, toward_mm=toward), tissue)


def _specks(scene: Scene, camera: Camera, body: Body) -> _Light:
    n_timepoints = len(body.dots_mm)
    specks = np.broadcast_to(scene.specks_mm, (n_timepoints + 2, *scene.specks_mm.shape))
    tissue = tissue_mm(body, specks[1:-1], camera.position_mm)
    lit = np.broadcast_to(scene.speck_dn, tissue.shape)
    return _Light(
        specks,
        _dimmed(scene, camera, lit, tissue=tissue, toward_mm=camera.position_mm - specks[1:-1]),
        np.zeros_like(tissue),
    )


def _dimmed(
    scene: Scene, camera: Camera, lit_dn: FloatArray, *, tissue: FloatArray, toward_mm: FloatArray
) -> FloatArray:
    """Return the brightness left after tissue and distance; each camera is exposed for the middle of the arena."""
    exposed_for = np.linalg.norm(camera.position_mm - [*scene.settings.arena_center_mm, 0])
    nearness = (exposed_for / np.linalg.norm(toward_mm, axis=-1)) ** 2
    return np.asarray(lit_dn * nearness * np.exp(-tissue / scene.settings.attenuation_mm))


def _glints(
    scene: Scene, camera: Camera, number: int, *, start: int, near_px: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return glints: px (timepoint, glint, 2), peaks and relative widths (timepoint, glint).

    Half lie anywhere in the picture, half around the animal, where they are harder to tell from dots.
    """
    rng = np.random.default_rng([scene.seed, 6, number, start])
    counts = rng.poisson(scene.settings.glints_per_picture, size=BLOCK_TIMEPOINTS)
    shape = (BLOCK_TIMEPOINTS, int(counts.max()))
    anywhere = rng.uniform(size=(*shape, 2)) * np.asarray(camera.image_size) - 0.5
    spread = 0.08 * min(camera.image_size)
    beside = rng.normal(size=(*shape, 2)) * spread
    close, peaks, widths = rng.uniform(size=shape) < 0.5, rng.uniform(*GLINT_DN, shape), rng.uniform(0.7, 1.3, shape)
    peaks *= np.arange(shape[1]) < counts[:, None]
    some = slice(0, len(near_px))
    middle = np.nan_to_num(near_px.mean(axis=1, keepdims=True), nan=-1e4)
    points = np.where(close[some, :, None], middle + beside[some], anywhere[some])
    return points, peaks[some], widths[some]
