r"""The coherence block of a change of force in any Gaussian bath, in a truncated Fock space.

$$\dot\chi = -i (H_{x+\delta} \chi - \chi H_x) + \sum_k r_k D[u_k a + v_k a^\dagger] \chi, \qquad
H_x = \omega a^\dagger a + \tfrac12 (\epsilon a^2 + \epsilon^* a^{\dagger 2}) + x (a + a^\dagger),$$

from the stationary state of $\delta = 0$. No moment equation and no correlation function is used.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import expm

from tests.twins.operator_matrices import annihilation, stationary, two_sided_liouvillian


@dataclass(frozen=True)
class DrivenMode:
    """One mode: `jumps` are (rate, u, v); `squeezing` is the epsilon of the Hamiltonian."""

    omega: float
    jumps: tuple
    force: float
    squeezing: complex = 0.0

    def hamiltonian(self, levels, force):
        a = annihilation(levels)
        pairs = self.squeezing / 2 * a @ a
        return self.omega * a.T @ a + pairs + pairs.conj().T + force * (a + a.T)

    def generator(self, levels, delta):
        a = annihilation(levels)
        jumps = [(rate, u * a + v * a.T) for rate, u, v in self.jumps]
        left, right = (self.hamiltonian(levels, force) for force in (self.force + delta, self.force))
        return two_sided_liouvillian(left, right, jumps)

    def relaxed(self, levels):
        return stationary(self.generator(levels, 0.0))

    def coherence(self, levels, delta, times):
        """F(t) = Tr chi(t) at equally spaced `times` that start at 0."""
        step = expm(self.generator(levels, delta) * (times[1] - times[0]))
        state, values = self.relaxed(levels).reshape(-1, order="F"), []
        for _ in times:
            values.append(np.eye(levels).reshape(-1) @ state)
            state = step @ state
        return np.array(values)
