"""Do groups of recordings differ? A rank test over all groups, pairs of groups after it, Holm where many are tested.

A recording is one observation, whatever its length: frames and bouts of one recording are not independent of each
other. The sources are named in ``docs/report.md``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from pydantic import BaseModel, ConfigDict

from behaviorvlm.types import FloatArray, IntArray

LEAST_PER_GROUP = 3
"""With fewer recordings in a group nothing is tested."""
LEAST_FOR_CHI_SQUARE = 5
"""With fewer recordings in a group its distribution is not the chi-square one, and labels are permuted instead."""
MOST_ARRANGEMENTS = 20_000
"""So many ways to deal recordings to groups are all counted; of more, as many are drawn."""
CHI_SQUARE, EXACT, DRAWN = "chi-square", "all permutations", "drawn permutations"


class PairDifference(BaseModel):
    """Two of several groups.

    Attributes:
        groups: Their names.
        p: Of Dunn's test, or of permutations where `GroupDifference.method` says so; corrected after Holm over pairs.
    """

    model_config = ConfigDict(frozen=True)

    groups: tuple[str, str]
    p: float


class GroupDifference(BaseModel):
    """One measure, over recordings in groups.

    Attributes:
        n: Group to number of recordings that have the measure.
        medians: Group to its median.
        h: Statistic of Kruskal and Wallis, corrected for ties; None where nothing was tested.
        p: Its p, not corrected for other measures.
        method: How p was found: ``chi-square``, ``all permutations`` or ``drawn permutations``; "" = not at all.
        smallest_p: The smallest p that so many recordings could give at best; 0 with chi-square.
        effect: Epsilon squared, 0 to 1: the share of the variance of ranks that the groups explain.
        pairs: The pairs of groups, where there are more than two.
        refused: Why nothing was tested; "" = something was.
    """

    model_config = ConfigDict(frozen=True)

    n: dict[str, int]
    medians: dict[str, float]
    h: float | None = None
    p: float | None = None
    method: str = ""
    smallest_p: float = 0.0
    effect: float | None = None
    pairs: tuple[PairDifference, ...] = ()
    refused: str = ""


def compare_groups(values: FloatArray, groups: Sequence[str], *, seed: int = 0) -> GroupDifference:
    """Test whether one measure differs between groups.

    Args:
        values: (recording,) float64; NaN = the recording does not have the measure, and is left out.
        groups: The group of each recording.
        seed: Of permutations, where they are drawn.
    """
    known = np.isfinite(values)
    values, labels = values[known], [group for group, here in zip(groups, known, strict=True) if here]
    names = list(dict.fromkeys(groups))
    sizes = Counter(labels)
    n = {name: sizes[name] for name in names}
    medians = {name: _median(values, labels, name) for name in names if sizes[name]}
    small = [name for name in names if sizes[name] < LEAST_PER_GROUP]
    if len(names) < 2 or small:
        why = f"fewer than {LEAST_PER_GROUP} recordings in {', '.join(small)}" if small else "one group only"
        return GroupDifference(n=n, medians=medians, refused=why)
    codes = np.array([names.index(label) for label in labels], dtype=np.int64)
    h = float(kruskal_wallis(values, codes[None])[0])
    p, method, smallest = _p_of(values, codes, h=h, seed=seed)
    return GroupDifference(
        n=n,
        medians=medians,
        h=h,
        p=p,
        method=method,
        smallest_p=smallest,
        effect=h / (len(values) - 1),
        pairs=tuple(_pairs(values, codes, names, seed=seed)) if len(names) > 2 else (),
    )


def kruskal_wallis(values: FloatArray, codes: IntArray) -> FloatArray:
    """Return the statistic H, corrected for ties, of several ways to deal the same values to groups.

    Args:
        values: (recording,) float64.
        codes: (arrangement, recording) int64 number of the group of each recording, from 0.

    Returns:
        (arrangement,) float64; 0 where all values are equal.

    Source: Kruskal and Wallis 1952, "Use of ranks in one-criterion variance analysis".
    """
    ranks, ties = _ranked(values)
    count = len(values)
    total = np.zeros(len(codes))
    for group in range(int(codes.max()) + 1):
        own = codes == group
        total += (own @ ranks) ** 2 / np.maximum(own.sum(axis=1), 1)
    h = 12 / (count * (count + 1)) * total - 3 * (count + 1)
    correction = 1 - ties / (count**3 - count)
    return np.asarray(h / correction if correction > 0 else np.zeros(len(codes)))


def dunn(values: FloatArray, codes: IntArray) -> dict[tuple[int, int], float]:
    """Return the two-sided p of each pair of groups, not corrected, after Dunn 1964 with ties.

    Args:
        values: (recording,) float64.
        codes: (recording,) int64 number of the group of each recording, from 0.
    """
    from scipy.stats import norm

    ranks, ties = _ranked(values)
    count, sizes = len(values), np.bincount(codes)
    means = np.bincount(codes, weights=ranks) / sizes
    variance = count * (count + 1) / 12 - ties / (12 * (count - 1))
    found = {}
    for one, other in combinations(range(len(sizes)), 2):
        spread = math.sqrt(variance * (1 / sizes[one] + 1 / sizes[other]))
        z = abs(float(means[one] - means[other])) / spread if spread else 0.0
        found[one, other] = float(2 * norm.sf(z))
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for their number, in their order, after Holm 1979."""
    order = np.argsort(p_values, kind="stable")
    corrected, highest = [0.0] * len(p_values), 0.0
    for step, place in enumerate(order.tolist()):
        highest = max(highest, min((len(p_values) - step) * p_values[place], 1.0))
        corrected[place] = highest
    return corrected


def _median(values: FloatArray, labels: Sequence[str], name: str) -> float:
    return float(np.median(values[[label == name for label in labels]]))


def _ranked(values: FloatArray) -> tuple[FloatArray, float]:
    """Return the (recording,) ranks, ties sharing theirs, and the sum of t^3 - t over ties of t values."""
    from scipy.stats import rankdata

    _, sizes = np.unique(values, return_counts=True)
    return np.asarray(rankdata(values)), float((sizes.astype(np.float64) ** 3 - sizes).sum())


def _p_of(values: FloatArray, codes: IntArray, *, h: float, seed: int) -> tuple[float, str, float]:
    """Return p of H, how it was found, and the smallest that could be found."""
    sizes = np.bincount(codes)
    if sizes.min() >= LEAST_FOR_CHI_SQUARE:
        from scipy.stats import chi2

        return float(chi2.sf(h, len(sizes) - 1)), CHI_SQUARE, 0.0
    arranged, method = _arrangements(codes, seed=seed)
    found = kruskal_wallis(values, arranged)
    extra = 0 if method == EXACT else 1  # the arrangement that was seen counts among those drawn
    # rounding must not make an equal arrangement a lesser one
    p = (int((found >= h - 1e-9).sum()) + extra) / (len(found) + extra)
    least = (int((found >= found.max() - 1e-9).sum()) + extra) / (len(found) + extra)
    return p, method, least


def _arrangements(codes: IntArray, *, seed: int) -> tuple[IntArray, str]:
    """Return (arrangement, recording) codes: every way to deal the recordings, or as many drawn."""
    sizes = np.bincount(codes).tolist()
    count = math.factorial(len(codes)) // math.prod(map(math.factorial, sizes))
    if count <= MOST_ARRANGEMENTS:
        return _every_way(tuple(sizes)), EXACT
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(codes, (MOST_ARRANGEMENTS, 1)), axis=1), DRAWN


@lru_cache(maxsize=8)
def _every_way(sizes: tuple[int, ...]) -> IntArray:
    """Return every (arrangement, recording) way to deal recordings to groups of these sizes."""
    return np.array(list(_dealt(sizes)), dtype=np.int64)


def _dealt(sizes: Sequence[int]) -> Iterator[IntArray]:
    codes = np.zeros(sum(sizes), dtype=np.int64)

    def deal(group: int, free: Sequence[int]) -> Iterator[IntArray]:
        if group == len(sizes):
            yield codes.copy()
            return
        for chosen in combinations(free, sizes[group]):
            codes[list(chosen)] = group
            yield from deal(group + 1, [place for place in free if place not in chosen])

    return deal(0, range(len(codes)))


def _pairs(values: FloatArray, codes: IntArray, names: Sequence[str], *, seed: int) -> Iterator[PairDifference]:
    """Yield the pairs of groups: Dunn's test where the chi-square holds, else permutations within each pair."""
    if np.bincount(codes).min() >= LEAST_FOR_CHI_SQUARE:
        found = dunn(values, codes)
    else:
        found = {pair: _pair_p(values, codes, pair, seed=seed) for pair in combinations(range(len(names)), 2)}
    for (one, other), p in zip(found, holm(list(found.values())), strict=True):
        yield PairDifference(groups=(names[one], names[other]), p=p)


def _pair_p(values: FloatArray, codes: IntArray, pair: tuple[int, int], *, seed: int) -> float:
    own = np.isin(codes, pair)
    chosen, dealt = values[own], (codes[own] == pair[1]).astype(np.int64)
    h = float(kruskal_wallis(chosen, dealt[None])[0])
    return _p_of(chosen, dealt, h=h, seed=seed)[0]
