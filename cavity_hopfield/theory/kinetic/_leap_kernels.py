"""Leaps of many flips: every spin a two-state chain of its own while the fields stand still."""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.network._kernels import tabulated_rate

DOWN, UP = 0, 1
SHRINK, GROW, SAFETY = 0.2, 2.0, 0.9


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
    path: IntArray,
) -> int:
    """One run from `ups` (C,), which it moves; fills `path` (T, C) at `times` and returns the number of leaps.

    A leap takes the rates at the fields expected half way (`expected`). It is as long as what the share of up spins of
    every class changes by this, against the rates at the start, stays below `tolerance`, and no spin forgets more than
    the root of `tolerance`.
    """
    n_classes = ups.size
    rates, middle = np.empty((2, n_classes, 2))
    share, half, full = np.empty((3, n_classes))
    now, leaps = 0.0, 0
    length = math.inf
    for k in range(times.size):
        while now < times[k]:
            for c in range(n_classes):
                share[c] = ups[c] / sizes[c]
            fill_rates(share, sizes, couplings, classes, edges, coefficients, offsets, rates)
            fastest = 0.0
            for c in range(n_classes):
                fastest = max(fastest, rates[c, DOWN] + rates[c, UP])
            left = times[k] - now
            length = min(length, left)
            if fastest * length > math.sqrt(tolerance):
                length = math.sqrt(tolerance) / fastest
            while True:
                expected(share, rates, 0.5 * length, half)
                fill_rates(half, sizes, couplings, classes, edges, coefficients, offsets, middle)
                expected(share, rates, length, half)
                expected(share, middle, length, full)
                error = 0.0
                for c in range(n_classes):
                    error = max(error, abs(full[c] - half[c]))
                factor = SAFETY * math.sqrt(tolerance / error) if error > 0.0 else GROW
                if error <= tolerance:
                    break
                length *= max(SHRINK, factor)
            draw(ups, sizes, middle, length, generator)
            now = times[k] if length == left else now + length
            leaps += 1
            length *= min(GROW, max(1.0, factor))
        path[k, :] = ups
    return leaps


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
