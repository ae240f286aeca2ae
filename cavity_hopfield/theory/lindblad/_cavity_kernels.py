r"""The generator of spins and light on a density matrix that is packed into one real matrix, row by row.

With $\rho = R + iI$ the packed matrix is $X = R + I$, for R is symmetric and I antisymmetric. Where $H = A + iB$ and
all jumps are real, $\dot X = [A, X]^T + [B, X] - G X - X G + \sum_k r_k L_k X L_k^T$: nothing is complex. Every
operator is a few diagonals: `offsets` (Q,) and `weights` (Q, D), the element from i to i + offset.
"""

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

BLOCK = 32
BAND = 1024
"""Columns of a block of the transpose, and of a band of the generator."""
Diagonals = tuple[IntArray, FloatArray]
"""`offsets` (Q,), `weights` (Q, D)."""
Jumps = tuple[IntArray, IntArray, FloatArray, FloatArray]
"""`left`, `right` (K,): offsets; `rows`, `columns` (K, D): weights of `rows[i] columns[k] X[i + left, k + right]`."""


@compiled
def transpose(x: FloatArray, out: FloatArray) -> None:
    """Fill `out` (D, D) with the transpose of `x`, block by block."""
    size = x.shape[0]
    for first in range(0, size, BLOCK):
        last = min(first + BLOCK, size)
        for start in range(0, size, BLOCK):
            end = min(start + BLOCK, size)
            for i in range(first, last):
                for k in range(start, end):
                    out[i, k] = x[k, i]


@compiled(contract=True)
def add_left(x: FloatArray, i: int, operator: Diagonals, sign: float, start: int, row: FloatArray) -> None:
    """Add `sign` times row i of the operator times `x`, from the column `start`, to `row` (K,)."""
    offsets, weights = operator
    stop = start + row.size
    q = 0
    while q < offsets.size:
        w = sign * weights[q, i]
        if w == 0.0:
            q += 1
            continue
        here = x[i + offsets[q], start:stop]
        if q + 1 < offsets.size and weights[q + 1, i] != 0.0:
            v = sign * weights[q + 1, i]
            there = x[i + offsets[q + 1], start:stop]
            for k in range(row.size):
                row[k] += w * here[k] + v * there[k]
            q += 2
        else:
            for k in range(row.size):
                row[k] += w * here[k]
            q += 1


@compiled(contract=True)
def add_right(x: FloatArray, i: int, operator: Diagonals, start: int, row: FloatArray) -> None:
    """Add row i of `x` times the transpose of the operator, from the column `start`, to `row` (K,)."""
    offsets, weights = operator
    size = x.shape[1]
    for q in range(offsets.size):
        # slices begin at zero: a loop over them has no index that might be negative, and becomes vector instructions
        offset = offsets[q]
        first, last = max(start, -offset), min(start + row.size, size - offset)
        if first < last:
            out, factor = row[first - start : last - start], weights[q, first:last]
            beside = x[i, first + offset : last + offset]
            for k in range(out.size):
                out[k] += factor[k] * beside[k]


@compiled(contract=True)
def add_jumps(x: FloatArray, i: int, jumps: Jumps, start: int, row: FloatArray) -> None:
    """Add row i of what the jumps bring, from the column `start`, to `row` (K,)."""
    left, right, rows, columns = jumps
    size = x.shape[1]
    for j in range(left.size):
        w = rows[j, i]
        offset = right[j]
        first, last = max(start, -offset), min(start + row.size, size - offset)
        if w != 0.0 and first < last:
            out, factor = row[first - start : last - start], columns[j, first:last]
            there = x[i + left[j], first + offset : last + offset]
            for k in range(out.size):
                out[k] += w * factor[k] * there[k]


@compiled(contract=True)
def advance(
    now: FloatArray,
    turned: FloatArray,
    before: FloatArray,
    end: FloatArray,
    factors: tuple[float, float, float, float, float],
    turning: Diagonals,
    drifting: Diagonals,
    jumps: Jumps,
    room: FloatArray,
) -> None:
    """Replace `before` (D, D) by `after = a L now + b now + c before`, add `d now + e after` to `end`, with `factors` =
    (a, b, c, d, e); `turned` is the transpose of `now`, `turning` is A, `drifting` is B - G, `room` (D,) is used.

    In bands of columns, so that the rows that belong together stay in the cache.
    """
    a, b, c, d, e = factors
    size = now.shape[0]
    for start in range(0, size, BAND):
        stop = min(start + BAND, size)
        row = room[: stop - start]
        for i in range(size):
            for k in range(row.size):
                row[k] = 0.0
            add_left(turned, i, turning, -1.0, start, row)
            add_right(turned, i, turning, start, row)
            add_left(now, i, drifting, 1.0, start, row)
            add_right(now, i, drifting, start, row)
            add_jumps(now, i, jumps, start, row)
            here, last, total = now[i, start:stop], before[i, start:stop], end[i, start:stop]
            for k in range(row.size):
                last[k] = a * row[k] + b * here[k] + c * last[k]
            if d != 0.0 or e != 0.0:
                for k in range(row.size):
                    total[k] += d * here[k] + e * last[k]
