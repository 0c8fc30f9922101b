import numpy as np

from behaviorvlm.behavior.soft_assignment import pull, soft_assignment, target_distribution


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_the_assignment_is_students_t():
    embedded, centroids = drawn(6, 3), drawn(4, 3, seed=1)
    near = 1 / (1 + ((embedded[:, None] - centroids) ** 2).sum(axis=-1))
    np.testing.assert_allclose(soft_assignment(embedded, centroids), near / near.sum(axis=1, keepdims=True), rtol=1e-5)


def test_the_target_is_squared_and_evened_out():
    assigned, frequencies = np.array([[0.5, 0.3, 0.2]], np.float32), np.array([10.0, 1.0, 5.0], np.float32)
    wanted = np.array([0.25 / 10, 0.09 / 1, 0.04 / 5])
    np.testing.assert_allclose(target_distribution(assigned, frequencies)[0], wanted / wanted.sum(), rtol=1e-5)
    np.testing.assert_allclose(
        target_distribution(assigned, frequencies * 7), target_distribution(assigned, frequencies), rtol=1e-5
    )


def test_the_slopes_are_those_of_the_divergence_with_the_target_held():
    embedded, centroids, frequencies = drawn(5, 3), drawn(4, 3, seed=1), np.array([1, 3, 2, 0.5], np.float32)
    target = target_distribution(soft_assignment(embedded, centroids), frequencies).astype(np.float64)

    def divergence(rows, middles):
        near = 1 / (1 + ((rows[:, None] - middles) ** 2).sum(axis=-1))
        return (target * np.log(target / (near / near.sum(axis=1, keepdims=True)))).sum()

    def slope(function, at):
        found = np.zeros_like(at)
        for place in np.ndindex(at.shape):
            moved = at.copy()
            moved[place] += 1e-5
            found[place] = (function(moved) - function(at)) / 1e-5
        return found

    rows, middles = embedded.astype(np.float64), centroids.astype(np.float64)
    pulled = pull(embedded, centroids, frequencies)
    np.testing.assert_allclose(pulled.divergence, divergence(rows, middles), rtol=1e-4)
    np.testing.assert_allclose(pulled.embedded, slope(lambda at: divergence(at, middles), rows), atol=2e-4)
    np.testing.assert_allclose(pulled.centroids, slope(lambda at: divergence(rows, at), middles), atol=2e-4)


def test_a_row_among_centroids_that_lie_together_belongs_to_all_alike():
    assert np.allclose(soft_assignment(drawn(3, 2), np.zeros((4, 2), np.float32)), 0.25)
