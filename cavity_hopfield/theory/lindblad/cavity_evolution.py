"""Spins and light in time: which spins are taken together, where the Fock states are, how many there are."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CollectiveSpins, cavity_start
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.lindblad.cavity_members import (
    Beginning,
    Observe,
    Recorded,
    evolve_members,
    require_room,
)
from cavity_hopfield.theory.lindblad.displacement import Displacement, centred
from cavity_hopfield.theory.lindblad.fock_states import Kept, Levels, in_enough_states, in_given_states, levels_of


@dataclass(frozen=True)
class CavityOptions:
    """The numerical choices of `Lindblad` for spins and light."""

    tolerance: float
    memory_gib: float
    fock: int | tuple[int, ...] | None
    resolution: str
    displacement: Displacement
    cutoff_tolerance: float

    def spins_of(self, model: MultimodeDicke) -> CollectiveSpins:
        """Spins of equal couplings together, or each by itself."""
        found = CollectiveSpins.alike(model)
        # a class of one spin gains nothing, and the turn of its gauge would exchange decay and pumping along z
        alone = model.channels is not None and found.sizes.max() == 1
        return CollectiveSpins.each(model) if self.resolution == "site" or alone else found

    def in_states(self, solve: Any, first: Levels, n_modes: int) -> tuple[Any, Kept]:
        """The answer of `solve(levels)` in the Fock states given, or in as many as are needed."""
        if self.fock is None:
            return in_enough_states(solve, first, self.cutoff_tolerance)
        return in_given_states(solve, levels_of(self.fock, n_modes), self.cutoff_tolerance)


def beginning(model: MultimodeDicke, initial: Any, options: CavityOptions, longest: float) -> Beginning:
    """The start of an evolution up to the time `longest`."""
    start = cavity_start(model, initial)
    spins = options.spins_of(model)
    displacement, away = centred(options.displacement, model, start, longest)
    return Beginning(model, spins, start, displacement, away, list(spins.ladder_starts(start.bloch)))


def evolve_cavity(
    begin: Beginning, times: FloatArray, observe: Observe, options: CavityOptions, progress: Progress | None = None
) -> tuple[Recorded, Kept]:
    """The functionals at `times` in enough Fock states, and those."""
    told = _Stages(progress)

    def solve(levels: Levels) -> Recorded:
        require_room(begin.largest(levels), levels, options.memory_gib)
        return evolve_members(begin.members(levels), times, observe, options.tolerance, told.next())

    found = options.in_states(solve, begin.first_levels(), begin.model.n_modes)
    told.done()
    return found


def details_of(kept: Kept, displacement: ComplexArray, **more: object) -> dict[str, object]:
    """Attributes that tell what was kept of the light."""
    return {
        "levels": list(kept.levels),
        "cutoff_error": kept.cutoff_error,
        "top_population": kept.top_population,
        "displacement_real": np.real(displacement).tolist(),
        "displacement_imag": np.imag(displacement).tolist(),
        **more,
    }


class _Stages:
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
