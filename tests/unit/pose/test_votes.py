"""Votes about dots, as energies of the points that rest on them."""

from __future__ import annotations

import numpy as np

from behaviorvlm.pose.votes import Vote, votes_energy

NUMBERS = np.array([[0, 4], [0, 2], [1, -1]])
"""Three points, seen by two cameras: the first two share a dot of camera 0, the last one is not seen by camera 1."""


def test_a_vote_is_for_every_point_that_rests_on_its_dot_and_for_its_keypoint_alone() -> None:
    energy = votes_energy([Vote(5, 0, 2, 0, 1.5)], NUMBERS, n_keypoints=4)
    assert energy.shape == (4, 4)
    assert energy[2].tolist() == [-1.5, -1.5, 0, 0]
    assert not np.delete(energy, 2, axis=0).any()


def test_votes_add_up_and_a_vote_against_costs() -> None:
    votes = [Vote(5, 0, 0, 0, 1.0), Vote(5, 1, 0, 2, 2.0), Vote(5, 1, 0, 4, -0.5), Vote(5, 0, 1, 1, 3.0)]
    energy = votes_energy(votes, NUMBERS, n_keypoints=2)
    assert energy.tolist() == [[-0.5, -3.0, 0, 0], [0, 0, -3.0, 0]]


def test_a_dot_that_no_point_rests_on_moves_nothing_and_missing_gets_no_vote() -> None:
    assert not votes_energy([Vote(5, 1, 0, 9, 2.0), Vote(5, 0, 0, 9, 2.0)], NUMBERS, n_keypoints=2).any()
    assert not votes_energy([], NUMBERS, n_keypoints=2).any()
    assert votes_energy([Vote(5, 0, 0, 0, 2.0)], np.zeros((0, 2), np.int64), n_keypoints=2).tolist() == [[0], [0]]
