"""Markov chains without subtractions: elimination of levels, products of rates along paths, and relaxation sweeps.

Rates of a chain stand in `from` rows; in a band, that of i to j stands at (i, j - i + width).
"""

import math

import numpy as np
import numpy.typing as npt

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

Places = npt.NDArray[np.int32] | IntArray
GROWN = 1e150
"""A weight this large scales the ones before it down: chains of many spins hold weights beyond all floats."""


@compiled
def share(band: FloatArray, width: int, weights: FloatArray) -> None:
    """The second half of `stationary`: from the first level to the last, with what the elimination left."""
    weights[0] = 1.0
    for k in range(1, len(weights)):
        total = 0.0
        for i in range(max(0, k - width), k):
            total += weights[i] * band[i, k - i + width]
        weights[k] = total
        if total > GROWN:
            for i in range(k + 1):
                weights[i] /= GROWN


@compiled
def stationary(band: FloatArray, width: int, weights: FloatArray) -> int:
    """Fill `weights` (n,) with the stationary weights, the largest about one; returns the place of a level without a
    way to those before it, or -1. `band` (n, 2 width + 1) is used up.

    Levels are eliminated from the last; every number is a sum of products of positive numbers (W. K. Grassmann,
    M. I. Taksar, D. P. Heyman, Oper. Res. 33, 1107 (1985)).
    """
    n = len(band)
    for k in range(n - 1, 0, -1):
        low = max(0, k - width)
        total = 0.0
        for j in range(low, k):
            total += band[k, j - k + width]
        if not total > 0:
            return k
        for i in range(low, k):
            factor = band[i, k - i + width] / total
            band[i, k - i + width] = factor
            if factor > 0:
                row = band[i, low - i + width : k - i + width]
                out = band[k, low - k + width : width]
                for j in range(k - low):
                    row[j] += factor * out[j]
    share(band, width, weights)
    return -1


@compiled
def substitute(band: FloatArray, width: int, onto: FloatArray, times: FloatArray, reached: FloatArray) -> None:
    """The second half of `absorption`: from the first level to the last, with what the elimination left."""
    n, targets = onto.shape
    for k in range(n):
        low, total = max(0, k - width), band[k, width]
        for j in range(low, k):
            times[k] += band[k, j - k + width] * times[j]
        times[k] /= total
        for m in range(targets):
            reached[k, m] = onto[k, m]
            for j in range(low, k):
                reached[k, m] += band[k, j - k + width] * reached[j, m]
            reached[k, m] /= total


@compiled
def absorption(band: FloatArray, width: int, onto: FloatArray, times: FloatArray, reached: FloatArray) -> int:
    """Fill `times` (n,), given as ones, with mean times until a target, and `reached` (n, K) with the probabilities of
    each to be the first; returns -1, or the place of a level that never leaves. `onto` (n, K) are the rates to the
    targets. `band` and `onto` are used up.
    """
    n, targets = onto.shape
    for k in range(n - 1, -1, -1):
        low = max(0, k - width)
        total = 0.0
        for j in range(low, k):
            total += band[k, j - k + width]
        for m in range(targets):
            total += onto[k, m]
        if not total > 0:
            return k
        # the diagonal is not used otherwise
        band[k, width] = total
        for i in range(low, k):
            factor = band[i, k - i + width] / total
            if factor > 0:
                row = band[i, low - i + width : k - i + width]
                out = band[k, low - k + width : width]
                for j in range(k - low):
                    row[j] += factor * out[j]
                for m in range(targets):
                    onto[i, m] += factor * onto[k, m]
                times[i] += factor * times[k]
    substitute(band, width, onto, times, reached)
    return -1


@compiled
def along_paths(
    starts: Places,
    places: Places,
    inward: FloatArray,
    outward: FloatArray,
    mantissa: FloatArray,
    exponent: IntArray,
) -> int:
    """Fill weights `mantissa` 2^`exponent` (n,) with products of ratios of opposite rates, each level from a neighbour
    before it; returns the number of steps of the longest path, or -1 if a level has none.

    `inward` and `outward` hold, at the same place of the rows, the rates from and to the neighbour `places`.
    """
    mantissa[0], exponent[0] = 0.5, 1
    steps = np.zeros(len(mantissa), np.int64)
    longest = 0
    for k in range(1, len(mantissa)):
        parent = -1
        for e in range(starts[k], starts[k + 1]):
            if places[e] < k and inward[e] > 0 and outward[e] > 0:
                parent = e
                break
        if parent < 0:
            return -1
        j = places[parent]
        steps[k] = steps[j] + 1
        longest = max(longest, steps[k])
        part, power = math.frexp(mantissa[j] * (inward[parent] / outward[parent]))
        mantissa[k], exponent[k] = part, exponent[j] + power
    return longest


@compiled
def imbalance(
    starts: Places,
    places: Places,
    inward: FloatArray,
    outward: FloatArray,
    mantissa: FloatArray,
    exponent: IntArray,
) -> float:
    """The largest relative difference of the flows between two levels, for weights `mantissa` 2^`exponent`."""
    worst = 0.0
    for k in range(len(mantissa)):
        for e in range(starts[k], starts[k + 1]):
            j = places[e]
            if j == k or (inward[e] == 0 and outward[e] == 0):
                continue
            into = math.ldexp(mantissa[j], int(exponent[j] - exponent[k])) * inward[e]
            away = mantissa[k] * outward[e]
            if not abs(into - away) <= worst * max(into, away):
                worst = abs(into - away) / max(into, away)
    return worst


@compiled
def settle(
    starts: Places, places: Places, inward: FloatArray, exits: FloatArray, weights: FloatArray, upwards: bool
) -> None:
    """One sweep p_k = (flow into k) / (rate out of k), in place, in the order of the numbers or against it."""
    n = len(weights)
    for step in range(n):
        k = step if upwards else n - 1 - step
        total = 0.0
        for e in range(starts[k], starts[k + 1]):
            if places[e] != k:
                total += inward[e] * weights[places[e]]
        weights[k] = total / exits[k]


@compiled
def settle_times(
    starts: Places,
    places: Places,
    outward: FloatArray,
    exits: FloatArray,
    source: FloatArray,
    values: FloatArray,
    order: IntArray,
) -> None:
    """One sweep f_k = (s_k + sum of rate to j times f_j) / (rate out of k) over the levels in `order`, in place."""
    for k in order:
        total = source[k]
        for e in range(starts[k], starts[k + 1]):
            if places[e] != k:
                total += outward[e] * values[places[e]]
        values[k] = total / exits[k]


@compiled
def dirichlet(
    starts: Places, places: Places, inward: FloatArray, outward: FloatArray, vectors: FloatArray, form: FloatArray
) -> None:
    r"""Fill `form` (K, K) with the sums over all pairs of levels of the products of $d_a = \sqrt{R_{ij}} v_a(i) -
    \sqrt{R_{ji}} v_a(j)$ for `vectors` (n, K): minus the generator made symmetric, between them, without cancellation.
    """
    n, count = vectors.shape
    form[:] = 0.0
    change = np.empty(count)
    for i in range(n):
        for e in range(starts[i], starts[i + 1]):
            j = places[e]
            if j >= i:
                continue
            away, back = math.sqrt(outward[e]), math.sqrt(inward[e])
            for a in range(count):
                change[a] = away * vectors[i, a] - back * vectors[j, a]
            for a in range(count):
                for b in range(a + 1):
                    form[a, b] += change[a] * change[b]
    for a in range(count):
        for b in range(a):
            form[b, a] = form[a, b]
