"""What flips: each spin by itself, on a ladder of two levels, or spins of equal forces together, on longer ones."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cavity_hopfield._typing import ArrayLike, FloatArray, IntArray, SpinArray
from cavity_hopfield.elimination.ensembles import spin_lengths
from cavity_hopfield.hopfield import Patterns
from cavity_hopfield.network.classes import SpinClasses
from cavity_hopfield.network.counted import CountedHopfield
from cavity_hopfield.network.open_hopfield import OpenHopfield


@dataclass(frozen=True, eq=False)
class Ladders:
    r"""$m_c \to m_c \mp 1$ at the rate $W_c(\epsilon_{c,\pm})\,(j_c \pm m_c)(j_c \mp m_c + 1)$, with
    $\epsilon_{c,\pm} = 2 (\pm \sum_{c'} K_{cc'}\, 2 m_{c'} - K_{cc})$.

    Individual flips are the case of one spin in each ensemble, $j = 1/2$: there is one representation and one event
    loop. The state is $2 m$ (C,) in whole numbers, a ladder is told by $2 j$ (C,).

    Spins that are alike and flip one by one can be counted instead: then $n_c/2 \pm m_c$ of them are up or down, and
    the rates are $W_c(\epsilon_{c,\pm})\,(n_c/2 \pm m_c)$.

    Attributes
    ----------
    label, sign : (N,) arrays
        The ensemble of each spin, and its sign there; of a `CountedHopfield`, of one spin that stands for each class.
    sizes : (C,) array of int
        Number of spins in each ensemble.
    couplings : (C, C) array
        $K_{cc'}$ between two spins of ensembles c and c', zero on the diagonal for an ensemble of one.
    rate_classes : (C,) array of int
        Classes of the rate law.
    collective : bool
        Whether the spins of an ensemble flip together, or one by one.
    patterns : Patterns or None
        The patterns of the network.
    """

    label: IntArray
    sign: SpinArray
    sizes: IntArray
    couplings: FloatArray
    rate_classes: IntArray
    collective: bool
    patterns: Patterns | None

    @classmethod
    def of(cls, network: OpenHopfield) -> "Ladders":
        """The ladders of `network`, by the jumps of its rate law."""
        ensembles, n = network.ensembles, network.n_spins
        if ensembles is None:
            return cls(
                label=np.arange(n),
                sign=np.ones(n, np.int8),
                sizes=np.ones(n, np.int64),
                couplings=network.couplings,
                rate_classes=network.spin_classes,
                collective=False,
                patterns=network.patterns,
            )
        return cls(
            label=ensembles.label,
            sign=ensembles.sign,
            sizes=ensembles.sizes,
            couplings=ensembles.couplings(network.couplings),
            rate_classes=network.spin_classes[ensembles.first],
            collective=True,
            patterns=network.patterns,
        )

    @classmethod
    def counted(cls, network: OpenHopfield | CountedHopfield, classes: SpinClasses | None = None) -> "Ladders":
        """Spins that are alike, flipping one by one, as numbers: a ladder for each of the `classes` of a network, which
        are found if not given.
        """
        if isinstance(network, CountedHopfield):
            return cls(
                label=np.arange(network.n_classes),
                sign=np.ones(network.n_classes, np.int8),
                sizes=network.sizes,
                couplings=network.couplings,
                rate_classes=network.rate_classes,
                collective=False,
                patterns=network.patterns,
            )
        classes = SpinClasses.of(network) if classes is None else classes
        return cls(
            label=classes.label,
            sign=classes.sign,
            sizes=classes.sizes,
            couplings=classes.couplings,
            rate_classes=classes.rate_classes,
            collective=False,
            patterns=network.patterns,
        )

    @property
    def listed(self) -> bool:
        """Whether every spin stands by itself."""
        return bool(self.sizes.max() == 1) and not self.collective

    @cached_property
    def n_spins(self) -> int:
        """Number of spins N."""
        return int(self.sizes.sum())

    @property
    def n_levels(self) -> int:
        """Number of levels of all ladders together."""
        if self.collective:
            return math.prod((int(size) + 2) ** 2 // 4 for size in self.sizes)
        return math.prod(int(size) + 1 for size in self.sizes)

    @property
    def n_patterns(self) -> int:
        """Number of patterns P, zero without a memory."""
        return 0 if self.patterns is None else self.patterns.n_patterns

    @property
    def whole_numbers(self) -> np.dtype[Any]:
        """The smallest type of whole numbers that holds $2 m$ of every ensemble."""
        return np.min_scalar_type(-int(self.sizes.max()) - 1)

    def start(self, sigma: SpinArray) -> IntArray:
        """$2 m$ of a configuration (N,), shape (C,)."""
        return np.bincount(self.label, weights=sigma * self.sign).astype(self.whole_numbers)

    def lengths(self, state: IntArray) -> list[tuple[IntArray, FloatArray]]:
        """For each ensemble at `state`, the possible $2 j$, ascending, and their probabilities."""
        if not self.collective:
            return [(np.array([size]), np.ones(1)) for size in self.sizes]
        alike, which = np.unique(np.stack([self.sizes, np.abs(state)], axis=1), axis=0, return_inverse=True)
        found = [spin_lengths(int(size), doubled / 2) for size, doubled in alike]
        doubled = [(np.rint(2 * j).astype(np.int64), probability) for j, probability in found]
        return [doubled[k] for k in which.reshape(-1)]

    def all_lengths(self) -> list[IntArray]:
        """For each ensemble every $2 j$ that its size allows, ascending; the largest alone where spins are counted."""
        if not self.collective:
            return [np.array([size]) for size in self.sizes]
        return [np.arange(size % 2, size + 1, 2) for size in self.sizes]

    def energy(self, states: ArrayLike) -> FloatArray:
        r"""$-\frac12 [\sum_{cc'} K_{cc'} 2 m_c 2 m_{c'} - \sum_c n_c K_{cc}]$ at `states` (..., C), shape (...)."""
        doubled = np.asarray(states, dtype=np.float64)
        own = self.sizes @ np.diag(self.couplings)
        return np.asarray(-0.5 * (np.sum(doubled * (doubled @ self.couplings), axis=-1) - own))

    def magnetisation(self, states: ArrayLike) -> FloatArray:
        """Mean of the spins at `states` (..., C), shape (...)."""
        return np.asarray(np.asarray(states) @ self._uniform / self.n_spins)

    def overlaps(self, states: ArrayLike) -> FloatArray:
        """Overlap with every pattern at `states` (..., C), shape (..., P)."""
        return np.asarray(np.asarray(states) @ self._in_patterns.T / self.n_spins)

    def spin_z(self, states: ArrayLike) -> FloatArray:
        r"""$s_i\, 2 m_c / n_c$, the mean over the ensemble of each spin, at `states` (..., C); shape (..., N)."""
        return np.asarray(self.sign * (np.asarray(states) / self.sizes)[..., self.label])

    @cached_property
    def _uniform(self) -> FloatArray:
        return np.asarray(self._member_means(np.ones((1, self.label.size)))[0])

    @cached_property
    def _in_patterns(self) -> FloatArray:
        stored = np.empty((0, self.label.size)) if self.patterns is None else self.patterns.values
        return self._member_means(stored)

    def _member_means(self, values: FloatArray | SpinArray) -> FloatArray:
        """Means over the members of each ensemble of `values` (K, N), in its gauge; shape (K, C)."""
        members = np.bincount(self.label)
        means = np.empty((len(values), self.sizes.size))
        for mean, row in zip(means, values, strict=True):
            mean[:] = np.bincount(self.label, weights=row * self.sign) / members
        return means


@dataclass(frozen=True, eq=False)
class LengthDraws:
    """Draws $2 j$ of every ensemble; no random number where the start leaves no choice.

    Attributes
    ----------
    certain : (C,) array of int
        $2 j$ of the ensembles without a choice.
    open_places : (K,) array of int
        The other ensembles.
    choices, sums : lists of K arrays
        Their possible $2 j$, and the sums of the probabilities up to each.
    """

    certain: IntArray
    open_places: IntArray
    choices: list[IntArray]
    sums: list[FloatArray]

    @classmethod
    def of(cls, ladders: Ladders, start: IntArray) -> "LengthDraws":
        """Draws for runs from `start` (C,)."""
        found = ladders.lengths(start)
        several = [c for c, (choices, _) in enumerate(found) if choices.size > 1]
        return cls(
            certain=np.array([choices[-1] for choices, _ in found]),
            open_places=np.array(several, np.int64),
            choices=[found[c][0] for c in several],
            sums=[np.cumsum(found[c][1]) for c in several],
        )

    def __call__(self, stream: np.random.Generator) -> IntArray:
        """$2 j$ of every ensemble, shape (C,)."""
        lengths = self.certain.copy()
        for place, choices, sums in zip(self.open_places, self.choices, self.sums, strict=True):
            drawn = int(np.searchsorted(sums, stream.random(), side="right"))
            # the sums end at one up to round-off
            lengths[place] = choices[min(drawn, choices.size - 1)]
        return lengths
