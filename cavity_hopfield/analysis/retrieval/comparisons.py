"""Differences between two laws put through the same starts, with errors and what they are worth."""

from dataclasses import dataclass

import numpy as np
import scipy

from cavity_hopfield._typing import BoolArray, FloatArray
from cavity_hopfield.analysis.retrieval.intervals import half_crossings, rising_shares

DISTRIBUTIONS = "Kolmogorov-Smirnov"
LEAST_DISTRIBUTED = 2
LEAST_COMPARED = 5
"""Means of fewer values are not compared."""
LEAST_CROSSING = 0.95
"""Share of the bootstrap draws that must cross one half for basins to have an error."""
MOST_EXCHANGED = 14
"""Up to so many pairs are exchanged in every way."""
BOOTSTRAP_DRAWS = 1000
NEARNESS = 8
"""Power of 4p(1 - p) by which starts near the crossing tell basins apart."""
ROUNDING = 1e-12


@dataclass(frozen=True)
class Comparison:
    """One quantity under both laws.

    Attributes
    ----------
    quantity : str
        What is compared.
    pattern : str
        The pattern, or where the runs started.
    initial_overlap : float
        NaN where it has no meaning.
    first, second, difference, error : float
        The values, the first less the second, and its standard error.
    p_value : float
        The chance of so large a difference if there is none; NaN where nothing can be compared.
    test : str
        Where the chance comes from.
    """

    quantity: str
    pattern: str
    initial_overlap: float
    first: float
    second: float
    difference: float
    error: float
    p_value: float
    test: str


def paired_shares(first: BoolArray, second: BoolArray) -> tuple[float, float, float]:
    r"""$d = (b - c)/n$ of runs (R,) that succeed under one law alone, b and c; its error; the chance by McNemar's exact
    test, that b of b + c are heads of a fair coin.

    The error is that of Agresti and Min, half a run added to each of the four outcomes, and never zero.

    Notes
    -----
    Source: A. Agresti and Y. Min, Biometrics 61, 515 (2005); Q. McNemar, Psychometrika 12, 153 (1947).
    """
    n, b, c = first.size, int((first & ~second).sum()), int((second & ~first).sum())
    p_value = float(scipy.stats.binomtest(b, b + c).pvalue) if b + c else 1.0
    error = np.sqrt(b + c + 1 - (b - c) ** 2 / (n + 2)) / (n + 2)
    return (b - c) / n, float(error), p_value


def means(first: FloatArray, second: FloatArray) -> tuple[float, float, float]:
    """The difference of two means, its standard error, and the chance by Welch's test; NaN for few or equal values."""
    if min(first.size, second.size) < LEAST_COMPARED:
        return np.nan, np.nan, np.nan
    one, other, unit = _to_round_off(first, second)
    spreads = [float(values.std(ddof=1)) for values in (one, other)]
    difference = unit * float(one.mean() - other.mean())
    error = unit * float(np.hypot(spreads[0] / np.sqrt(one.size), spreads[1] / np.sqrt(other.size)))
    if error == 0:
        return difference, 0.0, np.nan
    told = one.mean(), spreads[0], one.size, other.mean(), spreads[1], other.size
    return difference, error, float(scipy.stats.ttest_ind_from_stats(*told, equal_var=False).pvalue)


def distributions(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    r"""$\sup_x |F_1(x) - F_2(x)|$ and its chance by the test of Kolmogorov and Smirnov, which errs to the safe side for
    values that coincide; NaN for single values.
    """
    if min(first.size, second.size) < LEAST_DISTRIBUTED:
        return np.nan, np.nan
    one, other, _ = _to_round_off(first, second)
    found = scipy.stats.ks_2samp(one.tolist(), other.tolist(), method="asymp")
    return float(found.statistic), float(found.pvalue)


def _to_round_off(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """The values in units of the largest, without the digits in which those of one configuration differ."""
    unit = max(float(np.abs(first).max()), float(np.abs(second).max()), 1e-300)
    return np.round(first / unit, 9), np.round(second / unit, 9), unit


def exchanged(steps: FloatArray) -> float:
    r"""$P(\lvert\sum_r s_r d_r\rvert \ge \lvert\sum_r d_r\rvert)$ with signs $s_r$ from a fair coin: how rare a
    sum of differences $d_r$ within pairs is if nothing tells the first of a pair from the second.

    Up to fourteen differences take their signs in every way; more are a normal sum, from which the size of a typical
    step, $\sum d_r^2 / \sum \lvert d_r\rvert$, is taken off, so that sums of few sizes are not called too rare. NaN if
    no pair differs.
    """
    steps = steps[steps != 0]
    if steps.size == 0:
        return np.nan
    seen = abs(float(steps.sum()))
    if steps.size <= MOST_EXCHANGED:
        signs = 1 - 2 * ((np.arange(2**steps.size)[:, None] >> np.arange(steps.size)) & 1)
        return float((np.abs(signs @ steps) >= seen - ROUNDING * float(np.abs(steps).sum())).mean())
    square = float((steps**2).sum())
    beyond = max(seen - square / float(np.abs(steps).sum()), 0.0)
    return float(2 * scipy.stats.norm.sf(beyond / np.sqrt(square)))


def paired_times(first: FloatArray, second: FloatArray) -> float:
    """The chance that recalls come so much sooner under one law, by the ranks that both runs of a pair have among all.

    Runs (R,) that share their start are exchanged, as in McNemar's test; those that never recall, at infinity, have the
    last rank together. It holds for any distribution of the times, skewed or not.

    Notes
    -----
    Source: P. C. O'Brien and T. R. Fleming, Biometrics 43, 169 (1987), with all runs watched for one time.
    """
    ranks = scipy.stats.rankdata(np.concatenate([first, second]))
    return exchanged(ranks[: first.size] - ranks[first.size :])


def paired_crossings(
    overlaps: FloatArray, first: BoolArray, second: BoolArray, generator: np.random.Generator
) -> tuple[float, float]:
    r"""The standard error of the difference of two crossings of one half, of runs (L, R) that share their starts, and
    its chance: that of $\sum_l [4 p_l (1 - p_l)]^8 (b_l - c_l)$ when both laws are exchanged in every pair of runs.

    From the start l, b runs succeed under one law alone and c under the other; p is the share of both together, taken
    to grow: the starts where it lies within an eighth of one half or so count, and a share that is only steeper under
    one law hardly differs. It needs no scatter of the counts and no slope. NaN if no pair differs
    or both crossings lie beyond the same end of the grid.

    The error is from a bootstrap over pairs of runs, with the doubt of the straight lines (`half_crossings`); NaN where
    more than 5 per cent of its draws lie beyond the grid.
    """
    runs = first.shape[1]
    counts = np.stack([first.sum(axis=1), second.sum(axis=1)])
    crossings, doubts = half_crossings(overlaps, counts, runs)
    if crossings[0] == crossings[1] and np.isinf(crossings[0]):
        return np.nan, np.nan
    shares = rising_shares(counts.sum(axis=0), 2 * runs)
    weights = (4 * shares * (1 - shares)) ** NEARNESS
    p_value = exchanged((weights[:, None] * (first.astype(np.float64) - second)).ravel())
    outcomes = np.stack([first & second, first & ~second, ~first & second, ~first & ~second], axis=-1).mean(axis=1)
    drawn = generator.multinomial(runs, outcomes, (BOOTSTRAP_DRAWS, len(outcomes)))
    again, _ = half_crossings(overlaps, np.stack([drawn[..., 0] + drawn[..., k] for k in (1, 2)]), runs)
    there = np.isfinite(again).all(axis=0)
    if there.mean() < LEAST_CROSSING or not np.isfinite(doubts).all():
        return np.nan, p_value
    scatter = (again[0, there] - again[1, there]).std(ddof=1)
    return float(np.sqrt(scatter**2 + (doubts**2).sum())), p_value
