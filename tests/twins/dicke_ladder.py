r"""The single-mode Dicke model in full: the master equation on the ladder of total spin N/2 and the Fock states.

$$H = \omega a^\dagger a + 2 g S^z (a + a^\dagger) + 2 \Omega S^x, \qquad
\dot\rho = -i [H, \rho] + \gamma D[a] \rho + \kappa D[a^\dagger] \rho,$$

with $S = \frac12 \sum_i \sigma_i$. Light alone moves the atoms, so that a state that starts on the ladder stays there.
"""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array


class DickeLadder:
    """Matrices of `n` atoms and one mode with `fock` levels, spin index first."""

    def __init__(self, n, fock):
        m = n / 2 - np.arange(n + 1)
        raising = np.diag(np.sqrt((n / 2 - m[1:]) * (n / 2 + m[1:] + 1)), 1)
        spin_one, light_one = np.eye(n + 1), np.eye(fock)
        self.n, self.fock = n, fock
        self.a = np.kron(spin_one, np.diag(np.sqrt(np.arange(1.0, fock)), 1))
        self.total = {
            "x": np.kron(raising + raising.T, light_one),
            "y": np.kron(-1j * (raising - raising.T), light_one),
            "z": np.kron(np.diag(2 * m), light_one),
        }

    def upright(self, alpha=0.0):
        """All atoms up, the mode in a coherent state."""
        levels = np.arange(self.fock)
        amplitudes = np.exp(-(abs(alpha) ** 2) / 2) * np.cumprod(np.r_[1.0, alpha / np.sqrt(levels[1:])])
        psi = np.kron(np.eye(self.n + 1)[0], amplitudes)
        return np.outer(psi, psi.conj())

    def evolve(self, rho, times, *, omega, g, drive, loss, gain):
        """Density matrices (T, d, d) by DOP853 at tolerance 1e-10."""
        a, ad = self.a, self.a.T
        energy = omega * ad @ a + g * self.total["z"] @ (a + ad) + drive * self.total["x"]
        effective = csr_array(-1j * energy - (loss * ad @ a + gain * a @ ad) / 2)
        levels = np.sqrt(np.arange(1.0, self.fock))
        shape = (self.n + 1, self.fock, self.n + 1, self.fock)
        pairs = levels[:, None, None] * levels  # <k| a |k + 1> on both sides

        def rate(_, flat):
            state = flat.reshape(rho.shape)
            half = effective @ ((state + state.conj().T) / 2)  # or rounding would grow an antihermitian part
            out = (half + half.conj().T).reshape(shape)
            ladder = state.reshape(shape)
            out[:, :-1, :, :-1] += loss * pairs * ladder[:, 1:, :, 1:]
            out[:, 1:, :, 1:] += gain * pairs * ladder[:, :-1, :, :-1]
            return out.ravel()

        start = np.asarray(rho, dtype=complex).ravel()
        path = solve_ivp(rate, (0, times[-1]), start, "DOP853", times, rtol=1e-9, atol=1e-11).y.T
        return path.reshape(-1, *rho.shape)

    def means(self, states):
        """Expectation values per atom and of the mode, and the population of the last Fock level."""

        def mean(operator):
            return np.einsum("ij,tji->t", operator, states)

        ad = self.a.T
        last = np.kron(np.eye(self.n + 1), np.diag(np.arange(self.fock) == self.fock - 1))
        return {
            "z": mean(self.total["z"]).real / self.n,
            "x": mean(self.total["x"]).real / self.n,
            "a": mean(self.a),
            "photons": mean(ad @ self.a).real,
            "zz": (mean(self.total["z"] @ self.total["z"]).real - self.n) / max(self.n * (self.n - 1), 1),
            "last": mean(last).real,
        }
