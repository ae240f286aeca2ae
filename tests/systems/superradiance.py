"""One pattern in one mode: superradiance at the mean-field fixed point."""

from dataclasses import dataclass, replace

import numpy as np

from cavity_hopfield import MultimodeDicke, Patterns


@dataclass(frozen=True)
class OnePatternSuperradiance:
    r"""Couplings $g \xi_i/\sqrt N$: $g_c^2 = \Omega |z|^2 / (2\omega)$, $|m_z| = (1 - (g_c/g)^4)^{1/2}$,
    $|\alpha|^2/N = g^2 m_z^2 / |z|^2$, $m_x = -(g_c/g)^2$; below threshold $m_x = -1$ and no light. Only the net loss
    enters. docs/check_values.md.
    """

    g: float
    pattern: tuple[int, ...] = (1, -1, -1, 1, 1, -1)
    omega: float = 1.0
    loss: float = 1.0
    gain: float = 0.0
    drive: float = 0.25

    @property
    def critical_coupling(self):
        return np.sqrt(self.drive * (self.omega**2 + (self.loss - self.gain) ** 2 / 4) / (2 * self.omega))

    @property
    def overlap(self):
        return np.sqrt(max(0.0, 1 - (self.critical_coupling / self.g) ** 4))

    @property
    def magnetisation_x(self):
        return -min(1.0, (self.critical_coupling / self.g) ** 2)

    @property
    def photons(self):
        coherent = len(self.pattern) * (self.g * self.overlap) ** 2
        net_loss = self.loss - self.gain
        return coherent / (self.omega**2 + net_loss**2 / 4) + self.gain / net_loss

    def model(self):
        memory = Patterns([self.pattern])
        return MultimodeDicke.from_patterns(
            memory, self.g, self.omega, self.loss, self.gain, self.drive, scaling="intensive"
        )

    def perturbed(self, factor):
        return replace(self, g=factor * self.g)

    def check(self, result, tolerance=1e-6):
        """A state without time, on the branch of the pattern, has these observables."""
        found = [result["overlap"].item(), result["magnetisation_x"].item(), result["photons"].item()]
        expected = [self.overlap, self.magnetisation_x, self.photons]
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)
        each = self.overlap * np.array(self.pattern)
        np.testing.assert_allclose(result["spin_z"].values, each, rtol=0, atol=tolerance)
        assert abs(result["magnetisation_y"].item()) < tolerance
