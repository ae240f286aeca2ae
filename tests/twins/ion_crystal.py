"""Ions in a trap from their energy alone: minimised in three dimensions, with a Hessian by finite differences."""

import numpy as np
from scipy.optimize import minimize


def energy(flat, stiffness):
    r"""Trap and Coulomb energy, in units of $m \omega_z^2 \ell^2$; `stiffness`: squared frequencies along x, y, z."""
    places = flat.reshape(-1, 3)
    total = 0.5 * np.sum(np.asarray(stiffness) * places**2)
    for i in range(len(places)):
        for j in range(i):
            total += 1 / np.sqrt(np.sum((places[i] - places[j]) ** 2))
    return total


def at_rest(ions, stiffness):
    """Positions (N, 3) of least energy, along z, ascending."""
    start = np.zeros((ions, 3))
    start[:, 2] = np.arange(ions) - (ions - 1) / 2
    found = minimize(energy, start.ravel(), (stiffness,), method="BFGS", options={"gtol": 1e-9})
    return found.x.reshape(-1, 3)


def hessian(places, stiffness, step=2e-3):
    """Second derivatives (3 N, 3 N), by central differences of fourth order along each pair of directions."""
    flat = places.ravel()
    size = flat.size
    matrix = np.zeros((size, size))
    shifts, weights = (-2, -1, 1, 2), (1 / 12, -2 / 3, 2 / 3, -1 / 12)
    for i in range(size):
        for j in range(i + 1):
            value = 0.0
            for a, wa in zip(shifts, weights, strict=True):
                for b, wb in zip(shifts, weights, strict=True):
                    moved = flat.copy()
                    moved[i] += a * step
                    moved[j] += b * step
                    value += wa * wb * energy(moved, stiffness)
            matrix[i, j] = matrix[j, i] = value / step**2
    return matrix
