r"""The open network as dense matrices, written out from the definitions: two jumps for each spin, the effective
Hamiltonian between them, the master equation of their mean.

A rate is a function `rate(sigma, i)` as in `classical_generator`; states are stacked by columns.
"""

import numpy as np
from scipy.linalg import expm

from tests.twins.classical_generator import configuration, flipped, number

UP = np.array([[1, 0], [0, 0]])
SIGMA = {
    "x": np.array([[0, 1], [1, 0]]),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.array([[1, 0], [0, -1]]),
}


def on_spin(matrix, spin, n_spins):
    whole = np.eye(1)
    for i in range(n_spins):
        whole = np.kron(whole, matrix if i == spin else np.eye(2))
    return whole


def hamiltonian(n_spins, drive):
    return drive * sum(on_spin(SIGMA["x"], i, n_spins) for i in range(n_spins))


def jumps(n_spins, rate, channels=2):
    r"""$L_{i,\downarrow}, L_{i,\uparrow}$ for each spin; with `channels=1` their sum, which is another model."""
    found = []
    for i in range(n_spins):
        pair = np.zeros((2, 2**n_spins, 2**n_spins))
        for source in range(2**n_spins):
            sigma = configuration(source, n_spins)
            pair[0 if sigma[i] > 0 else 1, number(flipped(sigma, i)), source] = np.sqrt(rate(sigma, i))
        found += list(pair) if channels == 2 else [pair.sum(axis=0)]
    return found


def effective(n_spins, drive, rate):
    r"""$-i H - \frac12 \sum L^\dagger L$."""
    return -1j * hamiltonian(n_spins, drive) - sum(jump.T @ jump for jump in jumps(n_spins, rate)) / 2


def liouvillian(n_spins, drive, rate, channels=2):
    h, one = hamiltonian(n_spins, drive), np.eye(2**n_spins)
    total = -1j * (np.kron(one, h) - np.kron(h.T, one))
    for jump in jumps(n_spins, rate, channels):
        decay = jump.T @ jump
        total = total + np.kron(jump, jump) - (np.kron(one, decay) + np.kron(decay, one)) / 2
    return total


def density_matrices(generator, start, times):
    """The density matrix at each of `times`, from `start`."""
    size = len(start)
    return [(expm(generator * t) @ start.reshape(-1, order="F")).reshape(size, size, order="F") for t in times]


def means(operators, matrices):
    """Expectations of each operator at each time, shape (times, operators)."""
    return np.array([[np.trace(operator @ rho).real for operator in operators] for rho in matrices])


def decay_rate(n_spins, rate):
    r"""$\Lambda = \sum L^\dagger L$."""
    return sum(jump.T @ jump for jump in jumps(n_spins, rate))
