"""A simulated encounter of several animals from above, written as any lab's: tracks and video; and the true bouts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from behaviorvlm.errors import SessionError, SettingsError
from behaviorvlm.io.atomic import write_text
from behaviorvlm.io.bouts import write_bouts
from behaviorvlm.io.deeplabcut_animals import write_animals
from behaviorvlm.simulate.gaps import draw_gaps
from behaviorvlm.simulate.social_body import KEYPOINTS, SocialBodies, make_bodies
from behaviorvlm.simulate.social_readme import provenance, truth_readme
from behaviorvlm.simulate.social_script import BEHAVIORS, NOBODY, SocialPlan, write_script
from behaviorvlm.simulate.social_settings import SocialSettings
from behaviorvlm.types import Bout, ByteArray, Tracks

Progress = Callable[[str, int, int], None]
TRUTH, TRUE_BOUTS, TRUE_TRACKS = "truth", "bouts.csv", "tracks.csv"
MOST_ANIMALS = 8
TOLD_EVERY = 100
_X264 = {"preset": "ultrafast", "aq-mode": "0"}


def simulate_social(
    folder: Path,
    *,
    n_animals: int = 3,
    seconds: float = 60.0,
    seed: int = 0,
    settings: SocialSettings | None = None,
    progress: Progress | None = None,
) -> Path:
    """Simulate animals that rest, walk, meet, huddle and chase, and write what a lab would have, and the truth.

    The folder holds ``<name>.csv`` (DeepLabCut's predictions of several animals), ``<name>.mp4`` and ``PROVENANCE.md``;
    ``truth/`` holds ``bouts.csv``, ``tracks.csv`` without noise and gaps, and ``README.md``. The same arguments give
    the same files.

    Args:
        folder: Where to; made, and must be empty if it is there.
        n_animals: How many, 1 to 8.
        seconds: Length.
        seed: Seed of everything random, 0 or more.
        settings: How it looks, and how well it was tracked.
        progress: Called with ``pictures``, done and total.

    Returns:
        `folder`.

    Raises:
        SettingsError: If a number is out of range.
        SessionError: If the folder holds something.
        RunStorageError: If the disk refuses.
    """
    settings = settings or SocialSettings()
    n_timepoints = _checked(n_animals, seconds, seed, rate=settings.frame_rate_hz)
    _refuse_full(folder)
    name = settings.name or re.sub(r"[^A-Za-z0-9_-]+", "_", folder.resolve().name) or "encounter"
    plan = write_script(n_timepoints, n_animals, seed=seed, settings=settings)
    bodies = make_bodies(plan, seed=seed, frame_rate_hz=settings.frame_rate_hz)
    exact = true_tracks(bodies, settings)
    bouts = true_bouts(plan, recording=name, frame_rate_hz=settings.frame_rate_hz)
    write_text(folder / "PROVENANCE.md", provenance(name, n_animals, seed=seed, seconds=seconds, settings=settings))
    write_animals(folder / f"{name}.csv", tracked(exact, seed=seed, settings=settings), scorer="simulated")
    write_bouts(folder / TRUTH / TRUE_BOUTS, bouts)
    write_animals(folder / TRUTH / TRUE_TRACKS, exact, scorer="truth")
    write_text(folder / TRUTH / "README.md", truth_readme(name, bouts))
    _film(folder / f"{name}.mp4", bodies, seed=seed, settings=settings, progress=progress)
    return folder


def true_tracks(bodies: SocialBodies, settings: SocialSettings) -> Tracks:
    """Return where every point is, without a tracker's faults."""
    n_timepoints, n_animals = bodies.points.shape[:2]
    points_px = bodies.points * settings.px_per_bl - 0.5  # the middle of the first pixel is (0, 0)
    names = tuple(f"animal{number}" for number in range(1, n_animals + 1))
    times_s = np.arange(n_timepoints) / settings.frame_rate_hz
    return Tracks(names, KEYPOINTS, points_px, np.ones(points_px.shape[:-1]), times_s)


def tracked(exact: Tracks, *, seed: int, settings: SocialSettings) -> Tracks:
    """Return the tracks as a tracker would report them: with jitter, and gaps in points and in whole animals."""
    jitter, lost, unseen, doubt = np.random.default_rng([seed, 4]).spawn(4)
    shape, run = exact.confidence.shape, settings.missing_run_s * settings.frame_rate_hz
    gone = draw_gaps(lost, shape, share=settings.missing_share, mean_run_timepoints=run)
    gone |= draw_gaps(unseen, shape[:2], share=settings.hidden_share, mean_run_timepoints=2 * run)[..., None]
    noise_px = jitter.normal(0, settings.track_noise_bl * settings.px_per_bl, (*shape, 2))
    points_px = np.where(gone[..., None], np.nan, exact.points_px + noise_px)
    sure = np.where(gone, doubt.uniform(0, 0.3, shape), doubt.uniform(0.85, 1.0, shape))
    return Tracks(exact.individuals, exact.keypoints, points_px, sure, exact.times_s)


def true_bouts(plan: SocialPlan, *, recording: str, frame_rate_hz: float) -> list[Bout]:
    """Return the bouts of the plan, one animal after the other, each in order of time."""
    names, n_timepoints = list(BEHAVIORS), len(plan.behaviors)
    bouts = []
    for animal in range(plan.behaviors.shape[1]):
        both = np.stack([plan.behaviors[:, animal], plan.targets[:, animal]])
        edges = np.flatnonzero((np.diff(both) != 0).any(axis=0)) + 1
        for start, stop in zip([0, *edges.tolist()], [*edges.tolist(), n_timepoints], strict=True):
            behavior, target = both[:, start].tolist()
            bouts.append(
                Bout(
                    recording=recording,
                    individual=f"animal{animal + 1}",
                    target="" if target == NOBODY else f"animal{target + 1}",
                    behavior=names[behavior],
                    start_frame=start,
                    stop_frame=stop,
                    start_s=start / frame_rate_hz,
                    stop_s=stop / frame_rate_hz,
                    confidence=1.0,
                )
            )
    return bouts


def _film(path: Path, bodies: SocialBodies, *, seed: int, settings: SocialSettings, progress: Progress | None) -> None:
    from behaviorvlm.io.video import write_video
    from behaviorvlm.simulate.social_painter import paint_encounter

    pictures = paint_encounter(bodies, image_px=settings.image_px, arena_bl=settings.arena_bl, seed=seed)
    if progress is not None:
        pictures = _told(pictures, progress, total=len(bodies.points))
    write_video(path, pictures, frame_rate_hz=settings.frame_rate_hz, crf=settings.crf, x264=_X264)


def _told(pictures: Iterator[ByteArray], progress: Progress, *, total: int) -> Iterator[ByteArray]:
    for count, picture in enumerate(pictures, start=1):
        yield picture
        if count % TOLD_EVERY == 0 or count == total:
            progress("pictures", count, total)


def _checked(n_animals: int, seconds: float, seed: int, *, rate: float) -> int:
    """Return the number of timepoints, or refuse what cannot be simulated."""
    if not 1 <= n_animals <= MOST_ANIMALS:
        expected = f"1 to {MOST_ANIMALS}"
        raise SettingsError(
            "so many animals cannot be shown", where="n_animals", expected=expected, actual=str(n_animals)
        )
    if seed < 0:
        raise SettingsError("the seed is negative", where="seed", expected="0 or more", actual=str(seed))
    n_timepoints = round(seconds * rate) if np.isfinite(seconds) else 0
    if n_timepoints < 1:
        expected = f"at least one picture, 1/{rate:g} s"
        raise SettingsError("the encounter has no length", where="seconds", expected=expected, actual=str(seconds))
    return n_timepoints


def _refuse_full(folder: Path) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise SessionError(
            "the folder of the new encounter is not empty",
            where=str(folder),
            expected="a new or empty folder",
            actual="a file" if folder.is_file() else "it holds files",
            remedy="name another folder, or delete this one first",
        )
