"""The slope of a rate law, by differences whose step is checked."""

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import RateLaw

HALVINGS = 14
LARGEST_STEP = 0.25
"""First step, in units of the largest flip energy; doubled until rates change by as large a share over it."""
SMALLEST_STEP = 1e-6
MOST_DOUBLINGS = 40


def rate_slopes(law: RateLaw, energies: FloatArray, spin_class: int) -> tuple[FloatArray, FloatArray]:
    r"""$W'(\epsilon) = W\, \frac{d}{d\epsilon} \ln W$ and an estimate of its error, shape of `energies` (K,).

    Central differences of the logarithm at steps halved again and again, extrapolated to none; of all extrapolations
    the one that agrees best with its neighbours is taken, energy by energy (C. J. F. Ridders, Adv. Eng. Softw. 4, 75
    (1982)). At a kink the mean of both sides.

    Raises
    ------
    ArgumentError
        If a rate vanishes.
    """
    steps = _first_step(law, energies, spin_class) / 2.0 ** np.arange(HALVINGS)
    logarithms = _logarithms(law, energies + np.multiply.outer([1.0, -1.0], steps)[..., None], spin_class)
    column = (logarithms[0] - logarithms[1]) / (2 * steps[:, None])
    best, error = column[-1].copy(), np.full(energies.shape, np.inf)
    for order in range(1, HALVINGS):
        gain = 4.0**order
        finer = (gain * column[1:] - column[:-1]) / (gain - 1)
        change = np.maximum(np.abs(finer - column[1:]), np.abs(finer - column[:-1]))
        row = change.argmin(axis=0)
        smallest = np.take_along_axis(change, row[None], axis=0)[0]
        better = smallest < error
        best[better] = np.take_along_axis(finer, row[None], axis=0)[0][better]
        error[better] = smallest[better]
        column = finer
    here = np.exp(_logarithms(law, energies, spin_class))
    return here * best, here * error


def _first_step(law: RateLaw, energies: FloatArray, spin_class: int) -> float:
    """A step over which the rates change, but not by many orders of magnitude if the flip energies allow."""
    first = max(LARGEST_STEP * float(np.abs(energies).max(initial=0.0)), SMALLEST_STEP)
    step = first
    for _ in range(MOST_DOUBLINGS):
        high, low = _logarithms(law, energies + np.array([[step], [-step]]), spin_class)
        if np.abs(high - low).max() > LARGEST_STEP:
            return step
        step *= 2
    return first


def _logarithms(law: RateLaw, energies: FloatArray, spin_class: int) -> FloatArray:
    rates = np.asarray(law(energies, spin_class), dtype=np.float64)
    if not ((rates > 0) & np.isfinite(rates)).all():
        raise ArgumentError(
            f"Argument `model` must have rates above zero for a linear response, but {type(law).__name__} gives "
            f"{rates.min():g} near the flip energies that occur. Raise the temperature."
        )
    return np.asarray(np.log(rates))
