r"""The time by which a share of all runs has recalled: a chain that has the fluctuations of one pattern."""

import numpy as np
from scipy.linalg import expm

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.platforms.recall_speed import RecallSpeed

FINEST = 1e-5
"""First time step of a chain, in units of its fastest rate."""
DOUBLINGS = 70


def recall_quantile(speed: RecallSpeed, pattern: int, start_overlap: float, level: float, share: float) -> float:
    r"""The time by which a `share` of all runs from a start overlap has reached the overlap `level` with a pattern.

    The number n of aligned spins as a chain, $n \to n + 1$ at $(N - n)\,\overline{W_i(-2 m' h_i)}$ and
    $n \to n - 1$ at $n\,\overline{W_i(2 m' h_i)}$ with the overlap m' of the other spins: exact for one pattern
    and equal fields, without the crosstalk of others. Runs end at the level and at its negative; infinite if fewer
    ever arrive.
    """
    n = speed.rates.dicke.n_spins
    aligned = np.arange(n + 1)
    overlaps = 2 * aligned / n - 1
    inside = np.flatnonzero(np.abs(overlaps) < level - 1e-9)
    start = round((1 + start_overlap) * n / 2)
    if inside.size == 0 or start > inside[-1]:
        return 0.0
    towards = speed.flips(pattern, (n * overlaps[inside] + 1) / (n - 1))[0] * (n - aligned[inside])
    away = speed.flips(pattern, (n * overlaps[inside] - 1) / (n - 1))[1] * aligned[inside]
    return first_passage_quantile(towards, away, start - int(inside[0]), share)


def first_passage_quantile(up: FloatArray, down: FloatArray, start: int, share: float) -> float:
    """The time by which a birth-death chain has left its states upwards with the chance `share`, infinite if never.

    Propagators over steps that double, products of non-negative matrices, then the largest sum of steps that falls
    short; linear within the finest.
    """
    size = up.size
    generator = np.zeros((size + 2, size + 2))
    places = np.arange(1, size + 1)
    generator[places, places + 1], generator[places, places - 1] = up, down
    generator[places, places] = -(up + down)
    step = FINEST / float((up + down).max())
    powers = [expm(generator * step)]
    state = np.zeros(size + 2)
    state[start + 1] = 1.0
    while (state @ powers[-1])[-1] < share:
        if len(powers) > DOUBLINGS or (state @ powers[-1])[1:-1].sum() < 1e-12:
            return float("inf")
        powers.append(powers[-1] @ powers[-1])
    time = 0.0
    for level in range(len(powers) - 2, -1, -1):
        later = state @ powers[level]
        if later[-1] < share:
            state, time = later, time + step * 2.0**level
    gained = (state @ powers[0])[-1] - state[-1]
    return float(time + step * (share - state[-1]) / gained) if gained > 0 else time
