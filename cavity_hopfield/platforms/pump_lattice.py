"""An atom in the standing wave of a pump: the two states that a cavity connects, and the others that it mixes in."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cavity_hopfield._typing import FloatArray

WAVES = 24
"""Plane waves at least in a parity; the depth adds its root, in which the width of a state in momentum is told."""


@dataclass(frozen=True)
class PumpLattice:
    r"""$-\psi'' + v \cos^2(y)\, \psi = E \psi$, even in y: the bands at rest, $E_0$ lowest of the period of the
    lattice, and at the edge of the zone, $E_1$ lowest of those that change sign with it.

    Energies in recoils, lengths in $1/k$. $E_0 = a_0(v/4) + v/2$ and $E_1 = a_1(v/4) + v/2$ with Mathieu's numbers, to
    first order $E_1 - E_0 = 1 + v/4$: the atom at rest meets $\langle \cos^2 \rangle = 1/2$, the cosine 3/4.

    Attributes
    ----------
    depth : float
        v, negative where the light attracts: red of the atom.
    """

    depth: float

    @property
    def gap(self) -> float:
        """$E_1 - E_0$; 1 without lattice."""
        return float(self._edge[0][0] - self._rest[0][0])

    @property
    def element(self) -> float:
        r"""$\langle 0 | \cos y | 1 \rangle$; $1/\sqrt2$ without lattice, to first order times $1 - v/16$."""
        return abs(float(self._elements[0, 0]))

    def mixed(self, strength: float) -> float:
        r"""$\max_{i=0,1} \sum_f |\langle f | s \cos x \cos y | i \rangle|^2 / (E_f - E_i)^2$ over all states f but
        $|0\rangle$ and $|1\rangle = \sqrt2 \cos x\, |1_y\rangle$, for the `strength` s in recoils.
        """
        elements, (rest, _), (edge, _) = self._elements, self._rest, self._edge
        to_one, to_two = 0.5, 0.25  # squares of <1|cos x|sqrt2 cos x> and <sqrt2 cos 2x|cos x|sqrt2 cos x>
        from_rest = to_one * np.sum(elements[0, 1:] ** 2 / (1 + edge[1:] - rest[0]) ** 2)
        higher = to_two * np.sum(elements[:, 0] ** 2 / (3 + rest - edge[0]) ** 2)
        back = to_one * np.sum(elements[1:, 0] ** 2 / (rest[1:] - edge[0] - 1) ** 2)
        return float(strength**2 * max(from_rest, higher + back))

    @cached_property
    def _rest(self) -> tuple[FloatArray, FloatArray]:
        return self._bands(2 * np.arange(self._size, dtype=np.float64), np.sqrt(0.5), 0.0)

    @cached_property
    def _edge(self) -> tuple[FloatArray, FloatArray]:
        return self._bands(2 * np.arange(self._size, dtype=np.float64) + 1, 0.5, 0.5)

    @property
    def _size(self) -> int:
        return WAVES + int(np.sqrt(abs(self.depth)))

    @cached_property
    def _elements(self) -> FloatArray:
        """Of cos y between the states at rest (rows) and those at the edge."""
        waves = 0.5 * (np.eye(self._size) + np.eye(self._size, k=-1))
        waves[0, 0] = np.sqrt(0.5)
        return np.asarray(self._rest[1].T @ waves @ self._edge[1])

    def _bands(self, momenta: FloatArray, first: float, corner: float) -> tuple[FloatArray, FloatArray]:
        """Energies and states among cosines of these momenta; cos 2y takes the lowest to the next by `first`, and to
        itself by `corner`.
        """
        double = 0.5 * (np.eye(len(momenta), k=1) + np.eye(len(momenta), k=-1))
        double[0, 1] = double[1, 0] = first
        double[0, 0] = corner
        energies, states = np.linalg.eigh(np.diag(momenta**2 + self.depth / 2) + self.depth / 2 * double)
        return energies, states
