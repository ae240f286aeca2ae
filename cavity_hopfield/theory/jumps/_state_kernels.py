r"""$K = -\Lambda/2 + \Omega \sum_i R_i$ on real state vectors, $R = -i\sigma^y$: a pair (up, down) of one spin turns
into (-down, up).

Vectors are in the product basis, spin 0 at the highest bit, up where the bit is zero. Every inner loop runs over slices
that begin at zero and have fixed strides, which is what lets the compiler use vector instructions: groups of three bits
within blocks of 512 configurations, which stay in the first cache, then whole blocks for the higher bits, four at once,
and whole pages, which stay in the second cache, for the highest. Sums are kept in one lane for each place of a block
and folded at the end.
"""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray

BLOCK = 512
PAGE = 8192


@compiled(contract=True)
def next_term(total: FloatArray, shift: float, drive: float, order: int, x: FloatArray, y: FloatArray) -> float:
    r"""Fill `y` (2^N,) with $(K + \mathtt{shift})\, x / \mathtt{order}$ for `total` $= \Lambda$; returns $|y|^2$."""
    n = x.size
    run = 1
    while run < BLOCK and 8 * run <= n:
        run *= 8
    page = min(PAGE, n)
    lanes = np.zeros(run)
    level, decay, weight = shift / order, 0.5 / order, drive / order
    for start in range(0, n, page):
        for first in range(start, start + page, run):
            here, there = x[first : first + run], y[first : first + run]
            if run == 1:
                there[0] = (level - decay * total[first]) * here[0]
            else:
                turned_below_8(level, decay, weight, total[first : first + run], here, there)
            if run >= 64:
                turned_below_64(weight, here, there)
            if run >= 512:
                turned_below_512(weight, here, there)
            add_partners(weight, x, there, first, run, page)
        add_partners(weight, x, y[start : start + page], start, page, n)
        for first in range(start, start + page, run):
            add_products(lanes, y[first : first + run], y[first : first + run])
    return fold(lanes)


@compiled(contract=True)
def add_partners(weight: float, x: FloatArray, there: FloatArray, first: int, bit: int, end: int) -> None:
    """Add to `there`, the configurations from `first`, the turns of all bits from `bit` to below `end`."""
    run = there.size
    while bit < end:
        # a missing partner is the block itself with weight zero
        a, b, c, d = first ^ bit, first, first, first
        wa, wb, wc, wd = sign(first, bit) * weight, 0.0, 0.0, 0.0
        if 2 * bit < end:
            b, wb = first ^ (2 * bit), sign(first, 2 * bit) * weight
        if 4 * bit < end:
            c, wc = first ^ (4 * bit), sign(first, 4 * bit) * weight
        if 8 * bit < end:
            d, wd = first ^ (8 * bit), sign(first, 8 * bit) * weight
        add_four(there, wa, wb, wc, wd, x[a : a + run], x[b : b + run], x[c : c + run], x[d : d + run])
        bit *= 16


@compiled(contract=True)
def sign(place: int, bit: int) -> float:
    """What the partner of `place` adds: plus one to a spin that is down, minus one to a spin that is up."""
    return 1.0 if place & bit else -1.0


@compiled(contract=True)
def turned_below_8(level: float, decay: float, weight: float, total: FloatArray, x: FloatArray, y: FloatArray) -> None:
    """Fill `y` with the diagonal part and the turns of the three lowest bits."""
    for group in range(x.size // 8):
        s = 8 * group
        x0, x1, x2, x3 = x[s], x[s + 1], x[s + 2], x[s + 3]
        x4, x5, x6, x7 = x[s + 4], x[s + 5], x[s + 6], x[s + 7]
        p, m, q, k = x1 + x2, x0 - x3, x5 + x6, x4 - x7
        y[s] = (level - decay * total[s]) * x0 - weight * (p + x4)
        y[s + 1] = (level - decay * total[s + 1]) * x1 + weight * (m - x5)
        y[s + 2] = (level - decay * total[s + 2]) * x2 + weight * (m - x6)
        y[s + 3] = (level - decay * total[s + 3]) * x3 + weight * (p - x7)
        y[s + 4] = (level - decay * total[s + 4]) * x4 + weight * (x0 - q)
        y[s + 5] = (level - decay * total[s + 5]) * x5 + weight * (x1 + k)
        y[s + 6] = (level - decay * total[s + 6]) * x6 + weight * (x2 + k)
        y[s + 7] = (level - decay * total[s + 7]) * x7 + weight * (x3 + q)


@compiled(contract=True)
def turned_below_64(weight: float, x: FloatArray, y: FloatArray) -> None:
    """Add to `y` the turns of bits 3, 4 and 5."""
    for group in range(x.size // 64):
        for lane in range(8):
            s = 64 * group + lane
            x0, x1, x2, x3 = x[s], x[s + 8], x[s + 16], x[s + 24]
            x4, x5, x6, x7 = x[s + 32], x[s + 40], x[s + 48], x[s + 56]
            p, m, q, k = x1 + x2, x0 - x3, x5 + x6, x4 - x7
            y[s] -= weight * (p + x4)
            y[s + 8] += weight * (m - x5)
            y[s + 16] += weight * (m - x6)
            y[s + 24] += weight * (p - x7)
            y[s + 32] += weight * (x0 - q)
            y[s + 40] += weight * (x1 + k)
            y[s + 48] += weight * (x2 + k)
            y[s + 56] += weight * (x3 + q)


@compiled(contract=True)
def turned_below_512(weight: float, x: FloatArray, y: FloatArray) -> None:
    """Add to `y` (512,) the turns of bits 6, 7 and 8."""
    for s in range(64):
        x0, x1, x2, x3 = x[s], x[s + 64], x[s + 128], x[s + 192]
        x4, x5, x6, x7 = x[s + 256], x[s + 320], x[s + 384], x[s + 448]
        p, m, q, k = x1 + x2, x0 - x3, x5 + x6, x4 - x7
        y[s] -= weight * (p + x4)
        y[s + 64] += weight * (m - x5)
        y[s + 128] += weight * (m - x6)
        y[s + 192] += weight * (p - x7)
        y[s + 256] += weight * (x0 - q)
        y[s + 320] += weight * (x1 + k)
        y[s + 384] += weight * (x2 + k)
        y[s + 448] += weight * (x3 + q)


@compiled(contract=True)
def add_four(
    y: FloatArray, wa: float, wb: float, wc: float, wd: float,
    a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray,
) -> None:  # fmt: skip
    """Add to `y` the weighted sum of four blocks."""
    for j in range(y.size):
        y[j] += wa * a[j] + wb * b[j] + wc * c[j] + wd * d[j]


@compiled(contract=True)
def add_products(lanes: FloatArray, a: FloatArray, b: FloatArray) -> None:
    """Add to every lane the product of two blocks there."""
    for j in range(lanes.size):
        lanes[j] += a[j] * b[j]


@compiled(contract=True)
def fold(lanes: FloatArray) -> float:
    """The sum of all `lanes`, pairwise; it overwrites them."""
    half = lanes.size // 2
    while half > 0:
        low, high = lanes[:half], lanes[half : 2 * half]
        for j in range(half):
            low[j] += high[j]
        half //= 2
    return float(lanes[0])


@compiled(contract=True)
def combine(terms: FloatArray, order: int, time: float, out: FloatArray) -> None:
    r"""Fill `out` (P, 2^N) with $\sum_{k \le \mathtt{order}} \mathtt{time}^k\, \mathtt{terms}_k$ of `terms`
    (P, K, > 2^N), by Horner's rule block by block.
    """
    run = min(BLOCK, out.shape[1])
    for part in range(out.shape[0]):
        # one index after the other: only then does the compiler know that rows are contiguous
        rows, target = terms[part], out[part]
        for first in range(0, target.size, run):
            last = first + run
            there = target[first:last]
            there[:] = rows[order][first:last]
            k = order
            while k >= 4:
                horner_four(
                    there, time, rows[k - 1][first:last], rows[k - 2][first:last], rows[k - 3][first:last],
                    rows[k - 4][first:last],
                )  # fmt: skip
                k -= 4
            while k >= 1:
                horner_one(there, time, rows[k - 1][first:last])
                k -= 1


@compiled(contract=True)
def horner_four(y: FloatArray, time: float, a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> None:
    """Four rules of Horner at once."""
    for j in range(y.size):
        y[j] = (((y[j] * time + a[j]) * time + b[j]) * time + c[j]) * time + d[j]


@compiled(contract=True)
def horner_one(y: FloatArray, time: float, a: FloatArray) -> None:
    """One rule of Horner."""
    for j in range(y.size):
        y[j] = y[j] * time + a[j]


@compiled(contract=True)
def weigh(total: FloatArray, state: FloatArray, shares: FloatArray) -> tuple[float, float]:
    r"""$|\psi|^2$ and $\langle\psi|\Lambda|\psi\rangle$ of `state` (P, 2^N); fills `shares` with the second, block by
    block of up to 512 configurations.
    """
    run = min(BLOCK, total.size)
    squares, weighted = np.zeros(run), np.zeros(run)
    rate = 0.0
    for block in range(total.size // run):
        first = block * run
        weighted[:] = 0.0
        for part in range(state.shape[0]):
            add_weights(squares, weighted, total[first : first + run], state[part][first : first + run])
        shares[block] = fold(weighted)
        rate += shares[block]
    return fold(squares), rate


@compiled(contract=True)
def add_weights(squares: FloatArray, weighted: FloatArray, total: FloatArray, state: FloatArray) -> None:
    """Add to every lane the square of the amplitude there, and this times the rate."""
    for j in range(squares.size):
        square = state[j] * state[j]
        squares[j] += square
        weighted[j] += total[j] * square


@compiled(contract=True)
def normalise(state: FloatArray, square: float, out: FloatArray) -> None:
    """Fill the first of `out` (P, K, > 2^N) with `state` (P, 2^N) over its norm, whose `square` is given."""
    factor = 1.0 / math.sqrt(square)
    for part in range(state.shape[0]):
        source, target = state[part], out[part][0]
        for j in range(source.size):
            target[j] = factor * source[j]
