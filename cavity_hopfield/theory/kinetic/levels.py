"""All levels of the ladders of a network, numbered, and the generator of their populations."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.model import RateLaw
from cavity_hopfield.theory.kinetic.ladders import Ladders


@dataclass(frozen=True, eq=False)
class Levels:
    """Products of one level $(j_c, m_c)$ for each ensemble, the highest first; that of the last ensemble runs fastest.

    For single spins this is the product basis of `cavity_hopfield.operators`: spin 0 first, up before down.

    Build with `Levels.all` or `Levels.from_start`.

    Attributes
    ----------
    ladders : Ladders
        What flips.
    lengths, projections, shares : tuples of arrays
        For each ensemble $2 j$ and $2 m$ of its levels, ladder after ladder and downwards in each, and the
        probabilities at the start.
    """

    ladders: Ladders
    lengths: tuple[IntArray, ...]
    projections: tuple[IntArray, ...]
    shares: tuple[FloatArray, ...]

    @classmethod
    def all(cls, ladders: Ladders) -> "Levels":
        """Every level of every ladder, none of them populated."""
        choices = ladders.all_lengths()
        return cls._of(ladders, choices, [np.zeros(choice.size) for choice in choices], -ladders.sizes)

    @classmethod
    def from_start(cls, ladders: Ladders, start: IntArray) -> "Levels":
        """Every level of the ladders that `start` (C,) is made of."""
        found = ladders.lengths(start)
        reached = [lengths[shares > 0] for lengths, shares in found]
        return cls._of(ladders, reached, [shares[shares > 0] for _, shares in found], start)

    @classmethod
    def _of(cls, ladders: Ladders, choices: list[IntArray], shares: list[FloatArray], start: IntArray) -> "Levels":
        projections = [np.concatenate([np.arange(top, -top - 1, -2) for top in choice]) for choice in choices]
        populated = [
            np.repeat(share, choice + 1) * (here == doubled)
            for choice, share, here, doubled in zip(choices, shares, projections, start, strict=True)
        ]
        return cls(
            ladders,
            lengths=tuple(np.repeat(choice, choice + 1) for choice in choices),
            projections=tuple(projections),
            shares=tuple(populated),
        )

    @property
    def n_levels(self) -> int:
        """Number of levels."""
        return math.prod(here.size for here in self.lengths)

    @property
    def dimension(self) -> str:
        """Name of the axis along the levels."""
        return "ladder" if self.ladders.collective else "configuration"

    def memory_gib(self, n_times: int) -> float:
        """What the generator, its making and probabilities at `n_times` need, about."""
        levels = 2 ** min(sum(math.log2(here.size) for here in self.lengths), 1000.0)
        moves = len(self.lengths) * (2 if self.ladders.collective else 1)
        return levels * (16 * (moves + 1) + 24 * moves + 8 * n_times) / 2**30

    def states(self) -> IntArray:
        """$2 m$ of every level and ensemble, shape (levels, C), in small whole numbers."""
        return self._spread(self.projections)

    def weights(self) -> FloatArray:
        """Probabilities at the start, shape (levels,)."""
        weights = np.ones(1)
        for share in self.shares:
            weights = np.outer(weights, share).ravel()
        return weights

    def generator(self, law: RateLaw) -> csr_array:
        """$G$, whose element (k', k) is the rate from level k to level k', and whose columns sum to zero."""
        states, size = self.states(), self.n_levels
        stride, diagonal = 1, np.zeros(size)
        rows, columns, values = [np.arange(size)], [np.arange(size)], [diagonal]
        for c, here in reversed(list(enumerate(self.lengths))):
            field = _sum_of_products(self.ladders.couplings[c], states)
            top = here[np.arange(size) // stride % here.size]
            for step in (-1, 1):
                left = top - step * states[:, c]
                source = np.flatnonzero(left)
                enhancement = left[source] * (top[source] + step * states[source, c] + 2) / 4
                energy = 2 * (-step * field[source] - self.ladders.couplings[c, c])
                rate = enhancement * law(energy, int(self.ladders.rate_classes[c]))
                diagonal[source] -= rate
                rows.append(source - step * stride)
                columns.append(source)
                values.append(rate)
            stride *= here.size
        entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
        return csr_array(entries, shape=(size, size))

    def coordinates(self) -> dict[str, Any]:
        """What the levels of collective spins are, and where each spin belongs; nothing for single spins."""
        if not self.ladders.collective:
            return {}
        by_level = ("ladder", "ensemble")
        return {
            "total_spin": (by_level, self._spread(self.lengths) / 2, _told("total spin j of each ensemble")),
            "spin_projection": (by_level, self.states() / 2, _told("spin projection m of each ensemble")),
            "ensemble_of_spin": ("spin", self.ladders.label, _told("ensemble of each spin")),
            "sign_in_ensemble": ("spin", self.ladders.sign, _told("sign of each spin in its ensemble")),
        }

    def _spread(self, of_ensembles: tuple[IntArray, ...]) -> IntArray:
        """Numbers of the levels of each ensemble, at all levels, shape (levels, C)."""
        spread = np.empty((self.n_levels, len(of_ensembles)), self.ladders.whole_numbers)
        stride = 1
        for c, values in reversed(list(enumerate(of_ensembles))):
            spread[:, c] = values[np.arange(len(spread)) // stride % values.size]
            stride *= values.size
        return spread


def _sum_of_products(couplings: FloatArray, states: IntArray) -> FloatArray:
    """`states @ couplings`, term by term, so that equal rows give equal bits: laws are costly, and equal flip energies
    are looked up once.
    """
    field = np.zeros(len(states))
    for coupling, column in zip(couplings, states.T, strict=True):
        field += coupling * column
    return field


def _told(name: str) -> dict[str, str]:
    return {"long_name": name, "units": "1"}
