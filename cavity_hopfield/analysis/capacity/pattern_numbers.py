"""How many patterns a load is, and whether so many fit into the memory."""

import numpy as np

from cavity_hopfield._typing import FloatArray, IntArray
from cavity_hopfield.exceptions import SizeError

LARGEST_GIB = 8.0
"""Patterns that need more memory than this are not drawn."""
BYTES = 20
"""For one spin of one pattern: itself, a floating-point factor of the couplings, and a copy of that on the way."""


def pattern_numbers(sizes: FloatArray, loads: FloatArray) -> IntArray:
    r"""$P = \max(1, \alpha N)$ in whole numbers, of sizes and loads that are broadcast together.

    Raises
    ------
    SizeError
        If so many patterns of so many spins need more memory than 8 GiB.

    Examples
    --------
    >>> pattern_numbers(np.array([30.0, 100.0]), np.array([0.01, 0.1]))
    array([ 1, 10])
    """
    with np.errstate(over="ignore"):
        numbers = np.maximum(1.0, np.rint(sizes * loads))
        need = BYTES * sizes * numbers / 2**30
    if need.max() > LARGEST_GIB:
        worst = np.unravel_index(int(need.argmax()), need.shape)
        raise SizeError(
            f"{numbers[worst]:.3g} patterns of {np.broadcast_to(sizes, need.shape)[worst]:.3g} spins need about "
            f"{need[worst]:.3g} GiB, more than {LARGEST_GIB:g}. Take fewer spins or a smaller load."
        )
    return np.asarray(numbers.astype(np.int64))
