"""The generator of the open Hopfield network in the basis of counts, and what is read off a state there."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array, diags_array

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.dynamics import Ellipse
from cavity_hopfield.model import RateLaw
from cavity_hopfield.network import OpenHopfield, SpinClasses
from cavity_hopfield.network.configuration_rates import checked_rates
from cavity_hopfield.theory.symmetric.counts import DOWN_DOWN, DOWN_UP, UP_DOWN, UP_UP, CountBasis

DOWN = ((UP_UP, DOWN_UP), (UP_DOWN, DOWN_DOWN), (UP_UP, UP_DOWN), (DOWN_UP, DOWN_DOWN))
"""What $-i \\sigma^y$ does to an up in a row or a column; the reverse of each, with the other sign, to a down."""
ROUND_OFF = 1e-13
"""A flip energy below this share of the largest possible one is zero: what free flips differ by is round-off."""


@dataclass(frozen=True, eq=False)
class CountGenerator:
    r"""$\dot\rho_{ss'} = \Omega\,(\ldots) + \sum_{i: s_i = s'_i} \sqrt{W_i(F_i s) W_i(F_i s')}\, \rho_{F_i s, F_i s'}
    - \frac12 [\Lambda(s) + \Lambda(s')]\, \rho_{ss'}$ on counts; W depends on the numbers of spins up in the row and in
    the column alone.

    It is written in the frame turned by a right angle about z, where $\sigma^x$ becomes $\sigma^y$ and $-i H$ is real:
    states without $\sigma^x$ are real symmetric there, and $\sigma^x$ is what is imaginary.

    Attributes
    ----------
    classes : SpinClasses
        Which spins are alike.
    basis : CountBasis
        The counts.
    rate_law : RateLaw
        Rates of the flips.
    drive : float
        $\\Omega$.
    """

    classes: SpinClasses
    basis: CountBasis
    rate_law: RateLaw
    drive: float

    @classmethod
    def of(cls, network: OpenHopfield, classes: SpinClasses) -> "CountGenerator":
        """The generator of `network`."""
        return cls(classes, CountBasis.of(classes.sizes), network.rate_law, network.drive)

    @cached_property
    def spins_up(self) -> IntArray:
        """Spins up in each class, for every classical state of the classes, shape (G, C)."""
        return np.indices(tuple(self.classes.sizes + 1)).reshape(self.classes.n_classes, -1).T

    @cached_property
    def magnetisations(self) -> FloatArray:
        r"""$M_c = \sum_{i \in c} \sigma_i$ in the gauge, for every classical state, shape (G, C)."""
        return np.asarray(2.0 * self.spins_up - self.classes.sizes)

    @cached_property
    def energies(self) -> FloatArray:
        r"""$-\frac12 [\sum_{cc'} K_{cc'} M_c M_{c'} - \sum_c n_c K_{cc}]$, shape (G,)."""
        total, own = self.magnetisations, self.classes.sizes @ np.diag(self.classes.couplings)
        return np.asarray(-0.5 * (np.sum(total * (total @ self.classes.couplings), axis=1) - own))

    @cached_property
    def rates(self) -> FloatArray:
        """Rates of the spins that are up (0) and down (1), for every class and classical state, shape (2, C, G).

        An `ArgumentError` if one is negative or not finite.
        """
        couplings, total = self.classes.couplings, self.magnetisations
        found = np.empty((2, self.classes.n_classes, len(total)))
        largest = 2 * np.abs(couplings) @ self.classes.sizes
        for which, spin in enumerate((1, -1)):
            for c, rate_class in enumerate(self.classes.rate_classes):
                others = total.copy()
                # where no spin can flip the law is asked at a cost that one nearby has, never beyond all of them
                most = self.classes.sizes[c] - 1
                others[:, c] = np.clip(others[:, c] - spin, -most, most)
                cost = 2 * spin * (others @ couplings[c])
                cost[np.abs(cost) <= ROUND_OFF * largest[c]] = 0.0
                energies, places = np.unique(cost, return_inverse=True)
                found[which, c] = checked_rates(self.rate_law, energies, int(rate_class))[places.reshape(-1)]
        return found

    @cached_property
    def chain(self) -> csr_array:
        """Rates of the flips that occur, from row to column of the classical states, shape (G, G)."""
        sizes = self.classes.sizes
        strides = np.cumprod([1, *(sizes[:0:-1] + 1)])[::-1]
        rows, columns, entries = [], [], []
        for c, stride in enumerate(strides):
            movable = (self.spins_up[:, c], sizes[c] - self.spins_up[:, c])
            for which, step in enumerate((-stride, stride)):
                totals = movable[which] * self.rates[which, c]
                before = np.flatnonzero(totals)
                rows.append(before)
                columns.append(before + step)
                entries.append(totals[before])
        places = (np.concatenate(rows), np.concatenate(columns))
        return csr_array((np.concatenate(entries), places), shape=(len(self.spins_up),) * 2)

    @cached_property
    def matrix(self) -> csr_array:
        """The generator on the whole basis, shape (D, D)."""
        row, column = self._classical("row"), self._classical("column")
        escape = np.sum(self.rates[0] * self.spins_up.T, axis=0)
        escape += np.sum(self.rates[1] * (self.classes.sizes - self.spins_up).T, axis=0)
        total = csr_array(diags_array(-(escape[row] + escape[column]) / 2))
        for c, factor in enumerate(self.basis.classes):
            turns = [move for a, b in DOWN for move in ((a, b, self.drive), (b, a, -self.drive))]
            if self.drive:
                total = total + self.basis.within(c, factor.moves(*turns))
            for which, (source, target) in enumerate(((UP_UP, DOWN_DOWN), (DOWN_DOWN, UP_UP))):
                amplitude = np.sqrt(self.rates[which, c])
                flip = self.basis.within(c, factor.moves((source, target, 1.0)))
                total = total + flip @ diags_array(amplitude[row] * amplitude[column])
        return csr_array(total)

    @property
    def ellipse(self) -> Ellipse:
        """Around the spectrum: relaxation no faster than that of all spins at the largest pair of rates."""
        pairs = np.max(self.rates[0] + self.rates[1], axis=1)
        return Ellipse(float(pairs @ self.classes.sizes) / 2, 2 * self.drive * float(self.classes.sizes.sum()) + 1e-3)

    @cached_property
    def populations(self) -> csr_array:
        """Probabilities of the classical states, functionals of shape (G, D)."""
        places = self.basis.classical
        ends = np.arange(places.size + 1)
        return csr_array((np.ones(places.size), places, ends), shape=(places.size, self.basis.dimension))

    @cached_property
    def coherences(self) -> csr_array:
        """The up-down element of the reduced density matrix of a spin of each class, functionals of shape (C, D)."""
        places = self.basis.coherent
        rows = np.repeat(np.arange(len(places)), [len(some) for some in places])
        columns = np.concatenate(places)
        return csr_array((np.ones(rows.size), (rows, columns)), shape=(len(places), self.basis.dimension))

    def _classical(self, side: str) -> IntArray:
        """The classical state of the row or the column of every state, shape (D,)."""
        other = UP_DOWN if side == "row" else DOWN_UP
        whole = np.zeros(self.basis.dimension, np.int64)
        for c, factor in enumerate(self.basis.classes):
            up = factor.counts[:, UP_UP] + factor.counts[:, other]
            whole = whole * (factor.size + 1) + self.basis.spread(c, up)
        return whole
