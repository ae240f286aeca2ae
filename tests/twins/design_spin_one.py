"""Two equal spins, which light cannot tell apart, as one spin 1 with one mode: the steady state of the full Lindblad
equation, by one dense solve.
"""

import numpy as np


def populations(g, omega, loss, drive, levels):
    r"""$P(m)$ for m = 1, 0, -1 with $H = \omega a^\dagger a + 2 g J_z (a + a^\dagger) + 2 \Omega J_x$."""
    a = np.kron(np.eye(3), np.diag(np.sqrt(np.arange(1, levels)), 1))
    jz = np.kron(np.diag([1.0, 0.0, -1.0]), np.eye(levels))
    jx = np.kron(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / np.sqrt(2), np.eye(levels))
    hamiltonian = omega * a.T @ a + 2 * g * jz @ (a + a.T) + 2 * drive * jx
    one = np.eye(3 * levels)
    generator = -1j * (np.kron(one, hamiltonian) - np.kron(hamiltonian.T, one))
    number = a.T @ a
    generator = generator + loss * (np.kron(a, a) - 0.5 * (np.kron(one, number) + np.kron(number.T, one)))
    generator[0] = one.ravel()  # the trace in place of one redundant line
    wanted = np.zeros(len(generator), complex)
    wanted[0] = 1.0
    rho = np.linalg.solve(generator, wanted).reshape(3 * levels, 3 * levels).T
    return np.diag(rho).real.reshape(3, levels).sum(axis=1)
