"""Intervals hold what they promise: coverage summed exactly over all outcomes, or counted over many draws."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from cavity_hopfield import ArgumentError
from cavity_hopfield.analysis.retrieval.comparisons import distributions, means, paired_crossings, paired_shares
from cavity_hopfield.analysis.retrieval.intervals import (
    bootstrap_interval,
    checked_confidence,
    clopper_pearson,
    half_crossing,
    half_crossings,
    holm,
    quantiles,
)


@pytest.mark.parametrize("runs", [1, 7, 60])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_shares_are_covered_whatever_the_probability(runs, confidence):
    """The binomial sum over all outcomes whose interval holds p is at least the confidence, at any p."""
    low, high = clopper_pearson(np.arange(runs + 1), runs, confidence)
    for p in np.linspace(0, 1, 201):
        held = (low <= p) & (p <= high)
        assert stats.binom.pmf(np.arange(runs + 1), runs, p)[held].sum() >= confidence - 1e-12
    # and not all the mass: an interval that holds everything would pass the above
    assert (high - low).max() < 1 or runs < 7
    ends = stats.binom.cdf(3, runs, high[3]) if runs > 3 else (1 - confidence) / 2
    assert ends == pytest.approx((1 - confidence) / 2)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_quantiles_are_covered_for_any_distribution(share):
    """Ranks of uniform times: the beta distributions of the order statistics give the coverage exactly."""
    runs, confidence = 40, 0.9
    times = np.arange(1.0, runs + 1)  # the value of a time is its rank
    middle, low, high = (float(x[0]) for x in quantiles(times, np.array([share]), confidence))
    below = stats.beta.sf(share, low, runs + 1 - low) if low > 0 else 0.0
    above = stats.beta.cdf(share, high, runs + 1 - high) if high <= runs else 0.0
    # X_(low) > quantile, or X_(high) < quantile
    assert below <= (1 - confidence) / 2
    assert above <= (1 - confidence) / 2
    assert below + above > 0 or share == 0.9
    assert middle == np.ceil(share * runs)


def test_times_that_never_come_count_as_late():
    times = np.array([3.0, np.nan, 1.0, np.nan, 2.0, np.nan, np.nan, np.nan])
    middle, low, high = quantiles(times, np.array([0.125, 0.25, 0.375, 0.5]), 0.95)
    assert middle.tolist() == [1.0, 2.0, 3.0, np.inf]
    assert (low <= middle).all()
    assert (high >= middle).all()
    assert high[-1] == np.inf


@given(hnp.arrays(float, st.integers(1, 12), elements=st.floats(0, 1)))
@settings(max_examples=50, deadline=None)
def test_holm_steps_down(p_values):
    """From the definition: sort, multiply by what is left, never fall."""
    adjusted, significant = holm(p_values, 0.95)
    order = sorted(range(len(p_values)), key=lambda k: p_values[k])
    highest = 0.0
    for step, k in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - step) * p_values[k]))
        assert adjusted[k] == pytest.approx(highest)
    assert (significant == (adjusted < 1 - 0.95)).all()


def test_holm_leaves_out_what_is_no_comparison():
    adjusted, significant = holm(np.array([np.nan, 0.02, 0.5]), 0.95)
    assert np.isnan(adjusted[0])
    assert adjusted[1:].tolist() == [0.04, 0.5]
    assert significant.tolist() == [False, True, False]


def test_the_crossing_lies_on_straight_lines_between_pooled_shares():
    overlaps = np.array([0.0, 0.2, 0.4, 0.6])
    assert half_crossing(overlaps, np.array([0, 25, 75, 100]), 100) == pytest.approx(0.3)
    # 40 and 30 are pooled to 35
    assert half_crossing(overlaps, np.array([10, 40, 30, 80]), 100) == pytest.approx(0.4 + 0.2 * 15 / 45)
    assert half_crossing(overlaps, np.array([60, 70, 80, 90]), 100) == -np.inf
    assert half_crossing(overlaps, np.array([0, 0, 1, 2]), 100) == np.inf


def test_basins_are_covered():
    """200 draws of a success that crosses one half at 0.37: 95 per cent +- 1.5, and some bias of the bootstrap."""
    rng = np.random.default_rng(1)
    overlaps = np.linspace(0, 1, 11)
    success = stats.norm.cdf((overlaps - 0.37) / 0.15)
    truth, inside, widths = np.interp(0.5, success, overlaps), 0, []
    for _ in range(200):
        recalled = rng.random((11, 100)) < success[:, None]
        middle, draws = half_crossings(overlaps, recalled, 300, rng)
        low, high = bootstrap_interval(draws, 0.95)
        assert low <= middle <= high
        inside += low <= truth <= high
        widths.append(high - low)
    assert inside >= 200 * 0.95 - 4.5 * np.sqrt(200 * 0.95 * 0.05)
    assert np.mean(widths) < 0.1


def test_a_bootstrap_interval_leaves_out_both_ends():
    assert bootstrap_interval(np.arange(1000.0), 0.95) == (25.0, 974.0)
    assert bootstrap_interval(np.array([*[-np.inf] * 30, *range(970)]), 0.95)[0] == -np.inf


def test_mcnemar_keeps_its_promise():
    """Over all outcomes of eight discordant pairs: the chance to fall below p is at most p."""
    chances = {}
    for outcome in product([0, 1], repeat=8):
        first = np.array(outcome, bool)
        chances[outcome] = paired_shares(first, ~first)[2]
    values = np.array(list(chances.values()))
    for p in np.unique(values):
        assert (values <= p + 1e-12).mean() <= p + 1e-12
    assert chances[(1,) * 8] == pytest.approx(2 / 2**8)


def test_the_error_of_paired_shares_is_that_of_many_draws():
    """Starts that share their luck: success in both is correlated, and the error of the difference is smaller."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(2000):
        luck = rng.random(200)
        found.append(paired_shares(luck + 0.2 * rng.random(200) > 0.6, luck + 0.2 * rng.random(200) > 0.6))
    differences, errors, _ = np.array(found).T
    assert errors.mean() == pytest.approx(differences.std(), rel=0.1)
    assert errors.mean() < 0.5 * np.sqrt(2 * 0.25 / 200)
    alike = np.ones(200, bool)
    assert paired_shares(alike, alike)[0] == 0
    assert paired_shares(alike, alike)[1] > 0


def test_means_and_distributions_tell_equal_from_different():
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=400), rng.normal(size=400)
    difference, error, p_value = means(one, other + 0.5)
    assert error == pytest.approx(np.sqrt(2 / 400), rel=0.1)
    assert abs(difference + 0.5) < 4.5 * error
    assert p_value < 1e-4
    assert means(one, other)[2] > 1e-3
    assert distributions(one, other + 0.5)[1] < 1e-3
    assert distributions(one, other)[1] > 1e-3
    # energies that differ by round-off are equal
    assert distributions(np.full(50, -3.1), np.full(50, -3.1 * (1 + 1e-14))) == (0.0, 1.0)
    assert np.isnan(means(one[:3], other)).all()
    assert means(np.zeros(10), np.zeros(10))[:2] == (0.0, 0.0)


def test_basins_are_told_apart_by_their_error():
    rng = np.random.default_rng(4)
    overlaps = np.linspace(0, 1, 11)

    def drawn(middle):
        return rng.random((11, 400)) < stats.norm.cdf((overlaps - middle) / 0.15)[:, None]

    error, p_value = paired_crossings(overlaps, drawn(0.3), drawn(0.4), 500, rng)
    many = [half_crossing(overlaps, drawn(0.3).sum(1), 400) - half_crossing(overlaps, drawn(0.4).sum(1), 400)
            for _ in range(300)]  # fmt: skip
    assert error == pytest.approx(np.std(many), rel=0.25)
    assert p_value < 1e-6
    assert paired_crossings(overlaps, drawn(0.3), drawn(0.3), 500, rng)[1] > 1e-3
    assert np.isnan(paired_crossings(overlaps, drawn(5.0), drawn(0.3), 50, rng)).all()


@pytest.mark.parametrize("confidence", [0, 1, 1.5, float("nan"), "much"])
def test_a_confidence_lies_between_zero_and_one(confidence):
    with pytest.raises(ArgumentError, match="`confidence`"):
        checked_confidence(confidence)
