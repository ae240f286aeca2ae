r"""One collective spin of length N/2 and one mode, from the full Lindblad equation on density matrices.

$$H = \omega a^\dagger a + 2 g J_z (a + a^\dagger) + 2 \Omega J_x, \qquad \sqrt{\mathtt{loss}}\, a,\quad
\sqrt{\mathtt{gain}}\, a^\dagger,$$

matrices of the ladder times Fock states, moved by scipy's DOP853. All spins start along one direction, light coherent.
"""

import math

import numpy as np
import scipy.sparse as sp
from scipy.integrate import solve_ivp
from scipy.linalg import expm


class Dicke:
    """N equal spins in one mode with `levels` Fock states."""

    def __init__(self, n, g, omega, loss, drive, levels, gain=0.0):
        j = n / 2
        m = j - np.arange(n + 1)
        raising = np.sqrt((j - m[1:]) * (j + m[1:] + 1))
        up = np.diag(raising, 1)
        self.n, self.levels = n, levels
        self.jx, self.jy, self.jz = (up + up.T) / 2, (up - up.T) / 2j, np.diag(m)
        lower = np.diag(np.sqrt(np.arange(1.0, levels)), 1)
        one, light = sp.identity(n + 1), sp.identity(levels)
        self.a = sp.csr_array(sp.kron(one, lower))
        self.spin = [sp.csr_array(sp.kron(part, light)) for part in (self.jx, self.jy, self.jz)]
        number = self.a.T @ self.a
        hamiltonian = omega * number + 2 * g * self.spin[2] @ (self.a + self.a.T) + 2 * drive * self.spin[0]
        raised = sp.csr_array(self.a.T)
        damping = loss / 2 * number + gain / 2 * self.a @ raised
        self.left = sp.csr_array(-1j * hamiltonian - damping)
        self.jumps = [(loss, self.a), (gain, raised)]

    def start(self, direction, alpha=0.0):
        """The density matrix of spins along a unit vector and coherent light."""
        x, y, z = direction
        values, vectors = np.linalg.eigh(x * self.jx + y * self.jy + z * self.jz)
        assert abs(values[-1] - self.n / 2) < 1e-9
        big = self.levels + 40
        lower = np.diag(np.sqrt(np.arange(1.0, big)), 1)
        wave = expm(alpha * lower.T - np.conj(alpha) * lower)[: self.levels, 0]
        ket = np.kron(vectors[:, -1], wave)
        return np.outer(ket, ket.conj())

    def slope(self, rho):
        half = self.left @ rho
        out = half + half.conj().T
        for rate, jump in self.jumps:
            if rate:
                out = out + rate * (jump @ (jump @ rho).conj().T)
        return out

    def evolved(self, rho, times, tolerance=1e-8):
        """Means at the times: magnetisation_x, _y and magnetisation, photons, quartic, pair, amplitude, and the
        population of the last Fock state.
        """
        shape = rho.shape
        path = solve_ivp(
            lambda _, v: self.slope(v.reshape(shape)).ravel(), (0, times[-1]), rho.astype(complex).ravel(), "DOP853",
            t_eval=times, rtol=tolerance, atol=tolerance,
        )  # fmt: skip
        number = self.a.T @ self.a
        double = self.a @ self.a
        top = sp.csr_array(sp.kron(sp.identity(self.n + 1), np.diag(np.arange(self.levels) == self.levels - 1)))
        readers = {
            "magnetisation_x": 2 / self.n * self.spin[0], "magnetisation_y": 2 / self.n * self.spin[1],
            "magnetisation": 2 / self.n * self.spin[2], "photons": number, "quartic": double.T @ double,
            "pair": double, "amplitude": self.a, "squared": 4 * self.spin[2] @ self.spin[2], "top": top,
        }  # fmt: skip
        states = [v.reshape(shape) for v in path.y.T]
        return {name: np.array([(op @ state).trace() for state in states]) for name, op in readers.items()}


def moments_of(result):
    """The same names from a result of one mode."""
    amplitude = result["amplitude_real"].values[:, 0] + 1j * result["amplitude_imag"].values[:, 0]
    return {name: result[name].values for name in ("magnetisation_x", "magnetisation_y", "magnetisation")} | {
        "photons": result["photons"].values[:, 0],
        "amplitude": amplitude,
        "g2": result["g2"].values[:, 0],
    }


def coherence(means):
    return means["quartic"].real / means["photons"].real ** 2 if np.all(means["photons"].real > 0) else math.nan
