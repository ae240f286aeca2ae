"""Quantum jumps of the Dicke model: photons that leave and enter, and what single atoms do."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import ComplexArray, FloatArray, Json
from cavity_hopfield.cavity.options import checked_given, checked_mode, condition_named, levels_of
from cavity_hopfield.cavity.pure_states.enough_fock import Enough, Levels
from cavity_hopfield.cavity.pure_states.readout import mean_error, run_observables
from cavity_hopfield.cavity.pure_states.runs import PureRuns, numbers_of
from cavity_hopfield.cavity.pure_states.starts import PureStarts
from cavity_hopfield.cavity.spins import averages_told
from cavity_hopfield.cavity.told import Told
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.jumps.cavity_runs import MOST_ORDER, LightMotion, LightRun, LightWanted, channel_names


def evolve_light(
    theory: Any, model: MultimodeDicke, initial: Any, times: FloatArray, progress: Progress | None
) -> Told[xr.Dataset]:
    """What `QuantumJumps.evolve` gives for a Dicke model, with the options of `theory`."""
    starts = PureStarts.of(model, initial, theory.resolution, theory.displacement)
    runs = _runs(theory, model, starts, lambda _: theory.runs * numbers_of(model, starts, times.size))
    done, enough = runs.all(_one(theory, times, float(times[-1])), _fock(theory, model), progress)
    observed = run_observables(model, starts.spins, starts.displacement, np.stack([one.found for one in done]))
    variables = observed | {"jumps": (("run", "time"), np.stack([one.tally for one in done]))}
    details = _details(theory, starts, enough, max(one.error for one in done))
    result = labelled_result(model, theory, variables, times=times, patterns=model.stored, details=details)
    return Told(result, [averages_told(model, starts.spins, starts.start), enough.told])


def record_light(
    theory: Any, model: MultimodeDicke, initial: Any, end: float, progress: Progress | None
) -> Told[xr.Dataset]:
    """What `QuantumJumps.records` gives for a Dicke model, with the options of `theory`."""
    starts = PureStarts.of(model, initial, theory.resolution, theory.displacement)
    runs = _runs(theory, model, starts, lambda _: 0)
    done, enough = runs.all(_one(theory, np.empty(0), end), _fock(theory, model), progress)
    variables: Observables = {
        "jump_run": (("jump",), np.repeat(np.arange(theory.runs), [one.jump_times.size for one in done])),
        "jump_time": (("jump",), np.concatenate([one.jump_times for one in done])),
        "jump_channel": (("jump",), np.concatenate([one.channels for one in done])),
    }
    details = {"end": end, **_details(theory, starts, enough, max(one.error for one in done))}
    result = labelled_result(model, theory, variables, details=details)
    return Told(result.assign_coords(channel=channel_names(model)), [enough.told])


def light_state(
    theory: Any, model: MultimodeDicke, initial: Any, times: FloatArray, mode: object, given: object
) -> Told[xr.Dataset]:
    """What `QuantumJumps.light_state` gives."""
    place, condition = checked_mode(model, mode), checked_given(model, given)
    pattern = None if condition is None else model.memory.values[model.memory.names.index(condition[0])]
    wanted = LightWanted(
        place, None if pattern is None else pattern.astype(np.float64), condition[1] if condition else 0.0
    )
    starts = PureStarts.of(model, initial, theory.resolution, theory.displacement)
    runs = _runs(theory, model, starts, partial(_matrix_numbers, theory, place, times.size), wanted)
    weights: list[FloatArray] = []

    def add(done: list[LightRun], one: LightRun) -> None:
        """Sum the matrices, and keep the weight of each run."""
        if not done:
            weights.clear()
        weights.append(np.trace(one.light, axis1=1, axis2=2).real)
        done[:] = (
            [replace(one, light=done[0].light + one.light, error=max(done[0].error, one.error))] if done else [one]
        )

    done, enough = runs.all(_one(theory, times, float(times[-1])), _fock(theory, model), None, add)
    each = np.stack(weights)
    variables = _mean_matrices(done[0].light / theory.runs, each, conditioned=condition is not None)
    shift = complex(starts.displacement[place])
    details = {
        **_details(theory, starts, enough, done[0].error),
        "mode": place,
        **condition_named(condition),
        "displacement_real": shift.real,
        "displacement_imag": shift.imag,
        "contributing_runs": contributing(each).tolist(),
    }
    return Told(labelled_result(model, theory, variables, times=times, details=details), [enough.told])


def contributing(weights: FloatArray) -> FloatArray:
    r"""$(\sum_r p_r)^2 / \sum_r p_r^2$ of the weights (R, T) of runs: so many of equal weight tell as much."""
    squares = (weights**2).sum(axis=0)
    return np.asarray(np.divide(weights.sum(axis=0) ** 2, squares, out=np.zeros_like(squares), where=squares > 0))


def _mean_matrices(mean: ComplexArray, weights: FloatArray, *, conditioned: bool) -> Observables:
    """The mean (T, L, L) over the runs, of those that fulfil a condition divided by their probability."""
    probability = weights.mean(axis=0)
    if conditioned:
        met = probability > 0
        given = np.full_like(mean, complex(np.nan, np.nan))
        given[met] = mean[met] / probability[met, None, None]
        mean = given
    return {
        "light_state_real": (("time", "level", "level_2"), mean.real),
        "light_state_imag": (("time", "level", "level_2"), mean.imag),
        "probability": (("time",), probability),
        "probability_error": (("time",), mean_error(weights)),
    }


def _matrix_numbers(theory: Any, mode: int, times: int, levels: Levels) -> int:
    """Numbers that runs leave which keep the matrices of one mode."""
    busy = min(theory.threads, theory.runs)
    return int((4 * busy + 7) * times * levels[mode] ** 2 + 4 * theory.runs * times)


def _one(theory: Any, times: FloatArray, end: float) -> Any:
    """One run."""

    def run(motion: LightMotion, ket: ComplexArray, stream: np.random.Generator) -> LightRun:
        return motion.run(ket, times, end, theory.tolerance, stream)

    return run


def _runs(
    theory: Any, model: MultimodeDicke, starts: PureStarts, numbers: Any, wanted: LightWanted | None = None
) -> PureRuns[LightMotion]:
    return PureRuns(
        model, starts, theory.runs, theory.seed, theory.threads, theory.memory_gib, "Quantum jumps", MOST_ORDER + 4,
        numbers, partial(LightMotion.of, wanted=wanted),
    )  # fmt: skip


def _fock(theory: Any, model: MultimodeDicke) -> Levels | None:
    return None if theory.fock is None else levels_of(theory.fock, model)


def _details(theory: Any, starts: PureStarts, enough: Enough, error: float) -> Json:
    return {"seed": theory.seed, "state_error": error, **enough.details(starts)}
