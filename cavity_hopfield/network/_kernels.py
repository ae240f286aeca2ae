"""A rate law in compiled loops: a table of piecewise polynomials."""

import math

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray


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
