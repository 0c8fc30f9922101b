import importlib.util

import numpy as np
import pytest

from behaviorvlm.behavior.cluster_model import ClusterModel
from behaviorvlm.behavior.cluster_settings import ClusterSettings
from behaviorvlm.behavior.deep_embedded_clustering import fit_clusters
from behaviorvlm.behavior.deep_embedded_training import variety
from behaviorvlm.behavior.row_streams import Stream
from behaviorvlm.errors import InputError, SettingsError, ShapeError

FEW = ClusterSettings(
    clusters=4, hidden=(32, 16), embedding=4, pretraining_epochs=8, clustering_epochs=4, precision="float32", threads=1
)


def grouped(rows_each, *, seed, n_groups=4, features=12):
    """Rows around `n_groups` bent lines, and the group of each."""
    shape = np.random.default_rng(99)
    rng = np.random.default_rng(seed)
    middles, ways = shape.normal(size=(2, n_groups, features)) * [[[2.0]], [[1.0]]]
    labels = rng.permutation(np.repeat(np.arange(n_groups), rows_each))
    along = rng.normal(size=(len(labels), 1))
    rows = middles[labels] + along * ways[labels] + 0.2 * along**2 + 0.3 * rng.normal(size=(len(labels), features))
    return rows.astype(np.float32), labels


def agreement(labels, truth):
    from sklearn.metrics import normalized_mutual_info_score

    return normalized_mutual_info_score(truth, labels)


def test_groups_are_found_and_new_rows_get_the_same_clusters():
    rows, truth = grouped(400, seed=0)
    other, other_truth = grouped(100, seed=1)
    model = fit_clusters([Stream(rows, "a")], FEW)
    assert agreement(model.assign(rows).argmax(axis=1), truth) > 0.9
    both = np.concatenate([model.assign(rows).argmax(axis=1), model.assign(other).argmax(axis=1)])
    assert agreement(both, np.concatenate([truth, other_truth])) > 0.9
    assert model.report.rows == 1600
    assert model.report.sizes == {"a": tuple(np.bincount(model.assign(rows).argmax(axis=1), minlength=4))}
    assert len(model.report.reconstruction) == 8
    assert model.report.reconstruction[-1] < model.report.reconstruction[0]


def test_the_assignment_is_soft_and_sums_to_one():
    rows, _ = grouped(50, seed=0)
    assigned = fit_clusters([Stream(rows, "a")], FEW).assign(rows)
    assert assigned.shape == (200, 4)
    assert assigned.dtype == np.float32
    np.testing.assert_allclose(assigned.sum(axis=1), 1, rtol=1e-5)


def test_clustering_sharpens_the_assignment():
    rows, _ = grouped(200, seed=0)
    plain, sharpened = (
        fit_clusters([Stream(rows, "a")], FEW.model_copy(update={"clustering_epochs": epochs, "tolerance": 0}))
        for epochs in (0, 8)
    )
    assert plain.report.stop == "unclustered"
    assert sharpened.report.stop == "epochs"
    assert sharpened.assign(rows).max(axis=1).mean() > plain.assign(rows).max(axis=1).mean()


def test_the_same_seed_gives_the_same_clusters_and_another_does_not():
    rows, _ = grouped(100, seed=0)
    first, again, other = (
        fit_clusters([Stream(rows, "a")], FEW.model_copy(update={"seed": seed})).assign(rows) for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_rows_mapped_from_disk_give_the_same_as_rows_in_memory(tmp_path):
    rows, _ = grouped(100, seed=0)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    in_memory, from_disk = (fit_clusters([Stream(given, "a")], FEW).assign(rows) for given in (rows, mapped))
    assert np.array_equal(in_memory, from_disk)


def test_rows_that_are_not_usable_do_not_count():
    rows, _ = grouped(100, seed=0)
    lost = rows.copy()
    usable = np.arange(len(rows)) % 4 > 0
    lost[~usable] = np.nan
    model = fit_clusters([Stream(lost, "a", usable)], FEW)
    assert model.report.rows == usable.sum()
    assert sum(model.report.sizes["a"]) == usable.sum()


def test_many_rows_take_no_longer_than_an_epoch_may_have():
    rows, truth = grouped(1000, seed=0)
    states = []
    part = FEW.model_copy(update={"epoch_rows": 400})
    model = fit_clusters([Stream(rows, "a")], part, keep=states.append)
    assert agreement(model.assign(rows).argmax(axis=1), truth) > 0.9
    assert states[7]["steps"].tolist() == [8 * 7, 0]  # 400 rows in batches of 64
    assert sum(model.report.sizes["a"]) == model.report.rows == 4000


def test_few_changing_labels_end_it():
    rows, _ = grouped(100, seed=0)
    model = fit_clusters([Stream(rows, "a")], FEW.model_copy(update={"tolerance": 1.0, "clustering_epochs": 50}))
    assert model.report.stop == "settled"
    assert len(model.report.divergence) == 2
    assert len(model.report.changed) == 1


@pytest.mark.parametrize("epochs_until_killed", [1, 8, 9, 11])
def test_a_killed_fit_goes_on_with_the_same_result(epochs_until_killed):
    rows, _ = grouped(100, seed=0)
    streams = [Stream(rows[:250], "a"), Stream(rows[250:], "b")]
    states, wanted = [], FEW.model_copy(update={"centroids": "per_animal", "tolerance": 0})
    whole = fit_clusters(streams, wanted, keep=states.append)
    assert len(states) == 12
    told = []
    resumed = fit_clusters(
        streams, wanted, kept=states[epochs_until_killed - 1], progress=lambda *words: told.append(words)
    )
    assert np.array_equal(resumed.assign(rows, "b"), whole.assign(rows, "b"))
    assert resumed.report == whole.report
    assert told[0] == ("pretraining", min(8, epochs_until_killed), 8)
    assert told[-1] == ("clustering", 4, 4)


def test_what_was_kept_of_another_fit_is_refused():
    rows, _ = grouped(100, seed=0)
    states = []
    fit_clusters([Stream(rows, "a")], FEW, keep=states.append)
    with pytest.raises(InputError, match=r"(?s)does not belong.*labels"):
        fit_clusters([Stream(rows[:300], "a")], FEW, kept=states[0])


def test_each_animal_can_have_its_own_clusters():
    rows, truth = grouped(300, seed=0)
    half = truth < 2
    streams = [Stream(rows[half], "a"), Stream(rows[~half], "b"), Stream(rows[:5], "c", np.zeros(5, bool))]
    model = fit_clusters(streams, FEW.model_copy(update={"clusters": 2, "centroids": "per_animal"}))
    assert model.centroids.shape == (3, 2, 4)
    for name, own in (("a", half), ("b", ~half)):
        assert agreement(model.assign(rows[own], name).argmax(axis=1), truth[own]) > 0.9
    assert sum(model.report.sizes["a"]) == half.sum()
    assert np.allclose(model.assign(rows[:5], "c"), 0.5)  # it was never seen: nothing is said of it
    assert ("c", 0) in model.report.empty
    with pytest.raises(InputError, match="not there when they were fitted"):
        model.assign(rows, "d")


def test_shared_clusters_label_animals_that_were_never_met():
    rows, truth = grouped(300, seed=0)
    model = fit_clusters([Stream(rows[:600], "a"), Stream(rows[600:], "b")], FEW)
    assert model.centroids.shape == (1, 4, 4)
    assert np.array_equal(model.assign(rows, "a"), model.assign(rows, "stranger"))
    assert agreement(model.assign(rows).argmax(axis=1), truth) > 0.9
    assert {name: sum(sizes) for name, sizes in model.report.sizes.items()} == {"a": 600, "b": 600}


def test_a_model_stored_as_arrays_comes_back_whole():
    rows, _ = grouped(50, seed=0)
    model = fit_clusters([Stream(rows, "a")], FEW)
    stored = model.arrays()
    assert all(isinstance(values, np.ndarray) and values.dtype.kind in "fu" for values in stored.values())
    back = ClusterModel.from_arrays(stored)
    assert np.array_equal(back.assign(rows), model.assign(rows))
    assert (back.settings, back.report, back.animals) == (model.settings, model.report, model.animals)


def test_constant_features_give_one_cluster_and_say_so():
    model = fit_clusters([Stream(np.zeros((100, 5), np.float32), "a")], FEW)
    assert sorted(model.report.sizes["a"]) == [0, 0, 0, 100]
    assert len(model.report.empty) == 3
    assert model.report.collapsed == (("", 1), ("", 2), ("", 3))
    assert np.isfinite(model.assign(np.zeros((3, 5), np.float32))).all()


def test_more_clusters_than_rows_leave_some_empty():
    rows, _ = grouped(1, seed=0)
    model = fit_clusters([Stream(rows[:3], "a")], FEW.model_copy(update={"clusters": 10}))
    assert sum(model.report.sizes["a"]) == 3
    assert len(model.report.empty) >= 7


def test_bfloat16_finds_the_groups_too():
    rows, truth = grouped(200, seed=0)
    model = fit_clusters([Stream(rows, "a")], FEW.model_copy(update={"precision": "bfloat16"}))
    assert model.report.precision == "bfloat16"
    assert agreement(model.assign(rows).argmax(axis=1), truth) > 0.9


def test_other_features_are_refused():
    rows, _ = grouped(50, seed=0)
    model = fit_clusters([Stream(rows, "a")], FEW)
    with pytest.raises(ShapeError, match="not the features"):
        model.assign(rows[:, :5])


def test_without_torch_the_error_says_what_to_install(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(SettingsError, match=r"pip install 'behaviorvlm\[behavior\]'"):
        fit_clusters([Stream(np.zeros((5, 2), np.float32), "a")], FEW)


def test_an_epoch_that_draws_all_rows_into_few_clusters_is_taken_back() -> None:
    rows = np.random.default_rng(0).normal(size=(3000, 12)).astype(np.float32)  # nothing holds clusters apart
    gentle = ClusterSettings(pretraining_epochs=2, clustering_epochs=0, hidden=(32,), threads=1)
    wild = gentle.model_copy(update={"clustering_epochs": 5, "clustering_rate": 0.3})
    start = fit_clusters([Stream(rows, "mouse")], gentle)
    model = fit_clusters([Stream(rows, "mouse")], wild)
    assert model.report.stop == "collapsing"
    assert variety(np.array([model.report.sizes["mouse"]])) > 0.75 * variety(np.array([start.report.sizes["mouse"]]))


def test_variety_counts_clusters_in_use() -> None:
    assert variety(np.array([[5, 5, 5, 5]])) == pytest.approx(4)
    assert variety(np.array([[20, 0, 0, 0], [10, 10, 0, 0]])) == pytest.approx(1.5)
    assert variety(np.zeros((1, 3), np.int64)) == pytest.approx(1)
