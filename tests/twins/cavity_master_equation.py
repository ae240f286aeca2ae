"""Spins and light with nothing taken together: dense operators, a sparse superoperator, `expm_multiply`."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import expm_multiply

from cavity_hopfield.elimination.exact.full_liouvillian import full_liouvillian

X, Z = np.array([[0, 1], [1, 0]]), np.diag([1.0, -1.0])
Y = np.array([[0, -1j], [1j, 0]])


class CavityMasterEquation:
    """A `MultimodeDicke` of few spins in `levels` plain Fock states, from a product state."""

    def __init__(self, model, levels):
        self.model, self.levels = model, levels
        self.dims = (2,) * model.n_spins + tuple(levels)
        self.size = int(np.prod(self.dims))
        self.generator = csr_array(full_liouvillian(model, tuple(levels)))

    def on(self, operator, site):
        left, right = int(np.prod(self.dims[:site])), int(np.prod(self.dims[site + 1 :]))
        return np.kron(np.kron(np.eye(left), operator), np.eye(right))

    def sigma(self, axis, spin):
        return self.on({"x": X, "y": Y, "z": Z}[axis], spin)

    def a(self, mode):
        return self.on(np.diag(np.sqrt(np.arange(1, self.levels[mode])), 1), self.model.n_spins + mode)

    def start(self, bloch, amplitudes, thermal):
        """Displaced thermal states by matrix exponentials far beyond the levels kept."""
        rho = np.ones((1, 1))
        for x, y, z in bloch:
            rho = np.kron(rho, (np.eye(2) + x * X + y * Y + z * Z) / 2)
        for alpha, nbar, size in zip(amplitudes, thermal, self.levels, strict=True):
            big = size + 60
            a = np.diag(np.sqrt(np.arange(1, big)), 1)
            values, vectors = np.linalg.eigh(1j * (alpha * a.T - np.conj(alpha) * a))
            shift = vectors @ np.diag(np.exp(-1j * values)) @ vectors.conj().T
            weights = np.diag((nbar / (1 + nbar)) ** np.arange(big) / (1 + nbar))
            rho = np.kron(rho, (shift @ weights @ shift.conj().T)[:size, :size])
        return rho

    def later(self, rho, time):
        found = expm_multiply(time * self.generator, rho.T.ravel().astype(complex))
        return found.reshape(self.size, self.size).T

    def steady(self):
        """The null vector by least squares, small sizes only."""
        dense = self.generator.toarray()
        trace = np.eye(self.size).ravel()
        found = np.linalg.lstsq(np.vstack([dense, trace]), np.append(np.zeros(self.size**2), 1.0), rcond=None)[0]
        return found.reshape(self.size, self.size).T

    def observables(self, rho):
        """Under the names of the package, from dense operators."""

        def mean(operator):
            return np.trace(operator @ rho)

        spins, modes = range(self.model.n_spins), range(self.model.n_modes)
        a = [self.a(mode) for mode in modes]
        amplitude = np.array([mean(one) for one in a])
        pair = np.array([mean(one @ one) for one in a])
        photons = np.array([mean(one.conj().T @ one).real for one in a])
        quartic = np.array([mean(one.conj().T @ one.conj().T @ one @ one).real for one in a])
        couplings = self.model.ising_couplings()
        energy = -sum(
            couplings[i, j] * mean(self.sigma("z", i) @ self.sigma("z", j)).real for i in spins for j in spins if i < j
        )
        return {
            "spin_z": np.array([mean(self.sigma("z", i)).real for i in spins]),
            "magnetisation_x": np.mean([mean(self.sigma("x", i)).real for i in spins]),
            "magnetisation_y": np.mean([mean(self.sigma("y", i)).real for i in spins]),
            "energy": energy,
            "photons": photons,
            "amplitude_real": amplitude.real,
            "amplitude_imag": amplitude.imag,
            "pair_real": pair.real,
            "pair_imag": pair.imag,
            "g2": quartic / photons**2,
        }
