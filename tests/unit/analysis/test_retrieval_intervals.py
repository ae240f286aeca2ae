"""Intervals hold what they promise: coverage summed exactly over all outcomes, or counted over many draws."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from scipy.optimize import isotonic_regression

from cavity_hopfield import ArgumentError
from cavity_hopfield.analysis.intervals import clopper_pearson
from cavity_hopfield.analysis.retrieval import comparisons
from cavity_hopfield.analysis.retrieval.comparisons import (
    distributions,
    exchanged,
    means,
    paired_crossings,
    paired_shares,
    paired_times,
)
from cavity_hopfield.analysis.retrieval.intervals import (
    checked_confidence,
    crossing_bracket,
    half_crossings,
    holm,
    quantiles,
    rising_shares,
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


def crossing(overlaps, successes, runs):
    return float(half_crossings(overlaps, np.asarray(successes), runs)[0])


def test_the_crossing_lies_on_straight_lines_between_pooled_shares():
    overlaps = np.array([0.0, 0.2, 0.4, 0.6])
    assert crossing(overlaps, [0, 25, 75, 100], 100) == pytest.approx(0.3)
    # 40 and 30 are pooled to 35
    assert crossing(overlaps, [10, 40, 30, 80], 100) == pytest.approx(0.4 + 0.2 * 15 / 45)
    assert crossing(overlaps, [0, 50, 50, 100], 100) == pytest.approx(0.2)
    assert crossing(overlaps, [60, 70, 80, 90], 100) == -np.inf
    assert crossing(overlaps, [0, 0, 1, 2], 100) == np.inf
    assert [crossing(np.array([0.3]), [k], 10) for k in (4, 5)] == [np.inf, -np.inf]


def test_a_straight_line_is_in_doubt_where_the_share_jumps():
    """A place anywhere in a step of 0.2 has the standard deviation 0.2 / 12^(1/2)."""
    overlaps = np.array([0.0, 0.2, 0.4, 0.6])
    counts = np.array([[0, 0, 100, 100], [40, 45, 55, 60], [60, 70, 80, 90]])
    doubts = half_crossings(overlaps, counts, 100)[1]
    np.testing.assert_allclose(doubts, [0.2 / np.sqrt(12), 0.02 / np.sqrt(12), np.nan])


@given(hnp.arrays(int, st.tuples(st.integers(1, 3), st.integers(2, 8)), elements=st.integers(0, 20)))
@settings(max_examples=100, deadline=None)
def test_growing_shares_are_those_of_scipy_and_brackets_hold_the_crossing(counts):
    shares = rising_shares(counts, 20)
    for row, found in zip(counts, shares, strict=True):
        np.testing.assert_allclose(found, isotonic_regression(row / 20).x, atol=1e-12)
    overlaps = np.linspace(0, 1, counts.shape[1])
    for row, middle in zip(counts, half_crossings(overlaps, counts, 20)[0], strict=True):
        low, high = crossing_bracket(overlaps, row, 20, 0.95)
        assert low <= middle <= high


COVERED = [(0.2, 0.02, 10), (0.2, 0.02, 100), (0.2, 0.05, 10), (0.2, 0.05, 100), (0.1, 0.15, 30), (0.1, 0.15, 1000)]


@pytest.mark.parametrize(("spacing", "width", "runs"), COVERED)
def test_basins_are_covered_however_steep_the_share(spacing, width, runs):
    """Logistic shares with their middle anywhere: 400 draws see a coverage below 0.90. A bootstrap of the runs covers
    0.0 to 0.9 of these, for counts of none and all have no scatter.
    """
    rng = np.random.default_rng(1)
    overlaps = np.arange(0, 1.01, spacing)
    inside, steps = 0, []
    for truth in rng.uniform(0.3, 0.7, 400):
        counts = rng.binomial(runs, 1 / (1 + np.exp(-(overlaps - truth) / width)))
        low, high = crossing_bracket(overlaps, counts, runs, 0.95)
        inside += low <= truth <= high
        steps.append((high - low) / spacing)
    assert inside >= 400 * 0.95 - 4.5 * np.sqrt(400 * 0.95 * 0.05)
    # and not all of the grid: one step where the share is steep or known well, and here at most five
    assert np.mean(steps) < (1.5 if runs >= 100 else 5.0)


def test_an_end_in_error_is_as_rare_as_promised():
    """A share of one half at a point of the grid, none below, all above: the chance to pass it is 0.025 at either end,
    or what counts of 20 runs have for it.
    """
    outcomes = np.arange(21)
    brackets = [crossing_bracket(np.arange(3.0), np.array([0, k, 20]), 20, 0.95) for k in outcomes]
    chances = stats.binom.pmf(outcomes, 20, 0.5)
    for wrong in ([low == 1 for low, _ in brackets], [high == 1 for _, high in brackets]):
        assert 0.02 < chances[wrong].sum() <= 0.025
    assert all(low >= 0 and high <= 2 for low, high in brackets)


def test_few_runs_tell_no_end():
    """With five runs 0 of 5 leaves shares up to 0.52, with six up to 0.46."""
    assert crossing_bracket(np.arange(3.0), np.array([0, 0, 5]), 5, 0.95) == (-np.inf, np.inf)
    assert crossing_bracket(np.arange(3.0), np.array([0, 0, 6]), 6, 0.95) == (1.0, 2.0)
    assert crossing_bracket(np.arange(3.0), np.array([0, 0, 5]), 5, 0.9) == (1.0, 2.0)


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


def test_means_of_as_many_skewed_values_are_not_called_different_too_often():
    rng = np.random.default_rng(5)
    for runs in (5, 40):
        p_values = np.array([means(*rng.exponential(size=(2, runs)))[2] for _ in range(2000)])
        for limit in (0.05, 0.002):
            assert (p_values < limit).sum() <= 2000 * limit + 4.5 * np.sqrt(2000 * limit)


def skewed(rng, law, runs):
    """Times of pairs of runs with a start in common, by which some never recall."""
    luck = rng.normal(size=runs)
    if law == "exponential":
        return rng.exponential(size=(2, runs))
    times = np.exp(3 * rng.normal(size=(2, runs)) + luck)
    return np.where(rng.random((2, runs)) < 0.6, times, np.inf)


@pytest.mark.parametrize("law", ["exponential", "lognormal, some never"])
@pytest.mark.parametrize("runs", [8, 13, 50])
def test_skewed_times_are_not_called_different_too_often(law, runs):
    """2500 draws under one law: the size at 0.05 to 0.0005, which means of unequal numbers can exceed forty times."""
    rng = np.random.default_rng(6)
    p_values = np.array([paired_times(*skewed(rng, law, runs)) for _ in range(2500)])
    for limit in (0.05, 0.01, 0.002, 0.0005):
        assert (p_values < limit).sum() <= 2500 * limit + 4.5 * np.sqrt(2500 * limit)
    # and not much less often
    assert (p_values < 0.1).mean() > 0.03


def test_few_pairs_are_exchanged_in_every_way():
    """From the definition, over all exchanges, with ties and with runs that never recall."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        first, second = rng.integers(1, 5, (2, 6)).astype(float)
        first[rng.random(6) < 0.3] = np.inf
        ranks = stats.rankdata([*first, *second])
        sums = []
        for swaps in product([0, 1], repeat=6):
            one = [ranks[r + 6 * swap] for r, swap in enumerate(swaps)]
            sums.append(abs(2 * sum(one) - ranks.sum()))
        expected = np.mean([value >= sums[0] - 1e-9 for value in sums])
        found = paired_times(first, second)
        assert found == pytest.approx(expected) or (np.isnan(found) and (first == second).all())


@pytest.mark.parametrize("pairs", [15, 40])
def test_many_pairs_that_differ_alike_have_the_chance_of_a_coin(pairs):
    """Without what is taken off the normal sum its chance would be as little as 0.6 of the exact one."""
    for heads in range(pairs + 1):
        exact = stats.binomtest(heads, pairs).pvalue
        found = exchanged(np.where(np.arange(pairs) < heads, 3.0, -3.0))
        assert found > 0.95 * exact
        assert abs(found - exact) < 0.01


def test_many_pairs_are_told_apart_as_by_mann_and_whitney():
    """Pairs with nothing in common are two samples, and the standard deviates of both tests nearly the same."""
    rng = np.random.default_rng(8)
    for factor in (0.8, 1.3, 2.0):
        first, second = rng.exponential(size=(2, 2000))
        first *= factor
        first, second = (np.where(times < 1.5, times, np.inf) for times in (first, second))
        expected = stats.mannwhitneyu(first, second, method="asymptotic").pvalue
        found = paired_times(first, second)
        assert stats.norm.isf(found / 2) == pytest.approx(stats.norm.isf(expected / 2), rel=0.05)
        # starts in common make the same difference clearer
        start = rng.exponential(size=2000)
        assert paired_times(start * factor * rng.uniform(0.9, 1.1, 2000), start) < found


def test_times_that_do_not_differ_are_no_comparison():
    never = np.full(30, np.inf)
    assert np.isnan(paired_times(never, never))
    assert paired_times(never, np.ones(30)) < 1e-6
    assert paired_times(np.ones(5), never[:5]) == 2 / 2**5


OVERLAPS = np.linspace(0, 1, 11)


def recalls(rng, middle, width, runs):
    return rng.random((11, runs)) < stats.norm.cdf((OVERLAPS - middle) / width)[:, None]


def test_basins_are_told_apart_with_an_error():
    rng = np.random.default_rng(4)
    error, p_value = paired_crossings(OVERLAPS, recalls(rng, 0.3, 0.15, 400), recalls(rng, 0.4, 0.15, 400), rng)
    many = [
        crossing(OVERLAPS, recalls(rng, 0.3, 0.15, 400).sum(1), 400)
        - crossing(OVERLAPS, recalls(rng, 0.4, 0.15, 400).sum(1), 400)
        for _ in range(300)
    ]
    # that of the lines adds to the scatter
    doubt = 0.1 * (stats.norm.cdf(1 / 3) - stats.norm.cdf(-1 / 3)) / np.sqrt(12)
    assert error == pytest.approx(np.sqrt(np.var(many) + 2 * doubt**2), rel=0.25)
    assert p_value < 1e-9
    assert paired_crossings(OVERLAPS, recalls(rng, 0.3, 0.15, 400), recalls(rng, 0.3, 0.15, 400), rng)[1] > 1e-3


def test_basins_whose_counts_do_not_scatter_are_the_clearest():
    """None, none, none, all, all of 50 against none and all: half a step of 0.2 each way, and of doubt."""
    overlaps = np.linspace(0, 0.8, 5)
    first, second = (np.repeat(overlaps[:, None] > edge, 50, axis=1) for edge in (0.5, 0.1))
    error, p_value = paired_crossings(overlaps, first, second, np.random.default_rng(1))
    assert error == pytest.approx(0.2 * np.sqrt(2 / 12))
    assert p_value < 1e-20
    # the same jump in the same step: no start tells the laws apart
    assert np.isnan(paired_crossings(overlaps, first, first, np.random.default_rng(1))[1])


def test_basins_beyond_the_grid_count_as_at_its_end():
    rng = np.random.default_rng(2)
    inside, above, below = (recalls(rng, middle, 0.15, 100) for middle in (0.4, 5.0, -5.0))
    for pair in ((above, inside), (inside, below), (above, below)):
        error, p_value = paired_crossings(OVERLAPS, *pair, rng)
        assert np.isnan(error)
        assert p_value < 1e-9
    assert np.isnan(paired_crossings(OVERLAPS, above, above, rng)).all()


@pytest.mark.parametrize(("widths", "runs"), [((0.05, 0.05), 8), ((0.15, 0.15), 100), ((0.08, 0.2), 100)])
def test_equal_basins_are_not_called_different_too_often(widths, runs, monkeypatch):
    """Crossings at 0.5 under both laws, also where one share is steeper: 400 draws see twice the size of 0.05."""
    monkeypatch.setattr(comparisons, "BOOTSTRAP_DRAWS", 2)
    rng = np.random.default_rng(9)
    p_values = np.array(
        [paired_crossings(OVERLAPS, *(recalls(rng, 0.5, width, runs) for width in widths), rng)[1] for _ in range(400)]
    )
    for limit in (0.05, 0.2):
        assert (p_values <= limit).sum() <= 400 * limit + 4.5 * np.sqrt(400 * limit * (1 - limit))
    assert (p_values <= 0.2).mean() > 0.03


@pytest.mark.parametrize("confidence", [0, 1, 1.5, float("nan"), "much"])
def test_a_confidence_lies_between_zero_and_one(confidence):
    with pytest.raises(ArgumentError, match="`confidence`"):
        checked_confidence(confidence)
