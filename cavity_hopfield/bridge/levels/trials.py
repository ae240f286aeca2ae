"""Rungs that are run one after another: what each gave, warned of, failed with, and how long it took."""

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import FloatArray
from cavity_hopfield.bridge.levels.doors import Averages, averages_of, door_of
from cavity_hopfield.bridge.levels.expected import likely_error
from cavity_hopfield.bridge.levels.readings import Reading, not_finite, numerical_error, reading
from cavity_hopfield.bridge.levels.rungs import LARGE_EXPECTED, LARGE_NUMERICAL, Rung, rung_of
from cavity_hopfield.exceptions import ArgumentError, ConvergenceError, RegimeWarning
from cavity_hopfield.hopfield import Patterns

SAME_TIME = 1e-9
"""Relative rounding of a time."""


@dataclass(frozen=True, eq=False)
class Trial:
    """What became of one rung.

    Attributes
    ----------
    name : str
        Its name among the others.
    theory
        The theory that was run.
    rung : Rung
        Its entry in the table: whom to believe, and what it neglects.
    result : xarray.Dataset or None
        All that it gave, as it gave it; after a failure what was finished before, if it is known.
    warnings : tuple of str
        Its `RegimeWarning`s.
    failure : str
        The error that ended it; empty if it finished.
    seconds : float
        Wall time, the first compilation of its loops included.
    numerical : float
        How wrong its numbers are by what it says of itself, relative to the larger of an observable and one.
    expected : float
        How wrong what it neglects is expected to make an observable of order one; 0 for what is exact, nan for theories
        that are none of ours.
    note : str
        What else there is to know, such as the network it was run on and what it averages.
    averages : Averages or None
        What it averages over like spins.
    """

    name: str
    theory: Any
    rung: Rung
    result: xr.Dataset | None
    warnings: tuple[str, ...]
    failure: str
    seconds: float
    numerical: float
    expected: float
    note: str
    averages: Averages | None

    @property
    def runs(self) -> int:
        """How many runs it averages; 0 for an equation of means."""
        return int(getattr(self.theory, "runs", 0))

    @property
    def troubled(self) -> bool:
        """Whether it failed on the way, measured large numerical errors or does not know them, or warned. What is exact
        has a number for all that it warns of, and the number alone tells.
        """
        warned = bool(self.warnings) and not self.rung.exact
        return warned or bool(self.failure) or not self.numerical <= LARGE_NUMERICAL

    @property
    def doubted(self) -> bool:
        """Whether it is troubled, or what it neglects is expected to make it wrong by more than a tenth."""
        return self.troubled or self.expected > LARGE_EXPECTED

    @property
    def likely(self) -> float:
        """How wrong it is likely to be, by all that is known before others are asked; infinite where nothing is."""
        told = max(self.numerical, 0.0 if np.isnan(self.expected) else self.expected)
        return told if np.isfinite(self.numerical) else np.inf

    def reading(self, observable: str, times: FloatArray, patterns: Patterns | None) -> Reading | None:
        """One observable at all `times`, nan after a failure and where it is a mean over like spins; None if the rung
        does not have it.
        """
        if self.result is None:
            return None
        found = reading(self.result.reindex(time=times), observable, self.runs)
        if found is None or self.averages is None:
            return found
        blanked = np.broadcast_to(self.averages.blanked(observable, patterns), found.values.shape)
        return Reading(np.where(blanked, np.nan, found.values), found.error, found.step, found.runs, found.dims)


def tried(name: str, theory: Any, model: Any, start: Any, times: FloatArray) -> Trial:
    """Run one rung; whatever error it ends with is kept as text."""
    rung, note, result, failure = rung_of(model, theory), "", None, ""
    averages: Averages | None = None
    began = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            door = door_of(model, theory)
            note = door.note
            result = _at(times, theory.evolve(door.model, start, times))
            averages = averages_of(model, door, theory, start)
        except Exception as error:  # noqa: BLE001  # one rung that fails must not lose what the others gave
            failure = f"{type(error).__name__}: {error}"
            result = _finished_before(error)
    seconds = time.perf_counter() - began
    result, failure = _while_finite(result, failure)
    told = tuple(dict.fromkeys(str(one.message) for one in caught if issubclass(one.category, RegimeWarning)))
    _pass_on(caught)
    if averages is not None:
        note = ". ".join(part for part in (note, "some observables are means over the order of like spins") if part)
    numerical = np.nan if result is None else numerical_error(result, theory)
    expected = np.nan if result is None else likely_error(model, start, times, theory)
    return Trial(name, theory, rung, result, told, failure, seconds, numerical, expected, note, averages)


def by_trust(trials: Sequence[Trial]) -> list[Trial]:
    """Whom to believe first: those that nobody doubts in the order of the table, then the others, the least wrong first
    by what is likely; then what failed. What is exact but for numbers that are known goes before approximations that
    are likely to be more wrong.
    """
    found = sorted((one for one in trials if not one.doubted), key=lambda one: one.rung.place)
    doubted = [one for one in trials if one.doubted and not one.failure]
    for one in sorted(doubted, key=lambda one: (one.likely, one.rung.place)):
        behind = [k for k, other in enumerate(found) if not other.rung.exact and other.likely > one.likely]
        found.insert(behind[0] if behind and one.rung.exact else len(found), one)
    return found + sorted((one for one in trials if one.doubted and one.failure), key=lambda one: one.rung.place)


def _at(times: FloatArray, result: Any) -> xr.Dataset:
    """A result with the times that were asked for, from which it may differ by rounding."""
    if not isinstance(result, xr.Dataset) or "time" not in result.dims:
        raise ArgumentError(
            f"`evolve` must return an `xarray.Dataset` with a dimension time, but returned a {type(result).__name__}."
        )
    own = np.asarray(result["time"].values, np.float64)
    if own.shape != times.shape or not np.allclose(own, times, rtol=SAME_TIME, atol=SAME_TIME):
        raise ArgumentError("`evolve` must return the times that it is asked for, but returned others.")
    return result if np.array_equal(own, times) else result.assign_coords(time=("time", times, result["time"].attrs))


def _while_finite(result: xr.Dataset | None, failure: str) -> tuple[xr.Dataset | None, str]:
    """What a rung gave before its values ceased to be numbers, which is a failure."""
    broken = None if result is None else not_finite(result)
    if result is None or broken is None:
        return result, failure
    name, since = broken
    before = result.sel(time=result["time"] < since)
    told = f"values of {name} are not finite from t = {since:.4g}"
    return (before if before.sizes["time"] else None), f"{failure}; {told}" if failure else told


def named(theories: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    """Theories by name: that of the class, with the options that tell several of one class apart.

    Raises
    ------
    ArgumentError
        If there are none, one has no `evolve`, or two are the same.
    """
    if isinstance(theories, Mapping):
        given = {str(name): theory for name, theory in theories.items()}
    elif not isinstance(theories, Sequence) or isinstance(theories, str):
        raise ArgumentError(
            f"Argument `theories` must be a list of theories or a mapping, but is a {type(theories).__name__}."
        )
    else:
        listed = list(theories)
        labels = [_label(theory, listed) for theory in listed]
        given = dict(zip(labels, listed, strict=True))
        if len(given) < len(listed):
            raise ArgumentError(f"Argument `theories` must hold every theory once, but holds {labels}.")
    if not given:
        raise ArgumentError("Argument `theories` must hold at least one theory. Leave it out for all that fit.")
    for name, theory in given.items():
        if isinstance(theory, type) or not callable(getattr(theory, "evolve", None)):
            raise ArgumentError(
                f"Argument `theories` must hold theories such as `MeanField()`, but {name!r} is {theory!r}."
            )
    return given


def _label(theory: Any, others: Sequence[Any]) -> str:
    name = type(theory).__name__
    alike = [other for other in others if type(other) is type(theory)]
    if len(alike) < 2 or not is_dataclass(theory):
        return name
    differing = [
        field.name
        for field in fields(theory)
        if any(getattr(other, field.name) != getattr(theory, field.name) for other in alike)
    ]
    return f"{name}({', '.join(f'{option}={getattr(theory, option)!r}' for option in differing)})"


def _finished_before(error: Exception) -> xr.Dataset | None:
    """What an evolution that did not converge had finished."""
    partial = error.partial if isinstance(error, ConvergenceError) else None
    return partial if isinstance(partial, xr.Dataset) and "time" in partial.dims else None


def _pass_on(caught: Sequence[warnings.WarningMessage]) -> None:
    """Warn again of what is not about the regime."""
    for one in caught:
        if not issubclass(one.category, RegimeWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno, source=one.source)
