"""Spins and modes as full matrices, with every member of a class written out: states, means and master equations.

The spins come first, then the modes; a mode is cut at its number of Fock levels.
"""

from functools import reduce
from itertools import permutations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm

PAULI = {"x": np.array([[0, 1], [1, 0]]), "y": np.array([[0, -1j], [1j, 0]]), "z": np.array([[1, 0], [0, -1]])}


def ladder(levels):
    return np.diag(np.sqrt(np.arange(1.0, levels)), 1)


class Matrices:
    def __init__(self, n_spins, levels=()):
        self.n_spins, self.sizes = n_spins, (2,) * n_spins + tuple(levels)
        self.size = int(np.prod(self.sizes))

    def on(self, site, matrix):
        return reduce(np.kron, [matrix if k == site else np.eye(size) for k, size in enumerate(self.sizes)])

    def sigma(self, axis, spin):
        return self.on(spin, PAULI[axis])

    def lower(self, spin):
        return (self.sigma("x", spin) - 1j * self.sigma("y", spin)) / 2

    def a(self, mode):
        return self.on(self.n_spins + mode, ladder(self.sizes[self.n_spins + mode]))

    def product_state(self, bloch, amplitudes=(), thermal=()):
        """Spins with Bloch vectors; modes displaced by `amplitudes` from thermal states."""
        parts = [(np.eye(2) + sum(m * PAULI[axis] for m, axis in zip(v, "xyz", strict=True))) / 2 for v in bloch]
        for levels, alpha, occupation in zip(self.sizes[self.n_spins :], amplitudes, thermal, strict=True):
            weights = (occupation / (occupation + 1)) ** np.arange(levels) / (occupation + 1)
            a = ladder(levels)
            shift = expm(alpha * a.T - np.conj(alpha) * a)
            parts.append(shift @ np.diag(weights) @ shift.conj().T)
        return reduce(np.kron, parts)

    def random_state(self, seed, quanta, alike=()):
        """A correlated state with at most `quanta` in a mode that any exchange of the sites in a group leaves alone."""
        rng = np.random.default_rng(seed)
        cut = reduce(np.kron, [(np.arange(size) <= (quanta if size > 2 else 1)) * 1.0 for size in self.sizes])
        amplitudes = (rng.normal(size=(self.size, 3)) + 1j * rng.normal(size=(self.size, 3))) * cut[:, None]
        state = amplitudes @ amplitudes.conj().T
        for group in alike:
            state = sum(self.exchanged(state, group, order) for order in permutations(group))
        return state / np.trace(state)

    def exchanged(self, state, group, order):
        axes = np.arange(len(self.sizes))
        axes[list(group)] = order
        both = np.concatenate([axes, axes + len(self.sizes)])
        return state.reshape(self.sizes * 2).transpose(both).reshape(state.shape)


def slope(state, hamiltonian, jumps):
    """The time derivative of a density matrix."""
    out = -1j * (hamiltonian @ state - state @ hamiltonian)
    for rate, jump in jumps:
        decay = jump.conj().T @ jump
        out = out + rate * (jump @ state @ jump.conj().T - (decay @ state + state @ decay) / 2)
    return out


def evolve(state, times, hamiltonian, jumps):
    """Density matrices (T, d, d), by DOP853 at tolerance 1e-12."""

    def rate(_, flat):
        return slope(flat.reshape(state.shape), hamiltonian, jumps).ravel()

    start = np.asarray(state, dtype=complex).ravel()
    path = solve_ivp(rate, (0, times[-1]), start, "DOP853", times, rtol=1e-12, atol=1e-13).y.T
    return path.reshape(-1, *state.shape)
