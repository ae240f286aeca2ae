"""What the event loops read of a rate law: its table, bounds over windows of the flip energy, its schedule."""

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.model import RateLaw
from cavity_hopfield.network import RateTable, Scheduled
from cavity_hopfield.theory.kinetic._rate_kernels import Rates, fill_bins

ROUGH = 1.0
"""By how much the logarithm of a rate changes over half the largest window, in the mean over all flip energies."""
FEWEST_BINS, MOST_BINS = 16, 20_000


def rates_of(law: RateLaw, table: RateTable) -> Rates:
    r"""The `table` of a law with bounds: in every window about an energy,
    $|\Delta \ln w| \le \max|\partial_\epsilon \ln w|\,|\Delta\epsilon| + \sum |\text{jumps}|$.
    """
    slopes, jumps, most, least = _pieces(table)
    left, right = table.edges.T
    knots, scales = _schedule(law)
    kinds = _kinds(table, slopes)
    rates = Rates(
        pieces=np.concatenate(
            [np.stack([right, (left + right) / 2, 2 / (right - left)]).T, table.coefficients], axis=1
        ),
        kinds=kinds,
        bins=np.empty((int(kinds[-1, 4]) + 1, 5)),
        knots=knots,
        scales=scales,
    )
    fill_bins(rates, table.offsets, slopes, jumps, most, least)
    return rates


def _pieces(table: RateTable) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Of every piece the largest slope of the logarithm, its jump to the next, the largest and the smallest rate."""
    c = table.coefficients
    size = np.abs(c[:, 1:])
    slopes = size @ np.arange(1, c.shape[1]) * 2 / np.diff(table.edges, axis=1)[:, 0]
    with np.errstate(invalid="ignore"):
        ends = c.sum(axis=1), c @ (-1.0) ** np.arange(c.shape[1])
        jumps = np.nan_to_num(np.abs(ends[0] - np.roll(ends[1], -1)), nan=0.0, posinf=np.inf)
    for label, quantum in enumerate(table.quanta):
        if quantum:
            # from one discrete energy to the next the rate may be thought to change steadily
            here = slice(*table.offsets[label : label + 2])
            steps = np.append(jumps[here][:-1] / quantum, 0.0)
            slopes[here], jumps[here] = np.maximum(steps, np.append(0.0, steps[:-1])), 0.0
    most, least = np.exp(c[:, 0] + size.sum(axis=1)), np.exp(c[:, 0] - size.sum(axis=1))
    return slopes, jumps, most, least


def _kinds(table: RateTable, slopes: FloatArray) -> FloatArray:
    """Of every class where its bins begin, the inverse of their width, the half width of the largest window, the first
    and the last bin, and the last piece.
    """
    kinds, first = np.empty((table.quanta.size, 6)), 0
    for label in range(table.quanta.size):
        here = slice(*table.offsets[label : label + 2])
        low, high = table.edges[here][0, 0], table.edges[here][-1, 1]
        rough = np.isfinite(slopes[here])
        change = float((slopes[here] * np.diff(table.edges[here], axis=1)[:, 0])[rough].sum())
        largest = (high - low) * min(1.0, ROUGH / change if change else 1.0)
        count = int(np.clip(max(4 * (high - low) / largest, slopes[here].size), FEWEST_BINS, MOST_BINS))
        kinds[label] = low, count / (high - low), largest, first, first + count - 1, here.stop - 1
        first += count
    return kinds


def _schedule(law: RateLaw) -> tuple[FloatArray, FloatArray]:
    """Times and, at each, the scales of the energy and of the drive."""
    if not isinstance(law, Scheduled):
        return np.zeros(1), np.ones((1, 2))
    knots = np.array(law.knots, dtype=np.float64)
    return knots, np.stack([law.energy_scale(knots), law.rate_scale(knots)], axis=1)
