r"""Spins alone, to second order in their coupling to light, in the eigenbasis of their Hamiltonian: dense matrices.

The correlation of a thermal mode is $C(s) = (\bar n + 1) e^{-z s} + \bar n e^{-z^* s}$. With
$S(-s)_{ab} = S_{ab} e^{-i (E_a - E_b) s}$ between eigenstates, the integrals of Born and Markov are geometric series,

$$\int_0^\infty e^{-z s} S(-s)_{ab}\,ds = \frac{S_{ab}}{z + i (E_a - E_b)}.$$

No equation for the dressed amplitude is solved, and no closed form of it is used. Density matrices are stacked by rows.
"""

from functools import reduce

import numpy as np

PAULI = {"x": np.array([[0, 1], [1, 0]]), "y": np.array([[0, -1j], [1j, 0]]), "z": np.diag([1, -1])}


def sigma(axis, spin, n):
    """The Pauli matrix of one spin, the first spin first and up before down."""
    return reduce(np.kron, [PAULI[axis] if k == spin else np.eye(2) for k in range(n)])


def spin_operators(g, drive):
    """$H_S$ and the forces of couplings (N, M)."""
    n, n_modes = np.shape(g)
    hamiltonian = drive * sum(sigma("x", i, n) for i in range(n))
    return hamiltonian, [sum(g[i][mode] * sigma("z", i, n) for i in range(n)) for mode in range(n_modes)]


def laplace(hamiltonian, force, z):
    r"""$\int_0^\infty e^{-z s} S(-s)\,ds$."""
    energies, states = np.linalg.eigh(hamiltonian)
    between = states.conj().T @ force @ states / (z + 1j * (energies[:, None] - energies[None, :]))
    return states @ between @ states.conj().T


def both_sides(left, right):
    r"""$\rho \mapsto A \rho B$ on matrices stacked by rows."""
    return np.kron(left, right.T)


def redfield(g, omega, loss, gain, drive):
    r"""$-i[H_S, \rho] - \sum_\mu \int_0^\infty ds\, (C_\mu(s) [S_\mu, S_\mu(-s) \rho] + h.c.)$."""
    hamiltonian, forces = spin_operators(g, drive)
    one = np.eye(len(hamiltonian))
    total = -1j * (both_sides(hamiltonian, one) - both_sides(one, hamiltonian))
    for force, w, lost, gained in zip(forces, omega, loss, gain, strict=True):
        z, n = (lost - gained) / 2 + 1j * w, gained / (lost - gained)
        b = (n + 1) * laplace(hamiltonian, force, z) + n * laplace(hamiltonian, force, z.conjugate())
        back = b.conj().T
        total = total - both_sides(force @ b, one) + both_sides(b, force)
        total = total - both_sides(one, back @ force) + both_sides(force, back)
    return total


def lindblad(g, omega, loss, gain, drive, *, naive=False):
    r"""$\hat\alpha = -i \int_0^\infty e^{-z s} S(-s)\,ds$ as the jump operator, or $-i S / z$ if `naive`."""
    hamiltonian, forces = spin_operators(g, drive)
    one = np.eye(len(hamiltonian))
    shifted, jumps = hamiltonian.astype(complex), []
    for force, w, lost, gained in zip(forces, omega, loss, gain, strict=True):
        z, n = (lost - gained) / 2 + 1j * w, gained / (lost - gained)
        light = -1j * (force / z if naive else laplace(hamiltonian, force, z))
        response = (n + 1) * light - n * light.conj().T
        shifted = shifted + (force @ response + response.conj().T @ force) / 2
        jumps += [np.sqrt(lost) * light, np.sqrt(gained) * light.conj().T]
    total = -1j * (both_sides(shifted, one) - both_sides(one, shifted))
    for jump in jumps:
        decay = jump.conj().T @ jump
        total = total + both_sides(jump, jump.conj().T) - (both_sides(decay, one) + both_sides(one, decay)) / 2
    return total
