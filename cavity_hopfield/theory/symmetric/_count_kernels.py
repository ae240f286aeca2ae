"""A step of a three-term recurrence with a sparse matrix, in one sweep over memory."""

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray

PlaceArray = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]


@compiled
def advance(
    first: PlaceArray,
    columns: PlaceArray,
    entries: FloatArray,
    now: FloatArray,
    before: FloatArray,
    end: FloatArray,
    factors: tuple[float, float, float, float, float],
) -> None:
    """`before` becomes `a L now + b now + c before`, then `end` grows by `d now + e before`, for `factors` (a .. e) and
    the rows of L that start at `first` (size + 1,) among `columns` and `entries`.

    Numbers of places without a sign: others are checked for counting from the end, at twice the time.
    """
    of_product, of_now, of_before, now_to_end, to_end = factors
    for row in range(now.size):
        total = 0.0
        for k in range(first[row], first[row + 1]):
            total += entries[k] * now[columns[k]]
        value = of_product * total + of_now * now[row] + of_before * before[row]
        before[row] = value
        end[row] += now_to_end * now[row] + to_end * value
