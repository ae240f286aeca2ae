"""A Kerr oscillator from a coherent state: what is exact, and what truncated Wigner makes of it."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.integrate import solve_ivp


@dataclass(frozen=True)
class KerrOscillator:
    r"""$H = \chi a^{\dagger 2} a^2$ with loss, from $\alpha_0 = \sqrt N$, $\chi = 1/N$ by default:

    $$\langle a(t) \rangle = \alpha_0\, e^{-\gamma t/2} \exp\left[-|\alpha_0|^2 \frac{2i\chi}{\gamma + 2i\chi}
    \left(1 - e^{-(\gamma + 2i\chi) t}\right)\right]$$

    (G. J. Milburn and C. A. Holmes, Phys. Rev. Lett. 56, 2237 (1986)). The Weyl symbol of the Hamiltonian,
    $\chi (|\alpha|^4 - 2|\alpha|^2 + \frac12)$, turns $\alpha$ at the rate $2\chi (|\alpha|^2 - 1)$.
    """

    photons: float
    loss: float = 0.0
    nonlinearity: float | None = None

    @property
    def chi(self):
        return 1 / self.photons if self.nonlinearity is None else self.nonlinearity

    @property
    def alpha(self):
        return np.sqrt(self.photons)

    def amplitude(self, time):
        """Exact."""
        turn = 2j * self.chi
        spent = (1 - np.exp(-(self.loss + turn) * time)) * turn / (self.loss + turn)
        return self.alpha * np.exp(-self.loss * time / 2 - self.photons * spent)

    def truncated_amplitude(self, time):
        r"""The mean of truncated Wigner, without samples: $E[\alpha_t | \alpha_0] = A \alpha_0 e^{-B |\alpha_0|^2}$,
        $\dot A / A = -\frac\gamma2 - \gamma B + 2i\chi$, $\dot B = -\gamma B - \frac\gamma2 B^2 + 2i\chi$, over a
        normal law of variance 1/2.
        """
        turn = 2j * self.chi

        def slope(_, state):
            b = state[1]
            return [-self.loss / 2 - self.loss * b + turn, turn - self.loss * b - self.loss / 2 * b**2]

        path = solve_ivp(slope, (0, time), np.zeros(2, complex), "DOP853", rtol=1e-12, atol=1e-14)
        log_a, b = path.y[:, -1]
        return self.alpha * np.exp(log_a - b * self.photons / (1 + b / 2)) / (1 + b / 2) ** 2

    def turned(self, alpha, time):
        """Amplitudes turned by the Weyl symbol."""
        return alpha * np.exp(-2j * self.chi * time * (np.abs(alpha) ** 2 - 1))

    def perturbed(self, factor):
        return replace(self, nonlinearity=factor * self.chi)

    def check(self, amplitude, error, time):
        """A mean amplitude is that of truncated Wigner, within five standard errors."""
        assert abs(amplitude - self.truncated_amplitude(time)) < 5 * error
