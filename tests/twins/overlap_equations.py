r"""The mean-field equations of P random patterns for Glauber's law, in overlaps, written out and integrated by scipy.

$\dot m^z = 2\Omega m^y + \langle \xi \tanh(\xi \cdot m^z / T) \rangle - m^z,\ \dot m^y = -2\Omega m^z - m^y / 2$.
P. Rotondo et al., J. Phys. A 51, 115301 (2018).
"""

from itertools import product

import numpy as np
from scipy.integrate import solve_ivp


def force(m, temperature):
    """The average over all 2^P columns, at overlaps (..., P)."""
    columns = np.array(list(product((-1.0, 1.0), repeat=m.shape[-1])))
    return np.tanh(m @ columns.T / temperature) @ columns / len(columns)


def velocity(state, temperature, drive):
    """The time derivative of (m^y, m^z), each of length P."""
    y, z = np.split(np.asarray(state), 2)
    return np.concatenate([-2 * drive * z - y / 2, 2 * drive * y + force(z, temperature) - z])


def evolve(state, temperature, drive, times):
    """States at `times`, shape (T, 2P)."""
    solution = solve_ivp(
        lambda _, x: velocity(x, temperature, drive),
        (0.0, times[-1]),
        state,
        method="DOP853",
        t_eval=times,
        rtol=1e-11,
        atol=1e-13,
    )
    return solution.y.T


def all_zeros(n_patterns, temperature, drive, starts, seed):
    """Distinct solutions of m (1 + 8 drive^2) = force(m) that Newton's method reaches from random starts."""
    columns = np.array(list(product((-1.0, 1.0), repeat=n_patterns)))
    m = np.random.default_rng(seed).uniform(-1, 1, (starts, n_patterns))
    shrink = 1 + 8 * drive**2
    with np.errstate(all="ignore"):
        for _ in range(60):
            slope = 1 - np.tanh(m @ columns.T / temperature) ** 2
            moments = np.einsum("bc,cm,cn->bmn", slope, columns, columns) / len(columns) / temperature
            matrix = shrink * np.eye(n_patterns) - moments
            fine = np.abs(np.linalg.det(matrix)) > 1e-14
            m, matrix = m[fine], matrix[fine]
            m = m - np.linalg.solve(matrix, (shrink * m - force(m, temperature))[..., None])[..., 0]
            m = m[np.isfinite(m).all(axis=1) & (np.abs(m).max(axis=1) < 10)]
    good = np.abs(shrink * m - force(m, temperature)).max(axis=1) < 1e-12
    return np.unique(np.round(m[good], 7) + 0.0, axis=0)
