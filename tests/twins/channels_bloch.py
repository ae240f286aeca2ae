r"""Mean field of the Dicke model whose atoms have channels of their own, each rate a trace over one atom.

The motion of one atom is $\dot\rho = -i [\Omega \sigma^x + h \sigma^z, \rho] + \sum_k L_k \rho L_k^\dagger - \frac12
\{L_k^\dagger L_k, \rho\}$, matrices of two by two with the jumps written out; $h$ and the modes as in `heisenberg`.
"""

from functools import cache

import numpy as np
from scipy.integrate import solve_ivp

X = np.array([[0, 1], [1, 0]], complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.array([[1, 0], [0, -1]], complex)
PLUS = np.array([[1], [1]]) / np.sqrt(2), np.array([[1], [-1]]) / np.sqrt(2)
"""Eigenvectors of sigma^x."""


def jumps(decay, pumping, dephasing, axis):
    """Jump operators with the roots of their rates."""
    upper, lower = PLUS if axis == "x" else (np.array([[1], [0]]), np.array([[0], [1]]))
    falls = lower @ upper.T
    flips = upper @ upper.T - lower @ lower.T
    return [np.sqrt(decay) * falls, np.sqrt(pumping) * falls.T, np.sqrt(dephasing) * flips]


def atom_slope(bloch, drive, field, operators):
    """Time derivative of a Bloch vector (3,)."""
    rho = (np.eye(2) + sum(m * pauli for m, pauli in zip(bloch, (X, Y, Z), strict=True))) / 2
    hamiltonian = drive * X + field * Z
    change = -1j * (hamiltonian @ rho - rho @ hamiltonian)
    for jump in operators:
        square = jump.conj().T @ jump
        change = change + jump @ rho @ jump.conj().T - (square @ rho + rho @ square) / 2
    return np.array([np.trace(pauli @ change).real for pauli in (X, Y, Z)])


@cache
def motion(drive, channels):
    """Matrices (3, 3) without and per unit of the field, and a source (3,): the motion is linear in the matrix."""
    operators = [] if channels is None else jumps(channels.decay, channels.pumping, channels.dephasing, channels.axis)
    source = atom_slope(np.zeros(3), drive, 0.0, operators)
    still, turned = (
        np.stack([atom_slope(one, drive, field, operators) - source for one in np.eye(3)], axis=1) for field in (0, 1)
    )
    return still, turned - still, source


def slopes(model, bloch, amplitudes):
    """Time derivatives of the Bloch vectors (N, 3) and of the amplitudes (M,)."""
    still, per_field, source = motion(model.drive, model.channels)
    fields = model.g @ (2 * amplitudes.real)
    turned = bloch @ still.T + fields[:, None] * (bloch @ per_field.T) + source
    pole = 1j * model.omega + (model.loss - model.gain) / 2
    return turned, -pole * amplitudes - 1j * bloch[:, 2] @ model.g


def flat_slopes(model, state):
    """The same for one real vector: Bloch vectors, real parts, imaginary parts."""
    n, m = model.g.shape
    waves = state[3 * n : 3 * n + m] + 1j * state[3 * n + m :]
    turned, pushed = slopes(model, state[: 3 * n].reshape(n, 3), waves)
    return np.concatenate([turned.ravel(), pushed.real, pushed.imag])


def evolve(model, bloch, amplitudes, times):
    """Bloch vectors (T, N, 3) and amplitudes (T, M) by LSODA at tolerance 1e-11."""
    start = np.concatenate([np.ravel(bloch), np.real(amplitudes), np.imag(amplitudes)])
    path = solve_ivp(lambda _, state: flat_slopes(model, state), (0, times[-1]), start, "LSODA", times,
                     rtol=1e-11, atol=1e-12).y.T  # fmt: skip
    n, m = model.g.shape
    return path[:, : 3 * n].reshape(-1, n, 3), path[:, 3 * n : 3 * n + m] + 1j * path[:, 3 * n + m :]
