from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from eval.measures.statistics import (
    Difference,
    Flags,
    Floats,
    compare,
    compare_of,
    interval,
    interval_of,
    least_changed,
    ranks,
    verdict,
)

VALUES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 1.0]), min_size=2, max_size=12)
FEW = settings(max_examples=25)


def mean(values: Floats) -> float:
    return float(values.mean())


def share(right: Flags, asked: Flags) -> float | None:
    return float(right[asked].mean()) if asked.any() else None


def array(*values: float) -> Floats:
    return np.array(values, float)


def wilsons(right: float, count: int) -> tuple[float, ...]:
    """The shares p that stand 1.96 standard errors from r / n: n (r / n - p)^2 = z^2 p (1 - p)."""
    z = stats.norm.ppf(0.975)
    return tuple(np.sort(np.roots([count + z**2, -(2 * right + z**2), right**2 / count])))


def test_fewer_than_two_questions_have_no_interval() -> None:
    assert interval(array()) is None
    assert interval(array(0.5)) is None
    assert interval_of(mean, array(0.5)) is None
    assert interval_of(mean, array()) is None


def test_equal_values_that_are_no_shares_do_not_say_how_they_vary() -> None:
    assert interval(np.full(50, 0.1)) is None
    assert interval(np.arange(10, 60) / 10 - np.arange(5, 55) / 10) is None  # equal but for rounding
    assert interval_of(mean, array(1, 1)) is None


def test_interval_of_two_values() -> None:
    # Resamples have the means 0, .5 and 1, in a quarter, a half and a quarter of the cases.
    assert interval_of(mean, array(1, 0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("count", "right"), [(20, 3), (88, 70), (300, 212), (20, 20), (4, 4), (9, 0), (2, 1)]
)
def test_the_interval_of_a_share_is_wilsons(count: int, right: int) -> None:
    found = interval(np.repeat([1.0, 0.0], [right, count - right]))
    assert found == pytest.approx(wilsons(right, count), abs=1e-6)
    scipys = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert found == pytest.approx(tuple(scipys), abs=1e-9)


def test_all_of_twenty_may_be_five_sixths() -> None:
    assert interval(np.ones(20)) == pytest.approx((0.8389, 1.0), abs=5e-5)  # n / (n + z^2)
    assert interval(np.zeros(20)) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_nearly_all_of_twenty_are_no_surer_than_all() -> None:
    # Of these the bootstrap has no resample below .925.
    assert interval(array(*[1] * 19, 0.5)) == pytest.approx(wilsons(19.5, 20), abs=1e-6)
    assert interval(array(*[0] * 19, 0.5)) == pytest.approx(wilsons(0.5, 20), abs=1e-6)


def test_where_five_are_missed_it_is_the_bootstrap() -> None:
    few, enough = np.repeat([0.5, 1.0], [9, 40]), np.repeat([0.5, 1.0], [10, 40])
    assert interval(few) == pytest.approx(wilsons(44.5, 49), abs=1e-6)
    expected = stats.norm.interval(0.95, 0.9, enough.std() / np.sqrt(50))
    assert interval(enough) == pytest.approx(expected, abs=0.006)
    assert interval(1 - few) == pytest.approx(wilsons(4.5, 49), abs=1e-6)


@FEW
@given(st.integers(2, 40), st.integers(0, 39), st.sampled_from([0.1, 0.5, 0.9]))
def test_a_lower_value_never_gives_a_higher_interval(count: int, wrong: int, value: float) -> None:
    shares = np.repeat([0.0, 1.0], [min(wrong, count), count - min(wrong, count)])
    if not shares.any() or min(shares.sum(), count - shares.sum()) >= 4:
        return
    lower = shares.copy()
    lower[-1] = value
    ends, before = interval(lower), interval(shares)
    assert ends is not None
    assert before is not None
    assert ends[0] < before[0]
    assert ends[1] <= before[1]


def test_the_interval_of_many_values_is_that_of_the_normal_distribution() -> None:
    values = np.random.default_rng(1).random(400)
    half = 1.96 * values.std() / np.sqrt(400)
    expected = (values.mean() - half, values.mean() + half)
    assert interval(values) == pytest.approx(expected, abs=0.0015)
    assert interval_of(mean, values) == pytest.approx(expected, abs=0.003)


@FEW
@given(VALUES)
def test_the_interval_has_no_order_and_no_memory(values: list[float]) -> None:
    first = interval(np.array(values))
    np.random.default_rng().random()
    assert first == interval(np.array(values[::-1])) == interval(np.array(sorted(values)))
    if first is None:
        assert len(set(values)) == 1
    else:
        assert 0 <= first[0] <= np.mean(values) + 1e-12
        assert first[0] < first[1]
        assert np.mean(values) - 1e-12 <= first[1] <= 1


def test_rows_stay_together() -> None:
    flags = np.array([True, False, True, False, True])
    # Whichever rows are drawn, what is right is what was asked: no width.
    assert interval_of(share, flags, flags) is None
    assert interval_of(share, np.roll(flags, 1), flags) == (0.0, 1.0)


def test_equals_share_a_rank() -> None:
    assert ranks(array(0.5, 0.9, 0.5, 0.1)).tolist() == [2.5, 4.0, 2.5, 1.0]


def test_resamples_without_a_value_are_left_out() -> None:
    right, asked = np.array([True, False, True]), np.array([True, True, False])
    assert interval_of(share, right, asked) == (0.0, 1.0)
    assert interval_of(share, right, asked & ~asked) is None


def test_gain_of_three_questions() -> None:
    # Gains .5, .5, .25: of the 8 choices of signs +++ and --- are as far from 0 on the mean.
    found = compare(array(0, 0.5, 0.5), array(0.5, 1, 0.75))
    assert found == Difference(gain=1.25 / 3, low=0.25, high=0.5, p=0.25, changed=3)
    assert found is not None
    assert verdict(found) == "too few"


def test_questions_that_did_not_change_count_for_the_mean_alone() -> None:
    found = compare(array(0, 0, 0, 1), array(1, 1, 0, 1))
    assert found is not None
    # Gains 1, 1, 0, 0; of the 4 choices of signs ++ and -- are as far from 0.
    assert (found.gain, found.p, found.changed) == (0.5, 0.5, 2)


@pytest.mark.parametrize(
    ("before", "now", "mean", "p", "changed"),
    [
        ((1.0,), (1.0,), 0.0, 1.0, 0),
        ((0.0,), (1.0,), 1.0, 1.0, 1),
        ((0.5, 1.0, 0.0), (0.5, 1.0, 0.0), 0.0, 1.0, 0),
        ((0.0, 1.0), (1.0, 0.0), 0.0, 1.0, 2),
        ((0.0,) * 6, (1.0,) * 6, 1.0, 2 / 64, 6),
        ((0.0,) * 13, (1.0,) * 13, 1.0, 2 / 2**13, 13),
    ],
)
def test_comparisons_by_hand(
    before: tuple[float, ...], now: tuple[float, ...], mean: float, p: float, changed: int
) -> None:
    found = compare(array(*before), array(*now))
    assert found is not None
    assert (found.gain, found.changed) == (mean, changed)
    assert found.p == pytest.approx(p)


def test_no_question_no_comparison() -> None:
    assert compare(array(), array()) is None
    assert (
        compare_of(share, [np.array([True]), np.array([False])], [np.array([True]), np.array([True])]) is None
    )


def test_runs_over_other_questions_are_not_compared() -> None:
    with pytest.raises(ValueError, match="3 questions before, 1 now; they must be the same"):
        compare(array(0, 1, 1), array(1))


def test_a_sampled_p_is_never_zero() -> None:
    found = compare(np.zeros(40), np.ones(40))
    assert found is not None
    assert found.p == pytest.approx(2 / 10_001)  # doubled, as one of either sign is added


@FEW
@given(VALUES, VALUES)
def test_p_by_trying_all_signs(before: list[float], now: list[float]) -> None:
    count = min(len(before), len(now), 10)
    gains = np.array(now[:count]) - np.array(before[:count])
    sums = [abs((gains * signs).sum()) for signs in itertools.product((1, -1), repeat=count)]
    found = compare(np.array(before[:count]), np.array(now[:count]))
    back = compare(np.array(now[:count]), np.array(before[:count]))
    assert found is not None
    assert back is not None
    assert found.p == pytest.approx(np.mean(np.array(sums) >= abs(gains.sum()) - 1e-12))
    assert back.gain == -found.gain
    assert back.p == pytest.approx(found.p)


def test_many_questions_agree_with_the_t_test() -> None:
    random = np.random.default_rng(3)
    before, gains = random.random(120), random.normal(0.02, 0.1, 120)
    found = compare(before, before + gains)
    assert found is not None
    assert found.p == pytest.approx(stats.ttest_1samp(gains, 0).pvalue, abs=0.01)
    assert found == compare(before, before + gains)
    back = compare(before[::-1], (before + gains)[::-1])
    assert back is not None
    assert (back.low, back.high, back.p) == (found.low, found.high, found.p)


def test_any_statistic_can_be_compared() -> None:
    random = np.random.default_rng(4)
    before = random.random(60)
    now = before + random.normal(0.02, 0.1, 60)
    of_mean, found = compare(before, now), compare_of(mean, [before], [now])
    assert of_mean is not None
    assert found is not None
    assert found.gain == pytest.approx(of_mean.gain)
    assert (found.low, found.high) == pytest.approx((of_mean.low, of_mean.high), abs=0.003)
    assert found.p == pytest.approx(of_mean.p, abs=0.03)
    assert found.changed == 60


def test_a_sampled_p_of_a_statistic_is_never_zero() -> None:
    found = compare_of(mean, [np.zeros(40)], [np.ones(40)])
    assert found == Difference(gain=1.0, low=None, high=None, p=1 / 1001, changed=40)


def test_a_statistic_of_equal_runs_is_the_same() -> None:
    run = [np.array([True, False, True, True]), np.array([True, True, False, True])]
    # 2 of the 3 asked are right in both
    assert compare_of(share, run, run) == Difference(gain=0.0, low=None, high=None, p=1.0, changed=0)


def test_what_a_statistic_does_not_see_is_no_change() -> None:
    right, asked = np.array([True, False, True, False]), np.array([True, True, False, False])
    # what is right among those not asked is in no share
    found = compare_of(share, [right, asked], [right ^ ~asked, asked])
    assert found == Difference(gain=0.0, low=None, high=None, p=1.0, changed=0)
    assert verdict(found) == "same"


def test_changes_that_cancel_are_noise() -> None:
    right, asked = np.array([True, False] * 6), np.ones(12, np.bool_)
    found = compare_of(share, [right, asked], [~right, asked])
    assert found is not None
    assert (found.gain, found.p, found.changed, verdict(found)) == (0.0, 1.0, 12, "noise")
    assert found.low is not None
    assert found.low < 0


def test_the_interval_of_a_difference_is_a_bootstrap_even_where_all_are_0_or_1() -> None:
    found = compare(np.zeros(40), np.repeat([1.0, 0.0], [10, 30]))
    assert found is not None
    expected = stats.binom.ppf([0.025, 0.975], 40, 0.25) / 40
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1.01 / 40)
    found = compare(np.zeros(4), np.ones(4))
    assert found is not None
    assert (found.gain, found.low, found.high) == (1.0, None, None)


@pytest.mark.parametrize(
    ("mean", "p", "changed", "expected"),
    [
        (0.1, 0.049, 6, ("better", "worse")),
        (-0.1, 0.049, 6, ("worse", "better")),
        (0.1, 0.05, 6, ("noise", "noise")),
        (0.1, 0.0625, 5, ("too few", "too few")),
        (0.1, 0.049, 5, ("too few", "too few")),  # of swaps drawn at random
        (0.0, 1.0, 1, ("too few", "too few")),
        (0.0, 1.0, 0, ("same", "same")),
    ],
)
def test_verdict(mean: float, p: float, changed: int, expected: tuple[str, str]) -> None:
    difference = Difference(mean, None, None, p, changed)
    assert (verdict(difference), verdict(difference, more_is_better=False)) == expected


@pytest.mark.parametrize(("alpha", "least"), [(0.05, 6), (0.01, 8), (2 / 2**7, 8), (0.5, 3)])
def test_as_many_as_can_come_below_alpha_if_all_gain(alpha: float, least: int) -> None:
    assert least_changed(alpha) == least
    for count in (least - 1, least):
        found = compare(np.zeros(count), np.ones(count))
        assert found is not None
        assert (found.p, found.p < alpha) == (2 / 2**count, count == least)
    assert verdict(Difference(0.1, None, None, 0.0, least - 1), alpha=alpha) == "too few"
    assert verdict(Difference(0.1, None, None, 0.0, least), alpha=alpha) == "better"
