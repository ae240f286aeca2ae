"""Spins and light in time: which spins are taken together, where the Fock states are, how many there are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, vstack

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CavitySpace, cavity_start, modes_at_start
from cavity_hopfield.cavity.fock_cutoff import FockCutoff, Levels, Stages, in_enough_states, in_given_states
from cavity_hopfield.cavity.options import Displacement, Fock, levels_of, spins_of
from cavity_hopfield.dynamics import Progress
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.lindblad.cavity_generator import CavityGenerator
from cavity_hopfield.theory.lindblad.cavity_members import (
    MATRICES,
    Beginning,
    LadderState,
    Observe,
    Recorded,
    evolve_members,
    observable_rows,
    observe_at_once,
    require_room,
)
from cavity_hopfield.theory.lindblad.displacement import centred

HELD = 3.0
"""Real matrices for each density matrix that is handed out: itself, complex, and that with fewer Fock states."""


@dataclass(frozen=True)
class CavityOptions:
    """The numerical choices of `Lindblad` for spins and light."""

    tolerance: float
    memory_gib: float
    fock: Fock
    resolution: str | None
    displacement: Displacement
    cutoff_tolerance: float

    def in_states(self, solve: Any, first: Levels, model: MultimodeDicke) -> tuple[Any, FockCutoff]:
        """The answer of `solve(levels)` in the Fock states given, or in as many as are needed."""
        if self.fock is None:
            return in_enough_states(solve, first, self.cutoff_tolerance)
        return in_given_states(solve, levels_of(self.fock, model), self.cutoff_tolerance)


@dataclass(frozen=True, eq=False)
class CavityRun:
    """An evolution in some Fock states.

    Attributes
    ----------
    values : (T, R) array
        The observables.
    asked : (T, A) array
        The functionals that were asked for beside them.
    populations : list of (L,) arrays
        Of the Fock states of every mode, the largest at any time.
    left_out : (M,) array
        Probability of the start beyond the Fock states of every mode.
    parts : list of Recorded
        The run, in parts one after another.
    """

    values: FloatArray
    asked: FloatArray
    populations: list[FloatArray]
    left_out: FloatArray
    parts: list[Recorded]

    @property
    def error(self) -> float:
        """Estimated error of the density matrices relative to their norm."""
        return sum(part.error for part in self.parts)

    @property
    def products(self) -> int:
        """Products with the generators."""
        return sum(part.products for part in self.parts)

    @property
    def ends(self) -> list[LadderState]:
        """The density matrices at the last time."""
        return self.parts[-1].ends

    @property
    def generator(self) -> CavityGenerator:
        """Of the first of them."""
        return self.ends[0].generator


def no_rows(space: CavitySpace) -> csr_array:
    """No functionals beside the observables."""
    return csr_array((0, space.size**2))


def beginning(model: MultimodeDicke, initial: Any, options: CavityOptions, longest: float) -> Beginning:
    """The start of an evolution up to the time `longest`."""
    start = cavity_start(model, initial)
    spins = spins_of(model, options.resolution)
    displacement, away = centred(options.displacement, model, start, longest)
    return Beginning(model, spins, start, displacement, away, list(spins.ladder_starts(start.bloch)))


def evolve_cavity(
    begin: Beginning,
    times: FloatArray,
    options: CavityOptions,
    progress: Progress | None = None,
    asked: Observe = no_rows,
) -> tuple[CavityRun, FockCutoff]:
    """Observables, and what is `asked` beside them, at `times` in enough Fock states, and those."""
    told = Stages(progress)

    def solve(levels: Levels) -> CavityRun:
        require_room(begin.largest(levels), levels, options.memory_gib)
        found = evolve_members(begin.members(levels), times, _with(asked), options.tolerance, told.next())
        count = observable_rows(found.ends[0].generator.space).shape[0]
        values, more = found.values[:, :count], found.values[:, count:]
        return CavityRun(values, more, found.populations, _left_out(begin, levels), [found])

    found = options.in_states(solve, begin.first_levels(), begin.model)
    told.done()
    return found


def evolve_in_parts(
    begin: Beginning, times: FloatArray, options: CavityOptions, progress: Progress | None = None
) -> tuple[CavityRun, FockCutoff]:
    """As `evolve_cavity`, from time to time, so that every part ends with the density matrices at one of `times`."""
    told = Stages(progress)

    def solve(levels: Levels) -> CavityRun:
        require_room(begin.largest(levels), levels, options.memory_gib, MATRICES + HELD * times.size)
        members, parts, tell = begin.members(levels), [], told.next()
        for k, wait in enumerate(np.diff(times, prepend=0.0)):
            if wait:
                parts.append(evolve_members(members, np.array([wait]), observable_rows, options.tolerance))
            else:
                parts.append(observe_at_once(members, observable_rows))
            members = parts[-1].ends
            if tell is not None:
                tell((k + 1) / times.size)
        values = np.concatenate([part.values for part in parts])
        populations = [np.max(each, axis=0) for each in zip(*(part.populations for part in parts), strict=True)]
        return CavityRun(values, np.empty((times.size, 0)), populations, _left_out(begin, levels), parts)

    found = options.in_states(solve, begin.first_levels(), begin.model)
    told.done()
    return found


def _with(asked: Observe) -> Observe:
    """The observables, and then what is asked."""
    return lambda space: csr_array(vstack([observable_rows(space), asked(space)]))


def _left_out(begin: Beginning, levels: Levels) -> FloatArray:
    return modes_at_start(begin.start, begin.displacement, levels)[1]


def details_of(kept: FockCutoff, displacement: ComplexArray, **more: object) -> dict[str, object]:
    """Attributes that tell what was kept of the light."""
    return {
        "levels": list(kept.levels),
        "cutoff_error": kept.cutoff_error,
        "top_population": kept.top_population,
        "displacement_real": np.real(displacement).tolist(),
        "displacement_imag": np.imag(displacement).tolist(),
        **more,
    }
