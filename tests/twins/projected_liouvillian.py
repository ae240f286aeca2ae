r"""Spins and light with dense matrices: projectors written out, inverses by numpy, evolution by matrix exponentials.

$$R = T \mathcal{V} A - T \mathcal{V} Q (Q \mathcal{L} Q)^{-1} Q \mathcal{V} A, \qquad Q = 1 - A T .$$

The basis is that of kron products, spin 0 first and up before down, then the modes. Matrices are stacked by columns:
vec(B X C) = (C^T kron B) vec X.
"""

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import scipy.sparse as sp
from scipy.linalg import null_space
from scipy.sparse.linalg import expm_multiply


@dataclass(frozen=True)
class SpinsInModes:
    """Couplings g[i][mu], one frequency, loss, gain and number of levels per mode, and the drive."""

    g: tuple
    omega: tuple
    loss: tuple
    gain: tuple
    drive: float
    levels: tuple

    @classmethod
    def of(cls, dicke, levels):
        return cls(
            g=tuple(tuple(float(c) for c in row) for row in dicke.g),
            omega=tuple(map(float, dicke.omega)),
            loss=tuple(map(float, dicke.loss)),
            gain=tuple(map(float, dicke.gain)),
            drive=dicke.drive,
            levels=tuple(levels),
        )

    @property
    def n(self):
        return len(self.g)

    @cached_property
    def signs(self):
        """Configurations as rows of +-1, in the order of kron products."""
        return [[1 - 2 * int(bit) for bit in format(k, f"0{self.n}b")] for k in range(2**self.n)]

    def _place(self, small, place):
        sizes = [2] * self.n + list(self.levels)
        factors = [small if k == place else np.eye(size) for k, size in enumerate(sizes)]
        return reduce(np.kron, factors)

    def _superoperator(self, hamiltonian, jumps):
        one = sp.identity(len(hamiltonian))
        total = -1j * (sp.kron(one, sp.csr_array(hamiltonian)) - sp.kron(sp.csr_array(hamiltonian.T), one))
        for jump in jumps:
            square = sp.csr_array(jump.conj().T @ jump)
            total = total + sp.kron(sp.csr_array(jump.conj()), sp.csr_array(jump))
            total = total - (sp.kron(one, square) + sp.kron(sp.csr_array(square.T), one)) / 2
        return sp.csr_array(total)

    @cached_property
    def undriven(self):
        hamiltonian, jumps = 0, []
        for mu, levels in enumerate(self.levels):
            a = self._place(np.diag(np.sqrt(np.arange(1, levels)), 1), self.n + mu)
            hamiltonian = hamiltonian + self.omega[mu] * a.T @ a
            for i in range(self.n):
                sz = self._place(np.diag([1.0, -1.0]), i)
                hamiltonian = hamiltonian + self.g[i][mu] * sz @ (a + a.T)
            jumps += [np.sqrt(self.loss[mu]) * a, np.sqrt(self.gain[mu]) * a.T]
        return self._superoperator(hamiltonian, jumps)

    @cached_property
    def driving(self):
        flips = sum(self._place(np.array([[0.0, 1.0], [1.0, 0.0]]), i) for i in range(self.n))
        return self._superoperator(self.drive * flips, [])

    @property
    def light(self):
        return int(np.prod(self.levels))

    def force(self, k):
        return np.array([sum(self.g[i][mu] * self.signs[k][i] for i in range(self.n)) for mu in range(len(self.omega))])

    def relaxed(self, k):
        """The stationary light under configuration k: the null vector of each mode's generator by singular values."""
        state = np.ones((1, 1))
        for mu, levels in enumerate(self.levels):
            a = np.diag(np.sqrt(np.arange(1, levels)), 1)
            hamiltonian = self.omega[mu] * a.T @ a + self.force(k)[mu] * (a + a.T)
            jumps = [np.sqrt(self.loss[mu]) * a, np.sqrt(self.gain[mu]) * a.T]
            still = np.linalg.svd(self._superoperator(hamiltonian, jumps).toarray())[2][-1].conj()
            still = still.reshape(levels, levels, order="F")
            state = np.kron(state, still / np.trace(still))
        return state

    @cached_property
    def kept(self):
        """Pairs of configurations (left, right) with equal forces, the right one slow."""
        size = 2**self.n
        return [
            (left, right)
            for right in range(size)
            for left in range(size)
            if np.allclose(self.force(left), self.force(right), rtol=0, atol=1e-9)
        ]

    @cached_property
    def projection(self):
        """Columns A and rows T."""
        size, columns, rows = 2**self.n, [], []
        for left, right in self.kept:
            unit = np.zeros((size, size))
            unit[left, right] = 1
            columns.append(np.kron(unit, self.relaxed(left)).reshape(-1, order="F"))
            rows.append(np.kron(unit, np.eye(self.light)).reshape(-1, order="F"))
        return np.array(columns).T, np.array(rows)

    @cached_property
    def _apart(self):
        """Q, and the inverse on its range of Q times a superoperator times Q."""
        columns, rows = self.projection
        q = np.eye(len(columns)) - columns @ rows

        def inverse(superoperator):
            return q @ np.linalg.pinv(q @ superoperator.toarray() @ q, rcond=1e-12) @ q

        return q, inverse

    def second_order(self):
        """From the blocks of light one flip away, each solved by itself."""
        columns, rows = self.projection
        driven = self.driving @ columns
        size, light = 2**self.n, self.light
        answer = np.zeros_like(driven)
        whole = self.undriven.tocsr()
        for left in range(size):
            for right in range(size):
                ket, bra = left * light + np.arange(light), right * light + np.arange(light)
                here = (bra[:, None] * size * light + ket[None, :]).reshape(-1)
                if np.abs(driven[here]).max() > 0:
                    answer[here] = np.linalg.solve(whole[here][:, here].toarray(), driven[here])
        return -rows @ (self.driving @ answer)

    def fourth_order(self):
        columns, rows = self.projection
        _, inverse = self._apart
        back, v = inverse(self.undriven), self.driving
        third = back @ (v @ (back @ (v @ (back @ (v @ columns)))))
        return -rows @ (v @ third)

    def all_orders(self):
        columns, rows = self.projection
        _, inverse = self._apart
        v = self.driving
        return rows @ (v @ columns) - rows @ (v @ (inverse(self.undriven + v) @ (v @ columns)))

    def limit(self, k):
        """The stacked state at infinite time from configuration k with the light at rest under it, by the null vectors
        of the whole generator on both sides.
        """
        whole = (self.undriven + self.driving).toarray()
        still, conserved = null_space(whole, rcond=1e-13), null_space(whole.conj().T, rcond=1e-13).conj().T
        return still @ np.linalg.solve(conserved @ still, conserved @ self.start(k))

    def eigenvalues(self):
        return np.linalg.eigvals((self.undriven + self.driving).toarray())

    def start(self, k):
        unit = np.zeros((2**self.n, 2**self.n))
        unit[k, k] = 1
        return np.kron(unit, self.relaxed(k)).reshape(-1, order="F").astype(complex)

    def of_spins(self, stacked):
        size, light = 2**self.n, self.light
        state = stacked.reshape(size * light, size * light, order="F").reshape(size, light, size, light)
        return np.trace(state, axis1=1, axis2=3)

    def photons(self, stacked, mu):
        number = self._place(np.diag(np.arange(self.levels[mu], dtype=float)), self.n + mu)
        dimension = 2**self.n * self.light
        return np.trace(number @ stacked.reshape(dimension, dimension, order="F")).real

    def evolved(self, k, time):
        """The spins' density matrix at `time`, from configuration k with the light at rest under it."""
        return self.of_spins(expm_multiply((self.undriven + self.driving) * time, self.start(k)))
