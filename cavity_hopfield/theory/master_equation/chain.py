"""A Markov chain in continuous time: rates by rows, closed classes, and whether it is in detailed balance."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

from cavity_hopfield._typing import BoolArray, FloatArray, IntArray
from cavity_hopfield.theory.master_equation import _chain_kernels as kernels

BALANCED = 1e-11
"""Largest relative difference of opposite flows that counts as round-off of the rates."""
MOST_ELIMINATED = 2e10
"""Levels times the square of the band up to which a chain is solved by elimination: some seconds."""
ROUNDINGS = 4 * float(np.finfo(np.float64).eps)
"""Relative round-off of two rates and their ratio, for each step of a path."""
LARGEST_BAND_GIB = 1.0
Weights = tuple[FloatArray, IntArray]
"""Mantissas and binary exponents."""


@dataclass(frozen=True, eq=False)
class Chain:
    r"""$\dot p_k = \sum_j G_{kj} p_j$: rates $G_{kj}$ from j to k by rows of the end and of the start.

    Build with `Chain.of`.

    Attributes
    ----------
    inward : csr_array
        $G$, places sorted.
    outward : csr_array
        $G^T$, places sorted. Where every rate has an opposite one the two have the same places.
    """

    inward: csr_array
    outward: csr_array

    @classmethod
    def of(cls, generator: csr_array) -> "Chain":
        """The chain of a generator whose columns sum to zero; rates that are zero are dropped."""
        generator.eliminate_zeros()
        columns = generator.tocsc()
        outward = csr_array((columns.data, columns.indices, columns.indptr), shape=generator.shape)
        columns = outward.tocsc()
        return cls(csr_array((columns.data, columns.indices, columns.indptr), shape=generator.shape), outward)

    @property
    def size(self) -> int:
        """Number of levels."""
        return int(self.inward.shape[0])

    @cached_property
    def exits(self) -> FloatArray:
        """The rate at which each level is left, shape (n,)."""
        return np.asarray(-self.inward.diagonal())

    @cached_property
    def opposed(self) -> bool:
        """Whether every rate has an opposite one."""
        return np.array_equal(self.inward.indptr, self.outward.indptr) and np.array_equal(
            self.inward.indices, self.outward.indices
        )

    @cached_property
    def closed_classes(self) -> list[IntArray]:
        """The sets of levels that are never left and hold no smaller ones, each by its sorted places."""
        count, label = connected_components(self.outward, directed=True, connection="strong")
        if count == 1:
            return [np.arange(self.size)]
        start = np.repeat(label, np.diff(self.outward.indptr))
        leaving = np.zeros(count, np.bool_)
        leaving[start[start != label[self.outward.indices]]] = True
        closed = np.flatnonzero(~leaving)
        order = np.argsort(label, kind="stable")
        bounds = np.searchsorted(label[order], np.stack([closed, closed + 1]))
        classes = [order[first:last] for first, last in bounds.T]
        return sorted(classes, key=lambda members: int(members[0]))

    @cached_property
    def balance(self) -> tuple[Weights, float] | None:
        """Weights by products of ratios of opposite rates along paths, and the largest relative difference of opposite
        flows they leave, with the round-off along the longest path: all there is in detailed balance. None if some rate
        has no opposite, or a level no path.
        """
        if not self.opposed:
            return None
        mantissa, exponent = np.empty(self.size), np.empty(self.size, np.int64)
        rows = (self.inward.indptr, self.inward.indices, self.inward.data, self.outward.data)
        length = kernels.along_paths(*rows, mantissa, exponent)
        if length < 0:
            return None
        worst = float(kernels.imbalance(*rows, mantissa, exponent))
        return (mantissa, exponent), worst + ROUNDINGS * length

    @property
    def balanced(self) -> bool:
        """Whether the chain is in detailed balance, to `BALANCED`."""
        return self.balance is not None and self.balance[1] <= BALANCED

    def restricted(self, members: IntArray) -> "Chain":
        """The chain on `members`, a closed class."""
        if members.size == self.size:
            return self
        return Chain.of(csr_array(self.inward[members][:, members]))

    def turned(self) -> bool:
        """Whether the chain is the same with its levels in the opposite order: all spins turned over."""
        rows = self.inward
        return np.array_equal(rows.indices, self.size - 1 - rows.indices[::-1]) and np.allclose(
            rows.data, rows.data[::-1], rtol=1e-11, atol=0
        )


@dataclass(frozen=True, eq=False)
class Band:
    """An order of the levels in which rates lead no further than `width`.

    Attributes
    ----------
    order : (n,) array of int
        The level at each place.
    width : int
        The longest way.
    """

    order: IntArray
    width: int

    @classmethod
    def of(cls, rates: csr_array) -> "Band":
        """The order as it is, or by breadth from a corner (Cuthill-McKee), whichever has the narrower band."""
        size = rates.shape[0]
        natural = cls(np.arange(size), _width(rates, np.arange(size)))
        if natural.width <= 1:
            return natural
        order = reverse_cuthill_mckee(rates, symmetric_mode=False).astype(np.int64)
        place = np.empty(size, np.int64)
        place[order] = np.arange(size)
        found = cls(order, _width(rates, place))
        return found if found.width < natural.width else natural

    @property
    def affordable(self) -> bool:
        """Whether elimination in this order takes seconds and little memory."""
        n, width = float(self.order.size), float(self.width)
        return n * width**2 <= MOST_ELIMINATED and n * (2 * width + 1) * 8 <= LARGEST_BAND_GIB * 2**30

    def filled(self, rates: csr_array) -> FloatArray:
        """`rates` between different levels at (i, j - i + width), shape (n, 2 width + 1)."""
        place = np.empty(self.order.size, np.int64)
        place[self.order] = np.arange(self.order.size)
        starts = place[np.repeat(np.arange(place.size), np.diff(rates.indptr))]
        ends = place[rates.indices]
        other = starts != ends
        band = np.zeros((place.size, 2 * self.width + 1))
        band[starts[other], (ends - starts)[other] + self.width] = rates.data[other]
        return band


def as_floats(weights: Weights) -> FloatArray:
    """Weights relative to the largest; those below 1e-308 of it come as zero, or with fewer digits."""
    mantissa, exponent = weights
    return np.asarray(np.ldexp(mantissa, np.maximum(exponent - exponent.max(), -2000)))


def reaching(rates: csr_array, wanted: BoolArray) -> BoolArray:
    """From which levels some level of `wanted` can be reached; `rates` by rows of the start."""
    onwards, seen = wanted.copy(), wanted.copy()
    pattern = csr_array((np.ones(rates.nnz), rates.indices, rates.indptr), shape=rates.shape)
    while onwards.any():
        onwards = (pattern @ onwards.astype(np.float64) > 0) & ~seen
        seen |= onwards
    return seen


def _width(rates: csr_array, place: IntArray) -> int:
    starts = np.repeat(place, np.diff(rates.indptr))
    return int(np.abs(starts - place[rates.indices]).max(initial=0))
