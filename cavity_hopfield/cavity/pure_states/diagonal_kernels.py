r"""Operators of spins and modes on state vectors: all of them are few diagonals, `real + i imag` at `offsets`.

Row i of diagonal b holds the matrix element between i and i + `offsets[b]`, zero where that is no state. `kinds` says
whether a diagonal is real (1), imaginary (2) or both (3). A state vector is its real and imaginary part (2, D): split
so, every inner loop is one of real numbers without gaps.
"""

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

Diagonals = tuple[IntArray, IntArray, FloatArray, FloatArray]
"""Offsets (B,), kinds (B,), real and imaginary parts (B, D)."""


@compiled(contract=True)
def multiply(operator: Diagonals, first: int, last: int, factor: float, x: FloatArray, y: FloatArray) -> None:
    """Fill `y` (2, D) with `factor` times the diagonals from `first` to before `last` of the operator on `x` (2, D)."""
    offsets, kinds, real, imag = operator
    size = y.shape[1]
    y[:] = 0.0
    for b in range(first, last):
        low, high = max(0, -offsets[b]), min(size, size - offsets[b])
        if high <= low:
            continue
        near, far = low + offsets[b], high + offsets[b]
        xr, xi, yr, yi = x[0, near:far], x[1, near:far], y[0, low:high], y[1, low:high]
        dr, di = real[b, low:high], imag[b, low:high]
        if kinds[b] == 2:
            for j in range(yr.size):
                d = factor * di[j]
                yr[j] -= d * xi[j]
                yi[j] += d * xr[j]
        elif kinds[b] == 1:
            for j in range(yr.size):
                d = factor * dr[j]
                yr[j] += d * xr[j]
                yi[j] += d * xi[j]
        else:
            for j in range(yr.size):
                d, e = factor * dr[j], factor * di[j]
                yr[j] += d * xr[j] - e * xi[j]
                yi[j] += d * xi[j] + e * xr[j]


@compiled(contract=True)
def add_multiple(real: float, imag: float, x: FloatArray, y: FloatArray) -> None:
    """Add to `y` (2, D) the vector `x` (2, D) times a complex number."""
    yr, yi, xr, xi = y[0], y[1], x[0], x[1]
    for j in range(yr.size):
        yr[j] += real * xr[j] - imag * xi[j]
        yi[j] += real * xi[j] + imag * xr[j]


@compiled(contract=True)
def scale(factor: float, x: FloatArray, y: FloatArray) -> None:
    """Fill `y` (2, D) with `factor` times `x` (2, D)."""
    for part in range(2):
        source, target = x[part], y[part]
        for j in range(target.size):
            target[j] = factor * source[j]


@compiled(contract=True)
def dot(x: FloatArray, y: FloatArray) -> float:
    """The sum of the products of two arrays of one dimension, kept in four sums for the sake of speed."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    whole = x.size - x.size % 4
    for j in range(0, whole, 4):
        a += x[j] * y[j]
        b += x[j + 1] * y[j + 1]
        c += x[j + 2] * y[j + 2]
        d += x[j + 3] * y[j + 3]
    for j in range(whole, x.size):
        a += x[j] * y[j]
    return (a + b) + (c + d)


@compiled
def square_of(x: FloatArray) -> float:
    """$|x|^2$ of `x` (2, D)."""
    return dot(x[0], x[0]) + dot(x[1], x[1])


@compiled(contract=True)
def weighted_dot(d: FloatArray, x: FloatArray, y: FloatArray) -> float:
    """The sum of the products of three arrays of one dimension."""
    a, b = 0.0, 0.0
    whole = x.size - x.size % 2
    for j in range(0, whole, 2):
        a += d[j] * x[j] * y[j]
        b += d[j + 1] * x[j + 1] * y[j + 1]
    for j in range(whole, x.size):
        a += d[j] * x[j] * y[j]
    return a + b


@compiled
def mean_of(offset: int, d: FloatArray, x: FloatArray) -> tuple[float, float]:
    r"""Real and imaginary part of $\sum_i x_i^* d_i x_{i + \mathtt{offset}}$, one real diagonal `d` (D,) in the state
    `x` (2, D).
    """
    size = d.size
    low, high = max(0, -offset), min(size, size - offset)
    if high <= low:
        return 0.0, 0.0
    near, far = low + offset, high + offset
    here, re, im = d[low:high], x[0], x[1]
    real = weighted_dot(here, re[low:high], re[near:far]) + weighted_dot(here, im[low:high], im[near:far])
    if offset == 0:
        return real, 0.0
    imag = weighted_dot(here, re[low:high], im[near:far]) - weighted_dot(here, im[low:high], re[near:far])
    return real, imag


@compiled
def operator_mean(
    operator: Diagonals, first: int, last: int, x: FloatArray, scratch: FloatArray
) -> tuple[float, float]:
    r"""Real and imaginary part of $\langle x | O x \rangle$ for the diagonals from `first` to before `last`; `scratch`
    (2, D) is overwritten.
    """
    multiply(operator, first, last, 1.0, x, scratch)
    real = dot(x[0], scratch[0]) + dot(x[1], scratch[1])
    return real, dot(x[0], scratch[1]) - dot(x[1], scratch[0])


@compiled
def means(offsets: IntArray, diagonals: FloatArray, x: FloatArray, out: FloatArray) -> None:
    r"""Fill `out` (K, 2) with the means of K real diagonals (K, D) at `offsets` in the state `x`, of any norm."""
    square = square_of(x)
    for k in range(offsets.size):
        real, imag = mean_of(offsets[k], diagonals[k], x)
        out[k, 0], out[k, 1] = real / square, imag / square


@compiled
def note_populations(
    levels: IntArray, strides: IntArray, x: FloatArray, square: float, populations: FloatArray
) -> None:
    r"""Raise `populations` (M, L) to the probability of each Fock state of each mode in `x`, whose $|x|^2$ is `square`.

    A mode has `levels` states, `strides` apart in the product basis.
    """
    size = x.shape[1]
    found = np.empty(populations.shape[1])
    for mode in range(levels.size):
        count, stride = levels[mode], strides[mode]
        found[:] = 0.0
        for begin in range(0, size, stride * count):
            for part in range(2):
                if stride == 1:
                    here = x[part, begin : begin + count]
                    for n in range(count):
                        found[n] += here[n] * here[n]
                else:
                    for n in range(count):
                        one = x[part, begin + n * stride : begin + (n + 1) * stride]
                        found[n] += dot(one, one)
        for n in range(count):
            populations[mode, n] = max(populations[mode, n], found[n] / square)


@compiled(contract=True)
def reduce_mode(stride: int, weights: FloatArray, x: FloatArray, square: float, rho: FloatArray) -> None:
    r"""Fill `rho` (2, L, L) with the real and imaginary part of $\sum w\, x_m x_n^*$ over the states of all but one
    mode, over `square`.

    The mode has L states, `stride` apart in the product basis; `weights` (D,) are the same for all its states.
    """
    size, levels = x.shape[1], rho.shape[1]
    rho[:] = 0.0
    for begin in range(0, size, stride * levels):
        for inner in range(begin, begin + stride):
            weight = weights[inner] / square
            if weight == 0.0:
                continue
            for m in range(levels):
                here = inner + m * stride
                re, im = weight * x[0, here], weight * x[1, here]
                for n in range(m + 1):
                    there = inner + n * stride
                    rho[0, m, n] += re * x[0, there] + im * x[1, there]
                    rho[1, m, n] += im * x[0, there] - re * x[1, there]
    for m in range(levels):
        for n in range(m):
            rho[0, n, m], rho[1, n, m] = rho[0, m, n], -rho[1, m, n]
