"""How many Fock states of each mode are kept: raised where the highest are populated, until the answer stands still."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.exceptions import RegimeWarning

HIGHEST = 2
"""Fock states that count as the highest."""
EMPTIER = 0.1
"""Population of the highest states below which more are tried only to see what moves, in units of the tolerance."""
MORE, MORE_OF_ALL = 2, 0.1
"""Fock states by which the answer is checked: at least, and beside those there are."""

Levels = tuple[int, ...]


class Answer(Protocol):
    """What an answer tells about the Fock states."""

    @property
    def values(self) -> FloatArray:
        """Numbers that shall stand still."""
        ...

    @property
    def populations(self) -> list[FloatArray]:
        """Of the Fock states of every mode, the largest at any time."""
        ...


Found = TypeVar("Found", bound=Answer)


@dataclass(frozen=True)
class FockCutoff:
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


def top_population(populations: list[FloatArray]) -> float:
    """Of the two highest states of any mode."""
    return max(float(each[-HIGHEST:].sum()) for each in populations)


def in_given_states(solve: Callable[[Levels], Found], levels: Levels, tolerance: float) -> tuple[Found, FockCutoff]:
    """The answer in the Fock states given, with a warning if the highest are populated."""
    answer = solve(levels)
    top = top_population(answer.populations)
    if top > tolerance:
        warnings.warn(
            f"The highest of {levels} Fock states hold a population of {top:.1e}, so that light is cut off. Raise "
            "`fock`, or leave it out.",
            RegimeWarning,
            stacklevel=4,
        )
    return answer, FockCutoff(levels, np.nan, top)


def in_enough_states(solve: Callable[[Levels], Found], first: Levels, tolerance: float) -> tuple[Found, FockCutoff]:
    """The answer in so many Fock states that it moves by at most `tolerance` with more of each mode."""
    levels, answer = _populated(solve, first, tolerance)
    while True:
        finer_levels = tuple(size + max(MORE, round(MORE_OF_ALL * size)) for size in levels)
        finer = solve(finer_levels)
        moved = float(np.max(np.abs(finer.values - answer.values) / np.maximum(np.abs(finer.values), 1)))
        levels, answer = finer_levels, finer
        if moved <= tolerance:
            return answer, FockCutoff(levels, moved, top_population(answer.populations))


def _populated(solve: Callable[[Levels], Found], first: Levels, tolerance: float) -> tuple[Levels, Found]:
    """Levels, raised mode by mode, whose highest are nearly empty, and the answer there."""
    levels, answer = first, solve(first)
    while True:
        wanted = tuple(_wanted(each, EMPTIER * tolerance) for each in answer.populations)
        if wanted == levels:
            return levels, answer
        levels, answer = wanted, solve(wanted)


def _wanted(populations: FloatArray, empty: float) -> int:
    """How many Fock states make the highest empty, if the populations go on falling as they do."""
    size = populations.size
    top = float(populations[-HIGHEST:].sum())
    if top <= empty:
        return size
    falling = np.log(populations[size // 2 : -1].clip(1e-300))
    steepness = -float(np.polyfit(np.arange(falling.size), falling, 1)[0]) if falling.size > 2 else 0.0
    more = np.log(top / empty) / max(steepness, 1e-3)
    return size + int(np.clip(np.ceil(more) + MORE, MORE, max(size, MORE)))
