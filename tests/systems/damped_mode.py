"""A displaced cavity mode that rings down to where frozen spins hold it."""

from dataclasses import dataclass, replace

import numpy as np

from cavity_hopfield import MultimodeDicke, ProductState


@dataclass(frozen=True)
class DampedMode:
    r"""$\alpha(t) = \bar\alpha + (\alpha_0 - \bar\alpha) e^{-zt}$, $\bar\alpha = -i x / z$: no drive, so that every
    spin keeps its z component and with it the force x. Exact at every level of theory for the mean amplitude.
    """

    couplings: tuple[float, ...] = (0.5, -0.3, 0.4)
    spins: tuple[int, ...] = (1, 1, -1)
    omega: float = 1.3
    loss: float = 0.9
    gain: float = 0.2
    displaced_to: complex = 1.5 - 0.7j

    @property
    def pole(self):
        return (self.loss - self.gain) / 2 + 1j * self.omega

    def model(self):
        return MultimodeDicke([[g] for g in self.couplings], self.omega, self.loss, self.gain, drive=0.0)

    def initial(self):
        return ProductState([[0, 0, s] for s in self.spins], [self.displaced_to])

    def amplitude(self, times):
        rest = -1j * sum(g * s for g, s in zip(self.couplings, self.spins, strict=True)) / self.pole
        return rest + (self.displaced_to - rest) * np.exp(-self.pole * np.asarray(times))

    def perturbed(self, factor):
        return replace(self, loss=factor * self.loss)

    def check(self, result):
        """An evolution from `initial` has this amplitude, photon number and force, to 1e-6."""
        expected = self.amplitude(result["time"].values)
        found = result["amplitude_real"].values[:, 0] + 1j * result["amplitude_imag"].values[:, 0]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
        # coherent at the start, a displaced thermal state at the end
        net_loss = self.loss - self.gain
        warmed = self.gain / net_loss * (1 - np.exp(-net_loss * result["time"].values))
        photons = abs(expected) ** 2 + warmed
        np.testing.assert_allclose(result["photons"].values[:, 0], photons, rtol=0, atol=1e-5)
        np.testing.assert_allclose(result["spin_z"].values - np.array(self.spins), 0, atol=1e-12)
