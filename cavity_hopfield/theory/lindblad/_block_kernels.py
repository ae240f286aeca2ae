"""Products with block-diagonal matrices, and the stationary state of a chain of rates."""

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray


@compiled
def block_products(blocks: FloatArray, sizes: IntArray, x: FloatArray, out: FloatArray) -> None:
    """Fill `out` (K,) with the product of square blocks and `x` (K,); `sizes` (B,) of the blocks, whose entries stand
    one after another in `blocks`, each by columns.
    """
    start = 0
    at = 0
    for b in range(sizes.size):
        size = sizes[b]
        for i in range(size):
            out[start + i] = 0.0
        for j in range(size):
            value = x[start + j]
            for i in range(size):
                out[start + i] += blocks[at + i] * value
            at += size
        start += size


@compiled
def stationary(rates: FloatArray, weights: FloatArray) -> None:
    """Fill `weights` (n,) with the stationary state of a chain, up to a factor; `rates` (n, n) from row to column are
    used up.

    States are taken out one by one and their traffic is led around them: no number is subtracted from another, so
    that rates of any size keep their relative accuracy.
    """
    n = rates.shape[0]
    for m in range(n - 1, 0, -1):
        total = 0.0
        for j in range(m):
            total += rates[m, j]
        for i in range(m):
            share = rates[i, m] / total
            rates[i, m] = share
            if share > 0.0:
                for j in range(m):
                    rates[i, j] += share * rates[m, j]
    weights[0] = 1.0
    for m in range(1, n):
        reached = 0.0
        for i in range(m):
            reached += weights[i] * rates[i, m]
        weights[m] = reached
        if reached > 1e100:
            for i in range(m + 1):
                weights[i] /= reached
