"""All levels of the ladders of a network, numbered, and the generator of their populations."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.model import RateLaw
from cavity_hopfield.network.configuration_rates import checked_rates
from cavity_hopfield.network.ladders import Ladders

BLOCK = 2**16
"""Levels whose observables are worked out at once."""


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
        if self.ladders.collective:
            return "ladder"
        return "configuration" if self.ladders.listed else "count"

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
        """$G$, whose element (k', k) is the rate from level k to level k', and whose columns sum to zero.

        The law is asked once for each distinct flip energy of an ensemble. The diagonal stands first in every row.
        """
        size = self.n_levels
        slots = 1 + sum(1 if here.size == 2 else 2 for here in self.lengths)
        places = np.full((size, slots), -1, np.int32 if size * slots < 2**31 else np.int64)
        rates = np.zeros((size, slots))
        places[:, 0] = np.arange(size)
        slot, stride = 1, size
        for c, here in enumerate(self.lengths):
            stride //= here.size
            flows = self._flows(law, c)
            shape = (-1, here.size, stride)
            for step, flow in flows.items():
                rates[:, 0] -= flow
                onto, source = (slice(None, -1), slice(1, None)) if step > 0 else (slice(1, None), slice(None, -1))
                both = here.size == 2
                column = slot if both or step < 0 else slot + 1
                places[:, column].reshape(shape)[:, onto] = places[:, 0].reshape(shape)[:, source]
                rates[:, column].reshape(shape)[:, onto] = flow.reshape(shape)[:, source]
            slot += 1 if here.size == 2 else 2
        return _compressed(places, rates)

    def _flows(self, law: RateLaw, c: int) -> dict[int, FloatArray]:
        r"""Rates of $2 m_c \to 2 m_c \pm 2$ from every level (levels,), zero at the ends of the ladders."""
        lengths, doubled = self.lengths[c], self.projections[c].astype(np.int64)
        fields, which = self._fields(c)
        stride = math.prod(here.size for here in self.lengths[c + 1 :])
        flows = {}
        for step in (-1, 1):
            left = lengths - step * doubled
            enhancement = left * (lengths + step * doubled + 2) / 4 if self.ladders.collective else left / 2
            ways = _repeated(enhancement, stride, self.n_levels)
            # beyond the ends there are no flip energies to ask for
            met = np.zeros(fields.size, np.bool_)
            met[which[ways > 0]] = True
            energies = 2 * (-step * fields[met] - self.ladders.couplings[c, c])
            of_field = np.zeros(fields.size)
            of_field[met] = checked_rates(law, energies, int(self.ladders.rate_classes[c]))
            flows[step] = ways * of_field[which]
        return flows

    def _fields(self, c: int) -> tuple[FloatArray, npt.NDArray[np.int32]]:
        """The distinct fields on ensemble `c`, and which of them is that of each level.

        Summed ensemble by ensemble, and equal sums joined at once: they stay few where couplings are.
        """
        fields, which = np.zeros(1), np.zeros(1, np.int32)
        for coupling, doubled in zip(self.ladders.couplings[c], self.projections, strict=True):
            sums = np.add.outer(fields, coupling * doubled)
            fields, joined = np.unique(sums, return_inverse=True)
            which = joined.reshape(sums.shape).astype(np.int32)[which].reshape(-1)
        return fields, which

    def means(self, probabilities: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means of $2 m$ (..., C) and of the energy (...) over `probabilities` (..., levels)."""
        states = self.states()
        means = np.zeros((*probabilities.shape[:-1], states.shape[1]))
        energy = np.zeros(probabilities.shape[:-1])
        for first in range(0, self.n_levels, BLOCK):
            block = states[first : first + BLOCK].astype(np.float64)
            part = probabilities[..., first : first + BLOCK]
            means += part @ block
            energy += part @ self.ladders.energy(block)
        return means, energy

    def coordinates(self) -> dict[str, Any]:
        """What the levels of collective or counted spins are, and where each spin belongs; nothing for single spins."""
        if self.ladders.listed:
            return {}
        if not self.ladders.collective:
            ups = (self.states().astype(np.int64) + self.ladders.sizes) // 2
            counts = {"spins_up": (("count", "spin_class"), ups, _told("spins of each class that are up in its gauge"))}
            if self.ladders.label.size < self.ladders.n_spins:
                return counts
            return counts | {
                "class_of_spin": ("spin", self.ladders.label, _told("class of each spin")),
                "sign_in_class": ("spin", self.ladders.sign, _told("sign of each spin in its class")),
            }
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


def memory_gib(ladders: Ladders, n_levels: int, n_times: int, copies: int) -> float:
    """What so many `copies` of the generator of `n_levels`, its making included, and probabilities at `n_times` need,
    about.
    """
    axes = ladders.sizes.size
    slots = 1 + axes * (1 if ladders.listed else 2)
    levels = float(2.0 ** min(math.log2(n_levels), 1000.0))
    return levels * (12 * copies * slots + axes + 8 * (8 + n_times)) / 2**30


def _repeated(values: FloatArray, stride: int, size: int) -> FloatArray:
    """`values` of the levels of one ensemble, at all `size` levels of a product where they run with `stride`."""
    block = np.repeat(values, stride)
    return np.tile(block, size // block.size)


def _compressed(places: IntArray, rates: FloatArray) -> csr_array:
    """Rows of equal length with gaps, marked by a place of -1, as a sparse matrix."""
    size, slots = rates.shape
    there = places.reshape(-1) >= 0
    if there.all():
        starts = np.arange(0, size * slots + 1, slots, dtype=places.dtype)
        return csr_array((rates.reshape(-1), places.reshape(-1), starts), shape=(size, size))
    starts = np.concatenate([[0], np.cumsum(there.reshape(size, slots).sum(axis=1))]).astype(places.dtype)
    return csr_array((rates.reshape(-1)[there], places.reshape(-1)[there], starts), shape=(size, size))


def _told(name: str) -> dict[str, str]:
    return {"long_name": name, "units": "1"}
