"""How many Fock states the runs of pure states keep, and whether they were enough."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import one_of, whole_number
from cavity_hopfield._typing import FloatArray, Json
from cavity_hopfield.cavity.pure_starts import PureStart, PureStarts
from cavity_hopfield.cavity.spins import CollectiveSpins
from cavity_hopfield.cavity.states import cavity_start
from cavity_hopfield.exceptions import ArgumentError, RegimeWarning
from cavity_hopfield.model import MultimodeDicke

BOUND = 1e-6
"""Largest probability of the two highest Fock states of a mode, in any run at any step, that passes as none."""
PILOTS = 4
"""Runs that find out how many Fock states are enough."""
FEWEST = 3
RESOLUTIONS = ("class", "site")
DISPLACEMENTS = ("none", "start")
Fock = int | tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class Enough:
    """What was kept and how much of the light reached its edge."""

    levels: tuple[int, ...]
    peak: float

    def details(self, starts: PureStarts) -> Json:
        """Attributes of the result of runs from `starts`."""
        return {
            "levels": list(self.levels),
            "top_population": self.peak,
            "displacement_real": starts.displacement.real.tolist(),
            "displacement_imag": starts.displacement.imag.tolist(),
        }


def checked_fock(fock: Fock) -> Fock:
    """`fock` as None, a whole number or a tuple of them."""
    if fock is None:
        return None
    if isinstance(fock, (tuple, list)):
        return tuple(whole_number("fock", size, minimum=FEWEST) for size in fock)
    return whole_number("fock", fock, minimum=FEWEST)


def fock_of(model: MultimodeDicke, fock: Fock) -> tuple[int, ...] | None:
    """`fock` as one number per mode."""
    if fock is None:
        return None
    each = fock if isinstance(fock, tuple) else (fock,) * model.n_modes
    if len(each) != model.n_modes:
        raise ArgumentError(
            f"Argument `fock` must be a whole number or {model.n_modes} of them, one per mode, but is {fock!r}."
        )
    return each


def pure_starts(model: MultimodeDicke, initial: object, resolution: str | None, displacement: str | None) -> PureStarts:
    """The pure states that `initial` is a mixture of, their spins taken together by `resolution` (None: by class
    unless the atoms have channels of their own).
    """
    alike = model.channels is None if resolution is None else resolution == "class"
    if alike and model.channels is not None:
        raise ArgumentError(
            'Argument `resolution` must not be "class" for atoms with channels of their own, which do not conserve '
            'the length of a collective spin. Take `resolution="site"`.'
        )
    spins = CollectiveSpins.alike(model) if alike else CollectiveSpins.each(model)
    start = cavity_start(model, initial)
    shift = start.amplitudes if displacement == "start" else np.zeros(model.n_modes, np.complex128)
    return PureStarts(spins, start, np.asarray(shift, np.complex128))


def first_fock(starts: PureStarts, drawn: list[PureStart]) -> tuple[int, ...]:
    """Fock states that hold the light at the start."""
    amplitude = np.abs(starts.start.amplitudes - starts.displacement)
    quanta = np.max([one.quanta for one in drawn], axis=0)
    return tuple(int(size) for size in np.ceil(6 + amplitude**2 + 4 * amplitude + quanta * (1 + amplitude)))


def at_enough_fock(
    fock: tuple[int, ...] | None,
    first: tuple[int, ...],
    pilot: Callable[[tuple[int, ...]], FloatArray],
    run: Callable[[tuple[int, ...]], FloatArray],
) -> Enough:
    """Call `run(levels)` with as many Fock states as are enough, found by `pilot(levels)` if `fock` is None.

    Both return the largest probability (M,) at the edge. If all runs reach farther than those of the pilot they are
    done again.
    """
    if fock is not None:
        peak = float(run(fock).max())
        if peak > BOUND:
            warnings.warn(
                f"the two highest of {fock} Fock states had a probability of up to {peak:.1e}. Leave `fock` out, or "
                "raise it.",
                RegimeWarning,
                stacklevel=5,
            )
        return Enough(fock, peak)
    levels = first
    for attempt in (pilot, run):
        peaks = attempt(levels)
        while (peaks > BOUND).any():
            levels = tuple(
                size + 2 + size // 4 if high else size for size, high in zip(levels, peaks > BOUND, strict=True)
            )
            peaks = attempt(levels)
    return Enough(levels, float(peaks.max()))


def checked_displacement(displacement: str | None) -> str | None:
    """`displacement` if it is None or there is such a frame."""
    return None if displacement is None else one_of("displacement", displacement, DISPLACEMENTS)


def checked_resolution(resolution: str | None) -> str | None:
    """`resolution` if it is None or there is such a one."""
    return None if resolution is None else one_of("resolution", resolution, RESOLUTIONS)
