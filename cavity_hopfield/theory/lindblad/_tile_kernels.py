"""The generator on one tile of a density matrix: contributions of the tile itself and of those one flip away.

In the frame that is turned by a right angle about z the matrix is real. Row index and column index of an element are
bits, one for each spin, 1 for down. The last four spins count inside a tile of 16 x 16, which is contiguous, the
others, as a binary number, are the row or the column of the tile. Of tiles that are transposes of one another (or, in a
sector, images under the flip of all spins) one is stored. Shapes: K tiles, H rows of tiles, h spins outside a tile,
16 H = 2^N.

Every loop runs over columns and nothing else, and what lies 16 apart is written out: so each is one vector instruction
for a whole row, and every element is loaded once for all that needs it. Flips of columns inside a tile, which would
permute within registers, are flips of the rows of its transpose.
"""

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

LOW = 4
"""Spins inside a tile."""
EDGE = 16
AREA = 256

Layout = tuple[IntArray, IntArray, IntArray, IntArray, FloatArray, IntArray, FloatArray, FloatArray]
"""Which tiles are stored, and what is one flip away: `rows`, `columns`, `near`, `bounds`, `signs`, `partners`,
`phases`, `mirror`.

`rows`, `columns` (K,) of the tiles. `near` (K, 2h): the places of the tiles that one flip of row or column leads to,
first those stored as they are, then those stored as their transpose, as their image, as the transpose of their image,
up to `bounds` (K, 4); `signs` (K, 2h) of the drive: 1 if the flipped spin is down in the tile itself, else -1, times
the sign of an image. `partners` (K, h): where the flip of row and column leads, as four times the place, plus 1 for a
transpose, plus 2 for an image. `phases` (K,) the sign of a tile under the flip of all spins, 0 without sectors;
`mirror` (256,) the sign within a tile.
"""
Rates = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
"""`low` (H, 64), roots of the rates of flips of the four spins inside a tile, the last spin first; `masked` (H, 128),
the same before the flip, twice for each spin: where the flip is to up and where it is to down, else zero; `high`
(h H, 16), roots of the rates of the other spins; `halves` (H, 16) of the sums of all rates; `drives` (5,) of the four
spins inside a tile, the last first, and of the others. A network of fewer than four spins has idle ones, with neither
rates nor a drive.
"""
TURNED, ROWS = 4, 5
"""Of the room (5, 256): four sums of what reaches a tile, as it is, transposed, as an image, as its transpose; and the
transpose of the tile, later that of the second sum.
"""


@compiled(contract=True)
def turn_rows(
    x: FloatArray, at: int, halves: FloatArray, row: int, drives: FloatArray, out: FloatArray, to: int
) -> None:
    """Fill `out[to]` with the drive of tile `at` by its rows one flip away, and its decay at the rates of its rows."""
    u, v, w, z = drives[0], drives[1], drives[2], drives[3]
    for k in range(EDGE):
        x0 = x[at, k]
        x1 = x[at, 16 + k]
        x2 = x[at, 32 + k]
        x3 = x[at, 48 + k]
        x4 = x[at, 64 + k]
        x5 = x[at, 80 + k]
        x6 = x[at, 96 + k]
        x7 = x[at, 112 + k]
        x8 = x[at, 128 + k]
        x9 = x[at, 144 + k]
        x10 = x[at, 160 + k]
        x11 = x[at, 176 + k]
        x12 = x[at, 192 + k]
        x13 = x[at, 208 + k]
        x14 = x[at, 224 + k]
        x15 = x[at, 240 + k]
        out[to, k] = -u * x1 - v * x2 - w * x4 - z * x8 - halves[row, 0] * x0
        out[to, 16 + k] = u * x0 - v * x3 - w * x5 - z * x9 - halves[row, 1] * x1
        out[to, 32 + k] = -u * x3 + v * x0 - w * x6 - z * x10 - halves[row, 2] * x2
        out[to, 48 + k] = u * x2 + v * x1 - w * x7 - z * x11 - halves[row, 3] * x3
        out[to, 64 + k] = -u * x5 - v * x6 + w * x0 - z * x12 - halves[row, 4] * x4
        out[to, 80 + k] = u * x4 - v * x7 + w * x1 - z * x13 - halves[row, 5] * x5
        out[to, 96 + k] = -u * x7 + v * x4 + w * x2 - z * x14 - halves[row, 6] * x6
        out[to, 112 + k] = u * x6 + v * x5 + w * x3 - z * x15 - halves[row, 7] * x7
        out[to, 128 + k] = -u * x9 - v * x10 - w * x12 + z * x0 - halves[row, 8] * x8
        out[to, 144 + k] = u * x8 - v * x11 - w * x13 + z * x1 - halves[row, 9] * x9
        out[to, 160 + k] = -u * x11 + v * x8 - w * x14 + z * x2 - halves[row, 10] * x10
        out[to, 176 + k] = u * x10 + v * x9 - w * x15 + z * x3 - halves[row, 11] * x11
        out[to, 192 + k] = -u * x13 - v * x14 + w * x8 + z * x4 - halves[row, 12] * x12
        out[to, 208 + k] = u * x12 - v * x15 + w * x9 + z * x5 - halves[row, 13] * x13
        out[to, 224 + k] = -u * x15 + v * x12 + w * x10 + z * x6 - halves[row, 14] * x14
        out[to, 240 + k] = u * x14 + v * x13 + w * x11 + z * x7 - halves[row, 15] * x15


@compiled(contract=True)
def transpose(x: FloatArray, at: int, sign: float, out: FloatArray, to: int) -> None:
    """Fill `out[to]` with `sign` times the transpose of tile `at`, in blocks of four rows and four columns."""
    for block in range(EDGE):
        i = (block >> 2) * 64 + (block & 3) * 4
        k = (block & 3) * 64 + (block >> 2) * 4
        a0, a1, a2, a3 = x[at, i], x[at, i + 1], x[at, i + 2], x[at, i + 3]
        b0, b1, b2, b3 = x[at, i + 16], x[at, i + 17], x[at, i + 18], x[at, i + 19]
        c0, c1, c2, c3 = x[at, i + 32], x[at, i + 33], x[at, i + 34], x[at, i + 35]
        d0, d1, d2, d3 = x[at, i + 48], x[at, i + 49], x[at, i + 50], x[at, i + 51]
        out[to, k], out[to, k + 1], out[to, k + 2], out[to, k + 3] = sign * a0, sign * b0, sign * c0, sign * d0
        out[to, k + 16], out[to, k + 17], out[to, k + 18], out[to, k + 19] = sign * a1, sign * b1, sign * c1, sign * d1
        out[to, k + 32], out[to, k + 33], out[to, k + 34], out[to, k + 35] = sign * a2, sign * b2, sign * c2, sign * d2
        out[to, k + 48], out[to, k + 49], out[to, k + 50], out[to, k + 51] = sign * a3, sign * b3, sign * c3, sign * d3


@compiled(contract=True)
def clear(out: FloatArray, to: int) -> None:
    """Fill `out[to]` with zeros."""
    for k in range(AREA):
        out[to, k] = 0.0


@compiled(contract=True)
def add_image(room: FloatArray, place: int, mirror: FloatArray, to: int) -> None:
    """Add to row `to` of `room` what the flip of all spins makes of row `place`."""
    for k in range(AREA):
        room[to, k] += mirror[k] * room[place, 255 - k]


@compiled(contract=True)
def gather(room: FloatArray) -> None:
    """Add the last row of `room` to the first, and empty it."""
    for k in range(AREA):
        room[0, k] += room[TURNED, k]
        room[TURNED, k] = 0.0


@compiled(contract=True)
def add_near(
    x: FloatArray,
    near: IntArray,
    signs: FloatArray,
    bounds: IntArray,
    at: int,
    kinds: int,
    drive: float,
    room: FloatArray,
) -> None:
    """Add to the first `kinds` sums of `room` the drive from the neighbours of tile `at`, up to four at a time."""
    k = 0
    for kind in range(kinds):
        last = bounds[at, kind]
        while k < last:
            a, u = near[at, k], drive * signs[at, k]
            if k + 4 <= last:
                b, c, d = near[at, k + 1], near[at, k + 2], near[at, k + 3]
                v, w, z = drive * signs[at, k + 1], drive * signs[at, k + 2], drive * signs[at, k + 3]
                for i in range(AREA):
                    room[kind, i] += u * x[a, i] + v * x[b, i] + w * x[c, i] + z * x[d, i]
                k += 4
            elif k + 2 <= last:
                b, v = near[at, k + 1], drive * signs[at, k + 1]
                for i in range(AREA):
                    room[kind, i] += u * x[a, i] + v * x[b, i]
                k += 2
            else:
                for i in range(AREA):
                    room[kind, i] += u * x[a, i]
                k += 1


@compiled(contract=True)
def add_high_gain(
    x: FloatArray,
    at: int,
    row: int,
    column: int,
    high: FloatArray,
    partners: IntArray,
    phases: FloatArray,
    n_rows: int,
    room: FloatArray,
) -> None:
    """Add to the sums of `room` the gain by flips of spins outside the tiles that agree in `row` and `column`."""
    for j in range(partners.shape[1]):
        if ((row ^ column) >> j) & 1:
            continue
        place, to = partners[at, j] >> 2, partners[at, j] & 3
        one, other, phase = row ^ (1 << j), column ^ (1 << j), 1.0
        if to & 1:
            one, other = other, one
        if to & 2:
            # the rates of an image are those of the tile, read backwards
            one, other, phase = n_rows - 1 - one, n_rows - 1 - other, phases[place]
        one, other = j * n_rows + one, j * n_rows + other
        for k in range(EDGE):
            f = phase * high[other, k]
            room[to, k] += high[one, 0] * (f * x[place, k])
            room[to, 16 + k] += high[one, 1] * (f * x[place, 16 + k])
            room[to, 32 + k] += high[one, 2] * (f * x[place, 32 + k])
            room[to, 48 + k] += high[one, 3] * (f * x[place, 48 + k])
            room[to, 64 + k] += high[one, 4] * (f * x[place, 64 + k])
            room[to, 80 + k] += high[one, 5] * (f * x[place, 80 + k])
            room[to, 96 + k] += high[one, 6] * (f * x[place, 96 + k])
            room[to, 112 + k] += high[one, 7] * (f * x[place, 112 + k])
            room[to, 128 + k] += high[one, 8] * (f * x[place, 128 + k])
            room[to, 144 + k] += high[one, 9] * (f * x[place, 144 + k])
            room[to, 160 + k] += high[one, 10] * (f * x[place, 160 + k])
            room[to, 176 + k] += high[one, 11] * (f * x[place, 176 + k])
            room[to, 192 + k] += high[one, 12] * (f * x[place, 192 + k])
            room[to, 208 + k] += high[one, 13] * (f * x[place, 208 + k])
            room[to, 224 + k] += high[one, 14] * (f * x[place, 224 + k])
            room[to, 240 + k] += high[one, 15] * (f * x[place, 240 + k])


@compiled(contract=True)
def enclose(x: FloatArray, at: int, frame: FloatArray) -> None:
    """Copy tile `at` into `frame` (1, 288), between margins of one row."""
    for k in range(AREA):
        frame[0, EDGE + k] = x[at, k]


@compiled(contract=True)
def add_low_gain(
    roots: FloatArray, masked: FloatArray, row: int, column: int, frame: FloatArray, out: FloatArray
) -> None:
    """Add to `out[0]` the gain by flips inside the tile in `frame`, where row and column agree.

    Of the elements a flip of the column away all are read on the side where they lie for the spin of the row; `masked`
    is zero where the spin of the column is the other one.
    """
    for k in range(EDGE):
        p0, p1, q0, q1 = masked[column, k], masked[column, 16 + k], masked[column, 32 + k], masked[column, 48 + k]
        out[0, k] += roots[row, 1] * p0 * frame[0, 33 + k] + roots[row, 18] * q0 * frame[0, 50 + k]
        out[0, 16 + k] += roots[row, 0] * p1 * frame[0, 15 + k] + roots[row, 19] * q0 * frame[0, 66 + k]
        out[0, 32 + k] += roots[row, 3] * p0 * frame[0, 65 + k] + roots[row, 16] * q1 * frame[0, 14 + k]
        out[0, 48 + k] += roots[row, 2] * p1 * frame[0, 47 + k] + roots[row, 17] * q1 * frame[0, 30 + k]
        out[0, 64 + k] += roots[row, 5] * p0 * frame[0, 97 + k] + roots[row, 22] * q0 * frame[0, 114 + k]
        out[0, 80 + k] += roots[row, 4] * p1 * frame[0, 79 + k] + roots[row, 23] * q0 * frame[0, 130 + k]
        out[0, 96 + k] += roots[row, 7] * p0 * frame[0, 129 + k] + roots[row, 20] * q1 * frame[0, 78 + k]
        out[0, 112 + k] += roots[row, 6] * p1 * frame[0, 111 + k] + roots[row, 21] * q1 * frame[0, 94 + k]
        out[0, 128 + k] += roots[row, 9] * p0 * frame[0, 161 + k] + roots[row, 26] * q0 * frame[0, 178 + k]
        out[0, 144 + k] += roots[row, 8] * p1 * frame[0, 143 + k] + roots[row, 27] * q0 * frame[0, 194 + k]
        out[0, 160 + k] += roots[row, 11] * p0 * frame[0, 193 + k] + roots[row, 24] * q1 * frame[0, 142 + k]
        out[0, 176 + k] += roots[row, 10] * p1 * frame[0, 175 + k] + roots[row, 25] * q1 * frame[0, 158 + k]
        out[0, 192 + k] += roots[row, 13] * p0 * frame[0, 225 + k] + roots[row, 30] * q0 * frame[0, 242 + k]
        out[0, 208 + k] += roots[row, 12] * p1 * frame[0, 207 + k] + roots[row, 31] * q0 * frame[0, 258 + k]
        out[0, 224 + k] += roots[row, 15] * p0 * frame[0, 257 + k] + roots[row, 28] * q1 * frame[0, 206 + k]
        out[0, 240 + k] += roots[row, 14] * p1 * frame[0, 239 + k] + roots[row, 29] * q1 * frame[0, 222 + k]
    for k in range(EDGE):
        s0, s1, t0, t1 = masked[column, 64 + k], masked[column, 80 + k], masked[column, 96 + k], masked[column, 112 + k]
        out[0, k] += roots[row, 36] * s0 * frame[0, 84 + k] + roots[row, 56] * t0 * frame[0, 152 + k]
        out[0, 16 + k] += roots[row, 37] * s0 * frame[0, 100 + k] + roots[row, 57] * t0 * frame[0, 168 + k]
        out[0, 32 + k] += roots[row, 38] * s0 * frame[0, 116 + k] + roots[row, 58] * t0 * frame[0, 184 + k]
        out[0, 48 + k] += roots[row, 39] * s0 * frame[0, 132 + k] + roots[row, 59] * t0 * frame[0, 200 + k]
        out[0, 64 + k] += roots[row, 32] * s1 * frame[0, 12 + k] + roots[row, 60] * t0 * frame[0, 216 + k]
        out[0, 80 + k] += roots[row, 33] * s1 * frame[0, 28 + k] + roots[row, 61] * t0 * frame[0, 232 + k]
        out[0, 96 + k] += roots[row, 34] * s1 * frame[0, 44 + k] + roots[row, 62] * t0 * frame[0, 248 + k]
        out[0, 112 + k] += roots[row, 35] * s1 * frame[0, 60 + k] + roots[row, 63] * t0 * frame[0, 264 + k]
        out[0, 128 + k] += roots[row, 44] * s0 * frame[0, 212 + k] + roots[row, 48] * t1 * frame[0, 8 + k]
        out[0, 144 + k] += roots[row, 45] * s0 * frame[0, 228 + k] + roots[row, 49] * t1 * frame[0, 24 + k]
        out[0, 160 + k] += roots[row, 46] * s0 * frame[0, 244 + k] + roots[row, 50] * t1 * frame[0, 40 + k]
        out[0, 176 + k] += roots[row, 47] * s0 * frame[0, 260 + k] + roots[row, 51] * t1 * frame[0, 56 + k]
        out[0, 192 + k] += roots[row, 40] * s1 * frame[0, 140 + k] + roots[row, 52] * t1 * frame[0, 72 + k]
        out[0, 208 + k] += roots[row, 41] * s1 * frame[0, 156 + k] + roots[row, 53] * t1 * frame[0, 88 + k]
        out[0, 224 + k] += roots[row, 42] * s1 * frame[0, 172 + k] + roots[row, 54] * t1 * frame[0, 104 + k]
        out[0, 240 + k] += roots[row, 43] * s1 * frame[0, 188 + k] + roots[row, 55] * t1 * frame[0, 120 + k]


@compiled(contract=True)
def keep_symmetric(x: FloatArray, at: int, sign: float) -> None:
    """Project tile `at` of the diagonal on those with `x_rc = sign x_cr`, in place."""
    for r in range(EDGE):
        for c in range(r + 1):
            mean = 0.5 * (x[at, EDGE * r + c] + sign * x[at, EDGE * c + r])
            x[at, EDGE * r + c] = mean
            x[at, EDGE * c + r] = sign * mean


@compiled(contract=True)
def keep_mirrored(x: FloatArray, at: int, factor: float, mirror: FloatArray, edge: int) -> None:
    """Project tile `at`, which is its own image, on those with `x_rc = factor mirror_rc x_~c~r`, in place; of its rows
    and columns `edge` are no idle spins'.

    What round-off puts elsewhere would belong to the other sector, and grow.
    """
    last = edge - 1
    for r in range(edge):
        for c in range(edge - r):
            here, there = EDGE * r + c, EDGE * (last - c) + last - r
            sign = factor * mirror[here]
            mean = 0.5 * (x[at, here] + sign * x[at, there])
            x[at, there] = sign * mean
            x[at, here] = mean
