"""Which spins of a network are alike, up to a sign, so that they can be counted instead of listed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen
from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray, IntArray, SpinArray
from cavity_hopfield.hopfield import Factorised, Interactions
from cavity_hopfield.network.open_hopfield import OpenHopfield

EQUAL = 1e-12
"""Couplings that differ by less than this share of the largest one are equal."""
MOST_COMPARED = 512
"""Matrices of more spins are not searched for equal rows: every spin is its own class."""


@dataclass(frozen=True, eq=False)
class SpinClasses(ReadOnlyArrays):
    r"""$J_{ij} = s_i s_j K_{c(i) c(j)}$ for $i \ne j$: spins of a class are exchanged by a symmetry of the network.

    They have equal couplings to all others, the same class of the rate law and, if there are patterns, equal columns of
    the patterns, all up to the one sign $s_i$. With Hebb's rule and P patterns there are at most $2^{P-1}$ classes for
    any number of spins.

    Build with `SpinClasses.of(network)`.

    Attributes
    ----------
    label : (N,) array of int
        $c(i)$, numbered in the order of the first spins.
    sign : (N,) array of +-1
        $s_i$; the first spin of every class has +1.
    sizes : (C,) array of int
        Number of spins $n_c$ in each class.
    first, last : (C,) arrays of int
        Two spins that are alike, the first with the sign +1; one and the same if there is no other.
    rate_classes : (C,) array of int
        The class of each in the rate law.
    interactions : Interactions
        The couplings of all spins.

    Examples
    --------
    >>> from cavity_hopfield import Glauber, Patterns
    >>> network = OpenHopfield(Patterns([[1, 1, -1, 1], [1, -1, -1, 1]]), rate_law=Glauber(temperature=0.5))
    >>> classes = SpinClasses.of(network)
    >>> classes.label, classes.sign, classes.sizes
    (array([0, 1, 0, 0]), array([ 1,  1, -1,  1], dtype=int8), array([3, 1]))
    """

    label: IntArray
    sign: SpinArray
    sizes: IntArray
    first: IntArray
    last: IntArray
    rate_classes: IntArray
    interactions: Interactions

    @classmethod
    def of(cls, network: OpenHopfield) -> "SpinClasses":
        """The classes of `network`."""
        label, sign, first = _alike(network)
        last = np.empty(first.size, np.int64)
        last[label] = np.arange(label.size)
        return cls(
            label=frozen(label),
            sign=frozen(sign),
            sizes=frozen(np.bincount(label)),
            first=frozen(first),
            last=frozen(last),
            rate_classes=frozen(network.spin_classes[first]),
            interactions=network.interactions,
        )

    @cached_property
    def couplings(self) -> FloatArray:
        """$K_{cc'}$ between two spins, shape (C, C); zero on the diagonal where no other spin is alike."""
        if isinstance(self.interactions, Factorised):
            f, k = self.interactions.factors[self.first], self.interactions.strengths
            between = (f * k) @ f.T
            alone = np.flatnonzero(self.first == self.last)
            between[alone, alone] = 0.0
            return np.asarray(frozen(between))
        matrix = self.interactions.couplings
        between = matrix[np.ix_(self.first, self.first)]
        np.fill_diagonal(between, self.sign[self.last] * matrix[self.first, self.last])
        return np.asarray(frozen(between))

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.sizes.size)

    @property
    def n_spins(self) -> int:
        """Number of spins N."""
        return int(self.label.size)

    def ups(self, sigma: ArrayLike) -> IntArray:
        r"""How many spins of each class have $s_i \sigma_i = +1$ in a configuration (N,), shape (C,)."""
        up = np.asarray(sigma) * self.sign > 0
        return np.bincount(self.label, weights=up, minlength=self.n_classes).astype(np.int64)


def _alike(network: OpenHopfield) -> tuple[IntArray, SpinArray, IntArray]:
    """Class and sign of each spin, and the first spin of each class."""
    n = network.n_spins
    stored = np.empty((n, 0)) if network.patterns is None else network.patterns.values.T.astype(np.float64)
    if isinstance(network.interactions, Factorised):
        label, sign = _equal_rows(network.interactions.factors, stored, network.spin_classes)
    elif n <= MOST_COMPARED:
        label, sign = _equal_couplings(network, stored)
    else:
        label, sign = np.arange(n), np.ones(n, np.int8)
    _, first, places = np.unique(label, return_index=True, return_inverse=True)
    order = np.argsort(first)
    first, label = first[order], np.argsort(order)[places.reshape(-1)]
    return label, (sign * sign[first][label]).astype(np.int8), first


def _equal_rows(factors: FloatArray, stored: FloatArray, rate_classes: IntArray) -> tuple[IntArray, SpinArray]:
    """Labels and signs by rows that are equal up to a sign, to `EQUAL` of the largest factor of each column."""
    step = EQUAL * np.maximum(np.abs(factors).max(axis=0), np.finfo(np.float64).tiny)
    rows = np.concatenate([np.rint(factors / step), stored], axis=1)
    leading = np.take_along_axis(rows, (rows != 0).argmax(axis=1)[:, None], axis=1)[:, 0]
    sign = np.where(leading < 0, -1, 1).astype(np.int8)
    keys = np.concatenate([rows * sign[:, None], rate_classes[:, None]], axis=1)
    order = np.lexsort(keys.T)
    # values on two sides of a rounding step are one step apart
    changes = (np.abs(np.diff(keys[order], axis=0)) > 1).any(axis=1) | (np.diff(rate_classes[order]) != 0)
    label = np.empty(len(keys), np.int64)
    label[order] = np.concatenate([[0], np.cumsum(changes)])
    return label, sign


def _equal_couplings(network: OpenHopfield, stored: FloatArray) -> tuple[IntArray, SpinArray]:
    """Labels and signs by comparing the rows of a matrix, spin by spin."""
    n, couplings, classes = network.n_spins, network.couplings, network.spin_classes
    label, sign = np.zeros(n, np.int64), np.ones(n, np.int8)
    first: list[int] = []
    limit = EQUAL * float(np.abs(couplings).max(initial=0.0))
    for i in range(n):
        for c, other in enumerate(first):
            s = _relative_sign(couplings, stored, i, other, limit)
            if s and classes[i] == classes[other]:
                label[i], sign[i] = c, s
                break
        else:
            label[i] = len(first)
            first.append(i)
    return label, sign


def _relative_sign(couplings: FloatArray, stored: FloatArray, i: int, j: int, limit: float) -> int:
    """The sign s with $J_{ik} = s J_{jk}$ for all other k and equal columns of the patterns; 0 if there is none."""
    others: BoolArray = np.ones(len(couplings), np.bool_)
    others[[i, j]] = False
    for s in (1, -1):
        same = np.abs(couplings[i, others] - s * couplings[j, others]).max(initial=0.0) <= limit
        if same and (stored[i] == s * stored[j]).all():
            return s
    return 0
