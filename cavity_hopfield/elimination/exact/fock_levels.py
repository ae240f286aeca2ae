"""How many Fock states of each mode are kept: raised until the answer stands still, and never trusted as given."""

import warnings
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke, require_dicke

STEP, STEP_OF_MANY = 4, 2
"""By how many levels a cutoff is raised, without gain: for one mode, and for each of several."""
FEWEST = 2
FINEST = 1e-12
"""Smallest tolerance that round-off lets any answer meet."""

Answer = TypeVar("Answer")
Levels = int | tuple[int, ...]
"""One number of Fock states for all modes, or one for each."""


def first_levels(dicke: MultimodeDicke) -> tuple[int, ...]:
    """Fock states of each mode that hold the light at rest under any configuration, and most of the way from one to
    another.
    """
    amplitude = np.abs(dicke.g).sum(axis=0) / np.abs(dicke.pole)
    return tuple(int(size) for size in np.ceil(6 + amplitude**2 + 4 * amplitude + 4 * dicke.thermal_occupation))


def raised(dicke: MultimodeDicke, levels: tuple[int, ...]) -> tuple[int, ...]:
    """More levels for every mode, so many that a converging answer moves by more than it is still wrong."""
    steps = np.floor((STEP if dicke.n_modes == 1 else STEP_OF_MANY) + 2 * dicke.thermal_occupation)
    return tuple(size + int(step) for size, step in zip(levels, steps, strict=True))


def checked_levels(dicke: MultimodeDicke, levels: Levels) -> tuple[int, ...]:
    """`levels` as one number of Fock states per mode."""
    require_dicke("dicke", dicke, channels=True)
    each = tuple(levels) if isinstance(levels, (tuple, list)) else (levels,) * dicke.n_modes
    if len(each) != dicke.n_modes:
        raise ArgumentError(
            f"Argument `levels` must be a whole number or {dicke.n_modes} of them, one per mode, but is {levels!r}."
        )
    return tuple(whole_number("levels", size, minimum=FEWEST) for size in each)


def at_enough_levels(
    dicke: MultimodeDicke,
    levels: Levels | None,
    tolerance: float,
    solve: Callable[[tuple[int, ...]], Answer],
    distance: Callable[[Answer, Answer], float],
) -> tuple[Answer, tuple[int, ...], float]:
    """The answer of `solve(levels)`, the levels, and by how much it moves with more.

    Without `levels` they are raised until the `distance` of two answers is at most `tolerance`; with `levels` the
    answer is theirs, and a RegimeWarning tells if it moves by more.
    """
    require_dicke("dicke", dicke)
    largest = real_number("tolerance", tolerance, minimum=FINEST)
    here = first_levels(dicke) if levels is None else checked_levels(dicke, levels)
    answer = solve(here)
    while True:
        more = raised(dicke, here)
        finer = solve(more)
        moved = distance(finer, answer)
        if levels is not None and moved > largest:
            warnings.warn(
                f"{here} Fock levels leave an error of about {moved:.1e}. Leave `levels` out, or raise them.",
                RegimeWarning,
                stacklevel=3,
            )
        if levels is not None:
            return answer, here, moved
        here, answer = more, finer
        if moved <= largest:
            return answer, here, moved
