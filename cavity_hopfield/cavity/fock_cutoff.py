"""How many Fock states of each mode are kept: raised where the highest are populated, until the answer stands still."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.exceptions import SizeError

HIGHEST = 2
"""Fock states that count as the highest."""
SAFETY = 3.0
"""What is still to come may be so many times what the fall of the highest populations tells."""
MORE, MORE_OF_ALL = 2, 0.1
"""Fock states by which the answer is checked: at least, and beside those there are."""

Levels = tuple[int, ...]


class Answer(Protocol):
    """What an answer tells about the Fock states."""

    @property
    def values(self) -> Any:
        """Numbers that shall stand still."""
        ...

    @property
    def populations(self) -> list[FloatArray]:
        """Of the Fock states of every mode, the largest at any time."""
        ...

    @property
    def left_out(self) -> FloatArray:
        """Probability (M,) of the start beyond the Fock states of every mode; zeros where there is no start."""
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
        What more Fock states would still change of any number, relative to the larger of it and one: the last move, or
        what that and the fall of the highest populations tell; nan if none were added.
    top_population : float
        Of the two highest states of any mode, the largest at any time; or the probability of the start beyond all
        states of a mode, if that is more.
    tolerance : float
        The population that passes as none.
    """

    levels: Levels
    cutoff_error: float
    top_population: float
    tolerance: float

    @property
    def told(self) -> str | None:
        """A text if light is cut off, else None."""
        if self.top_population <= self.tolerance:
            return None
        return (
            f"The highest of {self.levels} Fock states hold a population of {self.top_population:.1e}, or the start "
            "has it beyond them, so that light is cut off. Raise `fock`, or leave it out."
        )


class Stages:
    """Progress of runs of which nobody knows how many there will be: each takes half of what is left."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._run = progress, 0

    def next(self) -> Progress | None:
        """Where the next run tells its progress."""
        if self._progress is None:
            return None
        self._run += 1
        return partial(self._tell, self._run)

    def _tell(self, run: int, fraction: float) -> None:
        if self._progress is not None:
            self._progress(1 - 0.5 ** (run - 1) * (1 - fraction / 2))

    def done(self) -> None:
        """All runs are over."""
        if self._progress is not None:
            self._progress(1.0)


def edges(answer: Answer) -> list[float]:
    """Of every mode the population of the two highest states, or what is beyond them at the start."""
    return [
        max(float(each[-HIGHEST:].sum()), float(beyond))
        for each, beyond in zip(answer.populations, answer.left_out, strict=True)
    ]


def in_given_states(solve: Callable[[Levels], Found], levels: Levels, tolerance: float) -> tuple[Found, FockCutoff]:
    """The answer in the Fock states given."""
    answer = solve(levels)
    return answer, FockCutoff(levels, np.nan, max(edges(answer)), tolerance)


def in_enough_states(solve: Callable[[Levels], Found], first: Levels, tolerance: float) -> tuple[Found, FockCutoff]:
    """The answer in so many Fock states that it moves by at most `tolerance` with more of each mode.

    What an answer lacks goes with the population of its highest states: when these fell by a factor from one answer to
    the next, the last move over that factor is what is still to come. Only where that is not below `tolerance` another
    answer is asked for.

    Raises
    ------
    SizeError
        If so many do not fit; the text tells the last that did.
    """
    levels, answer, coming = _populated(solve, first, tolerance)
    while not coming <= tolerance:
        finer_levels = tuple(size + max(MORE, round(MORE_OF_ALL * size)) for size in levels)
        finer = _with_more(solve, finer_levels, levels, answer)
        coming = _moved(answer, finer)
        levels, answer = finer_levels, finer
    return answer, FockCutoff(levels, coming, max(edges(answer)), tolerance)


def _moved(before: Answer, after: Answer) -> float:
    """The largest move of any number, relative to the larger of it and one."""
    return float(np.max(np.abs(after.values - before.values) / np.maximum(np.abs(after.values), 1)))


def _with_more(solve: Callable[[Levels], Found], more: Levels, levels: Levels, answer: Found) -> Found:
    """The answer in `more` Fock states; if they do not fit, an error that tells what there is in `levels`."""
    try:
        return solve(more)
    except SizeError as error:
        raise SizeError(
            f"{error} The answer in {levels} Fock states is complete, but their highest hold a population of "
            f"{max(edges(answer)):.1e} and nobody knows what more would change: `fock={levels}` gives it."
        ) from error


def _populated(solve: Callable[[Levels], Found], first: Levels, tolerance: float) -> tuple[Levels, Found, float]:
    """Levels, raised mode by mode, whose highest are nearly empty, the answer there, and what it still lacks; nan if
    nothing tells.
    """
    levels, answer, coming = first, solve(first), np.nan
    while True:
        wanted = tuple(
            _wanted(each, edge, tolerance) for each, edge in zip(answer.populations, edges(answer), strict=True)
        )
        if wanted == levels:
            return levels, answer, coming
        before, answer = answer, _with_more(solve, wanted, levels, answer)
        levels, coming = wanted, SAFETY * _moved(before, answer) * max(edges(answer)) / max(edges(before))


def _wanted(populations: FloatArray, edge: float, empty: float) -> int:
    """How many Fock states make the highest empty, if the populations go on falling as they do."""
    size = populations.size
    if edge <= empty:
        return size
    # two at a time, for odd and even states of light may be filled apart; without the highest, where the cut is felt
    upper = slice(max(size // 2, 1), size - 1)
    falling = np.log((populations[upper] + populations[upper.start - 1 : upper.stop - 1]).clip(1e-300))
    steepness = -float(np.polyfit(np.arange(falling.size), falling, 1)[0]) if falling.size > 2 else 0.0
    more = np.log(edge / empty) / max(steepness, 1e-3)
    return size + int(np.clip(np.ceil(more) + 1, MORE, max(size, MORE)))
