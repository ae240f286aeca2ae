"""Quantum jumps of the Dicke model: photons that leave and enter, and what single atoms do."""

from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import ComplexArray, FloatArray, Json
from cavity_hopfield.cavity.enough_fock import fock_of, pure_starts
from cavity_hopfield.cavity.pure_runs import PureRuns, numbers_of
from cavity_hopfield.cavity.pure_starts import PureStarts
from cavity_hopfield.cavity.readout import run_observables
from cavity_hopfield.dynamics import Observables, Progress, labelled_result
from cavity_hopfield.model import MultimodeDicke
from cavity_hopfield.theory.jumps.cavity_runs import MOST_ORDER, LightMotion, LightRun, channel_names


def evolve_light(
    theory: Any, model: MultimodeDicke, initial: Any, times: FloatArray, progress: Progress | None
) -> xr.Dataset:
    """What `QuantumJumps.evolve` gives for a Dicke model, with the options of `theory`."""
    starts, done, details = _runs(theory, model, initial, times, float(times[-1]), progress)
    observed = run_observables(model, starts.spins, starts.displacement, np.stack([one.found for one in done]))
    variables = observed | {"jumps": (("run", "time"), np.stack([one.tally for one in done]))}
    return labelled_result(model, theory, variables, times=times, patterns=model.stored, details=details)


def record_light(theory: Any, model: MultimodeDicke, initial: Any, end: float, progress: Progress | None) -> xr.Dataset:
    """What `QuantumJumps.records` gives for a Dicke model, with the options of `theory`."""
    _, done, details = _runs(theory, model, initial, np.empty(0), end, progress)
    variables: Observables = {
        "jump_run": (("jump",), np.repeat(np.arange(theory.runs), [one.jump_times.size for one in done])),
        "jump_time": (("jump",), np.concatenate([one.jump_times for one in done])),
        "jump_channel": (("jump",), np.concatenate([one.channels for one in done])),
    }
    result = labelled_result(model, theory, variables, details={"end": end, **details})
    return result.assign_coords(channel=channel_names(model))


def _runs(
    theory: Any, model: MultimodeDicke, initial: Any, times: FloatArray, end: float, progress: Progress | None
) -> tuple[PureStarts, list[LightRun], Json]:
    """What the runs start from, all of them, and the attributes of the result."""
    fock = fock_of(model, theory.fock)
    starts = pure_starts(model, initial, theory.resolution, theory.displacement)

    def run(motion: LightMotion, ket: ComplexArray, stream: np.random.Generator) -> LightRun:
        return motion.run(ket, times, end, theory.tolerance, stream)

    runs = PureRuns(
        model, starts, theory.runs, theory.seed, theory.threads, theory.memory_gib, "Quantum jumps", MOST_ORDER + 4,
        numbers_of(starts, times.size), LightMotion.of, run,
    )  # fmt: skip
    done, enough = runs.all(fock, progress)
    return starts, done, {"seed": theory.seed, "state_error": max(one.error for one in done), **enough.details(starts)}
