"""How many Fock states the runs of pure states keep, and whether they were enough."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.cavity.pure_states.starts import PureStart, PureStarts
from cavity_hopfield.exceptions import ConvergenceError, SizeError

BOUND = 1e-6
"""Largest probability of the two highest Fock states of a mode, in any run at any step, that passes as none."""
EMPTIER = 0.1
"""What a few runs may reach, in units of the bound: more runs reach farther."""
PILOTS = 4
"""Runs that find out how many Fock states are enough."""
HIGHEST, APART = 2, 3
FEWEST_MORE, MOST_MORE = 4, 2
"""A mode never gains more Fock states at once than the larger of so many and its own number over so many."""

Levels = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Reach:
    """How far the light reached in some runs: the largest probability of each Fock state of every mode, or of those
    left out at the start.
    """

    populations: list[FloatArray]

    @property
    def top(self) -> float:
        """Of the two highest states of any mode."""
        return max(_top(each) for each in self.populations)


@dataclass(frozen=True, eq=False)
class Enough:
    """What was kept, how much of the light reached its edge, and how much was left out at the start."""

    levels: Levels
    peak: float
    left_out: float

    def details(self, starts: PureStarts) -> Json:
        """Attributes of the result of runs from `starts`."""
        return {
            "levels": list(self.levels),
            "top_population": self.peak,
            "left_out_at_start": self.left_out,
            "displacement_real": starts.displacement.real.tolist(),
            "displacement_imag": starts.displacement.imag.tolist(),
        }

    @property
    def told(self) -> str | None:
        """The text of a warning, if the Fock states were too few."""
        parts = []
        if self.left_out > BOUND:
            parts.append(
                f"{self.levels} Fock states leave out a probability of {self.left_out:.1e} of the light at the start: "
                "the runs start from what is left, made one."
            )
        if self.peak > BOUND:
            parts.append(f"The two highest of {self.levels} Fock states had a probability of up to {self.peak:.1e}.")
        return " ".join([*parts, "Leave `fock` out, or raise it."]) if parts else None


def first_fock(starts: PureStarts, drawn: list[PureStart]) -> Levels:
    """Fock states that hold the light at the start, or nearly so."""
    amplitude = np.abs(starts.start.amplitudes - starts.displacement)
    quanta = np.max([one.quanta for one in drawn], axis=0)
    return tuple(int(size) for size in np.ceil(6 + amplitude**2 + 5 * amplitude + quanta * (1 + amplitude)))


def holding(left_out: Callable[[Levels], FloatArray], first: Levels) -> Levels:
    """So many Fock states, `first` at least, that none of the modes leaves out more than the bound at the start."""
    levels, missing = first, left_out(first)
    while not (missing <= BOUND).all():
        levels = tuple(
            size if lost <= BOUND else size + 1 + size // 8 for size, lost in zip(levels, missing, strict=True)
        )
        missing = left_out(levels)
    return levels


def at_enough_fock(first: Levels, pilot: Callable[[Levels], Reach], run: Callable[[Levels], Reach]) -> Levels:
    """The Fock states, `first` at least, at which `run` was called last and which were enough.

    They are found by `pilot`; if all runs reach farther than those of the pilot they are done again.

    Raises
    ------
    SizeError
        If so many need too much memory; the text tells what fewer gave.
    """
    levels, best = first, ""
    for attempt, bound in ((pilot, EMPTIER * BOUND), (run, BOUND)):
        while True:
            try:
                found = attempt(levels)
            except SizeError as error:
                raise SizeError(f"{error}{best}") from error
            if not np.isfinite(found.top):
                raise ConvergenceError(f"A run with {levels} Fock states has lost its state: its norm is not finite.")
            if found.top <= bound:
                break
            best = (
                f" With {levels} Fock states the two highest had a probability of {found.top:.1e}, or more in runs "
                f"that were not done: `fock={levels}` gives that answer, with a warning."
            )
            levels = tuple(wanted(each, EMPTIER * BOUND) for each in found.populations)
    return levels


def wanted(populations: FloatArray, bound: float) -> int:
    """How many Fock states make the probability of the two highest `bound`, if it goes on falling as it does there."""
    size, top = populations.size, _top(populations)
    if top <= bound:
        return size
    most = max(FEWEST_MORE, size // MOST_MORE)
    # two at a time, for light may be squeezed; without the highest, where the cut is felt
    ends = populations[max(0, size - APART - 3) : size - 1]
    fall = np.log(ends[:2].sum() / ends[-2:].sum()) / APART if ends.size == APART + 2 and ends[-2:].any() else 0.0
    return size + int(np.clip(np.ceil(np.log(top / bound) / fall), 1, most)) if fall > 0 else size + most


def _top(populations: FloatArray) -> float:
    return float(populations[-HIGHEST:].sum())
