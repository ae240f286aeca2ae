"""Many mean-field trajectories at once: starts and parameters differ from run to run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cavity_hopfield._checks import ReadOnlyArrays, frozen, real_array, real_number, spin_array, time_grid, whole_number
from cavity_hopfield._typing import ArrayLike, ComplexArray, FloatArray, IntArray
from cavity_hopfield.exceptions import ArgumentError
from cavity_hopfield.model import MultimodeDicke, ProductState
from cavity_hopfield.network import HopfieldLimit, InitialState
from cavity_hopfield.theory.mean_field.dicke import DickeGroups, dicke_lanes, dicke_starts
from cavity_hopfield.theory.mean_field.lanes import LaneSystem, Precision, Runs, run_lanes
from cavity_hopfield.theory.mean_field.network import NetworkLanes, holds_states, limit_lanes, packed, unpacked


@dataclass(frozen=True, eq=False)
class Tails(ReadOnlyArrays):
    """What is left of every run: where it ends, and what its overlaps did in the final window.

    Attributes
    ----------
    end : (R, K, 3) array
        Bloch vectors of every class, or spin, at the end.
    amplitudes : (R, M) complex array
        Of the modes; none for networks.
    highest, lowest, mean : (R, P) array
        Of the overlap with each pattern over the samples of the final window.
    steps : (R,) array of int
        Steps of each run.
    """

    end: FloatArray
    amplitudes: ComplexArray
    highest: FloatArray
    lowest: FloatArray
    mean: FloatArray
    steps: IntArray


def limit_paths(
    model: HopfieldLimit,
    starts: ArrayLike,
    times: ArrayLike,
    *,
    drives: ArrayLike | None = None,
    temperatures: ArrayLike | None = None,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    threads: int = 1,
) -> FloatArray:
    """Bloch vectors (R, T, C, 3) of every class at `times`, from `starts` (R, C, 3).

    `drives` and `temperatures`, one number or (R,), replace those of the model; a temperature only for `Glauber`.
    """
    grid, precision = time_grid(times), Precision(rtol, atol, threads)
    lanes, states, parameters = _limit(model, starts, drives, temperatures, precision)
    runs = run_network(lanes, states, parameters, grid, precision, keep=True)
    return unpacked(runs.paths, lanes.system.axes)


def limit_tails(
    model: HopfieldLimit,
    starts: ArrayLike,
    end: float,
    window: float,
    *,
    samples: int = 200,
    drives: ArrayLike | None = None,
    temperatures: ArrayLike | None = None,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    threads: int = 1,
) -> Tails:
    """As `limit_paths`, but only the end and statistics of the overlaps over `samples` times in [end - window, end].

    Extrema are those of the samples: an oscillation of frequency w sampled every dt is read low by up to
    (w dt)^2 / 8 of its amplitude.

    Examples
    --------
    >>> from cavity_hopfield import Glauber
    >>> model = HopfieldLimit(1, rate_law=Glauber(temperature=0.15))
    >>> tails = limit_tails(model, [[[0, 0, 0.9]]] * 3, end=200.0, window=50.0, drives=[0.0, 0.3, 0.8])
    >>> (tails.highest - tails.lowest)[:, 0].round(2)
    array([0.  , 0.  , 1.63])
    """
    grid, precision = _window(end, window, samples), Precision(rtol, atol, threads)
    lanes, states, parameters = _limit(model, starts, drives, temperatures, precision)
    runs = run_network(lanes, states, parameters, grid, precision, keep=False)
    bloch = unpacked(runs.ends, lanes.system.axes)
    return _tails(runs, bloch, np.zeros((len(bloch), 0), np.complex128), grid.size)


def dicke_paths(
    model: MultimodeDicke,
    starts: ArrayLike | Sequence[ProductState],
    times: ArrayLike,
    *,
    drives: ArrayLike | None = None,
    scales: ArrayLike | None = None,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    threads: int = 1,
) -> tuple[FloatArray, ComplexArray]:
    """Bloch vectors (R, T, N, 3) and amplitudes (R, T, M), from configurations (R, N) or product states.

    `drives`, one number or (R,), replace that of the model, `scales` multiply every coupling. Modes start at rest
    under a configuration at the couplings of the model itself.
    """
    grid, precision = time_grid(times), Precision(rtol, atol, threads)
    groups, system, states, parameters = _dicke(model, starts, drives, scales)
    runs = run_lanes(system, states, parameters, grid, precision, fastest=fastest_mode(model), keep=True)
    bloch, amplitudes = groups.unpacked(runs.paths)
    return bloch[..., groups.labels, :], amplitudes


def dicke_tails(
    model: MultimodeDicke,
    starts: ArrayLike | Sequence[ProductState],
    end: float,
    window: float,
    *,
    samples: int = 200,
    drives: ArrayLike | None = None,
    scales: ArrayLike | None = None,
    rtol: float = 1e-8,
    atol: float = 1e-10,
    threads: int = 1,
) -> Tails:
    """As `dicke_paths`, but only the end and statistics of the overlaps over `samples` times in [end - window, end]."""
    grid, precision = _window(end, window, samples), Precision(rtol, atol, threads)
    groups, system, states, parameters = _dicke(model, starts, drives, scales)
    runs = run_lanes(system, states, parameters, grid, precision, fastest=fastest_mode(model), keep=False)
    bloch, amplitudes = groups.unpacked(runs.ends)
    return _tails(runs, bloch[..., groups.labels, :], amplitudes, grid.size)


def _window(end: float, window: float, samples: int) -> FloatArray:
    last = real_number("end", end, above=0.0)
    length, count = real_number("window", window, above=0.0), whole_number("samples", samples, minimum=2)
    if length > last:
        raise ArgumentError(f"Argument `window` must be at most end={last:g}, but is {length:g}.")
    return np.linspace(last - length, last, count)


def _limit(
    model: HopfieldLimit, starts: ArrayLike, drives: ArrayLike | None, temperatures: ArrayLike | None,
    precision: Precision,
) -> tuple[NetworkLanes, FloatArray, FloatArray]:  # fmt: skip
    bloch, n_classes = real_array("starts", starts), len(model.columns)
    if bloch.ndim != 3 or bloch.shape[1:] != (n_classes, 3) or len(bloch) == 0:
        raise ArgumentError(f"Argument `starts` must have shape (R, {n_classes}, 3), but has shape {bloch.shape}.")
    longest = float(np.linalg.norm(bloch, axis=-1).max())
    if longest > 1 + 1e-12:
        raise ArgumentError(f"Argument `starts` must hold vectors no longer than 1, but one has length {longest:g}.")
    lanes = limit_lanes(model, with_x=bool(bloch[..., 0].any()), accuracy=table_accuracy(precision.rtol))
    driven = per_run("drives", model.drive if drives is None else drives, len(bloch))
    warm = None if temperatures is None else per_run("temperatures", temperatures, len(bloch))
    return lanes, packed(bloch, lanes.system.axes), lanes.parameters(model.rate_law, driven, warm)


def table_accuracy(rtol: float) -> float:
    """Relative accuracy of tabulated rates: a tenth of the tolerance, as far as round-off allows."""
    return max(0.1 * rtol, 1e-12)


def run_network(
    lanes: NetworkLanes, states: FloatArray, parameters: FloatArray, grid: FloatArray, precision: Precision, *,
    keep: bool,
) -> Runs:  # fmt: skip
    """Every run of a network; see `run_lanes`."""
    return run_lanes(lanes.system, states, parameters, grid, precision, fastest=lanes.fastest, keep=keep)


def _dicke(
    model: MultimodeDicke, starts: ArrayLike | Sequence[ProductState], drives: ArrayLike | None,
    scales: ArrayLike | None,
) -> tuple[DickeGroups, LaneSystem, FloatArray, FloatArray]:  # fmt: skip
    states = _states(model, starts)
    groups = DickeGroups.of(model, states, "class")
    driven = per_run("drives", model.drive if drives is None else drives, len(states))
    scaled = per_run("scales", 1.0 if scales is None else scales, len(states))
    return groups, dicke_lanes(model, groups), groups.states(), dicke_parameters(driven, scaled)


def _states(model: MultimodeDicke, starts: InitialState) -> list[ProductState]:
    if holds_states(starts):
        return dicke_starts(model, starts)[0]
    sigma = spin_array("starts", starts, n_spins=model.n_spins, ndim=2)
    if not len(sigma):
        raise ArgumentError(f"Argument `starts` must hold at least one run, but has shape {sigma.shape}.")
    return [ProductState.relaxed(model, one) for one in sigma]


def dicke_parameters(drives: FloatArray, scales: FloatArray) -> FloatArray:
    """Drive, factor of the couplings and a rate that plays no part, of every run, shape (R, 3)."""
    return np.stack([drives, scales, np.zeros_like(drives)], axis=1)


def fastest_mode(model: MultimodeDicke) -> float:
    """The fastest rate of the modes alone, and of atoms alone if they are damped."""
    channels = model.channels
    atoms = 0.0 if channels is None else max(channels.longitudinal, channels.transverse)
    return float(np.abs(model.pole).max(initial=atoms))


def per_run(name: str, value: ArrayLike, n_runs: int) -> FloatArray:
    """One number that is not negative for every run."""
    numbers = real_array(name, value)
    if numbers.shape not in {(), (n_runs,)} or (numbers < 0).any():
        raise ArgumentError(
            f"Argument `{name}` must be at least 0, one number or one for each of {n_runs} runs, but is {value!r}."
        )
    return np.ascontiguousarray(np.broadcast_to(numbers, n_runs))


def _tails(runs: Runs, bloch: FloatArray, amplitudes: ComplexArray, samples: int) -> Tails:
    highest, lowest, total = (runs.tails[:, k] for k in range(3))
    parts = (bloch, amplitudes, highest, lowest, total / samples, runs.steps)
    return Tails(*(frozen(part) for part in parts))
