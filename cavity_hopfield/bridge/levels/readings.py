"""What a rung tells of one observable: means, their standard errors, and the step that a single run can make."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from cavity_hopfield._typing import FloatArray

COMPARABLE = (
    "overlap",
    "overlap_x",
    "overlap_y",
    "magnetisation",
    "magnetisation_x",
    "magnetisation_y",
    "energy",
    "spin_z",
    "photons",
    "amplitude_real",
    "amplitude_imag",
    "pair_real",
    "pair_imag",
    "g2",
)
"""Observables that have one meaning at every level."""
USUAL = ("overlap", "magnetisation", "magnetisation_x", "energy", "photons")
"""Those that are compared if none are named."""
MEASURED = ("error", "cutoff_error", "state_error", "step_error", "length_drift", "rate_error", "numerical_error")
"""Attributes in which a rung says how wrong its numbers are, relative to the larger of an observable and one."""
CUT_OFF = ("top_population", "left_out_at_start")
"""What Fock states that were given cut off, where `cutoff_error` is not known."""
LONGITUDINAL = frozenset({"overlap", "magnetisation", "spin_z"})
"""Observables between -1 and 1 that every flip may move."""
BOUNDED = LONGITUDINAL | {"overlap_x", "overlap_y", "magnetisation_x", "magnetisation_y"}
FINEST = 1e-9
"""What nobody can promise to better."""
SPREAD_OF_NORMAL = 3.0
"""Where the runs themselves are not kept: how far a run is from the mean, in units of their spread."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One observable of one rung.

    Attributes
    ----------
    values, error, step : arrays of one shape, times first
        Means, their standard errors, and how far a single run lies from the mean: zeros where there are no runs,
        infinite where nothing is known of it.
    runs : int
        How many; 0 for an equation of means.
    dims : tuple of str
        Of the arrays.
    """

    values: FloatArray
    error: FloatArray
    step: FloatArray
    runs: int
    dims: tuple[str, ...]


def numerical_error(result: xr.Dataset, theory: Any) -> float:
    """How wrong the numbers of `result` are by what it says of itself: the sum of all that it measured and, of an
    integrator, its tolerance; nan if one of them is, but for `cutoff_error` where the populations tell in its place.
    """
    told = {name: float(result.attrs[name]) for name in MEASURED if name in result.attrs}
    cut_off = {name: float(result.attrs[name]) for name in CUT_OFF if name in result.attrs}
    if cut_off and not np.isfinite(told.get("cutoff_error", np.nan)):
        told = {name: value for name, value in told.items() if name != "cutoff_error"} | cut_off
    return FINEST + float(np.abs(list(told.values())).sum()) + float(getattr(theory, "rtol", 0.0))


def not_finite(result: xr.Dataset) -> tuple[str, float] | None:
    """The observable that is the first to be no number, and when; None if all are. `g2` is none without light."""
    found: tuple[str, float] | None = None
    for name in COMPARABLE:
        if name != "g2" and name in result and "time" in result[name].dims:
            values = result[name].transpose("time", ...).values
            rows = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
            if rows.size and (found is None or float(result["time"][rows[0]]) < found[1]):
                found = name, float(result["time"][rows[0]])
    return found


def reading(result: xr.Dataset, name: str, runs: int) -> Reading | None:
    """The observable `name` in a result; None if it has none. `runs` is how many there were if they are not kept."""
    if name not in result:
        return None
    variable, still = result[name], bool(runs) and not _has_moved(result)
    if "run" in variable.dims:
        each = variable.transpose("run", "time", ...).values.astype(np.float64)
        return _of_runs(each, tuple(str(dim) for dim in variable.dims if dim not in {"run", "time"}), name, still=still)
    ordered = variable.transpose("time", ...)
    values, dims = ordered.values.astype(np.float64), tuple(str(dim) for dim in ordered.dims)
    if not runs:
        return Reading(values, np.zeros_like(values), np.zeros_like(values), 0, dims)
    if f"{name}_error" in result:
        error = result[f"{name}_error"].transpose("time", ...).values.astype(np.float64)
        apart = SPREAD_OF_NORMAL * np.sqrt(runs) * np.nan_to_num(error)
        return Reading(values, error, _steps(values, apart, name, still=still), runs, dims)
    if name == "spin_z":
        # a spin of one run is +-1 at most
        error = np.sqrt(np.maximum(1 - values**2, 0) / runs)
        return Reading(values, error, np.full_like(values, 2.0), runs, dims)
    unknown = np.full_like(values, np.nan)
    return Reading(values, unknown, unknown, runs, dims)


def _of_runs(each: FloatArray, others: tuple[str, ...], name: str, *, still: bool) -> Reading:
    """From single runs (R, T, ...)."""
    runs, mean = len(each), each.mean(axis=0)
    apart = np.abs(each - mean).max(axis=0)
    error = np.full_like(mean, np.nan) if runs == 1 else each.std(axis=0, ddof=1) / np.sqrt(runs)
    return Reading(mean, error, _steps(mean, apart, name, still=still), runs, ("time", *others))


def _has_moved(result: xr.Dataset) -> bool:
    """Whether any run has parted from the others in anything."""
    for name in COMPARABLE:
        if name in result and "run" in result[name].dims:
            values = result[name].transpose("run", ...).values
            if values.size and np.nanmax(np.abs(values - values[:1]), initial=0.0) > FINEST:
                return True
        elif f"{name}_error" in result and np.nanmax(result[f"{name}_error"].values, initial=0.0) > FINEST:
            return True
    return False


def _steps(mean: FloatArray, apart: FloatArray, name: str, *, still: bool) -> FloatArray:
    """How far a run may lie from the mean: as far as one was found to, and where none has moved at any time, as far as
    the observable allows. Flips that some runs have made tell of energy and light; that a spin has not flipped tells
    nothing of what it does when it will.
    """
    found, unmoved = _carried_back(apart), ~(apart > FINEST).any(axis=0)
    if name in LONGITUDINAL or (still and name in BOUNDED):
        return np.where(unmoved, 1 + np.abs(mean), found)
    return np.full_like(found, np.inf) if still else found


def _carried_back(apart: FloatArray) -> FloatArray:
    """The farthest that runs have lain apart (T, ...) so far, and before any has moved what the first to move did: that
    all stand together does not say that none could have been elsewhere.
    """
    so_far = np.maximum.accumulate(apart, axis=0)
    moved = so_far > FINEST
    first = np.where(moved.any(axis=0), moved.argmax(axis=0), 0)
    return np.asarray(np.maximum(so_far, np.take_along_axis(so_far, first[None], axis=0)))
