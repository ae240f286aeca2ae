"""The order in which a generator between neighbouring places is factored with little fill."""

import numpy as np

from cavity_hopfield._typing import IntArray

LEAF = 40
"""Places that are no longer cut."""


def nested_dissection(places: IntArray) -> IntArray:
    """The order of `places` (D, d) on a lattice, whose neighbours differ by at most one in every coordinate: two halves
    first, each in its own order of this kind, then the layer that parts them.

    Source: A. George, SIAM J. Numer. Anal. 10, 345 (1973).
    """
    return np.concatenate(_dissected(places, np.arange(len(places))))


def _dissected(places: IntArray, chosen: IntArray) -> list[IntArray]:
    inside = places[chosen]
    low, high = inside.min(axis=0), inside.max(axis=0)
    axis = int(np.argmax(high - low))
    if chosen.size <= LEAF or high[axis] - low[axis] < 2:
        return [chosen]
    along = inside[:, axis]
    cut = min(max(int(np.median(along)), int(low[axis]) + 1), int(high[axis]) - 1)
    halves = (chosen[along < cut], chosen[along > cut])
    ordered = [part for half in halves if half.size for part in _dissected(places, half)]
    return [*ordered, chosen[along == cut]]
