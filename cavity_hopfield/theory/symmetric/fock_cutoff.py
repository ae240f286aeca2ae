"""How many Fock states of each mode are kept: raised until the answer stands still."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from cavity_hopfield._checks import whole_number
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning

FEWEST = 2
HIGHEST = 2
"""Fock states that count as the highest."""
MORE, MORE_OF_ALL = 2, 0.15
"""Fock states that are added at a time: at least, and beside those there are."""

Levels = tuple[int, ...]


class Answer(Protocol):
    """What an answer tells about the Fock states."""

    @property
    def lasting(self) -> ComplexArray:
        """Numbers that shall stand still."""
        ...

    @property
    def populations(self) -> list[FloatArray]:
        """Of the Fock states of every mode, the largest at any time."""
        ...


Found = TypeVar("Found", bound=Answer)


@dataclass(frozen=True)
class Kept:
    """Fock states and what is known of them.

    Attributes
    ----------
    levels : (M,) tuple of int
        Fock states of each mode.
    cutoff_error : float
        The largest move of any number, relative to the larger of it and one, when the last states were added; nan if
        none were.
    top_population : float
        Of the two highest states of any mode, the largest at any time.
    """

    levels: Levels
    cutoff_error: float
    top_population: float


def checked_fock(fock: int | tuple[int, ...] | None) -> int | tuple[int, ...] | None:
    """`fock` as None, a whole number or a tuple of them."""
    if fock is None:
        return None
    if isinstance(fock, (tuple, list)):
        return tuple(whole_number("fock", size, minimum=FEWEST) for size in fock)
    return whole_number("fock", fock, minimum=FEWEST)


def levels_of(fock: int | tuple[int, ...], n_modes: int) -> Levels:
    """One number of Fock states for each mode."""
    each = fock if isinstance(fock, tuple) else (fock,) * n_modes
    if len(each) != n_modes:
        raise ArgumentError(
            f"Argument `fock` must be a whole number or {n_modes} of them, one per mode, but is {fock}."
        )
    return each


def in_given_states(solve: Callable[[Levels], Found], levels: Levels, tolerance: float) -> tuple[Found, Kept]:
    """The answer in the Fock states given, with a warning if the highest are populated."""
    answer = solve(levels)
    top = max(top_populations(answer))
    if top > tolerance:
        warnings.warn(
            f"The highest of {levels} Fock states hold a population of {top:.1e}, so that light is cut off. Raise "
            "`fock`, or leave it out.",
            RegimeWarning,
            stacklevel=5,
        )
    return answer, Kept(levels, np.nan, top)


def in_enough_states(solve: Callable[[Levels], Found], first: Levels, tolerance: float) -> tuple[Found, Kept]:
    """The answer in so many Fock states that the highest of each mode are populated by at most `tolerance`, and that it
    moves by at most that when more are added.
    """
    levels, answer = first, solve(first)
    while True:
        tops = top_populations(answer)
        full = [top > tolerance for top in tops]
        chosen = full if any(full) else [True] * len(full)
        levels = tuple(
            size + max(MORE, round(MORE_OF_ALL * size)) * more for size, more in zip(levels, chosen, strict=True)
        )
        finer = solve(levels)
        moved = float(np.max(np.abs(finer.lasting - answer.lasting) / np.maximum(np.abs(finer.lasting), 1)))
        answer = finer
        if moved <= tolerance and not any(full):
            return answer, Kept(levels, moved, max(top_populations(answer)))


def top_populations(answer: Answer) -> list[float]:
    """Of the two highest states of every mode."""
    return [float(each[-HIGHEST:].sum()) for each in answer.populations]
