"""How sure a figure is, and whether two runs differ by more than chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
_Array: TypeAlias = npt.NDArray[Any]

LEVEL = 0.95  # of the intervals
ALPHA = 0.05  # of p, below which a difference counts
MEANS = 10_000  # resamples of a mean, and of the signs of differences
STATISTICS = 1_000  # resamples of any other statistic, as each takes longer
_BATCH = 1_000  # resamples at once: 10 MB for 1,200 questions
_SEED = 0
_ENOUGH = 5  # the usual least number of hits, and of misses, to take a share for normal
_ROUNDING = 1e-12  # differences no further apart than this are equal


@dataclass(frozen=True, slots=True)
class Difference:
    """What a measure gained from one run to another.

    gain       now - before
    low, high  its 95 % bootstrap interval; None for fewer than two questions, or if all gain the same
    p          two-sided, in (0, 1]
    changed    how many of the questions have another value; 0 also where none of them moves the statistic
    """

    gain: float
    low: float | None
    high: float | None
    p: float
    changed: int


def interval(values: Floats) -> tuple[float, float] | None:
    """A 95 % interval of the mean of values (n,) in [0, 1], one a question, in any order.

    It is the percentile bootstrap (Efron & Tibshirani 1993, 13.3), but Wilson's of a share (1927) where all
    values are 0 or 1, and where they sum up to less than five from either end: resamples are then too much
    alike, and no values of that mean vary more than a share. 20 of 20 -> (.839, 1). None for fewer than two,
    and where all are equal, but at neither end: they do not say how they vary.
    """
    count, total = len(values), math.fsum(values)  # whatever the order
    if count > 1 and (np.isin(values, (0, 1)).all() or min(total, count - total) < _ENOUGH):
        return _wilson(total / count, count)
    return _bootstrap(values)


def _wilson(share: float, count: int) -> tuple[float, float]:
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    middle = share + z**2 / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    low, high = (middle - half) / (1 + z**2 / count), (middle + half) / (1 + z**2 / count)
    return max(0.0, low), min(1.0, high)


def _bootstrap(values: Floats) -> tuple[float, float] | None:
    if len(values) < 2 or np.ptp(values) <= _ROUNDING:
        return None
    found = stats.bootstrap(
        (np.sort(values),),
        np.mean,
        n_resamples=MEANS,
        batch=_BATCH,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def interval_of(statistic: Callable[..., float | None], *arrays: _Array) -> tuple[float, float] | None:
    """The bootstrap interval of any statistic of arrays (n,) whose rows belong together in each resample.

    Resamples of which the statistic is None are left out. None for fewer than two rows, if none is left, and
    where the interval would have no width.
    """
    low, high = _ends(statistic, arrays) or (0.0, 0.0)
    return (low, high) if high - low > _ROUNDING else None


def _ends(statistic: Callable[..., float | None], arrays: Sequence[_Array]) -> tuple[float, float] | None:
    drawn = (statistic(*resample) for resample in _resamples(arrays))
    defined = [value for value in drawn if value is not None]
    if not defined:
        return None
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return low, high


def ranks(values: Floats) -> Floats:
    """The rank of each, from 1 for the lowest; equals share the mean: [.5, .9, .5] -> [1.5, 3, 1.5]."""
    return np.asarray(stats.rankdata(values), np.float64)


def compare(before: Floats, now: Floats) -> Difference | None:
    """The mean of now - before, both (n,) over the same questions; None if there is none.

    p is of the paired randomisation test (Fisher 1935; Smucker et al. 2007): twice the share of choices of
    the signs of the differences whose mean is at least as far out. All choices for up to 13 questions that
    changed, else 10,000 and the observed one (Phipson & Smyth 2010). Raises ValueError for other lengths.
    """
    if len(before) != len(now):
        raise ValueError(f"{len(before)} questions before, {len(now)} now; they must be the same")
    if not len(before):
        return None
    gains = now - before
    low, high = _bootstrap(gains) or (None, None)
    changed = gains[gains != 0]
    return Difference(float(gains.mean()), low, high, _randomisation(np.sort(changed)), len(changed))


def compare_of(
    statistic: Callable[..., float | None], before: Sequence[_Array], now: Sequence[_Array]
) -> Difference | None:
    """As `compare`, of any statistic of arrays (n,) whose rows belong together, such as an AUROC.

    before and now are its arguments in two runs over the same questions, on the same scale. Each of 1,000
    randomisations swaps the runs of questions drawn at random. None where the statistic of a run is None.
    """
    width = len(before)

    def gain(*rows: _Array) -> float | None:
        one, other = statistic(*rows[:width]), statistic(*rows[width:])
        return None if one is None or other is None else other - one

    observed = gain(*before, *now)
    if observed is None:
        return None
    low, high = _ends(gain, [*before, *now]) or (0.0, 0.0)
    if max(abs(low), abs(high), abs(observed)) <= _ROUNDING:
        return Difference(0.0, None, None, 1.0, 0)  # whatever changed, the statistic does not see it
    chance = [abs(found) for rows in _swapped(before, now) if (found := gain(*rows)) is not None]
    extreme = sum(found >= abs(observed) - _ROUNDING for found in chance)
    changed = np.any([one != other for one, other in zip(before, now, strict=True)], axis=0)
    is_wide = high - low > _ROUNDING
    return Difference(
        gain=observed,
        low=low if is_wide else None,
        high=high if is_wide else None,
        p=(extreme + 1) / (len(chance) + 1),
        changed=int(changed.sum()),
    )


def verdict(difference: Difference, *, more_is_better: bool = True, alpha: float = ALPHA) -> str:
    """ "same" where nothing changed, "too few" where fewer than `least_changed` did, "noise" where p is
    `alpha` or more, else "better" or "worse"."""
    if not difference.changed:
        return "same"
    if difference.changed < least_changed(alpha):
        return "too few"  # also where p is less, which is then the luck of the swaps that were drawn
    if difference.p >= alpha:
        return "noise"
    return "better" if (difference.gain > 0) == more_is_better else "worse"


def least_changed(alpha: float = ALPHA) -> int:
    """How many questions must change for p to come below alpha: it is 2 / 2**n if all gain. .05 -> 6."""
    return math.floor(math.log2(2 / alpha)) + 1


def _resamples(arrays: Sequence[_Array]) -> Iterator[list[_Array]]:
    random, count = np.random.default_rng(_SEED), len(arrays[0])
    for _ in range(STATISTICS if count > 1 else 0):
        rows = random.integers(count, size=count)
        yield [array[rows] for array in arrays]


def _swapped(before: Sequence[_Array], now: Sequence[_Array]) -> Iterator[list[_Array]]:
    """The arrays of both runs, each time with the runs of other questions swapped."""
    random = np.random.default_rng(_SEED)
    for _ in range(STATISTICS):
        swap = random.integers(2, size=len(before[0])).astype(bool)
        pairs = list(zip(before, now, strict=True))
        yield [np.where(swap, b, a) for a, b in pairs] + [np.where(swap, a, b) for a, b in pairs]


def _randomisation(gains: Floats) -> float:
    """Questions without a gain are left out before: their sign changes nothing."""
    if len(gains) < 2:
        return 1.0  # one gain is as far from 0 with either sign
    found = stats.permutation_test(
        (gains,),
        np.sum,
        permutation_type="samples",
        n_resamples=MEANS,
        batch=_BATCH,
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)
