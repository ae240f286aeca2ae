"""Differences between two laws put through the same starts, with errors and what they are worth."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cavity_hopfield._typing import BoolArray, FloatArray
from cavity_hopfield.analysis.retrieval.intervals import half_crossing

LEAST_COMPARED = 5
"""Means of fewer values are not compared."""
LEAST_CROSSING = 0.95
"""Share of the bootstrap draws that must cross one half for basins to be compared."""


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
    p_value = float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0
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
    return difference, error, float(stats.ttest_ind_from_stats(*told, equal_var=False).pvalue)


def distributions(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    r"""$\sup_x |F_1(x) - F_2(x)|$ and its chance by the test of Kolmogorov and Smirnov, which errs to the safe side for
    values that coincide.
    """
    one, other, _ = _to_round_off(first, second)
    found = stats.ks_2samp(one.tolist(), other.tolist(), method="asymp")
    return float(found.statistic), float(found.pvalue)


def _to_round_off(first: FloatArray, second: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """The values in units of the largest, without the digits in which those of one configuration differ."""
    unit = max(float(np.abs(first).max()), float(np.abs(second).max()), 1e-300)
    return np.round(first / unit, 9), np.round(second / unit, 9), unit


def paired_crossings(
    overlaps: FloatArray, first: BoolArray, second: BoolArray, draws: int, generator: np.random.Generator
) -> tuple[float, float]:
    """The standard error of the difference of two crossings of one half, and its chance, from a bootstrap over runs
    (L, R) that share their starts; NaN where a crossing lies beyond the grid in more than 5 per cent of the draws.
    """
    runs = first.shape[1]
    outcomes = np.stack([first & second, first & ~second, ~first & second, ~first & ~second], axis=-1).mean(axis=1)
    drawn = generator.multinomial(runs, outcomes, (draws, len(outcomes)))
    counts = np.stack([drawn[..., 0] + drawn[..., 1], drawn[..., 0] + drawn[..., 2]], axis=1)
    crossings = np.array([[half_crossing(overlaps, row, runs) for row in pair] for pair in counts])
    there = np.isfinite(crossings).all(axis=1)
    if there.mean() < LEAST_CROSSING:
        return np.nan, np.nan
    error = float((crossings[there, 0] - crossings[there, 1]).std(ddof=1))
    middle = half_crossing(overlaps, first.sum(axis=1), runs) - half_crossing(overlaps, second.sum(axis=1), runs)
    return error, float(2 * stats.norm.sf(abs(middle) / error)) if error > 0 else np.nan
