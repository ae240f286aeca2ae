"""From which overlap on a pattern counts as recalled: what the temperature lets it hold."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.analysis.retrieval.forms import Form
from cavity_hopfield.analysis.retrieval.starts import HOLDING, seed_of
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.theory import KineticMonteCarlo

HOLDING_RUNS, HOLDING_POINTS = 32, 16
SETTLING = 20.0
"""Relaxation times of a spin for which a pattern is watched; the second half counts."""
SHARE = 0.9
"""The level, as a share of the overlap that the pattern holds."""
LEAST_HELD = 0.5
"""A pattern that holds less is not remembered."""


@dataclass(frozen=True, eq=False)
class Levels(ReadOnlyArrays):
    """Overlaps from which on each pattern counts as recalled.

    Attributes
    ----------
    values : (P,) array
        The levels.
    held : (P,) array
        The mean overlap with a pattern from which a run started, over the second half of a short while.
    time : float
        That while.
    given : bool
        Whether the levels were given, or are 0.9 of what is held.
    """

    values: FloatArray
    held: FloatArray
    time: float
    given: bool


def held_overlaps(form: Form, seed: int, longest: float, threads: int) -> tuple[FloatArray, float]:
    """The mean overlap with every pattern (P,) of runs started there, over the second half of 20 relaxation times of a
    spin, or of `longest` if that is shorter; and that time.
    """
    p = form.memory.n_patterns
    end = min(longest, SETTLING / form.relaxation_rate())
    starts = np.repeat([form.pure(place) for place in range(p)], HOLDING_RUNS, axis=0)
    times = np.linspace(end / 2, end, HOLDING_POINTS)
    theory = KineticMonteCarlo(runs=len(starts), seed=seed_of(seed, HOLDING), threads=threads)
    overlap = theory.evolve(form.network, starts, times)["overlap"].mean("time").values
    return np.diag(overlap.reshape(p, HOLDING_RUNS, p).mean(axis=1)), end


def levels_of(forms: Sequence[Form], level: ArrayLike | None, seed: int, time: float, threads: int) -> Levels:
    """One level for each pattern, the same for all networks: those given, or 0.9 of what the weakest holds.

    Warns
    -----
    RegimeWarning
        If a pattern does not hold itself at its level, or holds less than one half.
    """
    memory = forms[0].memory
    given = None if level is None else _checked(level, memory.n_patterns)
    found = [held_overlaps(form, seed, time, threads) for form in forms]
    held = np.min([overlaps for overlaps, _ in found], axis=0)
    wanted = np.full(memory.n_patterns, LEAST_HELD) if given is None else given
    for name, here, least in zip(memory.names, held, wanted, strict=True):
        if here < least:
            warnings.warn(
                f"pattern {name} does not hold itself: of a run that starts there an overlap of {here:.2g} is left, "
                f"below {least:.2g}. Success then tells a passing visit, no memory. Lower the temperature, the load or "
                "`level`.",
                RegimeWarning,
                stacklevel=3,
            )
    values = SHARE * held if given is None else given
    if not (values > 0).all():
        worst = int(values.argmin())
        raise ArgumentError(
            f"Argument `level` must be given: pattern {memory.names[worst]} leaves an overlap of {held[worst]:.2g} "
            "with itself, from which no level follows."
        )
    return Levels(frozen(values), frozen(held), max(end for _, end in found), given is not None)


def _checked(level: ArrayLike, n_patterns: int) -> FloatArray:
    """`level` for each pattern, above 0 and at most 1."""
    levels = real_array("level", level)
    if levels.shape not in {(), (n_patterns,)} or not ((levels > 0) & (levels <= 1)).all():
        raise ArgumentError(
            f"Argument `level` must be one overlap above 0 and at most 1, or {n_patterns} of them, one for each "
            f"pattern, but is {level!r}."
        )
    return np.asarray(np.broadcast_to(levels, n_patterns))
