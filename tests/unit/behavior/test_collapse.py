import numpy as np

from behaviorvlm.behavior.collapse import collapsed_clusters, empty_clusters


def test_a_shared_cluster_is_empty_only_if_no_animal_is_in_it():
    sizes = {"a": (3, 0, 0), "b": (0, 2, 0)}
    assert empty_clusters(sizes, shared=True) == (("", 2),)
    assert empty_clusters(sizes, shared=False) == (("a", 1), ("a", 2), ("b", 0), ("b", 2))


def test_a_centroid_on_another_has_collapsed():
    table = np.array([[0, 0], [5, 5], [0, 0.1], [9, 0]], np.float32)
    apart = np.array([[0, 0], [5, 5], [0, 5], [9, 0]], np.float32)
    assert collapsed_clusters(np.stack([table, apart]), ("a", "b")) == (("a", 2),)
