"""Spins in baths of different temperatures: out of equilibrium by a known amount."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from cavity_hopfield import OpenHopfield, Patterns


@dataclass(frozen=True)
class Baths:
    """Glauber's law at one temperature for every spin; zero is allowed."""

    temperatures: tuple[float, ...]

    def __call__(self, flip_energy, spin_class=0):
        energy, label = np.broadcast_arrays(np.asarray(flip_energy, dtype=float), spin_class)
        temperature = np.array(self.temperatures)[label]
        warm = np.where(temperature > 0, temperature, 1.0)
        return np.where(temperature > 0, expit(-energy / warm), np.heaviside(-energy, 0.5))

    def spin_classes(self, n_spins):
        assert n_spins == len(self.temperatures)
        return np.arange(n_spins)

    def to_dict(self):
        return {"rate_law": "Baths", "temperatures": list(self.temperatures)}


@dataclass(frozen=True)
class TwoBaths:
    r"""Two spins, $E = -J \sigma_1 \sigma_2$, each in its own bath: with $t_i = \tanh(J / T_i)$ the rates are $(1 - t_i
    \sigma_1 \sigma_2)/2$, the product of the spins has the mean $(t_1 + t_2)/2$, and energy flows.

    Around the one loop of four states runs the current $|t_1 - t_2| / 8$ at the affinity $4 J |1/T_1 - 1/T_2|$; their
    product is the entropy production. The distribution is thermal all the same, at $\tanh(J/T) = (t_1 + t_2)/2$.
    """

    coupling: float
    temperatures: tuple[float, float]

    def model(self):
        couplings = [[0.0, self.coupling], [self.coupling, 0.0]]
        return OpenHopfield(couplings, Baths(self.temperatures), patterns=Patterns([[1, 1]]))

    @property
    def _alignments(self):
        return [math.tanh(self.coupling / temperature) for temperature in self.temperatures]

    @property
    def current(self):
        one, other = self._alignments
        return abs(one - other) / 8

    @property
    def affinity(self):
        one, other = self.temperatures
        return 4 * self.coupling * abs(1 / one - 1 / other)

    @property
    def entropy_production(self):
        return self.current * self.affinity

    @property
    def temperature(self):
        return self.coupling / math.atanh(sum(self._alignments) / 2)
