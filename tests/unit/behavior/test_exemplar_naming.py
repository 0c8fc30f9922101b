"""Segments named in the user's own words, from bouts that the user named."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from unit.behavior.encounters import recorded, two, whole
from unit.behavior.moving_animals import ROLES, wandering

from behaviorvlm.behavior.annotator import UNSEEN, CutsSegments, RecordingView
from behaviorvlm.behavior.exemplar_naming import exemplar_rows, learn_from_exemplars
from behaviorvlm.behavior.features import feature_columns
from behaviorvlm.behavior.kinematic_description import KinematicClipDescriber
from behaviorvlm.behavior.kinematics import measure_kinematics
from behaviorvlm.behavior.name_model import learn_names, telling_weights
from behaviorvlm.errors import InputError
from behaviorvlm.types import Bout, Recording, Segment

RATE = 30.0
N_FRAMES = 900
CHANGES = (0, 300, 420, 900)
"""Where animal0 changes what it does: a, then b, then a again."""


def view_of(*, noise: float = 1.0, missing: tuple[object, ...] | None = None, seed: int = 0) -> RecordingView:
    """Return two animals whose features tell by their mean which of two things they do; animal1 only ever does a."""
    recording = recorded(two(np.zeros(N_FRAMES), 150.0, headings=(0.0, 0.0)), missing=missing)
    assert recording.tracks is not None
    kinematics = measure_kinematics(recording.tracks, recording.roles, frame_rate_hz=RATE)
    features = np.random.default_rng(seed).normal(0, noise, (2, N_FRAMES, 6)).astype(np.float32)
    features[0, CHANGES[1] : CHANGES[2], :2] += 2.0
    return RecordingView(recording, kinematics, features, None)


def bout(behavior: str, start: int, stop: int, *, target: str = "", individual: str = "animal0") -> Bout:
    return Bout("pair", individual, target, behavior, start, stop, start / RATE, stop / RATE, np.nan)


EXEMPLARS = (bout("sniff it", 310, 340), bout("sit there", 10, 60), bout("sniff it", 380, 410, target="animal1"))


def segments(*edges: int, individual: str = "animal0") -> list[Segment]:
    return [
        Segment("pair", individual, place, start, stop, 3, 0.5) for place, (start, stop) in enumerate(pairwise(edges))
    ]


def test_segments_get_the_users_words_and_the_facts() -> None:
    view = view_of()
    namer = learn_from_exemplars(EXEMPLARS, lambda name: view, KinematicClipDescriber())
    said = namer.describe(view, segments(*CHANGES))
    assert [one.behavior for one in said] == ["sit there", "sniff it", "sit there"]
    assert [one.target for one in said] == ["", "animal1", ""], "an exemplar of sniffing has a target"
    assert {one.source for one in said} == {"exemplars"}
    assert min(one.confidence for one in said) > 0.6
    assert all("animal0" in one.description for one in said)
    assert said[1].evidence.startswith("most like the exemplars of sniff it (")
    assert "kinematic says" in said[1].evidence


def test_boundaries_follow_what_frames_are_like() -> None:
    view = view_of()
    namer = learn_from_exemplars(EXEMPLARS, lambda name: view, KinematicClipDescriber())
    assert isinstance(namer, CutsSegments)
    pieces = namer.split_at_changes(view, segments(0, 450, 900), min_frames=15)
    edges = np.array([piece.start_frame for piece in pieces][1:])
    assert np.abs(edges[:, None] - np.array(CHANGES[1:3])).min(axis=0).max() <= 8
    assert [piece.number for piece in pieces] == list(range(len(pieces)))


def test_frames_around_settle_what_one_frame_leaves_open() -> None:
    view = view_of(noise=1.5)
    namer = learn_from_exemplars(EXEMPLARS, lambda name: view, KinematicClipDescriber())
    truth = np.zeros(N_FRAMES, bool)
    truth[CHANGES[1] : CHANGES[2]] = True
    sniff = namer.model.names.index("sniff it")
    alone = namer.model.log_posterior(view.features[0]).argmax(axis=1) == sniff
    around = namer.log_posterior(view, "animal0").argmax(axis=1) == sniff
    assert (around == truth).mean() > (alone == truth).mean() + 0.05
    assert namer.smoothing_s == pytest.approx(0.25)


def test_one_that_is_not_to_be_seen_stays_unseen() -> None:
    view = view_of(missing=(slice(600, 900), 0))
    namer = learn_from_exemplars(EXEMPLARS, lambda name: view, KinematicClipDescriber())
    said = namer.describe(view, segments(0, 300, 600, 900))
    assert said[2].behavior == UNSEEN
    assert np.isnan(namer.log_posterior(view, "animal0")[600:]).all()
    assert np.isfinite(namer.log_posterior(view, "animal0")[:600]).all()


def test_a_scene_without_tracks_can_be_named() -> None:
    view = view_of()
    film = Recording("pair", view.recording.times_s, RATE, None, view.recording.roles, "film.mp4")
    alone = RecordingView(film, None, view.features[:1], None)
    exemplars = [replace(one, individual="scene", target="") for one in EXEMPLARS]
    namer = learn_from_exemplars(exemplars, lambda name: alone, KinematicClipDescriber())
    said = namer.describe(alone, segments(*CHANGES, individual="scene"))
    assert [one.behavior for one in said] == ["sit there", "sniff it", "sit there"]


def test_words_without_exemplars_are_impossible() -> None:
    view = view_of()
    namer = learn_from_exemplars(
        EXEMPLARS, lambda name: view, KinematicClipDescriber(), vocabulary=["sniff it", "fight", "sit there"]
    )
    assert namer.impossible(view) == {"fight": "no exemplar shows it"}


def test_only_frames_in_which_the_animal_is_seen_are_learnt_from() -> None:
    view = view_of(missing=(slice(320, 330), 0))
    assert len(exemplar_rows(EXEMPLARS[0], view)) == 20
    assert exemplar_rows(EXEMPLARS[0], view)[:10].tolist() == view.features[0, 310:320].tolist()
    gone = view_of(missing=(slice(None), 0))
    with pytest.raises(InputError, match="not to be seen"):
        learn_from_exemplars(EXEMPLARS, lambda name: gone, KinematicClipDescriber())


def test_one_behavior_alone_is_refused() -> None:
    view = view_of()
    with pytest.raises(InputError, match="tell nothing apart"):
        learn_from_exemplars(EXEMPLARS[1:2], lambda name: view, KinematicClipDescriber())


def test_the_classifier_is_that_of_scikit_learn() -> None:
    """The same loss minimized by another implementation."""
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(3)
    rows = [rng.normal(shift, 1.0, (count, 4)).astype(np.float32) for shift, count in ((0, 80), (0.7, 40), (-0.5, 60))]
    model = learn_names(rows, ["x", "y", "z"], shrinkage=0.05)
    features, truth = np.concatenate(rows), np.repeat([0, 1, 2], [80, 40, 60])
    # scikit-learn adds up what is a mean here: C = 1 / (shrinkage x frames), balanced weights that add up to the frames
    other = linear.LogisticRegression(C=1 / (0.05 * len(truth)), class_weight="balanced", tol=1e-8, max_iter=1000)
    other.fit(features, truth)
    assert np.exp(model.log_posterior(features)) == pytest.approx(other.predict_proba(features), abs=2e-3)


def test_every_name_weighs_alike_however_long_its_bouts_are() -> None:
    rng = np.random.default_rng(4)
    few, many = rng.normal(1, 1, (20, 3)), rng.normal(-1, 1, (2000, 3))
    model = learn_names([few.astype(np.float32), many.astype(np.float32)], ["few", "many"])
    middle = np.exp(model.log_posterior(np.zeros((1, 3), np.float32)))[0]
    assert middle == pytest.approx([0.5, 0.5], abs=0.12)


def test_what_was_tracked_tells_nothing_and_places_little() -> None:
    tracks = wandering(120, seed=2)
    columns = feature_columns(tracks.keypoints, ROLES)
    weights = {one.name: float(weight) for one, weight in zip(columns, telling_weights(columns), strict=True)}
    assert {weights[name] for name in weights if name.startswith("missing")} == {0.0}
    assert weights["snout ahead"] == weights["elongation"] == 0.25
    assert weights["elongation, mean of 2 s"] == weights["speed"] == weights["gap, spread of 0.5 s"] == 1.0


def test_a_feature_of_no_weight_tells_nothing() -> None:
    rng = np.random.default_rng(5)
    rows = [rng.normal(shift, 1, (50, 2)).astype(np.float32) for shift in (-1, 1)]
    model = learn_names(rows, ["x", "y"], column_weights=np.array([0.0, 0.5], np.float32))
    assert (model.weight[0] == 0).all()
    assert (model.weight[1] != 0).all()


def test_three_frames_and_no_segments_are_no_trouble() -> None:
    view = view_of()
    namer = learn_from_exemplars(EXEMPLARS, lambda name: view, KinematicClipDescriber())
    assert namer.describe(view, []) == []
    (said,) = namer.describe(view, [replace(whole(view.recording), start_frame=0, stop_frame=3)])
    assert said.behavior == "sit there"
