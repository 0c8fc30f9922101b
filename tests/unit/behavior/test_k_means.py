import numpy as np

from behaviorvlm.behavior.k_means import draw_far, k_means, squared_distances


def test_clear_groups_are_found():
    rng = np.random.default_rng(0)
    middles = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [30, 30]], np.float32)
    rows = (np.repeat(middles, 200, axis=0) + rng.normal(size=(1000, 2))).astype(np.float32)
    found = k_means(rows, 5, rng=rng)
    nearest = squared_distances(middles, found)
    assert sorted(nearest.argmin(axis=1).tolist()) == [0, 1, 2, 3, 4]
    assert nearest.min(axis=1).max() < 0.1


def test_it_is_no_worse_than_scikit_learn():
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(1)
    rows = rng.normal(size=(3000, 6)).astype(np.float32) * np.arange(1, 7, dtype=np.float32)
    ours = squared_distances(rows, k_means(rows, 8, rng=rng)).min(axis=1).sum()
    assert ours <= 1.02 * KMeans(8, n_init=4, random_state=0).fit(rows).inertia_


def test_too_few_rows_make_centroids_that_lie_on_one_another():
    rows = np.array([[0, 1], [2, 3]], np.float32)
    found = k_means(rows, 5, rng=np.random.default_rng(0))
    assert {tuple(row) for row in found.tolist()} == {(0, 1), (2, 3)}
    assert not k_means(rows[:0], 5, rng=np.random.default_rng(0)).any()


def test_far_rows_are_drawn_and_rows_on_a_centroid_are_not():
    distances = np.array([0, 1, 0, 3], np.float32)
    drawn = draw_far(distances, np.random.default_rng(0), count=4000)
    counts = np.bincount(drawn, minlength=4)
    assert counts[0] == counts[2] == 0
    assert 0.7 < counts[3] / 4000 < 0.8
