r"""The coherence block of a spin flip in a truncated Fock space, straight from the master equation.

$$\dot\chi = -i (H_{x+\delta} \chi - \chi H_x) + \sum_\mu \mathtt{loss}_\mu D[a_\mu] \chi
+ \mathtt{gain}_\mu D[a_\mu^\dagger] \chi, \qquad
H_x = \sum_\mu \omega_\mu a_\mu^\dagger a_\mu + x_\mu (a_\mu + a_\mu^\dagger),$$

from the stationary state of $\delta = 0$. No formula for F, for the stationary state or for the rate is used.
Operators are stacked by columns: vec(A X B) = (B^T kron A) vec X. The generator of two modes is
L_1 kron 1 + 1 kron L_2, so L X = -chi(0) is the Sylvester equation L_1 X + X L_2^T = -chi_1 chi_2^T.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.linalg import solve_sylvester
from scipy.sparse.linalg import expm_multiply, splu

MOST_LEVELS = 48


@dataclass(frozen=True)
class Mode:
    """One mode, with the force on it before the flip and the change of that force."""

    omega: float
    loss: float
    gain: float
    force: float
    delta: float

    def generator(self, levels, delta):
        """The two-sided Liouvillian (levels^2, levels^2) between the forces `force + delta` and `force`."""
        a = sp.diags_array(np.sqrt(np.arange(1.0, levels)), offsets=1)
        one = sp.identity(levels)
        left, right = (self.omega * a.T @ a + x * (a + a.T) for x in (self.force + delta, self.force))
        total = -1j * (sp.kron(one, left) - sp.kron(right.T, one))
        for rate, jump in ((self.loss, a), (self.gain, a.T)):
            decay = jump.T @ jump
            total = total + rate * (sp.kron(jump, jump) - sp.kron(one, decay) / 2 - sp.kron(decay.T, one) / 2)
        return sp.csc_array(total)

    def relaxed(self, levels):
        """The stationary state under `force`, as the null vector of its Liouvillian with unit trace."""
        equations = sp.lil_array(self.generator(levels, 0.0))
        equations[0, :] = _trace(levels)
        return splu(sp.csc_array(equations)).solve(np.eye(1, levels**2, dtype=complex)[0])

    def coherence(self, levels, times):
        """F(t) = Tr chi(t) on an equally spaced grid of times that starts at 0."""
        states = expm_multiply(
            self.generator(levels, self.delta), self.relaxed(levels), start=0, stop=times[-1], num=len(times)
        )
        return states @ _trace(levels)


def coherence(modes, levels, times):
    """F(t) of one or two modes."""
    return np.prod([mode.coherence(levels, times) for mode in modes], axis=0)


def integral(modes, levels):
    """The integral of F over all times, -Tr(L^-1 chi(0)), of one or two modes."""
    generators = [mode.generator(levels, mode.delta) for mode in modes]
    starts = [mode.relaxed(levels) for mode in modes]
    if len(modes) == 1:
        return -_trace(levels) @ splu(generators[0]).solve(starts[0])
    first, second = (generator.toarray() for generator in generators)
    return -_trace(levels) @ solve_sylvester(first, second.T, np.outer(*starts)) @ _trace(levels)


def rate(modes, levels, drive):
    """W = 2 drive^2 Re of the integral of F."""
    return 2 * drive**2 * integral(modes, levels).real


def converged(observable, tolerance, first=8, step=3):
    """`observable(levels)` with the Fock levels raised until it moves by less than `tolerance`, relatively."""
    before = observable(first)
    for levels in range(first + step, MOST_LEVELS + 1, step):
        now = observable(levels)
        if np.max(np.abs(now - before)) <= tolerance * np.max(np.abs(now)):
            return now
        before = now
    raise AssertionError(f"Not converged to {tolerance} with {MOST_LEVELS} levels.")


def _trace(levels):
    """The row vector that takes the trace of a stacked operator."""
    return np.identity(levels).reshape(-1)
