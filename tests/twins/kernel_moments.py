r"""Laplace transform and first moment of the spin-flip kernel, by Gauss panels along the time axis.

$$\hat F(s) = \int_0^\infty e^{-s\tau} F(\tau)\,d\tau, \quad M = \int_0^\infty \tau\, F(\tau)\,d\tau, \qquad
F = \prod_\mu e^{-i \delta \bar X \tau - \delta^2 S(\tau)}.$$

Panels of a fifth of the shortest period, 12 nodes each, until the integrand has fallen below 1e-18 for good: for
parameters of order one the error is round-off.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Flip:
    """A flip that costs `energy` and changes the forces on the modes by `delta`; all (M,) but the energy."""

    energy: float
    delta: tuple
    omega: tuple
    loss: tuple
    gain: tuple

    def kernel(self, t):
        """F at times `t`: the flip energy holds all that is linear in the force before the flip."""
        exponent = -1j * self.energy * t
        for delta, omega, loss, gain in zip(self.delta, self.omega, self.loss, self.gain, strict=True):
            z, nu = (loss - gain) / 2 + 1j * omega, (loss + gain) / (loss - gain)
            # the modes give way by delta^2 omega / |z|^2, which the flip energy counts already
            exponent = exponent + delta**2 * (nu + 1) / 2 * (1 - np.exp(-z * t)) / z**2
            exponent = exponent + delta**2 * (nu - 1) / 2 * (1 - np.exp(-z.conjugate() * t)) / z.conjugate() ** 2
            exponent = exponent - delta**2 * nu * (1 / z).real * t
        return np.exp(exponent)

    def transform(self, s=0.0):
        """The Laplace transform at real `s`."""
        return self._integral(lambda t: np.exp(-s * t))

    def first_moment(self):
        """The integral of the kernel times the delay."""
        return self._integral(lambda t: t)

    def _integral(self, weight):
        nodes, weights = np.polynomial.legendre.leggauss(12)
        fastest = abs(self.energy) + sum(
            abs(d) + w + k for d, w, k in zip(self.delta, self.omega, self.loss, strict=True)
        )
        length = 0.2 * 2 * np.pi / fastest
        places = (np.arange(512)[:, None] + (1 + nodes) / 2) * length
        total, start, last = 0.0, 0.0, 1.0
        while last > 1e-18:
            values = self.kernel(start + places) * weight(start + places)
            total += (values @ weights).sum() * length / 2
            start, last = start + 512 * length, np.abs(values[-1]).max()
        return total
