"""What `agreement` returns: all rungs side by side, where they part, and whom to trust."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import xarray as xr

from cavity_hopfield.bridge.levels.trials import Trial
from cavity_hopfield.exceptions import ArgumentError


@dataclass(frozen=True)
class Disagreement:
    """Where one rung parts from the reference in one observable, for the first time.

    Found by `agreement`.

    Attributes
    ----------
    theory, observable, where : str
        The rung, the observable, and the pattern, spin or mode; "" where there is but one.
    time : float
        The first of the times at which the difference is beyond its bound.
    difference, bound : float
        The rung less the reference at that time, and what errors and tolerance would have explained.
    largest, largest_time : float
        The largest difference of this observable at any time.
    """

    theory: str
    observable: str
    where: str
    time: float
    difference: float
    bound: float
    largest: float
    largest_time: float

    def __str__(self) -> str:
        place = f" of {self.where}" if self.where else ""
        return (
            f"{self.theory} parts in {self.observable}{place} at t = {self.time:.4g} by {self.difference:+.3g} "
            f"(bound {self.bound:.2g}); the largest difference is {self.largest:+.3g} at t = {self.largest_time:.4g}"
        )


@dataclass(frozen=True, eq=False)
class Agreement:
    """Rungs side by side.

    Made by `agreement`.

    Attributes
    ----------
    dataset : xarray.Dataset
        The observables with a first dimension `theory`, nan where a rung does not have one; with `_error` their
        standard errors, zero for equations of means. `numerical_error`, `expected_error`, `seconds`, `place` (theory).
        `first_disagreement`, `first_difference`, `largest_difference`, `resolution` (theory, observable) against the
        reference; `resolution` is the largest bound relative to the larger of the values and one, below which nothing
        could be seen. Attributes: `reference`, `best`, `cheapest`, `summary`, `comparisons`, and as JSON `warnings`,
        `failures`, `left_out`.
    trials : tuple of Trial
        The rungs as they ran: own results, warnings, failures, times.
    disagreements : tuple of Disagreement
        The first of each rung in each observable, the earliest first.
    reference : str
        The rung that the others are measured against.
    best : str
        The most trustworthy rung; the reference, unless another one was asked for.
    cheapest : str
        The fastest rung that does not doubt itself and is nowhere found to differ from the reference, where a
        relative difference of 0.1 would have been seen; the reference, if no other is faster.
    left_out : mapping of str to str
        Rungs that were not run, and why.
    summary : str
        All this in words.
    """

    dataset: xr.Dataset
    trials: tuple[Trial, ...]
    disagreements: tuple[Disagreement, ...]
    reference: str
    best: str
    cheapest: str
    left_out: Mapping[str, str]
    summary: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "left_out", MappingProxyType(dict(self.left_out)))

    def __getitem__(self, name: str) -> Trial:
        """The rung of that name."""
        for trial in self.trials:
            if trial.name == name:
                return trial
        raise ArgumentError(f"No rung {name!r} was run. There are: {', '.join(trial.name for trial in self.trials)}.")

    def agrees(self, name: str) -> bool:
        """Whether a rung gave all times and is nowhere found to differ from the reference."""
        return not self[name].failure and all(one.theory != name for one in self.disagreements)

    def __str__(self) -> str:
        return self.summary
