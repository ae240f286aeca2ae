r"""A few spins and modes in full, every operator a Kronecker product: the master equation on density matrices.

$$H = \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + \sum_{i\mu} g_{i\mu} \sigma^z_i (a_\mu + a_\mu^\dagger)
+ \Omega \sum_i \sigma^x_i ,$$

with loss, gain, and decay, pumping and dephasing of each spin along x or z. The start has no correlations: spins with
Bloch vectors and displaced thermal modes. States are stacked by rows.
"""

import numpy as np
import scipy.sparse as sp
from scipy.linalg import expm
from scipy.sparse.linalg import expm_multiply

PAULI = {
    "x": np.array([[0, 1], [1, 0]], complex),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.array([[1, 0], [0, -1]], complex),
}


class FullCavity:
    """Operators of `model`, whose modes have `levels` Fock states each."""

    def __init__(self, model, levels):
        self.model, self.levels = model, levels
        self.n, self.m = model.g.shape
        self.sizes = [2] * self.n + [levels] * self.m
        one = np.diag(np.sqrt(np.arange(1.0, levels)), 1)
        self.sigma = {axis: [self.placed(matrix, i) for i in range(self.n)] for axis, matrix in PAULI.items()}
        self.a = [self.placed(one, self.n + mu) for mu in range(self.m)]

    def placed(self, matrix, site):
        before, after = int(np.prod(self.sizes[:site])), int(np.prod(self.sizes[site + 1 :]))
        return sp.csr_array(sp.kron(sp.kron(sp.identity(before), matrix), sp.identity(after)))

    def generator(self):
        model = self.model
        energy = model.drive * sum(self.sigma["x"])
        jumps = []
        for mu, a in enumerate(self.a):
            energy = energy + model.omega[mu] * a.T @ a
            energy = energy + sum(model.g[i, mu] * self.sigma["z"][i] for i in range(self.n)) @ (a + a.T)
            jumps += [(model.loss[mu], a), (model.gain[mu], a.T)]
        if model.channels is not None:
            c = model.channels
            for i in range(self.n):
                x, y, z = (self.sigma[axis][i] for axis in "xyz")
                lower, along = ((x - 1j * y) / 2, z) if c.axis == "z" else ((z + 1j * y) / 2, x)
                jumps += [(c.decay, lower), (c.pumping, lower.conj().T), (c.dephasing, along)]
        one = sp.identity(energy.shape[0])
        total = -1j * (sp.kron(energy, one) - sp.kron(one, energy.T))
        for rate, jump in jumps:
            lost = jump.conj().T @ jump
            total = total + rate * (sp.kron(jump, jump.conj()) - (sp.kron(lost, one) + sp.kron(one, lost.T)) / 2)
        return sp.csr_array(total)

    def start(self, bloch, amplitudes, thermal):
        state = np.ones((1, 1), complex)
        for vector in bloch:
            state = np.kron(state, (np.eye(2) + sum(v * PAULI[k] for v, k in zip(vector, "xyz", strict=True))) / 2)
        for alpha, occupation in zip(amplitudes, thermal, strict=True):
            big = self.levels + 40
            a = np.diag(np.sqrt(np.arange(1.0, big)), 1)
            shift = expm(alpha * a.T - np.conj(alpha) * a)
            weights = (occupation / (1 + occupation)) ** np.arange(big) / (1 + occupation)
            rho = (shift * weights) @ shift.conj().T
            state = np.kron(state, rho[: self.levels, : self.levels])
        return state

    def means(self, bloch, amplitudes, thermal, times):
        """Observables at `times`, an evenly spaced grid from 0, under the names of the package."""
        state = self.start(bloch, amplitudes, thermal)
        assert abs(np.trace(state) - 1) < 1e-5
        path = expm_multiply(
            self.generator(), state.ravel(), start=times[0], stop=times[-1], num=len(times), endpoint=True
        )
        path = path.reshape(len(times), *state.shape)

        def mean(operator):
            coo = sp.coo_array(operator)
            return path[:, coo.col, coo.row] @ coo.data

        model, z = self.model, self.sigma["z"]
        forces = [sum(model.g[i, mu] * z[i] for i in range(self.n)) for mu in range(self.m)]
        energy = 0
        for mu, force in enumerate(forces):
            strength = 2 * model.omega[mu] / abs((model.loss[mu] - model.gain[mu]) / 2 + 1j * model.omega[mu]) ** 2
            energy = energy - strength / 2 * (mean(force @ force).real - np.sum(model.g[:, mu] ** 2))
        numbers = np.stack([mean(a.T @ a).real for a in self.a], axis=1)
        fourth = np.stack([mean(a.T @ a.T @ a @ a).real for a in self.a], axis=1)
        pair = np.stack([mean(a @ a) for a in self.a], axis=1)
        return {
            "spin_z": np.stack([mean(one).real for one in z], axis=1),
            "magnetisation_x": mean(sum(self.sigma["x"])).real / self.n,
            "magnetisation_y": mean(sum(self.sigma["y"])).real / self.n,
            "photons": numbers,
            "amplitude_real": np.stack([mean(a).real for a in self.a], axis=1),
            "amplitude_imag": np.stack([mean(a).imag for a in self.a], axis=1),
            "pair_real": pair.real,
            "pair_imag": pair.imag,
            "g2": fourth / numbers**2,
            "energy": energy,
        }
