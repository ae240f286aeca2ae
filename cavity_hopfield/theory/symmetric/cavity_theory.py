"""Symmetric atoms and light at the door: the Fock states they need, and what is told of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import CollectiveSpins, averages_told, cavity_start
from cavity_hopfield.cavity.fock_cutoff import FockCutoff, Levels, Stages, in_enough_states, in_given_states
from cavity_hopfield.cavity.options import (
    Displacement,
    Fock,
    Given,
    allowed,
    amplitudes_of,
    condition_named,
    levels_of,
    usual_cutoff,
)
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import InitialState
from cavity_hopfield.theory.symmetric.cavity_counts import CavityCounts
from cavity_hopfield.theory.symmetric.cavity_solution import (
    CavitySystem,
    SymmetricState,
    require_room,
    solve_evolution,
    solve_steady,
)

Solve = Callable[[CavitySystem, Progress | None], SymmetricState]
Rows = Callable[[CavityCounts], csr_array]


@dataclass(frozen=True, eq=False)
class Frame:
    """Fock states to begin with, the displacement of the modes, and whether only even states are wanted."""

    first: Levels
    displacement: ComplexArray
    even: bool = False


@dataclass(frozen=True, eq=False)
class SymmetricCavity:
    """How a Dicke model is treated.

    Attributes
    ----------
    model : MultimodeDicke
        The cavity.
    theory
        Whose options are recorded.
    tolerance, memory_gib, fock, displacement
        As in `PermutationSymmetric`.
    """

    model: MultimodeDicke
    theory: Any
    tolerance: float
    memory_gib: float
    fock: Fock
    displacement: Displacement

    def evolve(self, initial: InitialState, times: FloatArray, progress: Progress | None, rows: Rows) -> "Solution":
        """The states along the way."""
        start = cavity_start(self.model, initial)
        shift = amplitudes_of(self.displacement or "none", self.model, start)
        away = np.abs(start.amplitudes - shift)
        first = np.ceil(6 + away**2 + 5 * away + 8 * np.maximum(start.thermal, self.model.thermal_occupation))
        return self._solved(
            lambda system, told: solve_evolution(system, start, times, self.tolerance, told),
            Frame(tuple(int(size) for size in first), shift),
            rows,
            progress,
        )

    def averages_told(self, initial: InitialState) -> str | None:
        """What of the overlaps is a mean over the order of spins, if the start is `initial`."""
        return averages_told(self.model, CollectiveSpins.alike(self.model), cavity_start(self.model, initial))

    def steady(self, rows: Rows) -> "Solution":
        """The state at rest."""
        _require_one_end(self.model)
        shift = amplitudes_of(self.displacement or "none", self.model, None)
        amplitude = np.abs(self.model.g).sum(axis=0) / np.abs(self.model.pole)
        first = np.ceil(6 + 2 * amplitude + 8 * self.model.thermal_occupation)
        return self._solved(
            lambda system, _: solve_steady(system, self.tolerance),
            Frame(tuple(int(size) for size in first), shift, even=True),
            rows,
        )

    def _solved(self, solve: Solve, frame: Frame, rows: Rows, progress: Progress | None = None) -> "Solution":
        spins, stages = CollectiveSpins.alike(self.model), Stages(progress)

        def at(levels: Levels) -> SymmetricState:
            counts = CavityCounts(self.model, spins, levels, frame.displacement)
            require_room(counts, self.memory_gib)
            sector = counts.sector(even=frame.even and counts.parity)
            told = progress if self.fock is not None else stages.next()
            return solve(CavitySystem(counts, sector, rows(counts)), told)

        passes = usual_cutoff(self.tolerance)
        if self.fock is not None:
            state, kept = in_given_states(at, levels_of(self.fock, self.model), passes)
        else:
            state, kept = in_enough_states(at, frame.first, passes)
        return Solution(self, state, kept)


@dataclass(frozen=True, eq=False)
class Solution:
    """States and the Fock states they were found in."""

    cavity: SymmetricCavity
    state: SymmetricState
    kept: FockCutoff

    def dataset(self, times: FloatArray | None) -> xr.Dataset:
        """Observables at `times`, or of a steady state."""
        values = self.state.read if times is not None else self.state.read[0]
        observables = self.state.readings.observables(values, *(() if times is None else ("time",)))
        model, counts = self.cavity.model, self.state.readings.counts
        result = labelled_result(
            model, self.cavity.theory, observables, times=times, patterns=model.stored, details=self.details
        )
        return result.assign_coords(
            spins_up=(("count", "spin_class"), counts.spins_up),
            class_of_spin=(("spin",), counts.spins.label),
            sign_in_class=(("spin",), counts.spins.sign.astype(np.int64)),
        )

    @property
    def details(self) -> dict[str, Any]:
        """What was kept and measured."""
        shift = self.state.readings.counts.displacement
        kept: dict[str, Any] = {
            "levels": list(self.kept.levels),
            "cutoff_error": self.kept.cutoff_error,
            "top_population": self.kept.top_population,
        }
        return {
            **kept,
            "displacement_real": shift.real.tolist(),
            "displacement_imag": shift.imag.tolist(),
            **self.state.details,
        }

    def light(self, times: FloatArray | None, mode: int, given: Given | None) -> xr.Dataset:
        """The state of one mode, with the probability of the condition."""
        size = self.kept.levels[mode]
        found = self.state.extra.reshape(-1, size, size)
        probability = np.asarray(np.trace(found, axis1=1, axis2=2).real)
        states = found
        if given:
            states = np.full_like(found, complex(np.nan, np.nan))
            met = probability > 0
            states[met] = found[met] / probability[met, None, None]
        lead: tuple[str, ...] = ("time",)
        if times is None:
            lead, states, probability = (), states[0], probability[0]
        variables: Observables = {
            "light_state_real": ((*lead, "level", "level_2"), states.real),
            "light_state_imag": ((*lead, "level", "level_2"), states.imag),
            "probability": (lead, probability),
        }
        shift = complex(self.state.readings.counts.displacement[mode])
        details = {**self.details, "mode": mode, "displacement_real": shift.real, "displacement_imag": shift.imag}
        details |= condition_named(given)
        return labelled_result(self.cavity.model, self.cavity.theory, variables, times=times, details=details)


def no_rows(counts: CavityCounts) -> csr_array:
    """No further functionals."""
    return csr_array((0, counts.basis.dimension * counts.light**2))


def condition(model: MultimodeDicke, given: Given | None) -> FloatArray:
    """1 for the classical states (G,) of the spins that `given` allows, 0 for the others."""
    spins = CollectiveSpins.alike(model)
    up = np.indices(tuple(spins.sizes + 1)).reshape(spins.n_classes, -1).T
    if given is None:
        return np.ones(len(up))
    name, bound = given
    signs = spins.class_signs(model.memory.values[model.memory.names.index(name)])
    return allowed((2 * up - spins.sizes) @ signs / model.n_spins, bound).astype(np.float64)


def _require_one_end(model: MultimodeDicke) -> None:
    """An error if there is more than one steady state.

    Every subspace that the dynamics never leaves holds a state without photons that is an eigenstate of the channels
    of the atoms. Decay or pumping leaves one such state; dephasing leaves each of its configurations, which the light
    connects if it acts across the axis on every atom, and the drive if the axis is z.
    """
    channels = model.channels
    if channels is None:
        raise ArgumentError(
            "Argument `model` must have channels of single atoms for a steady state here: without them the lengths of "
            "the collective spins are conserved, and every set of lengths has a steady state of its own. Take "
            "`Lindblad`, which tells them apart."
        )
    if channels.longitudinal > 0:
        return
    uncoupled = not np.any(model.g != 0, axis=1).all()
    if uncoupled if channels.axis == "x" else model.drive == 0:
        what = "some atoms do not couple to the light" if channels.axis == "x" else "there is no drive"
        raise ArgumentError(
            f"Argument `model` must have one steady state, but dephasing along {channels.axis} keeps every "
            f"configuration along that axis, and {what}. Add decay, or use `evolve` from the state you mean."
        )
