"""From which overlap on a pattern counts as recalled: what the temperature lets it hold."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array
from cavity_hopfield._typing import ArrayLike, FloatArray
from cavity_hopfield.analysis.retrieval.forms import Form
from cavity_hopfield.analysis.retrieval.starts import HOLDING, part_of, seed_of
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.network import Scheduled
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
        The mean overlap with a pattern from which a run started, over the second half of a short while; NaN under
        rates that change in time.
    time : float
        That while, 0 if there was none.
    given : bool
        Whether the levels were given, or are 0.9 of what is held.
    """

    values: FloatArray
    held: FloatArray
    time: float
    given: bool


def held_overlaps(
    form: Form, seed: int, longest: float, threads: int, checkpoint: Path | None
) -> tuple[FloatArray, float]:
    """The mean overlap with every pattern (P,) of runs started there, over the second half of 20 relaxation times of a
    spin, or of `longest` if that is shorter; and that time.
    """
    p = form.memory.n_patterns
    rate = form.relaxation_rate()
    if not rate > 0:
        raise ArgumentError(
            f"Argument `network` must have spins that flip at its patterns, but their mean rate is {rate:g}. Raise the "
            "temperature, the drive or the rate of its law."
        )
    end = min(longest, SETTLING / rate)
    starts = np.repeat([form.pure(place) for place in range(p)], HOLDING_RUNS, axis=0)
    times = np.linspace(end / 2, end, HOLDING_POINTS)
    theory = KineticMonteCarlo(runs=len(starts), seed=seed_of(seed, HOLDING), threads=threads)
    found = theory.evolve(form.network, starts, times, checkpoint=checkpoint)
    overlap = found["overlap"].mean("time").values
    return np.diag(overlap.reshape(p, HOLDING_RUNS, p).mean(axis=1)), end


def levels_of(
    forms: Sequence[Form],
    level: ArrayLike | None,
    seed: int,
    time: float,
    threads: int,
    checkpoint: Path | None = None,
) -> Levels:
    """One level for each pattern, the same for all networks: those given, or 0.9 of what the weakest holds.

    Under rates that change in time what is held at first tells nothing of what is held at the end: then the level must
    be given.

    Warns
    -----
    RegimeWarning
        If a pattern does not hold itself at its level, or holds less than one half.
    """
    memory = forms[0].memory
    given = None if level is None else _checked(level, memory.n_patterns)
    if any(isinstance(form.network.rate_law, Scheduled) for form in forms):
        return _of_schedule(given, memory.n_patterns)
    found = [
        held_overlaps(form, seed, time, threads, part_of(checkpoint, "holding", law)) for law, form in enumerate(forms)
    ]
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


def _of_schedule(given: FloatArray | None, n_patterns: int) -> Levels:
    """The levels given; what a pattern holds changes with the rates and is not told."""
    if given is None:
        raise ArgumentError(
            "Argument `level` must be given for rates that change in time, for what a pattern holds changes with them. "
            "Take 0.9 of the overlap that is held at the end of the schedule."
        )
    return Levels(frozen(given), frozen(np.full(n_patterns, np.nan)), 0.0, given=True)


def _checked(level: ArrayLike, n_patterns: int) -> FloatArray:
    """`level` for each pattern, above 0 and at most 1."""
    levels = real_array("level", level)
    if levels.shape not in {(), (n_patterns,)} or not ((levels > 0) & (levels <= 1)).all():
        raise ArgumentError(
            f"Argument `level` must be one overlap above 0 and at most 1, or {n_patterns} of them, one for each "
            f"pattern, but is {level!r}."
        )
    return np.asarray(np.broadcast_to(levels, n_patterns))
