"""What `Lindblad` answers for a cavity, each as a labelled dataset with the warnings that go with it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from cavity_hopfield._checks import increasing_grid, real_array, real_number, time_grid
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray
from cavity_hopfield.cavity import averages_told
from cavity_hopfield.cavity.fock_cutoff import FockCutoff
from cavity_hopfield.cavity.options import checked_given, checked_mode, condition_named
from cavity_hopfield.cavity.told import Told
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.operators.qutip_door import state
from cavity_hopfield.theory.lindblad.cavity_evolution import (
    CavityOptions,
    beginning,
    details_of,
    evolve_cavity,
    evolve_in_parts,
)
from cavity_hopfield.theory.lindblad.cavity_generator import unpacked
from cavity_hopfield.theory.lindblad.cavity_light import (
    first_order,
    light_rows,
    light_spectrum,
    reduced_states,
    second_order,
)
from cavity_hopfield.theory.lindblad.cavity_members import LadderState, observables, observe_at_once
from cavity_hopfield.theory.lindblad.cavity_steady import solve_steady_light

if TYPE_CHECKING:
    from qutip import Qobj

Details = dict[str, object]


def evolution(
    theory: Any, options: CavityOptions, model: MultimodeDicke, initial: Any, times: FloatArray, progress: Any
) -> Told[xr.Dataset]:
    """Observables at `times`."""
    begin = beginning(model, initial, options, float(times[-1]))
    found, kept = evolve_cavity(begin, times, options, progress)
    trace = found.values[:, -1]
    details = details_of(
        kept,
        begin.displacement,
        error=found.error,
        trace_drift=float(np.abs(trace - 1).max()),
        products=found.products,
    )
    named = observables(model, begin.spins, found.values, "time")
    labelled = labelled_result(model, theory, named, times=times, patterns=model.stored, details=details)
    return Told(labelled, [averages_told(model, begin.spins, begin.start), kept.told])


def states(
    options: CavityOptions, model: MultimodeDicke, initial: Any, times: FloatArray, progress: Progress | None
) -> "Told[list[Qobj]]":
    """The density matrix at each time, in plain Fock states unless others were asked for."""
    plain = replace(options, displacement=options.displacement or "none")
    begin = beginning(model, initial, plain, float(times[-1]))
    if len(begin.ladders) > 1:
        raise ArgumentError(
            "Argument `initial` must give every collective spin one length for its state to be one matrix, but starts "
            'with spins up and down in a class. Take `resolution="site"`.'
        )
    found, kept = evolve_in_parts(begin, times, plain, progress)
    size, dimensions = found.generator.size, found.generator.space.dimensions
    matrices = [state(unpacked(part.ends[0].x.reshape(size, size)), dimensions) for part in found.parts]
    return Told(matrices, [kept.told])


def steady_state(theory: Any, options: CavityOptions, model: MultimodeDicke) -> Told[xr.Dataset]:
    """Observables of the steady state."""
    found, kept = solve_steady_light(model, options)
    space = found.member.generator.space
    named = observables(model, space.spins, found.values)
    named["purity"] = ((), np.asarray(float(found.member.x @ found.member.x)))
    details = details_of(
        kept,
        space.displacement,
        residual=found.residual,
        error=found.error,
        iterations=found.iterations,
        twice_lengths=list(space.twice_lengths),
    )
    return Told(labelled_result(model, theory, named, patterns=model.stored, details=details), [kept.told])


def correlations(
    theory: Any,
    options: CavityOptions,
    model: MultimodeDicke,
    mode: int,
    delays: ArrayLike,
    initial: Any,
    time: float,
) -> Told[xr.Dataset]:
    """First and second order, in the steady state or at a time after the start."""
    grid, place = increasing_grid("delays", delays, minimum=0.0), checked_mode(model, mode)
    at = real_number("time", time, minimum=0.0)
    if initial is None and at:
        raise ArgumentError(f"Argument `time` must be left out for the steady state, but is {at:g}. Give `initial`.")
    members, displacement, kept = _members_at(options, model, initial, at)
    g1 = first_order(members, place, grid, options.tolerance)
    named: Observables = {
        "first_order_real": (("delay",), g1.real),
        "first_order_imag": (("delay",), g1.imag),
        "second_order": (("delay",), second_order(members, place, grid, options.tolerance)),
    }
    details = {**details_of_mode(kept, displacement, place), "time": at}
    found = labelled_result(model, theory, named, details=details)
    label = {"long_name": "delay", "units": "1 / unit of omega"}
    return Told(found.assign_coords(delay=("delay", grid, label)), [kept.told])


def emission_spectrum(
    theory: Any, options: CavityOptions, model: MultimodeDicke, frequencies: ArrayLike, mode: int
) -> Told[xr.Dataset]:
    """The spectrum of what one mode emits in the steady state."""
    place, grid = checked_mode(model, mode), np.atleast_1d(real_array("frequencies", frequencies))
    if grid.ndim != 1 or not grid.size:
        raise ArgumentError(f"Argument `frequencies` must have shape (F,), but has shape {grid.shape}.")
    steady, kept = solve_steady_light(model, options)
    found = light_spectrum(model, steady.member, place, grid, options.tolerance)
    details = details_of_mode(kept, steady.member.generator.space.displacement, place)
    details |= {
        "coherent_flux": found.coherent,
        "truncation": found.truncation,
        "quadrature_error": found.quadrature_error,
        "window": found.window,
    }
    labelled = labelled_result(model, theory, {"emission": (("frequency",), found.density)}, details=details)
    label = {"long_name": "frequency beyond that of the pump", "units": "unit of omega"}
    labelled = labelled.assign_coords(frequency=("frequency", grid, label), mode=place)
    return Told(labelled, [kept.told, found.told])


def light_state(
    theory: Any,
    options: CavityOptions,
    model: MultimodeDicke,
    initial: Any,
    times: ArrayLike | None,
    mode: int,
    given: object,
) -> Told[xr.Dataset]:
    """The reduced density matrix of one mode."""
    place, condition = checked_mode(model, mode), checked_given(model, given)
    rows, grid = light_rows(place, condition), None
    if initial is None:
        if times is not None:
            raise ArgumentError("Argument `times` must be left out for the steady state. Give `initial`.")
        steady, kept = solve_steady_light(model, options)
        displacement = steady.member.generator.space.displacement
        values = observe_at_once([steady.member], rows).values[0]
    else:
        if times is None:
            raise ArgumentError("Argument `times` must be given with `initial`.")
        grid = time_grid(times)
        begin = beginning(model, initial, options, float(grid[-1]))
        found, kept = evolve_cavity(begin, grid, options, asked=rows)
        displacement, values = begin.displacement, found.asked
    rho, probability = reduced_states(values, conditioned=condition is not None)
    details = details_of_mode(kept, displacement, place) | condition_named(condition)
    return Told(_labelled_light(theory, model, rho, probability, grid, details), [kept.told])


def details_of_mode(kept: FockCutoff, displacement: ComplexArray, mode: int) -> Details:
    """Attributes of one mode alone."""
    details = details_of(kept, displacement, mode=mode)
    here = complex(displacement[mode])
    return {**details, "displacement_real": here.real, "displacement_imag": here.imag}


def _labelled_light(
    theory: Any,
    model: MultimodeDicke,
    rho: ComplexArray,
    probability: FloatArray,
    times: FloatArray | None,
    details: Details,
) -> xr.Dataset:
    lead = () if times is None else ("time",)
    named: Observables = {
        "light_state_real": ((*lead, "level", "level_2"), rho.real),
        "light_state_imag": ((*lead, "level", "level_2"), rho.imag),
        "probability": (lead, probability),
    }
    return labelled_result(model, theory, named, times=times, details=details)


def _members_at(
    options: CavityOptions, model: MultimodeDicke, initial: Any, time: float
) -> tuple[list[LadderState], ComplexArray, FockCutoff]:
    """The density matrices of the steady state, or at `time`, and the Fock states they are in."""
    if initial is None:
        steady, kept = solve_steady_light(model, options)
        return [steady.member], steady.member.generator.space.displacement, kept
    begin = beginning(model, initial, options, time)
    found, kept = evolve_cavity(begin, np.array([time]), options)
    return found.ends, begin.displacement, kept
