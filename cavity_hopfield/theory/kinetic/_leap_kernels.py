"""Leaps of many flips: every spin a two-state chain of its own while the fields stand still."""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.network._kernels import tabulated_rate

DOWN, UP = 0, 1
SHRINK, GROW, SAFETY = 0.2, 2.0, 0.9
MOST_LEAPS = 100_000
"""After which the kernel hands over, so that a run can be interrupted."""


@compiled
def leap(
    ups: IntArray,
    sizes: IntArray,
    couplings: FloatArray,
    classes: IntArray,
    edges: FloatArray,
    coefficients: FloatArray,
    offsets: IntArray,
    times: FloatArray,
    tolerance: float,
    generator: np.random.Generator,
    clock: FloatArray,
    path: IntArray,
) -> int:
    """Up to `MOST_LEAPS` leaps of one run from `ups` (C,) and `clock`, which it moves: the time, the length of the last
    leap, and the number of leaps. Fills `path` (T, C) at `times` and returns how many of them are reached.

    A leap takes the rates at the fields expected half way (`expected`). It is as long as what the share of up spins of
    every class changes by this, against the rates at the start, stays below `tolerance`, and no spin forgets more than
    the root of `tolerance`.
    """
    rates, middle = np.empty((2, ups.size, 2))
    share, half, full = np.empty((3, ups.size))
    last = clock[2] + MOST_LEAPS
    for k in range(times.size):
        while clock[0] < times[k]:
            if clock[2] == last:
                return k
            for c in range(ups.size):
                share[c] = ups[c] / sizes[c]
            fill_rates(share, sizes, couplings, classes, edges, coefficients, offsets, rates)
            left = times[k] - clock[0]
            length = min(clock[1], left)
            fastest = rates.sum(axis=1).max()
            if fastest * length > math.sqrt(tolerance):
                length = math.sqrt(tolerance) / fastest
            while True:
                expected(share, rates, 0.5 * length, half)
                fill_rates(half, sizes, couplings, classes, edges, coefficients, offsets, middle)
                expected(share, rates, length, half)
                expected(share, middle, length, full)
                error = np.abs(full - half).max()
                factor = SAFETY * math.sqrt(tolerance / error) if error > 0.0 else GROW
                if error <= tolerance:
                    break
                length *= max(SHRINK, factor)
            draw(ups, sizes, middle, length, generator)
            clock[0] = times[k] if length == left else clock[0] + length
            clock[1] = length * min(GROW, max(1.0, factor))
            clock[2] += 1
        if path[k, 0] < 0:
            path[k, :] = ups
    return times.size


@compiled
def draw(ups: IntArray, sizes: IntArray, rates: FloatArray, length: float, generator: np.random.Generator) -> None:
    """Move `ups` (C,) by `length` at constant `rates` (C, 2): two binomial numbers for each class, exactly."""
    for c in range(ups.size):
        total = rates[c, DOWN] + rates[c, UP]
        if total > 0.0:
            moved = -math.expm1(-total * length)
            falling = generator.binomial(ups[c], min(1.0, moved * rates[c, DOWN] / total))
            rising = generator.binomial(sizes[c] - ups[c], min(1.0, moved * rates[c, UP] / total))
            ups[c] += rising - falling


@compiled
def expected(share: FloatArray, rates: FloatArray, length: float, out: FloatArray) -> None:
    """Fill `out` (C,) with the mean share of up spins after `length` at constant `rates`."""
    for c in range(share.size):
        total = rates[c, DOWN] + rates[c, UP]
        out[c] = share[c]
        if total > 0.0:
            out[c] -= math.expm1(-total * length) * (rates[c, UP] / total - share[c])


@compiled
def fill_rates(
    share: FloatArray,
    sizes: IntArray,
    couplings: FloatArray,
    classes: IntArray,
    edges: FloatArray,
    coefficients: FloatArray,
    offsets: IntArray,
    rates: FloatArray,
) -> None:
    """Fill `rates` (C, 2) of one flip down and one up where the `share` of up spins of each class is given."""
    for c in range(share.size):
        field = 0.0
        for d in range(share.size):
            field += couplings[c, d] * sizes[d] * (2.0 * share[d] - 1.0)
        own, first, last = couplings[c, c], offsets[classes[c]], offsets[classes[c] + 1]
        rates[c, DOWN] = tabulated_rate(edges, coefficients, first, last, 2.0 * (field - own))
        rates[c, UP] = tabulated_rate(edges, coefficients, first, last, 2.0 * (-field - own))
