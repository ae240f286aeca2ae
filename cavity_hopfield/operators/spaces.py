"""Operators of spins and modes in the product basis.

The order is that of a tensor product, spin 0 first, and of QuTiP: each spin is up before it is down, each mode counts
its photons upwards from zero.
"""

import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array, kron

from cavity_hopfield._typing import IntArray, SpinArray

PAULI = {
    "x": np.array([[0, 1], [1, 0]], dtype=np.complex128),
    "y": np.array([[0, -1j], [1j, 0]], dtype=np.complex128),
    "z": np.array([[1, 0], [0, -1]], dtype=np.complex128),
}
LOWERING = {"x": (PAULI["z"] + 1j * PAULI["y"]) / 2, "z": (PAULI["x"] - 1j * PAULI["y"]) / 2}
"""$\\tau^-$ of a spin 1/2 along an axis: from the eigenvalue +1 of $\\sigma^x$ or $\\sigma^z$ to -1."""


def configurations(n_spins: int) -> SpinArray:
    """Every configuration in the order of the product basis, shape (2^N, N): the first has all spins up."""
    bits = (np.arange(2**n_spins)[:, None] >> np.arange(n_spins)[::-1]) & 1
    return (1 - 2 * bits).astype(np.int8)


def flip_partners(n_spins: int) -> IntArray:
    """The number of the configuration that a flip of spin i leads to, shape (2^N, N)."""
    return np.asarray(np.arange(2**n_spins)[:, None] ^ (1 << np.arange(n_spins)[::-1]))


def pauli(axis: str, spin: int, n_spins: int) -> csr_array:
    r"""$\sigma^a_i$ of one spin in the space of all spins, shape (2^N, 2^N)."""
    return on_site(csr_array(PAULI[axis]), spin, (2,) * n_spins)


def annihilation(levels: int) -> csr_array:
    """$a$ of one mode with Fock states below `levels`, shape (levels, levels)."""
    return csr_array(diags_array(np.sqrt(np.arange(1.0, levels)) + 0j, offsets=1))


def spin_component(axis: str, twice_length: int) -> csr_array:
    r"""$2 J_a$ of a spin of length $j$ = `twice_length` / 2, the sum of $2j$ Pauli matrices on their symmetric states,
    shape (2j + 1, 2j + 1); $m = j$ first.
    """
    j = twice_length / 2
    m = j - np.arange(twice_length + 1)
    if axis == "z":
        return csr_array(diags_array(2 * m + 0j))
    raising = diags_array(np.sqrt(j * (j + 1) - m[1:] * m[:-1]) + 0j, offsets=1)
    return csr_array(raising + raising.T) if axis == "x" else csr_array(-1j * (raising - raising.T))


def on_site(operator: csr_array, site: int, dimensions: tuple[int, ...]) -> csr_array:
    """`operator` acting on one factor of a product space with the given `dimensions`."""
    before = eye_array(int(np.prod(dimensions[:site], initial=1)))
    after = eye_array(int(np.prod(dimensions[site + 1 :], initial=1)))
    return csr_array(kron(kron(before, operator), after))
