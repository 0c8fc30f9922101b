"""The texts that go with a simulated session, so that nobody takes it for a recording."""

from __future__ import annotations

from behaviorvlm.simulate.scene import Scene
from behaviorvlm.simulate.skeleton import MOUSE

_PROVENANCE = """\
# {session}: a SIMULATED session

No camera and no animal was involved: the animal is made of ellipsoids, its motion is procedural, and the pictures are
painted by `behaviorvlm simulate arena`. Numbers measured on it say nothing about accuracy on real recordings.

Guessed, not measured from any recording:

- the animal's proportions, gait and habits;
- brightness of the dots: {brightness} (spread over dots {spread:.0%}), their angle of emission, 1/e per
  {attenuation} mm of tissue;
- pictures: ground {ground} DN, the animal's own glow {glow} DN, {counts} photons per DN, read noise {read} DN (ground
  noise is drawn once and shifted from picture to picture), spot width {sigma} px, exposure {exposure} s;
- everything spurious: mirror images in the floor ({reflection} of a dot), {specks} fixed specks on the floor,
  {glints} glints per picture; dots hidden for no visible reason: {hidden:.0%}.

Made with: seed {seed}, {n_timepoints} timepoints at {rate} Hz, {dots} dots. Settings that differ from their defaults:
{changed}.
"""

_TRUTH = """\
# Truth of {session} (SIMULATED)

Nobody would have these files in a lab; use them only to score.

Exact (up to rounding): `points3d.csv` (mm, mid-exposure, the dot on the skin; `fnum` is the video frame),
`calibration_true.toml` (cameras that made the pictures), `points2d_<camera>.csv` (x, y: projection through the true
cameras, also for hidden dots). Pixel (0, 0) is the centre of the top left pixel, as in OpenCV.
`likelihood` = peak / (peak + 10 DN), peak without motion blur: 0.5 is a dot of 10 DN, about what can just be seen;
0 is out of the picture.
`spurious_<camera>.csv`: every blob of 1 DN or more that is no dot (reflection, speck, glint), with its peak in DN.

Given to the user instead: `../calibration.toml`, each camera turned by about {rotation} degrees per axis, moved by
about {position} mm per axis, focal length off by about {focal:.2%}; `../seeds`: the truth plus {jitter} px (standard
deviation per axis) of hand jitter, dots below likelihood 0.5 left empty. Seeds are picked so that together they
show every keypoint in two views where possible.

Guessed: how bright, how blurred, how noisy, how spurious, how the animal moves (see ../PROVENANCE.md).
"""


def provenance(scene: Scene, session: str) -> str:
    """Return the text of ``PROVENANCE.md``: simulated, how, and what is guessed."""
    settings = scene.settings
    changed = settings.model_dump(exclude_defaults=True)
    by_name = zip(MOUSE.keypoints, scene.brightness_dn, strict=True)
    return _PROVENANCE.format(
        session=session,
        brightness=", ".join(f"{name} {peak:.0f}" for name, peak in by_name) + " DN",
        spread=settings.brightness_spread,
        attenuation=settings.attenuation_mm,
        ground=settings.ground_dn,
        glow=settings.autofluorescence_dn,
        counts=settings.counts_per_dn,
        read=settings.read_noise_dn,
        sigma=settings.spot_sigma_px,
        exposure=settings.exposure_s,
        reflection=settings.reflection,
        specks=settings.n_specks,
        glints=settings.glints_per_picture,
        hidden=settings.hidden_share,
        seed=scene.seed,
        n_timepoints=scene.plan.n_timepoints,
        rate=settings.frame_rate_hz,
        dots=settings.dots,
        changed=", ".join(f"{name} = {value}" for name, value in changed.items()) or "none",
    )


def truth_readme(scene: Scene, session: str) -> str:
    """Return the text of ``truth/README.md``: which file holds what, and what a user is given instead."""
    settings = scene.settings
    return _TRUTH.format(
        session=session,
        rotation=settings.rotation_error_deg,
        position=settings.position_error_mm,
        focal=settings.focal_error,
        jitter=settings.seed_jitter_px,
    )
