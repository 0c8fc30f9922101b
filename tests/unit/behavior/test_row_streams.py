import numpy as np
import pytest

from behaviorvlm.behavior.row_streams import RowBatch, RowStreams, Stream
from behaviorvlm.errors import InputError, ShapeError


def numbered(count, first=0, features=3):
    return np.repeat(np.arange(first, first + count, dtype=np.float32)[:, None], features, axis=1)


def test_an_epoch_shows_every_usable_row_once_with_its_number_and_animal():
    usable = np.arange(50) % 3 > 0
    streams = RowStreams(
        [Stream(numbered(50), "a", usable), Stream(numbered(20, 50), "b"), Stream(numbered(30, 70), "a")],
        pool_bytes=4 * 3 * 16,
    )
    batches = list(streams.batches(8, np.random.default_rng(0)))
    rows, numbers, animals = (
        np.concatenate([getattr(batch, name) for batch in batches]) for name in ("rows", "numbers", "animals")
    )
    assert sorted(numbers.tolist()) == [*np.flatnonzero(usable), *range(50, 100)]
    assert np.array_equal(rows, np.repeat(numbers[:, None], 3, axis=1))
    assert np.array_equal(animals, (numbers >= 50) & (numbers < 70))
    assert [len(batch.rows) for batch in batches[:-1]] == [8] * (len(batches) - 1)
    assert streams.n_rows == len(rows) and streams.n_numbers == 100


def test_the_order_is_random_and_repeats_with_the_seed():
    streams = RowStreams([Stream(numbered(1000), "a")], pool_bytes=4 * 3 * 100)
    first, again, other = (
        np.concatenate([batch.numbers for batch in streams.batches(64, np.random.default_rng(seed))])
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.abs(np.diff(first)).mean() > 20  # within a pool of 100 rows from everywhere; in order it would be 1


def test_an_epoch_of_part_of_the_rows_is_another_part_each_time():
    streams = RowStreams([Stream(numbered(1000), "a")], pool_bytes=4 * 3 * 100)
    parts = [
        np.concatenate([batch.numbers for batch in streams.batches(64, np.random.default_rng(seed), most=250)])
        for seed in range(20)
    ]
    assert {len(set(part.tolist())) for part in parts} == {250}
    assert len(set(np.concatenate(parts).tolist())) > 950
    assert sum(len(batch.rows) for batch in streams.batches(64, np.random.default_rng(0), most=5000)) == 1000


class Watched(np.ndarray):
    """Rows that remember how many were asked for at a time."""

    most = 0

    def __getitem__(self, part):
        if isinstance(part, slice):
            Watched.most = max(Watched.most, len(range(*part.indices(len(self)))))
        return np.asarray(super().__getitem__(part))


def test_no_more_than_a_block_is_read_at_once():
    rows = numbered(10_000).view(Watched)
    streams = RowStreams([Stream(rows, "a")], pool_bytes=4 * 3 * 640)
    seen = sum(len(batch.rows) for batch in streams.batches(64, np.random.default_rng(0)))
    assert seen == 10_000
    assert Watched.most == 640 // 32


def test_rows_come_in_order_where_order_is_wanted():
    streams = RowStreams([Stream(numbered(10), "a", np.arange(10) != 4), Stream(numbered(5, 10), "b")])
    batches = list(streams.in_order(4))
    assert np.concatenate([batch.numbers for batch in batches]).tolist() == [0, 1, 2, 3, 5, 6, 7, 8, 9, *range(10, 15)]
    assert all(len(set(batch.animals.tolist())) == 1 for batch in batches)


def test_a_sample_is_drawn_from_all_recordings_of_an_animal():
    streams = RowStreams(
        [
            Stream(numbered(100), "a", np.arange(100) >= 50),
            Stream(numbered(7, 100), "b"),
            Stream(numbered(100, 200), "a"),
        ]
    )
    sampled = streams.sample(60, np.random.default_rng(0))
    drawn = sampled[0][:, 0]
    assert len(set(drawn.tolist())) == 60
    assert ((drawn >= 50) & (drawn < 100) | (drawn >= 200)).all()
    assert (drawn >= 200).any() and (drawn < 100).any()
    assert sorted(sampled[1][:, 0].tolist()) == list(range(100, 107))


def test_an_animal_that_was_never_seen_has_an_empty_sample():
    streams = RowStreams([Stream(numbered(5), "a"), Stream(numbered(5), "b", np.zeros(5, bool))])
    assert streams.sample(3, np.random.default_rng(0))[1].shape == (0, 3)


def test_nothing_to_cluster_is_refused():
    with pytest.raises(InputError, match="nothing to cluster"):
        RowStreams([Stream(numbered(5), "a", np.zeros(5, bool))])
    with pytest.raises(InputError, match="nothing to cluster"):
        RowStreams([])


def test_a_missing_number_is_refused_and_its_place_named():
    rows = numbered(5)
    rows[3, 1] = np.nan
    with pytest.raises(InputError, match=r"(?s)no number.*mouse, rows 0 to 5"):
        list(RowStreams([Stream(rows, "mouse")]).batches(2, np.random.default_rng(0)))
    usable = np.arange(5) != 3
    batches: list[RowBatch] = list(RowStreams([Stream(rows, "mouse", usable)]).batches(2, np.random.default_rng(0)))
    assert sum(len(batch.rows) for batch in batches) == 4


def test_wrong_shapes_are_refused():
    with pytest.raises(ShapeError, match="one mark for each"):
        Stream(numbered(5), "a", np.ones(4, bool))
    with pytest.raises(ShapeError, match="different features"):
        RowStreams([Stream(numbered(5), "a"), Stream(numbered(5, features=2), "a")])
