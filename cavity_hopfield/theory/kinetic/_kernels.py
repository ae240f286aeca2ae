"""One event loop for every rate law: the law is a table of piecewise polynomials."""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray, SpinArray


@compiled
def tabulated_rate(edges: FloatArray, coefficients: FloatArray, first: int, last: int, energy: float) -> float:
    """The rate at `energy` from pieces `first` to `last` (exclusive): `exp(polynomial)` on the piece that holds it.

    `edges` (K, 2) are the ends of the pieces, `coefficients` (K, d) the polynomials of the logarithm of the rate in
    the local coordinate from -1 to 1.
    """
    low = first
    high = last - 1
    while low < high:
        middle = (low + high) // 2
        if energy > edges[middle, 1]:
            low = middle + 1
        else:
            high = middle
    local = (2.0 * energy - edges[low, 0] - edges[low, 1]) / (edges[low, 1] - edges[low, 0])
    logarithm = 0.0
    for d in range(coefficients.shape[1] - 1, -1, -1):
        logarithm = logarithm * local + coefficients[low, d]
    return math.exp(logarithm)


@compiled
def run(
    sigma: SpinArray,
    couplings: FloatArray,
    classes: IntArray,
    edges: FloatArray,
    coefficients: FloatArray,
    offsets: IntArray,
    times: FloatArray,
    generator: np.random.Generator,
    path: SpinArray,
    flips: IntArray,
) -> None:
    """One run of rejection-free kinetic Monte Carlo from `sigma` (N,), which it moves.

    Fills `path` (T, N) with the configuration at each of `times` (T,) and `flips` (T,) with the number of flips so
    far. Rates of class c are the pieces `offsets[c]` to `offsets[c + 1]` of the table.
    """
    n = sigma.size
    fields = np.zeros(n)
    rates = np.empty(n)
    refresh(sigma, couplings, fields)
    now = 0.0
    count = 0
    k = 0
    while True:
        total = 0.0
        for i in range(n):
            c = classes[i]
            energy = 2.0 * sigma[i] * fields[i]
            rates[i] = tabulated_rate(edges, coefficients, offsets[c], offsets[c + 1], energy)
            total += rates[i]
        # random() lies in [0, 1): its complement never vanishes
        wait = -math.log(1.0 - generator.random()) / total if total > 0.0 else math.inf
        while k < times.size and times[k] < now + wait:
            path[k, :] = sigma
            flips[k] = count
            k += 1
        if k == times.size:
            return
        now += wait
        chosen = pick(rates, total * generator.random())
        sigma[chosen] = -sigma[chosen]
        count += 1
        if count % n == 0:
            refresh(sigma, couplings, fields)
        else:
            for j in range(n):
                fields[j] += 2.0 * couplings[chosen, j] * sigma[chosen]


@compiled
def pick(rates: FloatArray, target: float) -> int:
    """The spin in whose share of the summed `rates` (N,) the `target` falls."""
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
def refresh(sigma: SpinArray, couplings: FloatArray, fields: FloatArray) -> None:
    """Fill `fields` (N,) anew, so that no round-off accumulates over many flips."""
    for i in range(sigma.size):
        field = 0.0
        for j in range(sigma.size):
            field += couplings[i, j] * sigma[j]
        fields[i] = field
