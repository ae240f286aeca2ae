"""The generator on a whole density matrix, tile by tile, alone or within a three-term recurrence."""

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.theory.lindblad._tile_kernels import (
    AREA,
    EDGE,
    LOW,
    ROWS,
    TURNED,
    Layout,
    Rates,
    add_high_gain,
    add_image,
    add_low_gain,
    add_near,
    clear,
    enclose,
    gather,
    keep_mirrored,
    keep_symmetric,
    transpose,
    turn_rows,
)


@compiled(contract=True)
def project_tile(
    x: FloatArray, at: int, other: int, sign: float, phase: float, mirror: FloatArray, n_rows: int, edge: int
) -> None:
    """Remove from a tile that is its own transpose, or its own image, what does not belong to the space."""
    if other == 0:
        keep_symmetric(x, at, sign)
    if phase != 0.0 and other == n_rows - 1:
        keep_mirrored(x, at, sign * phase, mirror, edge)


@compiled(contract=True)
def project(x: FloatArray, sign: float, layout: Layout, edge: int) -> None:
    """`project_tile` on every tile of `x` (K, 256), in place."""
    rows, columns, _, _, _, partners, phases, mirror = layout
    n_rows = 1 << partners.shape[1]
    for at in range(rows.size):
        project_tile(x, at, rows[at] ^ columns[at], sign, phases[at], mirror, n_rows, edge)


@compiled(contract=True)
def at_a_line(n_rows: int, width: int) -> FloatArray:
    """Zeros (n_rows, width) that begin where a line of the cache does: no vector of eight then straddles two lines."""
    room = np.zeros(n_rows * width + 8)
    first = ((64 - room.ctypes.data % 64) % 64) // 8
    return room[first : first + n_rows * width].reshape(n_rows, width)


@compiled(contract=True)
def advance(
    now: FloatArray,
    before: FloatArray,
    end: FloatArray,
    factors: tuple[float, float, float, float, float],
    sign: float,
    rates: Rates,
    layout: Layout,
    edge: int,
) -> None:
    """Replace `before` (K, 256) by `after = a L now + b now + c before`, add `d now + e after` to `end`, with
    `factors` = (a, b, c, d, e); `sign` is 1 for symmetric, -1 for antisymmetric matrices.
    """
    a, b, c, d, e = factors
    # taken out of their tuples once: every use of a field would count references
    low, masked, high, halves, drives = rates
    rows, columns, near, bounds, signs, partners, phases, mirror = layout
    room, frame = at_a_line(ROWS, AREA), at_a_line(1, AREA + 2 * EDGE)
    n_rows = halves.shape[0]
    for at in range(now.shape[0]):
        row, column, mirrored = rows[at], columns[at], phases[at] != 0.0
        # what is written here is read much later: a vector cannot be read while it is on its way to memory in pieces
        enclose(now, at, frame)
        transpose(now, at, sign, room, TURNED)
        turn_rows(now, at, halves, row, drives, room, 0)
        turn_rows(room, TURNED, halves, column, drives, room, 1)
        if mirrored:
            clear(room, 2)
            clear(room, 3)
        add_near(now, near, signs, bounds, at, 4 if mirrored else 2, drives[LOW], room)
        add_high_gain(now, at, row, column, high, partners, phases, n_rows, room)
        if mirrored:
            add_image(room, 2, mirror, 0)
            add_image(room, 3, mirror, 1)
        transpose(room, 1, sign, room, TURNED)
        add_low_gain(low, masked, row, column, frame, room)
        if row == column or (mirrored and row ^ column == n_rows - 1):
            gather(room)
            project_tile(room, 0, row ^ column, sign, phases[at], mirror, n_rows, edge)
        for k in range(AREA):
            before[at, k] = a * (room[0, k] + room[TURNED, k]) + b * now[at, k] + c * before[at, k]
        if d != 0.0 or e != 0.0:
            for k in range(AREA):
                end[at, k] += d * now[at, k] + e * before[at, k]
