r"""One run: $M = \prod_k e^{(L_k - c_k) Z_{k2}^*}\, e^{K h} \prod_k e^{(L_k - c_k) Z_{k1}^*}$ for each step h, the
first product in the order opposite to the second, then over the norm.

$Z_{k1} + Z_{k2} = \bar\ell_k h + \Delta W_k$ is the record of the step, $\bar\ell$ the mean of $\langle L \rangle$
before the step and after a step of Euler's with the same noise: its dependence on the noise gives the record the
correlations that it has to second order. `c` is $\bar\ell$ too: a number in the exponent changes nothing but the norm,
and with this one coherent states stay coherent.
"""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.cavity.pure_states.diagonal_kernels import (
    Diagonals,
    add_multiple,
    means,
    multiply,
    note_populations,
    operator_mean,
    scale,
    square_of,
)

MOST_ORDER = 200
PRECISE = 1e-8
"""What the series of a step may leave out, far below the error of the step."""


@compiled
def run_record(
    motion: Diagonals,
    jumps: Diagonals,
    bounds: IntArray,
    seen: tuple[IntArray, FloatArray],
    modes: tuple[IntArray, IntArray],
    reach: float,
    lengths: FloatArray,
    steps: IntArray,
    pieces: int,
    generator: np.random.Generator,
    state: FloatArray,
    vectors: FloatArray,
    found: FloatArray,
    signal: FloatArray,
    populations: FloatArray,
) -> None:
    r"""One run from the normalised `state` (2, D), through bins of the given `lengths` (T,) in so many `steps` (T,).

    `motion` is $K$ less a number, of norm `reach` at most; channel k of `jumps` has the diagonals from `bounds[k]`. A
    step draws its noise in two halves of `pieces` each, so that half as many steps of two pieces have the noise of
    steps of one. Fills `found` (T, K, 2) with the means of `seen`, `signal` (T, C, 2) with the sum of $Z_k$ over each
    bin, and raises `populations` (M, L) to those of the Fock states of `modes`. `vectors` (4, 2, D) is scratch.
    """
    channels = bounds.size - 1
    noise, drift = np.empty((2, channels, 2)), np.empty((channels, 2))
    signal[:] = 0.0
    for t in range(lengths.size):
        h = lengths[t] / max(1, steps[t])
        width = math.sqrt(0.25 * h / pieces)
        for _ in range(steps[t]):
            draw(generator, width, pieces, noise)
            mean_drift(motion, jumps, bounds, h, noise, state, vectors, drift)
            for k in range(channels):
                for part in range(2):
                    for half in range(2):
                        noise[half, k, part] += 0.5 * h * drift[k, part]
                        signal[t, k, part] += noise[half, k, part]
            for k in range(channels):
                kick(jumps, bounds[k], bounds[k + 1], drift[k], noise[0, k], state, vectors)
            propagate(motion, reach, h, state, vectors[0], vectors[1])
            for k in range(channels - 1, -1, -1):
                kick(jumps, bounds[k], bounds[k + 1], drift[k], noise[1, k], state, vectors)
            square = square_of(state)
            note_populations(modes[0], modes[1], state, square, populations)
            scale(1.0 / math.sqrt(square), state, state)
        means(seen[0], seen[1], state, found[t])


@compiled
def draw(generator: np.random.Generator, width: float, pieces: int, noise: FloatArray) -> None:
    """Fill `noise` (2, C, 2) with sums of so many normal numbers of the given `width`."""
    noise[:] = 0.0
    for half in range(2):
        for _ in range(pieces):
            for k in range(noise.shape[1]):
                noise[half, k, 0] += width * generator.standard_normal()
                noise[half, k, 1] += width * generator.standard_normal()


@compiled
def mean_drift(
    motion: Diagonals,
    jumps: Diagonals,
    bounds: IntArray,
    h: float,
    noise: FloatArray,
    state: FloatArray,
    vectors: FloatArray,
    drift: FloatArray,
) -> None:
    r"""Fill `drift` (C, 2) with the mean of $\langle L_k \rangle$ in the normalised `state` and after a step of
    Euler's with the `noise` (2, C, 2).
    """
    later, moved = vectors[0], vectors[1]
    later[:] = state
    # less its mean: the step must not depend on the number left out of K
    real, imag = operator_mean(motion, 0, motion[0].size, state, moved)
    add_multiple(h, 0.0, moved, later)
    add_multiple(-h * real, -h * imag, state, later)
    for k in range(drift.shape[0]):
        real, imag = operator_mean(jumps, bounds[k], bounds[k + 1], state, moved)
        drift[k, 0], drift[k, 1] = real, imag
        add_multiple(-real, -imag, state, moved)
        # conjugate of the record
        zr, zi = h * real + noise[0, k, 0] + noise[1, k, 0], -h * imag - noise[0, k, 1] - noise[1, k, 1]
        add_multiple(zr, zi, moved, later)
    square = square_of(later)
    for k in range(drift.shape[0]):
        real, imag = operator_mean(jumps, bounds[k], bounds[k + 1], later, moved)
        drift[k, 0] = 0.5 * (drift[k, 0] + real / square)
        drift[k, 1] = 0.5 * (drift[k, 1] + imag / square)


@compiled
def kick(
    jumps: Diagonals, first: int, last: int, c: FloatArray, z: FloatArray, state: FloatArray, vectors: FloatArray
) -> None:
    r"""Turn `state` into $(1 + X + \frac12 X^2)\, \psi$, $X = (L - c)\, z^*$."""
    once, twice = vectors[0], vectors[1]
    multiply(jumps, first, last, 1.0, state, once)
    add_multiple(-c[0], -c[1], state, once)
    multiply(jumps, first, last, 1.0, once, twice)
    add_multiple(-c[0], -c[1], once, twice)
    real, imag = z[0], -z[1]
    add_multiple(real, imag, once, state)
    add_multiple(0.5 * (real * real - imag * imag), real * imag, twice, state)


@compiled
def propagate(
    motion: Diagonals, reach: float, time: float, state: FloatArray, term: FloatArray, other: FloatArray
) -> None:
    r"""Turn `state` into $e^{K t} \psi$ by its Taylor series, until what is left out is bounded by `PRECISE`."""
    term[:] = state
    start = math.sqrt(square_of(state))
    for order in range(1, MOST_ORDER):
        multiply(motion, 0, motion[0].size, time / order, term, other)
        add_multiple(1.0, 0.0, other, state)
        term, other = other, term
        growth = reach * time / (order + 1)
        if growth < 0.5 and math.sqrt(square_of(term)) * growth <= PRECISE * start * (1.0 - growth):
            break
