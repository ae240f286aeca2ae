r"""Stationary state of one big spin in one lossy mode, from the light that it loses.

Between two lost photons the state moves under $K = -i H - \frac12 \gamma a^\dagger a$. The state just after a loss is
stationary under $\rho \to \gamma\, a \left(\int_0^\infty e^{K t} \rho\, e^{K^\dagger t} dt\right) a^\dagger$, and the
time average between two losses is the stationary state.
"""

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

STANDING = 1e-8


def big_spin(n):
    """Twice the x and z components of a spin of length n / 2."""
    m = n / 2 - np.arange(n + 1)
    raised = np.diag(np.sqrt(n / 2 * (n / 2 + 1) - m[1:] * (m[1:] + 1)), 1)
    return raised + raised.T, np.diag(2 * m)


def stationary(n, g, omega, loss, drive, levels):
    """Photons, <sigma^x>, and the weight of the last Fock state; couplings g / sqrt(n)."""
    x, z = big_spin(n)
    a = np.kron(np.eye(n + 1), np.diag(np.sqrt(np.arange(1.0, levels)), 1))
    spin_x, spin_z = np.kron(x, np.eye(levels)), np.kron(z, np.eye(levels))
    number = a.T @ a
    hamiltonian = omega * number + g / np.sqrt(n) * spin_z @ (a + a.T) + drive * spin_x
    rates, modes = np.linalg.eig(-1j * hamiltonian - loss / 2 * number)
    back = np.linalg.inv(modes)
    waiting = -1 / (rates[:, None] + rates.conj()[None, :])

    def time_in(rho):
        return modes @ (waiting * (back @ rho @ back.conj().T)) @ modes.conj().T

    mixed = np.eye(len(a)) / len(a)

    def unmoved(flat):
        rho = flat.reshape(a.shape)
        return (rho - loss * a @ time_in(rho) @ a.T + np.trace(rho) * mixed).ravel()

    operator = LinearOperator((a.size, a.size), unmoved, dtype=complex)
    flat, failed = gmres(operator, mixed.ravel().astype(complex), rtol=STANDING, restart=150, maxiter=20)
    if failed:
        raise RuntimeError(failed)
    rho = flat.reshape(a.shape)
    rho = time_in(rho)
    rho /= np.trace(rho)
    last = np.kron(np.ones(n + 1), np.eye(levels)[-1])
    return np.trace(number @ rho).real, np.trace(spin_x @ rho).real / n, float(last @ np.diag(rho).real)
