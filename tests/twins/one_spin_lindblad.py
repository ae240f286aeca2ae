"""The relaxation rate of one driven spin in one lossy mode, from the full Lindblad equation.

H = omega a^dag a + g sigma^z (a + a^dag) + drive sigma^x, L = sqrt(loss) a and sqrt(gain) a^dag. Stacked by columns.
"""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import eigs

COUPLES = 1e-6


def relaxation_rate(drive, omega, g, loss, gain=0.0, tolerance=1e-9, most_levels=40):
    """The slowest real decay that shows in the polarisation, with the Fock levels raised until it has settled."""
    levels, before = 12, np.inf
    while levels <= most_levels:
        now = _rate(levels, drive, omega, g, loss, gain)
        if abs(now - before) <= tolerance * now:
            return now
        before, levels = now, levels + 4
    raise AssertionError(f"Not converged to {tolerance} with {most_levels} levels.")


def _rate(levels, drive, omega, g, loss, gain):
    a = sp.kron(sp.identity(2), sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1), format="csr")
    sigma_x = sp.kron([[0, 1], [1, 0]], sp.identity(levels), format="csr")
    sigma_z = sp.kron([[1, 0], [0, -1]], sp.identity(levels), format="csr")
    hamiltonian = omega * a.T @ a + g * sigma_z @ (a + a.T) + drive * sigma_x
    one = sp.identity(2 * levels)
    total = -1j * (sp.kron(one, hamiltonian) - sp.kron(hamiltonian.T, one))
    for rate, jump in ((loss, a), (gain, a.T)):
        decay = jump.T @ jump
        total = total + rate * (sp.kron(jump, jump) - sp.kron(one, decay) / 2 - sp.kron(decay.T, one) / 2)
    # shift-invert beside zero finds the slowest modes; a fixed start vector makes the answer repeatable
    start = np.ones(total.shape[0])
    values, vectors = eigs(sp.csc_array(total), k=8, sigma=1e-3, v0=start)
    polarisation = np.abs(sigma_z.toarray().reshape(-1) @ vectors)
    shows = (polarisation > COUPLES) & (np.abs(values) > 1e-12) & (np.abs(values.imag) < 1e-9 * np.abs(values))
    return float(-values[shows].real.max())
