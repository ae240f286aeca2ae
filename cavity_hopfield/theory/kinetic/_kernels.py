"""One event loop for every rate law: the law is a table of piecewise polynomials."""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.network._kernels import tabulated_rate


@compiled
def run(
    state: IntArray,
    couplings: FloatArray,
    classes: IntArray,
    edges: FloatArray,
    coefficients: FloatArray,
    offsets: IntArray,
    times: FloatArray,
    generator: np.random.Generator,
    path: IntArray,
    flips: IntArray,
    lengths: IntArray | None = None,
) -> None:
    """One run of rejection-free kinetic Monte Carlo from `state` (C,), which it moves: twice the projection of every
    collective spin, or single spins of +-1.

    Fills `path` (T, C) with the state at each of `times` (T,) and `flips` (T,) with the number of flips so far. Rates
    of class c are the pieces `offsets[c]` to `offsets[c + 1]` of the table. `lengths` (C,) is twice the total spin of
    each, 1 if omitted. The diagonal of `couplings` is what a spin exerts on its like, zero for single spins.
    """
    n = state.size
    tops = np.ones(n, np.int64) if lengths is None else lengths
    own = np.diag(couplings).copy()
    fields = np.zeros(n)
    # of each spin, one step down and one step up
    rates = np.empty(2 * n)
    refresh(state, couplings, fields)
    now = 0.0
    count = 0
    k = 0
    while True:
        total = 0.0
        for i in range(n):
            c = classes[i]
            for up in range(2):
                sign = 2 * up - 1
                left = tops[i] - sign * state[i]
                rate = 0.0
                if left > 0:
                    energy = 2.0 * (-sign * fields[i] - own[i])
                    enhancement = 0.25 * left * (tops[i] + sign * state[i] + 2)
                    rate = enhancement * tabulated_rate(edges, coefficients, offsets[c], offsets[c + 1], energy)
                rates[2 * i + up] = rate
                total += rate
        # random() lies in [0, 1): its complement never vanishes
        wait = -math.log(1.0 - generator.random()) / total if total > 0.0 else math.inf
        while k < times.size and times[k] < now + wait:
            path[k, :] = state
            flips[k] = count
            k += 1
        if k == times.size:
            return
        now += wait
        event = pick(rates, total * generator.random())
        chosen = event // 2
        step = 2 * (event % 2) - 1
        state[chosen] += 2 * step
        count += 1
        if count % n == 0:
            refresh(state, couplings, fields)
        else:
            for j in range(n):
                fields[j] += 2.0 * couplings[chosen, j] * step


@compiled
def pick(rates: FloatArray, target: float) -> int:
    """The place in whose share of the summed `rates` (K,) the `target` falls."""
    reached = 0.0
    last = 0
    for i in range(rates.size):
        if rates[i] > 0.0:
            last = i
        reached += rates[i]
        if target < reached:
            return i
    # round-off can leave the target at the very end
    return last


@compiled
def refresh(state: IntArray, couplings: FloatArray, fields: FloatArray) -> None:
    """Fill `fields` (C,) anew, so that no round-off accumulates over many flips."""
    for i in range(state.size):
        field = 0.0
        for j in range(state.size):
            field += couplings[i, j] * state[j]
        fields[i] = field
