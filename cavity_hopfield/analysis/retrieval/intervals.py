"""Estimates from counted runs, with intervals that hold what they promise."""

import numpy as np
from scipy import stats
from scipy.optimize import isotonic_regression

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError

HALF = 0.5


def checked_confidence(confidence: float) -> float:
    """`confidence` between 0 and 1."""
    number = real_number("confidence", confidence, above=0.0)
    if number >= 1:
        raise ArgumentError(f"Argument `confidence` must be below 1, such as 0.95, but is {number:g}.")
    return number


def clopper_pearson(successes: ArrayLike, runs: ArrayLike, confidence: float) -> tuple[FloatArray, FloatArray]:
    r"""$P(K \ge k \mid p_<) = P(K \le k \mid p_>) = \frac{1 - c}{2}$, $K$ binomial: the exact interval of a share.

    It holds the true probability with at least the confidence c, whatever that probability is.

    Parameters
    ----------
    successes, runs : arrays of int
        k out of n.
    confidence : float
        c.

    Returns
    -------
    tuple of two arrays
        Lower and upper ends.

    Notes
    -----
    Source: C. J. Clopper and E. S. Pearson, Biometrika 26, 404 (1934).

    Examples
    --------
    >>> low, high = clopper_pearson(10, 10, 0.95)
    >>> round(float(low), 4), float(high)
    (0.6915, 1.0)
    """
    k, n = np.broadcast_arrays(np.asarray(successes, np.float64), runs)
    tail = (1 - confidence) / 2
    inner = (k > 0), (k < n)
    low = np.where(inner[0], stats.beta.ppf(tail, np.where(inner[0], k, 1), n - k + 1), 0.0)
    high = np.where(inner[1], stats.beta.ppf(1 - tail, k + 1, np.where(inner[1], n - k, 1)), 1.0)
    return low, high


def quantiles(times: FloatArray, shares: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The time by which a share of all runs has arrived, with its interval; infinite where fewer arrive.

    All runs are watched for one time, so that counting those that never arrive as infinitely late is the estimate of
    Kaplan and Meier, and of Aalen and Johansen where other ends compete. The interval is between two of the sorted
    times, whose ranks are binomial: it holds with at least the confidence for any distribution.

    Parameters
    ----------
    times : (..., R) array
        Times, NaN for runs that do not arrive.
    shares : (Q,) array
        Between 0 and 1.
    confidence : float
        Of the intervals.

    Returns
    -------
    tuple of three (..., Q) arrays
        Times and the ends of their intervals.
    """
    runs = times.shape[-1]
    padded = np.concatenate([np.zeros((*times.shape[:-1], 1)), np.sort(_late(times), axis=-1)], axis=-1)
    padded = np.concatenate([padded, np.full((*times.shape[:-1], 1), np.inf)], axis=-1)
    tail = (1 - confidence) / 2
    # the rank r of the sorted times lies below the quantile q if at least r of the runs do: K >= r, K binomial (n, q)
    ranks = (
        np.ceil(np.round(shares * runs, 9)),
        stats.binom.ppf(tail, runs, shares),
        stats.binom.ppf(1 - tail, runs, shares) + 1,
    )
    middle, low, high = (padded[..., np.clip(rank, 0, runs + 1).astype(np.int64)] for rank in ranks)
    return middle, low, high


def _late(times: FloatArray) -> FloatArray:
    return np.where(np.isnan(times), np.inf, times)


def half_crossing(overlaps: FloatArray, successes: IntArray, runs: int) -> float:
    """The overlap at which a share that grows with it crosses one half; -inf or inf if it lies beyond the grid.

    Of all growing sequences the likeliest (pooled neighbours), read off along straight lines.
    """
    shares = isotonic_regression(successes / runs).x
    if shares[0] >= HALF:
        return -np.inf
    if shares[-1] < HALF:
        return np.inf
    above = int(np.argmax(shares >= HALF))
    part = (HALF - shares[above - 1]) / (shares[above] - shares[above - 1])
    return float(overlaps[above - 1] + part * (overlaps[above] - overlaps[above - 1]))


def half_crossings(
    overlaps: FloatArray, recalled: BoolArray, draws: int, generator: np.random.Generator
) -> tuple[float, FloatArray]:
    """The crossing of `recalled` (L, R) and that of `draws` bootstrap samples of the runs at each overlap."""
    runs = recalled.shape[1]
    counts = recalled.sum(axis=1)
    drawn = generator.binomial(runs, counts / runs, (draws, counts.size))
    return half_crossing(overlaps, counts, runs), np.array([half_crossing(overlaps, row, runs) for row in drawn])


def bootstrap_interval(draws: FloatArray, confidence: float) -> tuple[float, float]:
    """The middle `confidence` of `draws`, which may be infinite."""
    ordered, tail = np.sort(draws), (1 - confidence) / 2
    outside = int(np.floor(np.round(tail * draws.size, 9)))
    return float(ordered[outside]), float(ordered[-1 - outside])


def holm(p_values: FloatArray, confidence: float) -> tuple[FloatArray, BoolArray]:
    r"""$\tilde p_{(k)} = \max_{j \le k} \min[1, (m - j + 1)\, p_{(j)}]$, and which are below $1 - c$.

    Among all comparisons that are no difference, the chance to call even one significant is at most 1 - c, however
    they depend on each other. NaN is no comparison and does not count.

    Notes
    -----
    Source: S. Holm, Scand. J. Stat. 6, 65 (1979).

    Examples
    --------
    >>> adjusted, significant = holm(np.array([0.01, 0.04, 0.03]), 0.95)
    >>> adjusted.round(3), significant
    (array([0.03, 0.06, 0.06]), array([ True, False, False]))
    """
    adjusted = np.full(p_values.shape, np.nan)
    told = np.flatnonzero(~np.isnan(p_values))
    order = told[np.argsort(p_values[told], kind="stable")]
    steps = np.arange(order.size, 0, -1) * p_values[order]
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted, np.asarray(adjusted < 1 - confidence)
