"""Steps of an explicit method for many trajectories side by side: one lane each, every loop of unit stride over lanes.

Lanes never meet: what happens in one has the same bits whatever the others do.
"""

import math

import numpy as np

from cavity_hopfield._compiled import compiled
from cavity_hopfield._typing import FloatArray, IntArray

SMALLEST, LARGEST, SAFETY = 0.2, 10.0, 0.9
"""By how much a step may change, and the share of the step that the error estimate would allow."""


@compiled
def tanh(x: float) -> float:
    r"""The hyperbolic tangent to a few units in the last place, without a branch.

    With $e = e^u - 1$ as a series at $u = 2|x|/64$, $e^{2u} - 1 = e(e + 2)$ six times, and $\tanh = e / (e + 2)$.
    """
    u = min(2.0 * abs(x), 40.0) * 0.015625
    p = 1.1470745597729725e-11
    p = p * u + 1.6059043836821613e-10
    p = p * u + 2.08767569878681e-09
    p = p * u + 2.505210838544172e-08
    p = p * u + 2.755731922398589e-07
    p = p * u + 2.7557319223985893e-06
    p = p * u + 2.48015873015873e-05
    p = p * u + 0.0001984126984126984
    p = p * u + 0.001388888888888889
    p = p * u + 0.008333333333333333
    p = p * u + 0.041666666666666664
    p = p * u + 0.16666666666666666
    p = p * u + 0.5
    e = (p * u + 1.0) * u
    e = e * (e + 2.0)
    e = e * (e + 2.0)
    e = e * (e + 2.0)
    e = e * (e + 2.0)
    e = e * (e + 2.0)
    e = e * (e + 2.0)
    t = float(np.divide(e, e + 2.0))
    return -t if x < 0.0 else t


@compiled
def combine(
    places: IntArray, weights: FloatArray, count: int, row: int, stages: FloatArray, work: FloatArray, base: int,
    out: int,
) -> None:  # fmt: skip
    """Fill `work[out]` with `work[base]` and the first `count` stages of a row of the method, times their weights."""
    size = np.uint64(work.shape[1])
    for j in range(0, count, 4):
        w0, w1, w2, w3 = weights[row, j], weights[row, j + 1], weights[row, j + 2], weights[row, j + 3]
        k0, k1, k2, k3 = places[row, j], places[row, j + 1], places[row, j + 2], places[row, j + 3]
        if j == 0:
            for e in range(size):
                work[out, e] = work[base, e] + (
                    w0 * stages[k0, e] + w1 * stages[k1, e] + w2 * stages[k2, e] + w3 * stages[k3, e]
                )
        else:
            for e in range(size):
                work[out, e] += w0 * stages[k0, e] + w1 * stages[k1, e] + w2 * stages[k2, e] + w3 * stages[k3, e]


@compiled
def _squares(work: FloatArray, sheet: int, rtol: float, atol: float, lane: FloatArray, row: int) -> None:
    """Fill `lane[row]` (L,) with the sum of squares of an error in `work[sheet]` (n L), in units of what is allowed.

    What is allowed follows the larger of the states before and after the step, in `work[0]` and `work[1]`.
    """
    lanes = np.uint64(lane.shape[1])
    for e in range(np.uint64(work.shape[1])):
        work[sheet, e] = np.divide(work[sheet, e], atol + rtol * max(abs(work[0, e]), abs(work[1, e])))
    for k in range(lanes):
        lane[row, k] = 0.0
    for i in range(work.shape[1] // lane.shape[1]):
        first = np.uint64(i) * lanes
        for k in range(lanes):
            lane[row, k] += work[sheet, first + k] * work[sheet, first + k]


@compiled
def judge(work: FloatArray, rtol: float, atol: float, lane: FloatArray, row: int) -> None:
    """Fill `lane[row]` with the error of every lane, a step is good where it is below one, and `lane[row + 2]` with
    the factor by which the step should change.

    `work` holds the states before and after the step and the two error estimates, which are overwritten, as is
    `lane[row + 1]`.
    """
    _squares(work, 2, rtol, atol, lane, row)
    _squares(work, 3, rtol, atol, lane, row + 1)
    n = work.shape[1] // lane.shape[1]
    for k in range(np.uint64(lane.shape[1])):
        square = lane[row, k]
        error = np.divide(square, math.sqrt((square + 0.01 * lane[row + 1, k]) * n + 1e-300))
        root = math.sqrt(math.sqrt(math.sqrt(error + 1e-30)))
        lane[row, k] = error
        lane[row + 2, k] = min(LARGEST, max(SMALLEST, np.divide(SAFETY, root)))


@compiled
def interpolant(
    places: IntArray, weights: FloatArray, counts: IntArray, first: int, stages: FloatArray, work: FloatArray,
    rows: FloatArray,
) -> None:  # fmt: skip
    """Fill `rows` (7, e) with the polynomial through a step from `work[0]` to `work[1]`.

    Its last four come from the rows of the method from `first` on; `stages` 12 to 15 are those of the interpolant.
    """
    size = np.uint64(work.shape[1])
    for e in range(size):
        rows[0, e] = work[1, e] - work[0, e]
    for e in range(size):
        rows[1, e] = stages[0, e] - rows[0, e]
    for e in range(size):
        rows[2, e] = 2.0 * rows[0, e] - (stages[12, e] + stages[0, e])
    for k in range(3, 7):
        for e in range(size):
            rows[k, e] = 0.0
        combine(places, weights, counts[first + k - 3], first + k - 3, stages, rows, k, k)


@compiled
def interpolated(
    base: float, c0: float, c1: float, c2: float, c3: float, c4: float, c5: float, c6: float, x: float
) -> float:
    """The polynomial at the fraction `x` of a step that starts at `base`."""
    y = 1.0 - x
    return base + x * (c0 + y * (c1 + x * (c2 + y * (c3 + x * (c4 + y * (c5 + x * c6))))))
