"""Where a master equation starts: a configuration, counts, or probabilities of all levels."""

from collections.abc import Callable

import numpy as np

from cavity_hopfield._checks import real_array, spin_array
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.network import CountedHopfield, OpenHopfield
from cavity_hopfield.network.ladders import Ladders
from cavity_hopfield.theory.master_equation.levels import Levels

NORMALISED = 1e-10
"""Deviation of the sum of probabilities from one that passes as round-off."""


def start_levels(
    ladders: Ladders, model: OpenHopfield | CountedHopfield, initial: ArrayLike, check: Callable[[int], None]
) -> tuple[Levels, FloatArray]:
    """The levels that are reached from `initial`, once `check` has passed their number, and their probabilities at the
    start.

    Raises
    ------
    ArgumentError
        If `initial` is neither a configuration, or counts, nor probabilities.
    """
    given = real_array("initial", initial)
    if given.ndim == 1 and given.size == ladders.n_levels:
        check(given.size)
        wrong = given < 0
        if wrong.any() or abs(given.sum() - 1) > NORMALISED:
            raise ArgumentError(
                f"Argument `initial` of shape {given.shape} must hold probabilities, not negative and with the sum 1, "
                f"but its smallest entry is {given.min():g} and its sum {given.sum():.12g}. A configuration has "
                f"shape ({model.n_spins},)."
            )
        return Levels.all(ladders), given
    if isinstance(model, CountedHopfield):
        state = 2 * model.checked_ups("initial", given) - model.sizes
    else:
        state = ladders.start(spin_array("initial", given, n_spins=model.n_spins, ndim=1))
    if not ladders.collective:
        check(ladders.n_levels)
    levels = Levels.from_start(ladders, np.asarray(state))
    check(levels.n_levels)
    return levels, levels.weights()
