"""One pattern, Glauber flips: what detailed balance and two spins give in closed form."""

import math
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from cavity_hopfield import Glauber, OpenHopfield, Patterns


@dataclass(frozen=True)
class OnePatternMemory:
    r"""$p(k) \propto \binom Nk e^{(2k - N)^2 / (2NT)}$: the stationary law of the number k of spins that agree with
    the one pattern stored, $E = -[(2k-N)^2 - N] / (2N)$.
    """

    pattern: tuple[int, ...]
    temperature: float

    def model(self):
        return OpenHopfield(Patterns([self.pattern]), Glauber(self.temperature))

    def agreement_law(self):
        n = len(self.pattern)
        weights = np.array(
            [math.comb(n, k) * math.exp((2 * k - n) ** 2 / (2 * n * self.temperature)) for k in range(n + 1)]
        )
        return weights / weights.sum()

    def perturbed(self, factor):
        return replace(self, temperature=factor * self.temperature)

    def check(self, probability):
        """Probabilities of the 2^N configurations (spin 0 first, up before down) are this law, to 1e-9."""
        n = len(self.pattern)
        law = np.zeros(n + 1)
        for sigma, p in zip(product((1, -1), repeat=n), probability, strict=True):
            law[sum(spin == stored for spin, stored in zip(sigma, self.pattern, strict=True))] += p
        np.testing.assert_allclose(law, self.agreement_law(), rtol=0, atol=1e-9)


@dataclass(frozen=True)
class TwoSpinMemory:
    r"""Two spins, J = 1/2, from $\uparrow\downarrow$: with $\theta = \tanh(1/2T)$ the difference of the two
    magnetisations decays at $1 + \theta$, their sum stays 0, and
    $\langle\sigma_1\sigma_2\rangle = \theta - (1 + \theta) e^{-2t}$.

    From $W_i = \frac12 (1 - \theta \sigma_1 \sigma_2)$, which is Glauber's rate written out.
    """

    temperature: float

    def model(self):
        return OpenHopfield(Patterns([[1, 1]]), Glauber(self.temperature))

    def probabilities(self, times):
        """p of (up, up), (up, down), (down, up), (down, down), shape (T, 4)."""
        theta = math.tanh(1 / (2 * self.temperature))
        first = np.exp(-(1 + theta) * np.asarray(times))
        both = theta - (1 + theta) * np.exp(-2 * np.asarray(times))
        signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
        return np.stack([(1 + first * (a - b) + both * a * b) / 4 for a, b in signs], axis=1)

    def perturbed(self, factor):
        return replace(self, temperature=factor * self.temperature)

    def check(self, result):
        """A master equation from (up, down) has these probabilities, to 1e-10."""
        expected = self.probabilities(result["time"].values)
        np.testing.assert_allclose(result["probability"].values, expected, rtol=0, atol=1e-10)
