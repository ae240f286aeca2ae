"""Which relabellings of patterns leave a network as it is."""

from dataclasses import dataclass
from itertools import permutations, product
from math import factorial, prod

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.network import HopfieldLimit

MOST_SEARCHED = 4
"""Largest number of given patterns of which all signed permutations are tried."""
SAME = 1e-8
"""Distance below which two overlaps are one."""


@dataclass(frozen=True, eq=False)
class PatternSymmetry:
    r"""The signed permutations S with $S m$ a fixed point whenever m is one.

    `full` if all are allowed, so that $m_1 \ge m_2 \ge \dots \ge 0$ is one of each orbit; else `matrices` (G, P, P).
    """

    full: bool
    matrices: FloatArray

    @classmethod
    def of(cls, limit: HopfieldLimit) -> "PatternSymmetry":
        """The symmetries of a network: all for random patterns of one strength.

        Those of other patterns must map the columns onto each other, up to a sign, with their weights and rate
        classes, and keep the strengths. Beyond four of them only the reversal of all signs is tried.
        """
        n = limit.n_patterns
        if n > MOST_SEARCHED:
            full = limit.patterns is None and np.ptp(limit.strengths) == 0
            return cls(bool(full), np.stack([np.eye(n), -np.eye(n)]))
        known = _weights_by_column(limit, limit.columns)
        found = []
        for order in permutations(range(n)):
            if not np.array_equal(limit.strengths[list(order)], limit.strengths):
                continue
            for signs in product((1.0, -1.0), repeat=n):
                matrix = np.zeros((n, n))
                matrix[range(n), order] = signs
                if _equal(_weights_by_column(limit, limit.columns @ matrix.T), known):
                    found.append(matrix)
        return cls(len(found) == 2**n * factorial(n), np.array(found))

    def representative(self, overlaps: FloatArray) -> FloatArray:
        """The image with the largest first overlaps."""
        if self.full:
            return np.asarray(np.sort(np.abs(overlaps))[::-1])
        images = self.matrices @ overlaps
        return np.asarray(images[np.lexsort(np.round(-images.T, 8)[::-1])[0]] + 0.0)

    def multiplicity(self, overlaps: FloatArray) -> int:
        """The number of distinct images."""
        if not self.full:
            return len(distinct(list(self.matrices @ overlaps)))
        sizes = np.sort(np.abs(overlaps))
        runs = np.diff(np.flatnonzero(np.concatenate([[True], np.diff(sizes) > SAME, [True]])))
        return int(2 ** (sizes > SAME).sum()) * factorial(sizes.size) // prod(factorial(int(run)) for run in runs)


def distinct(points: list[FloatArray]) -> list[FloatArray]:
    """One of each group of points closer than `SAME`."""
    kept: list[FloatArray] = []
    for point in points:
        if all(np.abs(point - other).max() > SAME for other in kept):
            kept.append(point)
    return kept


def _weights_by_column(limit: HopfieldLimit, columns: FloatArray) -> dict[tuple[int, ...], tuple[float, int]]:
    """Weight and rate class of each column, with the sign that makes its first entry +1."""
    upright = np.rint(columns * columns[:, :1]).astype(int)
    entries = zip(upright.tolist(), limit.weights.tolist(), limit.rate_classes.tolist(), strict=True)
    return {tuple(column): (weight, label) for column, weight, label in entries}


def _equal(one: dict[tuple[int, ...], tuple[float, int]], other: dict[tuple[int, ...], tuple[float, int]]) -> bool:
    return one.keys() == other.keys() and all(
        abs(one[key][0] - other[key][0]) < 1e-12 and one[key][1] == other[key][1] for key in one
    )
