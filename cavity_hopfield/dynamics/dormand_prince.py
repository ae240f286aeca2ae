"""The eighth-order method of Dormand and Prince with its interpolant, as data: scipy's coefficients, packed."""

from typing import NamedTuple

import numpy as np
from scipy.integrate import DOP853

from cavity_hopfield._checks import frozen
from cavity_hopfield._typing import FloatArray, IntArray

ROWS: tuple[dict[int, float], ...] = tuple(
    {int(stage): float(row[stage]) for stage in np.flatnonzero(row)}
    for row in (*DOP853.A[1:12], DOP853.B, DOP853.E5, DOP853.E3, *DOP853.A_EXTRA, *DOP853.D)
)
"""Weights of the stages by number: stages 1 to 11, the new state, errors of fifth and third order, then what
interpolates: stages 13 to 15, and four rows of the interpolant.
"""


class Method(NamedTuple):
    """Weights of an explicit method, row after row, packed for compiled loops.

    Row k adds `weights[k, j]` times stage `places[k, j]` for j below `counts[k]`; what is left is zero.
    """

    places: IntArray
    weights: FloatArray
    counts: IntArray


def _packed() -> Method:
    width = 16
    places, weights = np.zeros((len(ROWS), width), np.int64), np.zeros((len(ROWS), width))
    for k, row in enumerate(ROWS):
        places[k, : len(row)] = list(row)
        weights[k, : len(row)] = list(row.values())
    counts = np.array([len(row) for row in ROWS])
    return Method(frozen(places), frozen(weights), frozen(counts))


DORMAND_PRINCE = _packed()
"""DOP853 of E. Hairer, S. P. Norsett and G. Wanner, Solving Ordinary Differential Equations I (Springer, 1993)."""
