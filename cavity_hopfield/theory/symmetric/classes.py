"""Which spins of a network are alike, up to a sign."""

from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import ArrayLike, BoolArray, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import OpenHopfield

EQUAL = 1e-12
"""Couplings that differ by less than this share of the largest one are equal."""


@dataclass(frozen=True, eq=False)
class SpinClasses:
    r"""$J_{ij} = s_i s_j K_{c(i) c(j)}$ for $i \ne j$: spins of a class are exchanged by a symmetry of the network.

    In its class a spin counts with its sign $s_i$. Where that is -1 it is turned about the x axis, which the drive
    allows: $(m^x, m^y, m^z) \to (m^x, -m^y, -m^z)$.

    Attributes
    ----------
    label : (N,) array of int
        $c(i)$.
    sign : (N,) array of +-1
        $s_i$; the first spin of every class has +1.
    sizes : (C,) array of int
        Number of spins in each class.
    couplings : (C, C) array
        $K_{cc'}$ in the gauge; zero on the diagonal for a class of one spin.
    rate_classes : (C,) array of int
        The class of each in the rate law.
    """

    label: IntArray
    sign: IntArray
    sizes: IntArray
    couplings: FloatArray
    rate_classes: IntArray

    @classmethod
    def of(cls, network: OpenHopfield) -> "SpinClasses":
        """The classes of `network`: equal couplings to all others, equal rates and, if there are patterns, equal
        columns of the patterns, all up to one sign.
        """
        label, sign, first = _alike(network)
        sizes = np.bincount(label)
        member = (label[None, :] == np.arange(sizes.size)[:, None]) * sign[None, :].astype(np.float64)
        pairs = np.outer(sizes, sizes) - np.diag(sizes)
        couplings = (member @ network.couplings @ member.T) / np.maximum(pairs, 1)
        return cls(label, sign, sizes, couplings, network.spin_classes[first])

    @property
    def n_classes(self) -> int:
        """Number of classes C."""
        return int(self.sizes.size)

    def means(self, values: ArrayLike) -> FloatArray:
        """Means over each class of `values` (..., N), which already stand in the gauge; shape (..., C)."""
        given = np.asarray(values, dtype=np.float64)
        member = (self.label[:, None] == np.arange(self.n_classes)) / self.sizes
        return np.asarray(given @ member)

    def bloch_vectors(self, x: FloatArray, y: FloatArray, z: FloatArray) -> FloatArray:
        """Bloch vectors (..., N, 3) of all spins from the means (..., C) of their classes."""
        turned = (x[..., self.label], self.sign * y[..., self.label], self.sign * z[..., self.label])
        return np.stack(turned, axis=-1)

    def class_vectors(self, bloch: FloatArray) -> FloatArray:
        """Bloch vectors (C, 3) that the spins of each class share in the gauge.

        Raises
        ------
        ArgumentError
            If they do not share one; the text names a spin.
        """
        turned = bloch * np.stack([np.ones_like(self.sign), self.sign, self.sign], axis=1)
        _, first = np.unique(self.label, return_index=True)
        shared = turned[first]
        apart = np.abs(turned - shared[self.label]).max(axis=1)
        if apart.max() > EQUAL:
            spin = int(apart.argmax())
            other = int(first[self.label[spin]])
            raise ArgumentError(
                "Argument `initial` must give one Bloch vector to all spins of a class, up to their signs, but spins "
                f"{other} and {spin} have {bloch[other].tolist()} and {bloch[spin].tolist()} at the signs "
                f"{self.sign[other]:+d} and {self.sign[spin]:+d}. Give a configuration, which is averaged over the "
                "order of the spins, or use `Lindblad`."
            )
        return shared


def _alike(network: OpenHopfield) -> tuple[IntArray, IntArray, IntArray]:
    """Class and sign of each spin, and the first spin of each class."""
    n = network.n_spins
    stored = np.empty((0, n)) if network.patterns is None else network.patterns.values.astype(np.float64)
    label, sign = np.zeros(n, np.int64), np.ones(n, np.int64)
    first: list[int] = []
    limit = EQUAL * float(np.abs(network.couplings).max(initial=0.0))
    for i in range(n):
        for c, other in enumerate(first):
            s = _relative_sign(network.couplings, stored, i, other, limit)
            if s and network.spin_classes[i] == network.spin_classes[other]:
                label[i], sign[i] = c, s
                break
        else:
            label[i] = len(first)
            first.append(i)
    return label, sign, np.array(first)


def _relative_sign(couplings: FloatArray, stored: FloatArray, i: int, j: int, limit: float) -> int:
    """The sign s with $J_{ik} = s J_{jk}$ for all other k and equal columns of the patterns; 0 if there is none."""
    others: BoolArray = np.ones(len(couplings), np.bool_)
    others[[i, j]] = False
    for s in (1, -1):
        same = np.abs(couplings[i, others] - s * couplings[j, others]).max(initial=0.0) <= limit
        if same and (stored[:, i] == s * stored[:, j]).all():
            return s
    return 0
