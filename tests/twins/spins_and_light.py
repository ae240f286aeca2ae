r"""Driven spins in lossy, pumped modes: the full master equation in truncated Fock spaces, written in QuTiP.

$$H = H_S + \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + S_\mu (a_\mu + a_\mu^\dagger), \qquad
L = \sqrt{\mathtt{loss}_\mu}\, a_\mu,\ \sqrt{\mathtt{gain}_\mu}\, a_\mu^\dagger.$$
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import qutip
from scipy.sparse.linalg import eigs, expm_multiply, splu

BESIDE = 1e-6
"""Shift-invert beside an eigenvalue, relative to its size: at it the factorisation may be singular."""


def separate_spins(g, drive):
    r"""$H_S = \Omega \sum_i \sigma^x_i$ and the forces $S_\mu = \sum_i g_{i\mu} \sigma^z_i$ of couplings (N, M)."""
    g = np.asarray(g, float)
    n = len(g)

    def on(spin, sigma):
        return qutip.tensor([sigma if k == spin else qutip.qeye(2) for k in range(n)])

    along = [on(spin, qutip.sigmaz()) for spin in range(n)]
    hamiltonian = drive * sum(on(spin, qutip.sigmax()) for spin in range(n))
    return hamiltonian, [sum(c * sz for c, sz in zip(row, along, strict=True)) for row in g.T]


def one_big_spin(n, g, drive):
    """The symmetric sector of n spins that couple alike, with the coupling g of each: a spin of length n / 2."""
    return 2 * drive * qutip.jmat(n / 2, "x"), [2 * g * qutip.jmat(n / 2, "z")]


@dataclass(frozen=True)
class SpinsAndLight:
    """The spins as by the functions above; each mode with Fock states below its number of `levels`."""

    spins: tuple
    omega: tuple
    loss: tuple
    gain: tuple
    levels: tuple
    size: int = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "size", self.spins[0].shape[0])

    def _joint(self, of_spins, of_modes=()):
        """The product of one operator of the spins and operators of modes by number."""
        one = qutip.qeye(self.size) if of_spins is None else qutip.Qobj(of_spins.full())
        modes = dict(of_modes)
        return qutip.tensor([one, *(modes.get(k, qutip.qeye(levels)) for k, levels in enumerate(self.levels))])

    @cached_property
    def generator(self):
        """The Liouvillian as a sparse matrix on density matrices stacked by columns."""
        hamiltonian, forces = self.spins
        total, jumps = self._joint(hamiltonian), []
        for mode, levels in enumerate(self.levels):
            a = qutip.destroy(levels)
            total += self.omega[mode] * self._joint(None, {mode: a.dag() * a})
            total += self._joint(forces[mode], {mode: a + a.dag()})
            jumps.append(np.sqrt(self.loss[mode]) * self._joint(None, {mode: a}))
            if self.gain[mode]:
                jumps.append(np.sqrt(self.gain[mode]) * self._joint(None, {mode: a.dag()}))
        return qutip.liouvillian(total, jumps).to("csr").data_as("csr_matrix").tocsc()

    @cached_property
    def steady(self):
        """The stationary density matrix of spins and light, with unit trace in place of one of the equations."""
        dimension = int(np.sqrt(self.generator.shape[0]))
        equations = self.generator.tolil()
        equations[0] = np.eye(dimension).reshape(-1)
        solution = splu(equations.tocsc()).solve(np.eye(1, dimension**2, dtype=complex)[0])
        return solution.reshape(dimension, dimension, order="F")

    def of_spins(self, state):
        """The density matrix of the spins."""
        light = int(np.prod(self.levels))
        return np.trace(state.reshape(self.size, light, self.size, light), axis1=1, axis2=3)

    def photons(self, state, mode):
        """The photon number of a mode, and the population of its last level, an error of the cutoff."""
        number = self._joint(None, {mode: qutip.num(self.levels[mode])}).full()
        last = self._joint(None, {mode: qutip.fock_dm(self.levels[mode], self.levels[mode] - 1)}).full()
        return np.trace(number @ state).real, np.trace(last @ state).real

    def eigenvalue_near(self, guess):
        """The eigenvalue of the generator nearest to `guess`."""
        start = np.ones(self.generator.shape[0])
        found = eigs(self.generator, k=1, sigma=guess * (1 + BESIDE), v0=start, return_eigenvectors=False)
        return complex(found[0])

    def relaxed(self, configuration, g):
        """Spins in a configuration of +-1, and each mode at rest under its force."""
        spins = qutip.tensor([qutip.fock_dm(2, int(spin < 0)) for spin in configuration])
        parts = [qutip.Qobj(spins.full())]
        for mode, levels in enumerate(self.levels):
            a = qutip.destroy(levels)
            force = float(np.dot(np.asarray(g)[:, mode], configuration))
            jumps = [np.sqrt(self.loss[mode]) * a, np.sqrt(self.gain[mode]) * a.dag()]
            parts.append(qutip.steadystate(self.omega[mode] * a.dag() * a + force * (a + a.dag()), jumps))
        return qutip.tensor(parts).full()

    def evolved(self, state, times):
        """Density matrices of the spins on an equally spaced grid of times that starts at 0."""
        vectors = expm_multiply(
            self.generator, state.reshape(-1, order="F"), start=0.0, stop=times[-1], num=len(times), endpoint=True
        )
        return np.array([self.of_spins(v.reshape(state.shape, order="F")) for v in vectors])
