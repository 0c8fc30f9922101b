"""The texts that go with a simulated encounter, so that nobody takes it for a recording."""

from __future__ import annotations

from collections.abc import Sequence

from behaviorvlm.simulate.social_script import BEHAVIORS, SECONDS
from behaviorvlm.simulate.social_settings import SocialSettings
from behaviorvlm.types import Bout

_PROVENANCE = """\
# {name}: a SIMULATED encounter

No camera and no animal was involved: the animals are outlines that a script moves about, painted by
`behaviorvlm simulate social`. Numbers measured on it say nothing about accuracy on real recordings.

Guessed, not measured from any recording: how animals look, move and behave, how long they do so, and the tracker's
faults: jitter of {noise} body lengths (standard deviation per axis), {missing:.0%} of points and {hidden:.0%} of whole
animals lost in gaps of about {run} s. Animals are never exchanged.

`{name}.csv`: predicted points of several animals, as DeepLabCut writes them; `{name}.mp4`: the video, {px} x {px} px,
{rate:g} frames per second; a body is {body:.1f} px long.

Made with: seed {seed}, {n_animals} animals, {seconds:g} s. Settings that differ from their defaults: {changed}.
"""

_TRUTH = """\
# Truth of {name} (SIMULATED)

Nobody would have these files in a lab; use them only to score.

`bouts.csv`: what the script had every animal do, every frame of it. `tracks.csv`: where its points are, without the
tracker's faults. What the bodies show lags behind the script by about a tenth of a second, as they have weight: an
animal that begins to rest still takes a step. An animal that is held for a contact rests, and one that is chased or
followed is in locomotion; huddle and oral-oral contact are done by both.

| behavior | what it is | shortest, longest (s) | bouts here |
| --- | --- | --- | --- |
{rows}

The shortest and longest are of one decision of the script; an approach lasts as long as it takes, and a rest or a walk
is longer where two follow each other. The last bouts are cut where the recording ends.
"""


def provenance(name: str, n_animals: int, *, seed: int, seconds: float, settings: SocialSettings) -> str:
    """Return the text of ``PROVENANCE.md``: simulated, how, and what is guessed."""
    changed = settings.model_dump(exclude_defaults=True)
    return _PROVENANCE.format(
        name=name,
        noise=settings.track_noise_bl,
        missing=settings.missing_share,
        hidden=settings.hidden_share,
        run=settings.missing_run_s,
        px=settings.image_px,
        rate=settings.frame_rate_hz,
        body=settings.px_per_bl,
        seed=seed,
        n_animals=n_animals,
        seconds=seconds,
        changed=", ".join(f"{key} = {value}" for key, value in changed.items()) or "none",
    )


def truth_readme(name: str, bouts: Sequence[Bout]) -> str:
    """Return the text of ``truth/README.md``: what the script knows, and how often each behavior is shown."""
    rows = []
    for behavior, definition in BEHAVIORS.items():
        shortest, longest = SECONDS[behavior]
        count = sum(bout.behavior == behavior for bout in bouts)
        rows.append(f"| {behavior} | {definition} | {shortest:g}, {longest:g} | {count} |")
    return _TRUTH.format(name=name, rows="\n".join(rows))
