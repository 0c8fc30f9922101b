"""Quality over time: the worst of what a column stands for."""

from __future__ import annotations

import numpy as np
import pytest

from behaviorvlm.report.quality_picture import MOST_COLUMNS, draw_quality, worst_of


def test_each_column_shows_the_worst_of_its_timepoints() -> None:
    values = np.zeros((4 * MOST_COLUMNS, 2))
    values[9, 0] = 7
    values[8:12, 1] = np.nan
    columns = worst_of(values, np.nanmax)
    assert columns.shape == (2, MOST_COLUMNS)
    assert columns[0, 2] == 7
    assert columns[0].sum() == 7
    assert np.isnan(columns[1, 2])
    assert np.isfinite(np.delete(columns[1], 2)).all()


@pytest.mark.parametrize("missing", [slice(0, 0), slice(3, 9), slice(0, 50)])
def test_quality_is_drawn_whatever_is_missing(missing, skeleton, tmp_path) -> None:
    error = np.full((50, len(skeleton)), 0.7)
    error[missing] = np.nan
    n_views = np.full(error.shape, 3)
    draw_quality(skeleton, path=tmp_path / "quality.png", error_px=error, n_views=n_views, margin=3 * error)
    assert (tmp_path / "quality.png").stat().st_size > 1000
