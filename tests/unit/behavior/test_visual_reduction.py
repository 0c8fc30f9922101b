import numpy as np
import pytest

from behaviorvlm.behavior.visual_reduction import VisualReduction, fit_reduction
from behaviorvlm.errors import InputError, ShapeError


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(500, 6)) @ rng.normal(size=(6, 30)) + 100).astype(np.float32)


def test_it_is_what_scikit_learn_finds_whatever_the_blocks(rows):
    from sklearn.decomposition import PCA

    found = fit_reduction([rows[:7][None], rows[7:400].reshape(3, 131, 30), rows[400:]], most=4)
    theirs = PCA(4).fit(rows.astype(np.float64))
    np.testing.assert_allclose(np.abs(found.components.T), np.abs(theirs.components_), atol=1e-3)
    assert found.share == pytest.approx(theirs.explained_variance_ratio_.sum(), rel=1e-4)
    whole = fit_reduction([rows], most=4)
    np.testing.assert_allclose(whole.components, found.components, atol=1e-5)


def test_no_more_components_than_the_variance_needs(rows):
    found = fit_reduction([rows])
    assert found.components.shape[1] <= 6
    assert found.share >= 0.95
    assert fit_reduction([np.ones((5, 3), np.float32)]).components.shape == (3, 1)


def test_missing_rows_do_not_count_and_stay_missing(rows):
    lost = rows.copy()
    lost[::5, 3] = np.nan
    found, without = fit_reduction([lost]), fit_reduction([np.delete(rows, np.s_[::5], axis=0)])
    np.testing.assert_allclose(found.components, without.components, atol=1e-9)
    reduced = found.apply(lost)
    assert np.isnan(reduced[::5]).all()
    assert np.isfinite(reduced[1::5]).all()


def test_stored_and_back(rows):
    found = fit_reduction([rows])
    back = VisualReduction.from_arrays(found.arrays())
    assert np.array_equal(back.apply(rows), found.apply(rows))
    assert back.share == found.share


def test_nothing_to_fit_on_and_other_features_are_refused(rows):
    with pytest.raises(InputError, match="no visual features"):
        fit_reduction([np.full((3, 4), np.nan, np.float32)])
    with pytest.raises(ShapeError, match="same encoder"):
        fit_reduction([rows]).apply(rows[:, :4])
