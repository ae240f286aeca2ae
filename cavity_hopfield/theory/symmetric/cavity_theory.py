"""Symmetric atoms and light at the door: the Fock states they need, and what is told of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from cavity_hopfield._checks import real_number, whole_number
from cavity_hopfield._typing import ComplexArray, FloatArray
from cavity_hopfield.cavity import cavity_start
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.network import InitialState
from cavity_hopfield.theory.symmetric.cavity_counts import CavityCounts, symmetric_spins
from cavity_hopfield.theory.symmetric.cavity_solution import (
    CavitySystem,
    SymmetricState,
    require_room,
    solve_evolution,
    solve_steady,
)
from cavity_hopfield.theory.symmetric.displacement import Displacement, shift_of
from cavity_hopfield.theory.symmetric.fock_cutoff import Kept, Levels, in_enough_states, in_given_states, levels_of

Solve = Callable[[CavitySystem, Progress | None], SymmetricState]
Rows = Callable[[CavityCounts], csr_array]
FINEST_CUTOFF = 1e-6
"""What Fock states that are left out may always do: the fewer the cheaper."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Fock states to begin with, the displacement of the modes, and whether only even states are wanted."""

    first: Levels
    displacement: ComplexArray
    even: bool = False


@dataclass(frozen=True, eq=False)
class CavityDoor:
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
    fock: int | tuple[int, ...] | None
    displacement: Displacement

    @property
    def cutoff_tolerance(self) -> float:
        """What the Fock states left out may do."""
        return max(self.tolerance, FINEST_CUTOFF)

    def evolve(self, initial: InitialState, times: FloatArray, progress: Progress | None, rows: Rows) -> "Solution":
        """The states along the way."""
        start = cavity_start(self.model, initial)
        shift = shift_of(self.displacement, self.model, start.amplitudes)
        away = np.abs(start.amplitudes - shift)
        first = np.ceil(6 + away**2 + 5 * away + 8 * np.maximum(start.thermal, self.model.thermal_occupation))
        return self._solved(
            lambda system, told: solve_evolution(system, initial, times, self.tolerance, told),
            Frame(tuple(int(size) for size in first), shift),
            rows,
            progress,
        )

    def steady(self, rows: Rows) -> "Solution":
        """The state at rest."""
        _require_one_end(self.model)
        if self.displacement == "start":
            raise ArgumentError(
                'Argument `displacement` must not be "start" for a steady state, which has none. Leave it out.'
            )
        amplitude = np.abs(self.model.g).sum(axis=0) / np.abs(self.model.pole)
        first = np.ceil(6 + 2 * amplitude + 8 * self.model.thermal_occupation)
        return self._solved(
            lambda system, _: solve_steady(system, self.tolerance),
            Frame(tuple(int(size) for size in first), shift_of(self.displacement, self.model), even=True),
            rows,
        )

    def _solved(self, solve: Solve, frame: Frame, rows: Rows, progress: Progress | None = None) -> "Solution":
        spins, rounds = symmetric_spins(self.model), [0]

        def at(levels: Levels) -> SymmetricState:
            counts = CavityCounts(self.model, spins, levels, frame.displacement)
            require_room(counts, self.memory_gib)
            sector = counts.sector(even=frame.even and counts.parity)
            told = progress if self.fock is not None else _half_of_the_rest(progress, rounds[0])
            rounds[0] += 1
            return solve(CavitySystem(counts, sector, rows(counts)), told)

        if self.fock is not None:
            state, kept = in_given_states(at, levels_of(self.fock, self.model.n_modes), self.cutoff_tolerance)
        else:
            state, kept = in_enough_states(at, frame.first, self.cutoff_tolerance)
        return Solution(self, state, kept)


@dataclass(frozen=True, eq=False)
class Solution:
    """States and the Fock states they were found in."""

    door: CavityDoor
    state: SymmetricState
    kept: Kept

    def dataset(self, times: FloatArray | None) -> xr.Dataset:
        """Observables at `times`, or of a steady state."""
        values = self.state.values if times is not None else self.state.values[0]
        observables = self.state.readings.observables(values, *(() if times is None else ("time",)))
        model, counts = self.door.model, self.state.readings.counts
        result = labelled_result(
            model, self.door.theory, observables, times=times, patterns=model.stored, details=self.details
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
        kept: dict[str, Any] = {"levels": list(self.kept.levels), "top_population": self.kept.top_population}
        if self.door.fock is None:
            kept["cutoff_error"] = self.kept.cutoff_error
        return {
            **kept,
            "displacement_real": shift.real.tolist(),
            "displacement_imag": shift.imag.tolist(),
            **self.state.details,
        }

    def light(self, times: FloatArray | None, mode: int, given: tuple[str, float] | None) -> xr.Dataset:
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
        return labelled_result(self.door.model, self.door.theory, variables, times=times, details=details)


def no_rows(counts: CavityCounts) -> csr_array:
    """No further functionals."""
    return csr_array((0, counts.basis.dimension * counts.light**2))


def condition(model: MultimodeDicke, given: tuple[str, float] | None) -> FloatArray:
    """1 for the classical states (G,) of the spins that `given` allows: (pattern, least overlap); 0 for the others."""
    spins = symmetric_spins(model)
    up = np.indices(tuple(spins.sizes + 1)).reshape(spins.n_classes, -1).T
    if given is None:
        return np.ones(len(up))
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise ArgumentError(f"Argument `given` must be (pattern, least overlap) or None, but is {given!r}.")
    memory, (name, least) = model.memory, given
    if name not in memory.names:
        raise ArgumentError(f"Argument `given` must name one of the patterns {list(memory.names)}, but names {name!r}.")
    threshold = real_number("given", least, minimum=-1.0)
    sums = np.bincount(spins.label, memory.values[memory.names.index(name)] * spins.sign, spins.n_classes)
    if (np.abs(sums) < spins.sizes).any():
        raise ArgumentError(
            f"Argument `given` names the pattern {name!r}, which has both signs in spins that couple alike: their sum "
            'does not tell it. Take `Lindblad` with `resolution="site"`.'
        )
    overlaps = (2 * up - spins.sizes) @ np.sign(sums) / model.n_spins
    return np.asarray(overlaps >= threshold - 1e-12, np.float64)


def mode_of(model: MultimodeDicke, mode: int) -> int:
    """`mode` if the model has it."""
    number = whole_number("mode", mode, minimum=0)
    if number >= model.n_modes:
        raise ArgumentError(f"Argument `mode` must be below {model.n_modes}, the number of modes, but is {number}.")
    return number


def _half_of_the_rest(progress: Progress | None, done: int) -> Progress | None:
    """Progress when nobody knows how many rounds there will be."""
    if progress is None:
        return None
    return lambda fraction: progress(1 - 0.5**done * (1 - fraction / 2))


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
