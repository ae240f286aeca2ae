r"""Atoms with channels of their own in lossy, pumped modes: every atom written out, in truncated Fock spaces.

$$H = \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + \sum_{i\mu} g_{i\mu} \sigma^z_i (a_\mu + a_\mu^\dagger)
+ \Omega \sum_i \sigma^x_i$$

with the jumps of the light and, for every atom, from +1 to -1 along the axis, back, and the Pauli matrix of the axis.
The spins come first, then the modes, no photon first; matrices are stacked by columns.
"""

from functools import reduce
from itertools import permutations
from math import factorial

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import expm_multiply, splu

from tests.twins.spins_and_modes import lindblad, placed

SIGMA = {"x": np.array([[0, 1], [1, 0]]), "y": np.array([[0, -1j], [1j, 0]]), "z": np.array([[1, 0], [0, -1]])}
STATES = {"x": (np.array([1, 1]) / np.sqrt(2), np.array([1, -1]) / np.sqrt(2)), "z": (np.eye(2)[0], np.eye(2)[1])}
"""Eigenvectors of +1 and -1."""


class AtomsAndLight:
    def __init__(self, model, levels):
        self.model, self.levels = model, tuple(levels)
        self.n = model.n_spins
        self.sizes = [2] * self.n + list(levels)
        self.size = int(np.prod(self.sizes))

    def spin(self, axis, i):
        return placed(sp.csr_array(SIGMA[axis]), i, self.sizes)

    def lower(self, mode):
        return placed(sp.csr_array(np.diag(np.sqrt(np.arange(1.0, self.levels[mode])), 1)), self.n + mode, self.sizes)

    def generator(self):
        m = self.model
        hamiltonian = sum(m.drive * self.spin("x", i) for i in range(self.n))
        jumps = []
        for mu in range(m.n_modes):
            a = self.lower(mu)
            hamiltonian = hamiltonian + m.omega[mu] * a.T @ a
            for i in range(self.n):
                hamiltonian = hamiltonian + m.g[i, mu] * self.spin("z", i) @ (a + a.T)
            jumps += [(m.loss[mu], a), (m.gain[mu], a.T)]
        channels = m.channels
        if channels is not None:
            plus, minus = STATES[channels.axis]
            down = sp.csr_array(np.outer(minus, plus))
            for i in range(self.n):
                lowering = placed(down, i, self.sizes)
                jumps += [(channels.decay, lowering), (channels.pumping, lowering.T)]
                jumps.append((channels.dephasing, self.spin(channels.axis, i)))
        return lindblad(hamiltonian, jumps)

    def product(self, bloch, amplitudes):
        """Spins with Bloch vectors, coherent light."""
        parts = [(np.eye(2) + sum(m * SIGMA[axis] for m, axis in zip(v, "xyz", strict=True))) / 2 for v in bloch]
        for alpha, size in zip(amplitudes, self.levels, strict=True):
            ket = np.array([np.exp(-(abs(alpha) ** 2) / 2) * alpha**k / np.sqrt(factorial(k)) for k in range(size)])
            parts.append(np.outer(ket, ket.conj()))
        return reduce(np.kron, parts)

    def averaged(self, groups, signs, sigma, amplitudes):
        """The mean over all orders, after the turn by `signs`, of a configuration in each group."""
        turned = np.array(signs) * sigma
        orders = [np.arange(self.n)]
        for group in groups:
            orders = [_placed_in(order, group, some) for order in orders for some in permutations(group)]
        upright = [np.stack([np.zeros(self.n)] * 2 + [np.array(signs) * turned[order]], axis=1) for order in orders]
        return sum(self.product(bloch, amplitudes) for bloch in upright) / len(orders)

    def later(self, state, time):
        vector = expm_multiply(self.generator() * time, state.reshape(-1, order="F").astype(complex))
        return vector.reshape(self.size, self.size, order="F")

    def steady(self):
        """The null vector, with the trace in place of one of the equations."""
        equations = sp.lil_array(self.generator())
        equations[0, :] = np.identity(self.size).reshape(-1)
        solution = splu(sp.csc_array(equations)).solve(np.eye(1, self.size**2, dtype=complex)[0])
        return solution.reshape(self.size, self.size, order="F")

    def bloch(self, state):
        return np.array([[np.trace(self.spin(axis, i) @ state).real for axis in "xyz"] for i in range(self.n)])

    def energy(self, state):
        m, total = self.model, 0.0
        for i in range(self.n):
            for j in range(self.n):
                if i != j:
                    coupling = sum(
                        2 * m.omega[mu] * m.g[i, mu] * m.g[j, mu] / (m.omega[mu] ** 2 + (m.loss - m.gain)[mu] ** 2 / 4)
                        for mu in range(m.n_modes)
                    )
                    total -= coupling / 2 * np.trace(self.spin("z", i) @ self.spin("z", j) @ state).real
        return total

    def light(self, state, mode):
        """Photons, amplitude, pair and g2 of a mode."""
        a = self.lower(mode)
        photons = np.trace(a.T @ a @ state).real
        quartic = np.trace(a.T @ a.T @ a @ a @ state).real
        return photons, np.trace(a @ state), np.trace(a @ a @ state), quartic / photons**2

    def of_mode(self, state, mode, allowed=None):
        """The state of one mode, of the configurations that are `allowed` (2^N,)."""
        if allowed is not None:
            keep = np.repeat(allowed, int(np.prod(self.levels)))
            state = state * keep[:, None]
        whole, k = state.reshape(self.sizes * 2), self.n + mode
        count = len(self.sizes)
        letters = list(range(count)) + [count if axis == k else axis for axis in range(count)]
        return np.einsum(whole, letters, [k, count])


def _placed_in(order, group, some):
    found = order.copy()
    found[list(group)] = some
    return found
