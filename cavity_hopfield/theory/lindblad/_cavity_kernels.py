r"""The generator of spins and light on a density matrix that is packed into one real matrix, row by row.

With $\rho = R + iI$ the packed matrix is $X = R + I$, for R is symmetric and I antisymmetric. Where $H = A + iB$ and
all jumps are real, $\dot X = [A, X]^T + [B, X] - G X - X G + \sum_k r_k L_k X L_k^T$: nothing is complex. Every
operator is a few diagonals: `offsets` (Q,) and `weights` (Q, D), the element from i to i + offset. A weight whose
column lies outside is zero, so that a row of the matrix may be read beyond its ends, where the next one begins.
"""

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

BLOCK = 32
ROWS = 64
BAND = 512
"""Columns of a block of the transpose; rows and columns of the generator for which the transpose is held."""
Diagonals = tuple[IntArray, FloatArray]
"""`offsets` (Q,), `weights` (Q, D), Q a multiple of four."""
Jumps = tuple[IntArray, IntArray, FloatArray, FloatArray]
"""`left`, `right` (K,): offsets; `rows`, `columns` (K, D): weights of `rows[i] columns[k] X[i + left, k + right]`."""
Tables = tuple[FloatArray, FloatArray, Diagonals, Diagonals, Jumps]
"""The diagonals (D,) of A and of B - G, the other diagonals of both, the jumps."""
Rooms = tuple[FloatArray, int, FloatArray]
"""What holds rows of the transpose, how far the diagonals of A reach, a row (BAND,)."""


@compiled(inline=True)
def transpose(x: FloatArray, rows: tuple[int, int], columns: tuple[int, int], out: FloatArray, stride: int) -> None:
    """Fill rows of `out`, as long as `stride`, with those elements of the transpose of `x` (D, D), block by block."""
    size = x.shape[0]
    top, left = max(rows[0], 0), max(columns[0], 0)
    bottom, right = min(rows[1], size), min(columns[1], size)
    for first in range(top, bottom, BLOCK):
        last = min(first + BLOCK, bottom)
        for start in range(left, right, BLOCK):
            width = min(BLOCK, right - start)
            for i in range(first, last):
                at = (i - rows[0]) * stride + start - columns[0]
                into = out[at : at + width]
                for k in range(width):
                    into[k] = x[start + k, i]


@compiled(contract=True, inline=True)
def add_once(x: FloatArray, at: int, w: float, weights: FloatArray, row: FloatArray) -> None:
    """Add `w` times `weights` times what begins at `x[at]` to `row`, as far as there is something."""
    first, last = max(0, -at), min(row.size, x.size - at)
    if first < last:
        out, factor, beside = row[first:last], weights[first:last], x[at + first : at + last]
        for k in range(out.size):
            out[k] += w * factor[k] * beside[k]


@compiled(contract=True, inline=True)
def add_right(x: FloatArray, at: int, operator: Diagonals, start: int, row: FloatArray) -> None:
    """Add the row of x that begins at `x[at]` with the column `start` times the transpose of the operator to `row`."""
    offsets, weights = operator
    width = row.size
    for q in range(0, offsets.size, 4):
        first, second, third, fourth = at + offsets[q], at + offsets[q + 1], at + offsets[q + 2], at + offsets[q + 3]
        s, t = weights[q, start : start + width], weights[q + 1, start : start + width]
        u, v = weights[q + 2, start : start + width], weights[q + 3, start : start + width]
        if min(first, second, third, fourth) < 0 or max(first, second, third, fourth) + width > x.size:
            add_once(x, first, 1.0, s, row)
            add_once(x, second, 1.0, t, row)
            add_once(x, third, 1.0, u, row)
            add_once(x, fourth, 1.0, v, row)
            continue
        of_s, of_t = x[first : first + width], x[second : second + width]
        of_u, of_v = x[third : third + width], x[fourth : fourth + width]
        for k in range(width):
            row[k] += s[k] * of_s[k] + t[k] * of_t[k] + u[k] * of_u[k] + v[k] * of_v[k]


@compiled(contract=True, inline=True)
def add_left(x: FloatArray, at: int, stride: int, operator: Diagonals, i: int, sign: float, row: FloatArray) -> None:
    """Add `sign` times row i of the operator times x, whose rows are `stride` apart, to `row`."""
    offsets, weights = operator
    width = row.size
    for q in range(0, offsets.size, 4):
        s, t, u, v = weights[q, i], weights[q + 1, i], weights[q + 2, i], weights[q + 3, i]
        if s == 0.0 and t == 0.0 and u == 0.0 and v == 0.0:
            continue
        # what has no weight may lie outside
        first = at + stride * offsets[q] if s != 0.0 else at
        second = at + stride * offsets[q + 1] if t != 0.0 else at
        third = at + stride * offsets[q + 2] if u != 0.0 else at
        fourth = at + stride * offsets[q + 3] if v != 0.0 else at
        of_s, of_t = x[first : first + width], x[second : second + width]
        of_u, of_v = x[third : third + width], x[fourth : fourth + width]
        s, t, u, v = sign * s, sign * t, sign * u, sign * v
        for k in range(width):
            row[k] += s * of_s[k] + t * of_t[k] + u * of_u[k] + v * of_v[k]


@compiled(contract=True, inline=True)
def add_jumps(x: FloatArray, at: int, size: int, jumps: Jumps, i: int, start: int, row: FloatArray) -> None:
    """Add row i of what the jumps bring to `row`."""
    left, right, rows, columns = jumps
    for j in range(left.size):
        if rows[j, i] != 0.0:
            add_once(x, at + size * left[j] + right[j], rows[j, i], columns[j, start : start + row.size], row)


@compiled(contract=True, inline=True)
def begin_row(
    turned: FloatArray, x: FloatArray, own: FloatArray, less: FloatArray, energy: float, loss: float, row: FloatArray
) -> None:
    """Fill `row` with what the diagonals of A, `own`, and of B - G, `less`, give; those of the row are numbers."""
    for k in range(row.size):
        row[k] = (own[k] - energy) * turned[k] + (less[k] + loss) * x[k]


@compiled(contract=True)
def advance(
    now: FloatArray,
    before: FloatArray,
    end: FloatArray,
    factors: tuple[float, float, float, float, float],
    tables: Tables,
    rooms: Rooms,
) -> None:
    """Replace `before` (D^2,) by `after = a L now + b now + c before`, add `d now + e after` to `end`, with `factors` =
    (a, b, c, d, e).

    Rows and columns in blocks, so that what belongs together stays in the cache. Of the transpose only what a block
    needs is held, or all of it if A has diagonals far out.
    """
    a, b, c, d, e = factors
    energies, losses, turning, drifting, jumps = tables
    turned, reach, room = rooms
    size = energies.size
    square = now.reshape(size, size)
    whole = turned.size >= size * size
    stride = size if whole else BAND + 2 * reach
    if whole:
        transpose(square, (0, size), (0, size), turned, stride)
    for start in range(0, size, BAND):
        stop = min(start + BAND, size)
        row = room[: stop - start]
        for top in range(0, size, ROWS):
            bottom = min(top + ROWS, size)
            if not whole:
                transpose(square, (top - reach, bottom + reach), (start - reach, stop + reach), turned, stride)
            for i in range(top, bottom):
                at = i * size + start
                of_turned = at if whole else (i - top + reach) * stride + reach
                here, last = now[at : at + row.size], before[at : at + row.size]
                beside = turned[of_turned : of_turned + row.size]
                begin_row(beside, here, energies[start:stop], losses[start:stop], energies[i], losses[i], row)
                add_left(turned, of_turned, stride, turning, i, -1.0, row)
                add_right(turned, of_turned, turning, start, row)
                add_left(now, at, size, drifting, i, 1.0, row)
                add_right(now, at, drifting, start, row)
                add_jumps(now, at, size, jumps, i, start, row)
                for k in range(row.size):
                    last[k] = a * row[k] + b * here[k] + c * last[k]
                if d != 0.0 or e != 0.0:
                    total = end[at : at + row.size]
                    for k in range(row.size):
                        total[k] += d * here[k] + e * last[k]
