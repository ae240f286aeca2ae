r"""How fast an overlap grows: its mean velocity under single flips, where it stops, and how long that takes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from cavity_hopfield._checks import ReadOnlyArrays
from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.elimination import CavityRates

ARRIVED = 0.95
"""Share of the overlap that a pattern holds at which it counts as recalled."""
SCAN = 33
"""Overlaps at which the sign of the velocity is looked at."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


@dataclass(frozen=True, eq=False)
class Fields(ReadOnlyArrays):
    """Distinct fields at a pattern with the classes of their spins and their shares."""

    aligned: FloatArray
    classes: IntArray
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class RecallSpeed:
    r"""$\dot m = \overline{W_i(-2 m h_i)(1 - m) - W_i(2 m h_i)(1 + m)}$, the mean velocity of an overlap under single
    flips, to leading order in 1/N, with the other patterns uncorrelated.

    $h_i = \xi_i \sum_{j \ne i} J_{ij} \xi_j$ is the field on spin i at the pattern.

    Attributes
    ----------
    rates : CavityRates
        The platform's rates.
    """

    rates: CavityRates

    @cached_property
    def _fields(self) -> tuple[Fields, ...]:
        memory, dicke = self.rates.dicke.memory, self.rates.dicke
        return tuple(self._fields_at(0.5 * dicke.flip_energies(values)) for values in memory.values)

    def _fields_at(self, aligned: FloatArray) -> Fields:
        rounded = np.round(aligned / np.abs(aligned).max(), 12) * np.abs(aligned).max()
        met, label = np.unique(np.stack([rounded, self.rates.classes]), axis=1, return_inverse=True)
        return Fields(met[0], met[1].astype(np.int64), np.bincount(label.reshape(-1)) / aligned.size)

    def flips(self, pattern: int, overlaps: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean rates of flips towards and away from a pattern, of a spin that feels `overlaps`, each (K,)."""
        at = self._fields[pattern]
        energies = 2 * overlaps[:, None] * at.aligned
        classes = np.broadcast_to(at.classes, energies.shape)
        both = self.rates(np.stack([-energies, energies]), np.stack([classes, classes]))
        return both[0] @ at.weights, both[1] @ at.weights

    def velocity(self, pattern: int, overlaps: FloatArray) -> FloatArray:
        """The mean velocity of the overlap, shape (K,)."""
        towards, away = self.flips(pattern, overlaps)
        return towards * (1 - overlaps) - away * (1 + overlaps)

    def held(self, pattern: int, start_overlap: float) -> float:
        """The overlap at which the velocity vanishes and to which it leads from the start: the next above where the
        overlap grows, the next below where it falls; zero where it falls to nothing.
        """
        rising = self._velocity_at(pattern, start_overlap) > 0
        grid = np.linspace(start_overlap, 1.0 if rising else start_overlap / SCAN, SCAN)
        velocity = self.velocity(pattern, grid)
        turned = velocity <= 0 if rising else velocity > 0
        if not turned.any():
            return 0.0
        last = int(np.argmax(turned))
        ends = sorted((float(grid[last - 1]), float(grid[last])))
        return float(brentq(lambda m: self._velocity_at(pattern, float(m)), ends[0], ends[1], xtol=1e-12))

    def time(self, pattern: int, start_overlap: float) -> float:
        r"""$\int_{m_0}^{m_1} dm / \dot m$ with $m_1 = 0.95\, m_\infty$, in the unit of the inverse rates: zero if
        $m_0 \ge m_1$, infinite if nothing is held.
        """
        held = self.held(pattern, start_overlap)
        if held == 0:
            return float("inf")
        half = max(ARRIVED * held - start_overlap, 0.0) / 2
        return float(half * WEIGHTS @ (1 / self.velocity(pattern, start_overlap + half * (1 + NODES)))) if half else 0.0

    def _velocity_at(self, pattern: int, overlap: float) -> float:
        return float(self.velocity(pattern, np.array([overlap]))[0])
