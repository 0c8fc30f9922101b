"""Kinematic names beside published thresholds on a real clip of three mice (mabe22_mouse_triplet), and why they differ.

Published (AmadeusGPT on this very clip), in px, frame by frame, nothing exclusive: contact, any keypoints of two mice
within 12; oral-oral, noses within 15; oral-genital, nose to tail base within 15; oral-ear, nose to an ear within 10.
Ours are in body lengths, short gaps are bridged, what holds too briefly is passed over: `rule` is the rule by itself,
`name` the one name that each frame gets. Nobody labelled the clip, so this is agreement, not truth.

Each disagreement of a rule is put down to one cause, the first of these that undoes it: `brief` (our raw rule agrees:
it was too short, or an interruption), `gap bridged` (the published rule agrees where short gaps in tracks are filled),
`side by side` and `another contact nearer` (oral contacts only), `tail` (only behind the base of the tail), `sides`
(midlines of trunks as near as a body is wide, though no two keypoints are near), and `scale` (what is left: px for all
mice, or lengths of each).

With ``--pictures FOLDER`` the longest disagreements of each kind are drawn from the video.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _harness import Report, arguments, recordings

from behaviorvlm.behavior.gaps import runs
from behaviorvlm.behavior.kinematic_behaviors import BEHAVIORS, CODES
from behaviorvlm.behavior.kinematic_relations import Pair
from behaviorvlm.behavior.kinematic_rules import KinematicRules
from behaviorvlm.behavior.kinematic_thresholds import KinematicThresholds
from behaviorvlm.behavior.kinematics import Kinematics, measure_kinematics
from behaviorvlm.evaluate.frame_agreement import cohens_kappa, confusion_matrix
from behaviorvlm.io.recordings import find_recordings
from behaviorvlm.types import BoolArray, FloatArray, IntArray, Recording, Role

PUBLISHED_PX = {"contact": 12.0, "oral-oral contact": 15.0, "oral-genital contact": 15.0, "oral-ear contact": 10.0}
EARS = (Role.LEFT_EAR, Role.RIGHT_EAR)
TAIL = (Role.TAIL_MIDDLE, Role.TAIL_TIP)
DRAWN = 3
Places = Mapping[Role, FloatArray]


@dataclass(frozen=True)
class Told:
    """What is said of one ordered pair.

    Attributes:
        published: Name to (timepoint,) bool by the published thresholds.
        rule: The same by our rules, before one name is chosen.
        name: The same of the one name that each frame gets.
        raw: The same by our rules, nothing bridged or passed over.
        huddle: (timepoint,) bool where the one name is huddle.
        known: (timepoint,) bool where both animals are seen.
    """

    published: dict[str, BoolArray]
    rule: dict[str, BoolArray]
    name: dict[str, BoolArray]
    raw: dict[str, BoolArray]
    huddle: BoolArray
    known: BoolArray


def distance_px(places: Places, first: tuple[int, Sequence[Role]], second: tuple[int, Sequence[Role]]) -> FloatArray:
    """Return the smallest distance of any of the parts of two animals, inf where none is seen."""
    sides = [np.stack([places[role][:, animal] for role in roles], axis=1) for animal, roles in (first, second)]
    apart = np.linalg.norm(sides[0][:, :, None] - sides[1][:, None], axis=-1)
    return np.asarray(np.nan_to_num(apart, nan=np.inf).min(axis=(1, 2)))


def published(places: Places, first: int, second: int) -> dict[str, BoolArray]:
    """Return what the published thresholds say of one animal towards another."""
    parts = {
        "contact": (list(places), list(places)),
        "oral-oral contact": ([Role.NOSE], [Role.NOSE]),
        "oral-genital contact": ([Role.NOSE], [Role.TAIL_BASE]),
        "oral-ear contact": ([Role.NOSE], EARS),
    }
    return {
        name: distance_px(places, (first, mine), (second, theirs)) < PUBLISHED_PX[name]
        for name, (mine, theirs) in parts.items()
    }


def tracked(recording: Recording) -> Places:
    """Return the points as they were tracked."""
    tracks = recording.tracks
    if tracks is None:
        raise SystemExit("the recording has no tracks")
    return {role: tracks.points_px[:, :, tracks.keypoints.index(name)] for role, name in recording.roles.names.items()}


def told(recording: Recording, kinematics: Kinematics, pair: tuple[int, int]) -> Told:
    """Return all that is said of one animal towards another."""
    limits = KinematicThresholds()
    holding, passing = limits, limits.model_copy(update={"bridge_s": 0.0, "shortest_s": 0.0})
    rule, raw = (_contacts(KinematicRules(kinematics, one).toward(*pair)) for one in (holding, passing))
    frames = KinematicRules(kinematics, limits).name_frames(pair[0])
    toward = frames.target == pair[1]
    of_contact = [CODES[one.name] for one in BEHAVIORS if one.kind == "contact"]
    name = {one: toward & (frames.behavior == CODES[one]) for one in PUBLISHED_PX if one != "contact"}
    name["contact"] = toward & np.isin(frames.behavior, of_contact)
    known = np.isfinite(kinematics.distance_bl[:, pair[0], pair[1]])
    return Told(published(tracked(recording), *pair), rule, name, raw, frames.behavior == CODES["huddle"], known)


def _contacts(holds: dict[str, BoolArray]) -> dict[str, BoolArray]:
    return {name: holds["body contact" if name == "contact" else name] for name in PUBLISHED_PX}


def causes(recording: Recording, pair: Pair, said: Told, name: str) -> IntArray:
    """Return for each frame in which a rule disagrees its cause, a place in `CAUSES`; -1 = it agrees."""
    ours, theirs = said.rule[name], said.published[name]
    filled = pair.kinematics.parts_px
    undone = {
        "brief": said.raw[name] == theirs,
        "gap bridged": published(filled, pair.first, pair.second)[name] == ours,
    }
    if name == "contact":
        trunk = [role for role in filled if role not in TAIL]
        near = distance_px(tracked(recording), (pair.first, trunk), (pair.second, trunk)) < PUBLISHED_PX[name]
        points = distance_px(filled, (pair.first, trunk), (pair.second, trunk))
        undone["tail"] = theirs & ~near
        undone["sides"] = ~theirs & (points > pair.thresholds.contact_bl * pair.mean_length_px)
    else:
        nearer = [said.raw[other] for other in PUBLISHED_PX if other not in ("contact", name)]
        undone["side by side"] = theirs & pair.level & (name == "oral-oral contact")
        undone["another contact nearer"] = theirs & np.logical_or.reduce(nearer)
    cause = np.full(len(ours), CAUSES.index("scale"))
    for why in reversed(undone):
        cause[undone[why]] = CAUSES.index(why)
    return np.where((ours != theirs) & said.known, cause, -1)


CAUSES = ("brief", "gap bridged", "side by side", "another contact nearer", "tail", "sides", "scale")


def agreement(published: BoolArray, ours: BoolArray) -> dict[str, object]:
    """Return precision and recall of ours against the published, and kappa."""
    both = int((published & ours).sum())
    counts = confusion_matrix(published.astype(np.int64), ours.astype(np.int64), n_names=2)
    return {
        "precision": both / ours.sum() if ours.any() else None,
        "recall": both / published.sum() if published.any() else None,
        "kappa": cohens_kappa(counts),
    }


def main() -> None:
    """Measure, and draw if asked."""
    chosen = arguments(__doc__, _options)
    folder = recordings(chosen.data, "mabe22_mouse_triplet")
    tracks = next(folder.glob("*.h5"))
    recording = find_recordings([tracks], videos=[tracks.with_suffix(".mp4")])[0].open()
    if recording.tracks is None:
        raise SystemExit("the recording has no tracks")
    kinematics = measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=recording.frame_rate_hz)
    count = len(recording.individuals)
    pairs = [(first, second) for first in range(count) for second in range(count) if first != second]
    saying = {pair: told(recording, kinematics, pair) for pair in pairs}
    report = Report("mabe_thresholds", "")
    lengths = dict(zip(recording.individuals, kinematics.body_length_px.round(1).tolist(), strict=True))
    report.add("body lengths, px", lengths)
    for name in PUBLISHED_PX:
        report.add(name, _figures(recording, kinematics, saying, name))
    report.finish()
    if chosen.pictures is not None:
        from _contact_pictures import draw_disagreements

        for name in PUBLISHED_PX:
            draw_disagreements(recording, _longest(recording, kinematics, saying, name), chosen.pictures, title=name)


def _figures(
    recording: Recording, kinematics: Kinematics, saying: dict[tuple[int, int], Told], name: str
) -> dict[str, object]:
    """Return the row of one contact, all ordered pairs together."""
    published, rule, named = (
        np.concatenate([getattr(said, which)[name][said.known] for said in saying.values()])
        for which in ("published", "rule", "name")
    )
    why: Counter[str] = Counter()
    for pair, said in saying.items():
        cause = causes(recording, Pair(kinematics, *pair, KinematicThresholds()), said, name)
        for side in ("only published", "only ours"):
            mine = cause[(cause >= 0) & (said.published[name] == (side == "only published"))]
            why.update(f"{side}: {CAUSES[one]}" for one in mine.tolist())
    figures: dict[str, object] = {"frames, published": int(published.sum()), "frames, rule": int(rule.sum())}
    figures |= {f"rule: {key}": value for key, value in agreement(published, rule).items()}
    figures |= {f"name: {key}": value for key, value in agreement(published, named).items()}
    figures["published, but named huddle"] = sum(
        int((said.published[name] & said.huddle).sum()) for said in saying.values()
    )
    return figures | dict(sorted(why.items()))


def _longest(
    recording: Recording, kinematics: Kinematics, saying: dict[tuple[int, int], Told], name: str
) -> list[tuple[int, tuple[int, int], str]]:
    """Return frame, pair and cause of the longest disagreements of each cause."""
    found: dict[str, list[tuple[int, int, tuple[int, int]]]] = {}
    for pair, said in saying.items():
        cause = causes(recording, Pair(kinematics, *pair, KinematicThresholds()), said, name)
        for start, stop in zip(*(edge.tolist() for edge in runs(cause)), strict=True):
            if cause[start] >= 0:
                side = "published" if said.published[name][start] else "ours"
                found.setdefault(f"only {side}: {CAUSES[cause[start]]}", []).append((stop - start, start, pair))
    return [
        (start + length // 2, pair, why)
        for why, places in sorted(found.items())
        for length, start, pair in sorted(places, reverse=True)[:DRAWN]
    ]


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pictures", type=Path, default=None, metavar="FOLDER", help="draw disagreements there")


if __name__ == "__main__":
    main()
