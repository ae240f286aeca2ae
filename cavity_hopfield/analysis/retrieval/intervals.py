"""Estimates from counted runs, with intervals that hold what they promise."""

import numpy as np
import scipy

from cavity_hopfield._checks import real_number
from cavity_hopfield._typing import BoolArray, FloatArray, IntArray
from cavity_hopfield.analysis.intervals import clopper_pearson
from cavity_hopfield.exceptions import ArgumentError

HALF = 0.5


def checked_confidence(confidence: float) -> float:
    """`confidence` between 0 and 1."""
    number = real_number("confidence", confidence, above=0.0)
    if number >= 1:
        raise ArgumentError(f"Argument `confidence` must be below 1, such as 0.95, but is {number:g}.")
    return number


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
        scipy.stats.binom.ppf(tail, runs, shares),
        scipy.stats.binom.ppf(1 - tail, runs, shares) + 1,
    )
    middle, low, high = (padded[..., np.clip(rank, 0, runs + 1).astype(np.int64)] for rank in ranks)
    return middle, low, high


def _late(times: FloatArray) -> FloatArray:
    return np.where(np.isnan(times), np.inf, times)


def rising_shares(successes: IntArray, runs: int) -> FloatArray:
    r"""$\hat p_l = \max_{i \le l} \min_{j \ge l} \frac{1}{j - i + 1} \sum_{k=i}^{j} \frac{s_k}{R}$: of all growing
    sequences the likeliest for counts s of R runs, shape (..., L).

    Notes
    -----
    Source: R. E. Barlow, D. J. Bartholomew, J. M. Bremner and H. D. Brunk, Statistical Inference under Order
    Restrictions (Wiley, 1972).

    Examples
    --------
    >>> rising_shares(np.array([1, 4, 2, 10]), 10)
    array([0.1, 0.3, 0.3, 1. ])
    """
    n = successes.shape[-1]
    sums = np.concatenate([np.zeros((*successes.shape[:-1], 1), np.int64), np.cumsum(successes, axis=-1)], axis=-1)
    found = np.full(successes.shape, -np.inf)
    for first in range(n):
        means = (sums[..., first + 1 :] - sums[..., first : first + 1]) / (runs * np.arange(1, n - first + 1))
        least = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
        found[..., first:] = np.maximum(found[..., first:], least)
    return found


def half_crossings(overlaps: FloatArray, successes: IntArray, runs: int) -> tuple[FloatArray, FloatArray]:
    r"""$m_l + (m_{l+1} - m_l) \frac{1/2 - p_l}{p_{l+1} - p_l}$: where growing shares cross one half; and the doubt
    $(m_{l+1} - m_l)(p_{l+1} - p_l) / \sqrt{12}$.

    The doubt is that of the straight line: all of a uniform place between the two points of the grid if the share is a
    step, nothing if it hardly rises between them.

    Parameters
    ----------
    overlaps : (L,) array
        m, rising.
    successes : (..., L) array of int
        Counts.
    runs : int
        Of how many at each overlap.

    Returns
    -------
    tuple of two (...) arrays
        Crossings, -inf or inf if they lie beyond the grid, and doubts, then NaN.
    """
    shares = rising_shares(successes, runs)
    above = (shares < HALF).sum(axis=-1)
    beyond = np.where(above == 0, -np.inf, np.inf)
    if overlaps.size == 1:
        return beyond, np.full(beyond.shape, np.nan)
    places = np.clip(above, 1, overlaps.size - 1)[..., None]
    low, high = (np.take_along_axis(shares, at, axis=-1)[..., 0] for at in (places - 1, places))
    left, width = overlaps[places[..., 0] - 1], np.diff(overlaps)[places[..., 0] - 1]
    rise = np.where(high > low, high - low, 1.0)
    inside = (above > 0) & (above < overlaps.size)
    crossings = np.where(inside, left + width * (HALF - low) / rise, beyond)
    return crossings, np.where(inside, width * rise / np.sqrt(12), np.nan)


def crossing_bracket(overlaps: FloatArray, successes: IntArray, runs: int, confidence: float) -> tuple[float, float]:
    r"""$m_< = \max\{m_l : p_>(m_k) < \tfrac12 \;\forall k \le l\}$, $m_> = \min\{m_l : p_<(m_k) > \tfrac12
    \;\forall k \ge l\}$ with the intervals $(p_<, p_>)$ of Clopper and Pearson: between them a share that grows
    crosses one half.

    It holds the crossing with at least the confidence, however steep the share is: from either end of the grid points
    are passed until one is not surely on its side of one half, and only the first that is truly on the other could be
    passed in error. What happens between two points of the grid is not seen, so that no end lies there.

    Parameters
    ----------
    overlaps, successes : (L,) arrays
        m, rising, and counts.
    runs : int
        Of how many at each overlap. Fewer than six tell nothing with a confidence of 0.95.
    confidence : float
        Of the interval.

    Returns
    -------
    tuple of two floats
        Points of the grid; -inf and inf where the grid gives no end.

    Examples
    --------
    >>> crossing_bracket(np.array([0.0, 0.2, 0.4, 0.6]), np.array([0, 1, 20, 20]), 20, 0.95)
    (0.2, 0.4)
    """
    low, high = clopper_pearson(successes, runs, confidence)
    below = int(np.cumprod(high < HALF).sum())
    above = int(np.cumprod((low > HALF)[::-1]).sum())
    return (
        float(overlaps[below - 1]) if below else -np.inf,
        float(overlaps[overlaps.size - above]) if above else np.inf,
    )


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
