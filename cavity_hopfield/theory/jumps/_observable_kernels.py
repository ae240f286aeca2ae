r"""Bloch vectors and energies of state vectors, and the energy of every configuration.

The frame is that of `_state_kernels`, where $\psi_\sigma = (-i)^{n_\downarrow(\sigma)} \phi_\sigma$ and $\phi$ has a
real part and, for some initial states, an imaginary part.
"""

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray
from cavity_hopfield.theory.jumps._state_kernels import BLOCK, add_products, fold


@compiled(contract=True)
def observe(state: FloatArray, energies: FloatArray, bloch: FloatArray) -> float:
    r"""Fill `bloch` (N, 3) with the Bloch vectors of all spins in `state` (P, 2^N), of any norm; returns the energy.

    $m^y = -2 \sum \phi_\uparrow \phi_\downarrow$ and $m^x = 2 \sum (\mathrm{Re}\,\phi_\uparrow \mathrm{Im}\,
    \phi_\downarrow - \mathrm{Im}\,\phi_\uparrow \mathrm{Re}\,\phi_\downarrow)$, over all pairs.
    """
    n_spins = bloch.shape[0]
    weights = np.zeros(state.shape[1])
    pairs = np.empty(n_spins)
    bloch[:] = 0.0
    for part in range(state.shape[0]):
        add_products(weights, state[part], state[part])
        pair_sums(state[part], state[part], pairs)
        bloch[:, 1] -= 2.0 * pairs
    if state.shape[0] == 2:
        pair_sums(state[0], state[1], pairs)
        bloch[:, 0] += 2.0 * pairs
        pair_sums(state[1], state[0], pairs)
        bloch[:, 0] -= 2.0 * pairs
    lanes = np.zeros(min(BLOCK, weights.size))
    for first in range(0, weights.size, lanes.size):
        add_products(lanes, weights[first : first + lanes.size], energies[first : first + lanes.size])
    energy = fold(lanes)
    square = polarisations(weights, bloch)
    for i in range(n_spins):
        for axis in range(3):
            bloch[i, axis] /= square
    return energy / square


@compiled(contract=True)
def polarisations(weights: FloatArray, bloch: FloatArray) -> float:
    r"""Add to `bloch[:, 2]` the sum of `weights` (2^N,) times $\sigma_i$; returns their sum, and overwrites them.

    Spin by spin, from the highest bit, the halves are compared and then added.
    """
    half = weights.size // 2
    for i in range(bloch.shape[0]):
        lanes = np.zeros(min(BLOCK, half))
        for first in range(0, half, lanes.size):
            compare(lanes, weights[first : first + lanes.size], weights[half + first : half + first + lanes.size])
        bloch[i, 2] += fold(lanes)
        half //= 2
    return float(weights[0])


@compiled(contract=True)
def compare(lanes: FloatArray, up: FloatArray, down: FloatArray) -> None:
    """Add to every lane the difference of two blocks there, and the second block to the first."""
    for j in range(lanes.size):
        lanes[j] += up[j] - down[j]
        up[j] += down[j]


@compiled(contract=True)
def pair_sums(a: FloatArray, b: FloatArray, sums: FloatArray) -> None:
    r"""Fill `sums` (N,) with $\sum a_\uparrow b_\downarrow$ over all pairs that differ in the one spin."""
    n_spins = sums.size
    for i in range(n_spins):
        length = 1 << (n_spins - 1 - i)
        if length < 8:
            reached = 0.0
            for j in range(a.size // 2):
                up = (j // length) * 2 * length + j % length
                reached += a[up] * b[up + length]
            sums[i] = reached
        else:
            lanes = np.zeros(min(BLOCK, length))
            for start in range(0, a.size, 2 * length):
                for first in range(start, start + length, lanes.size):
                    add_products(lanes, a[first : first + lanes.size], b[first + length : first + length + lanes.size])
            sums[i] = fold(lanes)


@compiled(contract=True)
def fill_energies(couplings: FloatArray, energies: FloatArray) -> None:
    r"""Fill `energies` (2^N,) with $-\frac12 \sum_{i \ne j} J_{ij} \sigma_i \sigma_j$ of every configuration.

    The energies of the first k spins give those of one more: its two states differ by its field.
    """
    n_spins = couplings.shape[0]
    energies[0] = 0.0
    for i in range(n_spins):
        for prefix in range((1 << i) - 1, -1, -1):
            field = 0.0
            for j in range(i):
                field += couplings[i, j] * (1.0 - 2.0 * ((prefix >> (i - 1 - j)) & 1))
            before = energies[prefix]
            energies[2 * prefix] = before - field
            energies[2 * prefix + 1] = before + field
